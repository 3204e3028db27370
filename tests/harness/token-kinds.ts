// One good token of every kind, and hands to spoil it with: for tests of what must be refused.
import {
  encodeBase64url,
  type KeySet,
  type SigningKey,
  TokenError,
  type TokenKind,
  tokenKinds,
  type VerifyTokenOptions,
  verifyToken,
} from '@countersign/protocol'
import { createSignature } from '../../packages/protocol/src/jose/crypto.ts'

export const issuer = 'https://auth.example.test'
export const audience = 'https://api.example.test'
export const now = 1_800_000_000
export const kinds = Object.keys(tokenKinds) as TokenKind[]

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
  clientAssertion: base({ sub: issuer, jti: 'c1' }),
  logout: base({
    sub: 'usr_1',
    jti: 'l1',
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  }),
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

/** The outcome of a verification: a code, or "accepted". Anything but a TokenError is thrown on. */
export function outcome(
  kind: TokenKind,
  token: string,
  keys: KeySet,
  options: Partial<VerifyTokenOptions> = {},
): string {
  try {
    verifyToken(kind, token, { keys, issuer, audience, now, ...options })
    return 'accepted'
  } catch (error) {
    if (error instanceof TokenError) return error.code
    throw error
  }
}
