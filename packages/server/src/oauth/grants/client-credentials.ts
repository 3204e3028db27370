// The client credentials grant (RFC 6749 §4.4): a client acts for itself.
import { type ClientCredentialsGrantRequest, OAuthError } from '@countersign/protocol'
import { identityScopes } from '../apis/api.ts'
import type { Apis } from '../apis/catalogue.ts'
import { refuseNameless } from '../authorize/asked.ts'
import { type Client, isConfidential } from '../clients/client.ts'
import { apisOfDetails, typeOf } from '../details/asked.ts'
import { type Most, narrow } from '../tokens/narrow.ts'
import type { Grant } from './grants.ts'

/** RFC 6749 §4.4: a client acts for itself. */
export const authorizeClient: Grant<'client_credentials'> = async (room, request, client) => {
  // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
  if (!isConfidential(client)) throw new OAuthError('unauthorized_client')
  // There is no person here whom OpenID Connect's scopes could be about.
  const scope = client.scopes.filter((name) => !identityScopes.includes(name))
  refuseNameless(room.rules, request)
  const { resources, details = [] } = request
  const apis = await room.apis.look({ scope, resources, details })
  const access = narrow(mostOf(client, scope, request, apis), request, apis)
  if (access.api === null || (access.scope.length === 0 && access.details === undefined))
    throw new OAuthError('invalid_scope', { description: 'No scope of an API was asked for.' })
  return {
    kind: 'authorization',
    client,
    person: null,
    access,
    idToken: null,
    refreshToken: null,
    spends: [],
    happening: {
      type: 'token.issued',
      clientId: client.id,
      detail: { grant: 'client_credentials', scope: access.scope, audience: access.api.identifier },
    },
  }
}

/**
 * What the client may have: its scopes, or where it names details alone, those.
 *
 * @throws OAuthError `invalid_authorization_details`
 */
function mostOf(
  client: Client,
  own: readonly string[],
  { scope: asked, details = [] }: ClientCredentialsGrantRequest,
  apis: Apis,
): Most {
  const byDetails = apisOfDetails(details, client, apis)
  if (!details.every((detail) => typeOf(detail, apis).withoutPerson))
    throw new OAuthError('invalid_authorization_details', {
      description: 'A person has to be asked for authorization details of this type.',
    })
  const scope = asked === undefined && details.length > 0 ? [] : own
  const meant = [...scope.map((name) => apis.ofScope(name)), ...byDetails]
  return { scope, resources: [...new Set(meant.flatMap((api) => api?.identifier ?? []))], details }
}
