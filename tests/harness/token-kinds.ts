// One good token of every kind, and hands to spoil it with: for tests of what must be refused.
import {
  type AddressedKind,
  encodeBase64url,
  type KeySet,
  type SigningKey,
  signDpopProof,
  signToken,
  type TokenClaims,
  TokenError,
  type TokenKind,
  tokenKinds,
  type VerifyDpopOptions,
  type VerifyTokenOptions,
  verifyDpopProof,
  verifyDpopProofAsync,
  verifyToken,
  verifyTokenAsync,
} from '@countersign/protocol'
import { createSignature } from '../../packages/protocol/src/jose/crypto.ts'

export const issuer = 'https://auth.example.test'
export const audience = 'https://api.example.test'
export const now = 1_800_000_000
/** The request that a DPoP proof is made for. */
export const proven = { method: 'POST', uri: 'https://api.example.test/payments' }
export const kinds = Object.keys(tokenKinds) as TokenKind[]
/** The kinds that name their issuer and audience: all but the DPoP proof, which names a request. */
export const addressedKinds = kinds.filter((kind) => kind !== 'dpop')

type ClaimsOfKinds = { readonly [K in TokenKind]: Record<string, unknown> }

/** Claims that make a good token; each kind is given the same issuer and audience, so that only its kind differs. */
export const goodClaims: ClaimsOfKinds = {
  access: base({
    sub: 'usr_1',
    client_id: 'demo-spa',
    jti: 'a1',
    scope: 'openid',
    roles: ['teller'],
    sid: 's1',
  }),
  id: base({ sub: 'usr_1', nonce: 'n1', auth_time: now - 5, sid: 's1', amr: ['pwd'] }),
  refresh: base({
    sub: 'usr_1',
    client_id: 'demo-spa',
    jti: 'r1',
    token_type: 'refresh',
    fam: 'f1',
  }),
  clientAssertion: base({ sub: issuer, jti: 'c1' }),
  requestObject: base({
    client_id: issuer,
    response_type: 'code',
    redirect_uri: 'https://app.example.test/cb',
    nonce: 'n1',
  }),
  clientAttestation: base({
    aud: undefined,
    sub: 'demo-native',
    cnf: { jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' } },
  }),
  clientAttestationPop: base({ exp: undefined, jti: 'p1' }),
  backchannelRequest: base({ nbf: now - 10, jti: 'b1', scope: 'openid', login_hint: 'ada' }),
  authorizationResponse: base({ code: 'csac_1', state: 's1' }),
  logout: base({
    sub: 'usr_1',
    jti: 'l1',
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  }),
  userinfo: base({ exp: undefined, sub: 'usr_1', email: 'ada@example.test' }),
  authorizationGrant: base({ sub: 'ada@example.test', jti: 'g1' }),
  idJag: base({ sub: 'usr_1', client_id: 'demo-web', jti: 'j1', scope: 'accounts:read' }),
  introspection: base({ exp: undefined, token_introspection: { active: true, sub: 'usr_1' } }),
  securityEvent: base({
    exp: undefined,
    jti: 's1',
    sub_id: { format: 'opaque', id: 'usr_1' },
    events: { 'https://schemas.openid.net/secevent/caep/event-type/session-revoked': {} },
  }),
  partnerMessage: base({ jti: 'p1', message: { order: 7 } }),
  dpop: { jti: 'd1', htm: proven.method, htu: proven.uri, iat: now - 10 },
}

function base(claims: Record<string, unknown>): Record<string, unknown> {
  return { iss: issuer, aud: audience, iat: now - 10, exp: now + 60, ...claims }
}

/** Signs any header and any payload: the key of an insider, the hands of an attacker. */
export function forge(header: unknown, payload: unknown, key: SigningKey): string {
  return seal(`${segment(header)}.${segment(payload)}`, key)
}

/** Adds a right signature to whatever text stands before the last dot. */
export function seal(input: string, key: SigningKey): string {
  return `${input}.${encodeBase64url(createSignature(key.signing, Buffer.from(input, 'latin1')))}`
}

function segment(part: unknown): string {
  if (part instanceof Uint8Array || typeof part === 'string') return encodeBase64url(part)
  return encodeBase64url(JSON.stringify(part))
}

/** Signs the good token of a kind, as its maker does. */
export function signGood(kind: TokenKind, key: SigningKey): string {
  if (kind === 'dpop') return signDpopProof(goodClaims.dpop as TokenClaims['dpop'], key)
  return signToken(kind, goodClaims[kind] as TokenClaims[AddressedKind], key)
}

/** The header that a good token of a kind has. */
export function goodHeader(kind: TokenKind, key: SigningKey): Record<string, unknown> {
  const { alg, kid, members } = key
  const { typ } = tokenKinds[kind]
  return kind === 'dpop' ? { alg, typ, jwk: members } : { alg, typ, kid }
}

/** The outcome of a verification: a code, or "accepted". Anything but a TokenError is thrown on. */
export function outcome(
  kind: TokenKind,
  token: string,
  keys: KeySet,
  options: Partial<VerifyTokenOptions> = {},
): string {
  try {
    if (kind === 'dpop') verifyDpopProof(token, { ...request, ...options })
    else verifyToken(kind, token, { keys, issuer, audience, now, ...options })
    return 'accepted'
  } catch (error) {
    return refusalOf(error)
  }
}

/** The same, by the functions that answer later. */
export async function outcomeLater(kind: TokenKind, token: string, keys: KeySet): Promise<string> {
  try {
    if (kind === 'dpop') await verifyDpopProofAsync(token, request)
    else await verifyTokenAsync(kind, token, { keys, issuer, audience, now })
    return 'accepted'
  } catch (error) {
    return refusalOf(error)
  }
}

const request: VerifyDpopOptions = { ...proven, now, accessToken: null, boundTo: null }

function refusalOf(error: unknown): string {
  if (error instanceof TokenError) return error.code
  throw error
}
