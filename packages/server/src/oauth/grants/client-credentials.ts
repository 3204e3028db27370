// The client credentials grant (RFC 6749 §4.4): a client acts for itself.
import { OAuthError } from '@countersign/protocol'
import { identityScopes } from '../apis/api.ts'
import { refuseNameless } from '../authorize/asked.ts'
import { isConfidential } from '../clients/client.ts'
import { narrow } from '../tokens/narrow.ts'
import type { Grant } from './grants.ts'

/** RFC 6749 §4.4: a client acts for itself. */
export const authorizeClient: Grant<'client_credentials'> = async (room, request, client) => {
  // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
  if (!isConfidential(client)) throw new OAuthError('unauthorized_client')
  // There is no person here whom OpenID Connect's scopes could be about.
  const scope = client.scopes.filter((name) => !identityScopes.includes(name))
  refuseNameless(room.rules, request)
  const apis = await room.apis.look({ scope, resources: request.resources })
  const resources = new Set(
    scope.map((name) => apis.ofScope(name)?.identifier).filter((id) => id !== undefined),
  )
  const access = narrow({ scope, resources: [...resources] }, request, apis)
  if (access.api === null || access.scope.length === 0)
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
