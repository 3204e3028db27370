// Letting a client go elsewhere in a person's name: an identity assertion (ID-JAG) for a server that an operator named, by
// token exchange (draft-ietf-oauth-identity-assertion-authz-grant §4.3, RFC 8693). That server decides what comes of it.
import {
  formatScope,
  type IdJagClaims,
  type IdJagExchangeRequest,
  idJagTokenType,
  isSubset,
  OAuthError,
  signToken,
} from '@countersign/protocol'
import type { Statement } from '../authorization.ts'
import type { Confirmation } from '../binding/confirmation.ts'
import { type Client, isConfidential } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import type { Elsewhere } from './elsewhere.ts'
import { type Meant, meantBy } from './subject-token.ts'

/** Draft §4.3.3: short; it is used at once, and once. */
const seconds = 300

/**
 * Decides a request for an identity assertion. INVARIANT: it is for a server, scopes and resources that an operator named
 * for this client, and about a person who lives and whose session stands.
 *
 * @throws OAuthError `unauthorized_client`, `invalid_request`, `invalid_target`, `invalid_scope`
 */
export async function letElsewhere(
  room: OAuthRoom,
  client: Client,
  request: IdJagExchangeRequest,
  confirmation: Confirmation,
): Promise<Statement> {
  if (!isConfidential(client) || client.elsewhere.length === 0) throw new OAuthError('unauthorized_client')
  const to = client.elsewhere.find(({ audience }) => audience === request.audience)
  if (to === undefined) throw new OAuthError('invalid_target')
  const { scope, resources } = withinOf(to, request)
  const meant = await meantBy(room, client, request, confirmation)
  const claims = await claimsFor(room, client, to, { meant, scope, resources })
  return {
    kind: 'statement',
    response: {
      issued_token_type: idJagTokenType,
      access_token: signToken('idJag', claims, room.keyring.signingKey('ES256')),
      // RFC 8693 §2.2.1: it is no access token, and is sent to no API.
      token_type: 'N_A',
      expires_in: seconds,
      ...(scope.length > 0 && { scope: formatScope(scope) }),
    },
    happening: {
      type: 'token.exchanged',
      clientId: client.id,
      userId: meant.user.id,
      sessionId: meant.sessionId,
      detail: { for: to.audience, as: to.clientId, scope },
    },
  }
}

function withinOf(
  to: Elsewhere,
  { scope = to.scopes, resources }: IdJagExchangeRequest,
): { readonly scope: readonly string[]; readonly resources: readonly string[] } {
  if (!isSubset(scope, to.scopes))
    throw new OAuthError('invalid_scope', { description: 'The scope goes beyond what is allowed there.' })
  if (!resources.every((resource) => to.resources.includes(resource))) throw new OAuthError('invalid_target')
  return { scope, resources: resources.length > 0 ? resources : to.resources.slice(0, 1) }
}

interface Said {
  readonly meant: Meant
  readonly scope: readonly string[]
  readonly resources: readonly string[]
}

async function claimsFor(
  room: OAuthRoom,
  client: Client,
  to: Elsewhere,
  { meant, scope, resources }: Said,
): Promise<IdJagClaims> {
  const { issuer, runtime } = room.platform
  const { user, authenticatedAt, acr, amr } = meant
  const now = runtime.now()
  const [only] = resources
  return {
    iss: issuer.url,
    sub: await room.subjects.of(await knowerOf(room, client, to), user.id),
    aud: to.audience,
    client_id: to.clientId,
    jti: runtime.secret(16),
    iat: now,
    exp: now + seconds,
    ...(scope.length > 0 && { scope: formatScope(scope) }),
    ...(only !== undefined && { resource: resources.length === 1 ? only : resources }),
    ...(authenticatedAt !== undefined && { auth_time: authenticatedAt }),
    ...(acr !== undefined && { acr }),
    ...(amr !== undefined && { amr }),
    ...(to.email && user.email !== null && { email: user.email, email_verified: user.emailVerified }),
  }
}

/** Draft §3: the subject is the one by which that server knows the person, as it does from signing them in here. */
async function knowerOf(room: OAuthRoom, client: Client, { namesOf }: Elsewhere): Promise<Client> {
  if (namesOf === null) return client
  const named = (await room.clients.look(namesOf)).client ?? (await room.clients.lookNow(namesOf)).client
  if (named === undefined)
    throw new OAuthError('invalid_target', { detail: 'identity assertion: no such client' })
  return named
}
