// UserInfo (OpenID Connect Core §5.3): what the access token's holder may know of the person, by RFC 6750's rules.
import { challenge, OAuthError, type OAuthErrorCode, oauthErrors, readBearer } from '@countersign/protocol'
import { type Incoming, json, type Outgoing } from '../../platform/http/exchange.ts'
import type { OAuthRoom } from '../room.ts'
import { knownToken } from '../tokens/known-token.ts'
import { claimsByName, claimsOfScope } from '../tokens/user-claims.ts'

/** GET or POST with the token in the header, or POST with it in the form; never in the query. */
export async function userinfo(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const token = readToken(request)
  if (token === null) {
    // RFC 6750 §3.1: a request without any token gets no error code.
    return json(401, {}, { 'www-authenticate': challenge({ realm: 'userinfo' }) })
  }
  const known = await knownToken(room, token)
  if (known === null || known.live === null) throw refusal('invalid_token')
  const scope = (known.claims.scope ?? '').split(' ')
  if (!scope.includes('openid')) throw refusal('insufficient_scope', ['openid'])
  const { user, family } = known.live
  return json(200, {
    ...claimsByName(user, family.granted.claims?.userinfo),
    ...claimsOfScope(user, scope),
    sub: user.id,
  })
}

function readToken(request: Incoming): string | null {
  const inHeader = bearerOf(request)
  const inForm = request.method === 'POST' ? (request.form.get('access_token') ?? null) : null
  // RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token in each request."
  if (inHeader !== null && inForm !== null) throw refusal('invalid_request')
  return inHeader ?? inForm
}

function bearerOf(request: Incoming): string | null {
  try {
    return readBearer(request.headers.get('authorization'))
  } catch (error) {
    throw error instanceof OAuthError ? refusal(error.code) : error
  }
}

function refusal(error: OAuthErrorCode, scope?: readonly string[]): OAuthError {
  const { description } = oauthErrors[error]
  const header = challenge({ realm: 'userinfo', error, description, ...(scope !== undefined && { scope }) })
  return new OAuthError(error, { headers: { 'www-authenticate': header } })
}
