// UserInfo (OpenID Connect Core §5.3): what the access token's holder may know of the person, by the rules of RFC 6750
// for bearer tokens and of RFC 9449 §7 for those that are bound to a key.
import {
  type AccessClaims,
  type Challenge,
  challenge,
  dpopAlgorithms,
  OAuthError,
  type OAuthErrorCode,
  oauthErrors,
  readAccessToken,
  type SentToken,
  signToken,
  type TokenScheme,
} from '@countersign/protocol'
import { type Incoming, json, type Outgoing } from '../../platform/http/exchange.ts'
import type { Confirmation } from '../binding/confirmation.ts'
import { proveSender } from '../binding/sender.ts'
import type { Client } from '../clients/client.ts'
import { paths } from '../paths.ts'
import { among } from '../profiles/rules.ts'
import type { OAuthRoom } from '../room.ts'
import { sealedClaims, sealedFor } from '../tokens/encryption.ts'
import { knownToken } from '../tokens/known-token.ts'
import { claimsByName, claimsOfScope, tellsRoles } from '../tokens/user-claims.ts'

/** GET or POST with the token in the header, or POST with a bearer token in the form; never in the query. */
export async function userinfo(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const sent = readToken(room, request)
  // RFC 6750 §3.1: a request without any token gets no error code.
  if (sent === null) return json(401, {}, { 'www-authenticate': challenges(room, 'Bearer') })
  const known = await knownToken(room, sent.token)
  if (known === null || known.live === null) throw refusal(room, sent.scheme, 'invalid_token')
  const headers = await prove(room, request, sent, known.confirmation)
  const scope = (known.claims.scope ?? '').split(' ')
  if (!scope.includes('openid')) throw refusal(room, sent.scheme, 'insufficient_scope', { scope: ['openid'] })
  const { user, family, roles } = known.live
  const client = await clientOf(room, known.claims)
  const told = {
    ...claimsByName(user, family.granted.claims?.userinfo),
    ...claimsOfScope(user, scope),
    ...(tellsRoles(client, scope, family.granted.claims?.userinfo) && { roles }),
    sub: await room.subjects.of(client, user.id),
  }
  const token = await asToken(room, client, told)
  if (token === null) return json(200, told, headers)
  return {
    status: 200,
    headers: { 'content-type': 'application/jwt', 'cache-control': 'no-store', ...headers },
    body: token,
  }
}

/** OpenID Connect Core §5.3.2: signed, encrypted, or both in this order, where the client registered so; else null. */
async function asToken(
  room: OAuthRoom,
  client: Client,
  told: { readonly sub: string },
): Promise<string | null> {
  const { keyring, platform } = room
  const { userinfoAlg: alg, userinfoEncryption: encryption } = client
  const claims = { ...told, iss: platform.issuer.url, aud: client.id, iat: platform.runtime.now() }
  if (alg === null) return encryption && sealedClaims(room, client, encryption, claims)
  await keyring.ensure(alg)
  const signed = signToken('userinfo', claims, keyring.signingKey(alg))
  return sealedFor(room, client, encryption, signed)
}

/** The client that a token was made for. @throws OAuthError `invalid_token` once it is gone */
async function clientOf(room: OAuthRoom, { client_id: id }: AccessClaims): Promise<Client> {
  const client = (await room.clients.look(id)).client ?? (await room.clients.lookNow(id)).client
  if (client === undefined) throw refusal(room, 'Bearer', 'invalid_token')
  return client
}

function readToken(room: OAuthRoom, request: Incoming): SentToken | null {
  const inHeader = headerToken(room, request)
  const inForm = request.method === 'POST' ? (request.form.get('access_token') ?? null) : null
  // RFC 6750 §2: "Clients MUST NOT use more than one method to transmit the token in each request."
  if (inHeader !== null && inForm !== null) throw refusal(room, inHeader.scheme, 'invalid_request')
  return inHeader ?? (inForm === null ? null : { scheme: 'Bearer', token: inForm })
}

function headerToken(room: OAuthRoom, request: Incoming): SentToken | null {
  try {
    return readAccessToken(request.headers.get('authorization'))
  } catch (error) {
    throw error instanceof OAuthError ? refusal(room, 'Bearer', error.code) : error
  }
}

async function prove(
  room: OAuthRoom,
  request: Incoming,
  sent: SentToken,
  confirmation: Confirmation,
): Promise<Readonly<Record<string, string>>> {
  try {
    return await proveSender(room, request, sent, confirmation)
  } catch (error) {
    throw error instanceof OAuthError ? refusal(room, sent.scheme, error.code, {}, error) : error
  }
}

/** What is wrong, said to the scheme that the token came by. */
function refusal(
  room: OAuthRoom,
  scheme: TokenScheme,
  error: OAuthErrorCode,
  more: Pick<Challenge, 'scope'> = {},
  { headers, detail }: Pick<OAuthError, 'headers' | 'detail'> = {},
): OAuthError {
  const { description, status } = oauthErrors[error]
  const isAboutProof = error === 'invalid_dpop_proof' || error === 'use_dpop_nonce'
  return new OAuthError(error, {
    // RFC 9449 §7.1 and §9: here these two are 401, as whatever is wrong with a credential.
    status: isAboutProof ? 401 : status,
    headers: { ...headers, 'www-authenticate': challenges(room, scheme, { error, description, ...more }) },
    ...(detail !== undefined && { detail }),
  })
}

/**
 * One challenge for each of the two schemes, that of the request first (RFC 9449 §7.2), and where to read on (RFC 9728
 * §5.1).
 */
function challenges({ platform, rules }: OAuthRoom, scheme: TokenScheme, about: Challenge = {}): string {
  const usual = { realm: 'userinfo', resourceMetadata: platform.issuer.at(paths.protectedUserinfo) }
  const algorithms = among(rules.signatures, dpopAlgorithms)
  const bearer: Challenge = usual
  const bound: Challenge = { ...usual, scheme: 'DPoP', algorithms }
  return scheme === 'Bearer'
    ? `${challenge({ ...bearer, ...about })}, ${challenge(bound)}`
    : `${challenge({ ...bound, ...about })}, ${challenge(bearer)}`
}
