// The checks of an ID token that the client library leaves open (OpenID Connect Core §3.1.3.7 and §3.1.3.8).
import { accessTokenHash } from '../../../platform/keys/at-hash.ts'
import type { RawClaims } from '../profile.ts'

/** What an ID token’s claims are held against. */
export interface IdTokenExpectations {
  /** From the header whose signature was verified. */
  readonly alg: string | undefined
  readonly clientId: string
  readonly accessToken: string
  readonly now: number
}

/** Seconds that the provider's clock may differ from ours. */
const skew = 30
/** Seconds since it was issued: an answer belongs to an attempt, and an attempt lives ten minutes. */
const oldest = 600

/** What is wrong with the claims of a verified ID token, in static words; null when nothing is. */
export function idTokenFault(claims: RawClaims, expected: IdTokenExpectations): string | null {
  const { aud, azp, exp, iat, at_hash: atHash } = claims
  // "if the ID Token […] contains additional audiences not trusted by the Client": we trust none but ourselves.
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (audiences.length !== 1 || audiences[0] !== expected.clientId) return 'aud is not us alone'
  if (azp !== undefined && azp !== expected.clientId) return 'azp is not us'
  if (!isTime(exp) || !(expected.now < exp + skew)) return 'exp has passed'
  if (!isTime(iat) || iat > expected.now + skew) return 'iat is in the future'
  if (iat < expected.now - oldest - skew) return 'iat is too long ago'
  if (atHash !== undefined && atHash !== accessTokenHash(expected.accessToken, expected.alg ?? ''))
    return 'at_hash is of another access token'
  return null
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
