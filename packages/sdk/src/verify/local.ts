// Mode `local`: JWT access tokens (RFC 9068 §4) checked by the issuer's published keys, without a call per request.
// A token seen before costs one look into a map until its last second, or until the key set changes.
import { type AccessClaims, type KeySet, TokenError, verifyToken } from '@countersign/protocol'
import { createKeySource } from './keys.ts'
import { readPrincipal } from './principal.ts'
import { createSeenTokens } from './seen-tokens.ts'
import type { JsonWebKeySet, VerifierSettings } from './settings.ts'
import {
  type CheckToken,
  invalidToken,
  type Unverified,
  unavailable,
  type Verification,
} from './verification.ts'

export function localCheck(settings: VerifierSettings, jwks: JsonWebKeySet | string | undefined): CheckToken {
  const source = createKeySource(settings, jwks)
  const seen = createSeenTokens()

  function withKeys(token: string, keys: KeySet, now: number): Verification | undefined {
    return seen.get(token, keys, now) ?? verify(token, keys, now)
  }

  /** `undefined`: the key set has no such key, and a newer one might. */
  function verify(token: string, keys: KeySet, now: number): Verification | undefined {
    let claims: AccessClaims
    try {
      claims = verifyToken('access', token, {
        keys,
        issuer: settings.issuer,
        audience: settings.audience,
        now,
        skew: settings.clockSkew,
      }).claims
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      return error.code === 'unknown_key' ? undefined : refusal(token, error)
    }
    const read = readPrincipal(claims)
    if (!read.ok) return invalidToken(read.detail)
    seen.add(token, { verified: read, keys, from: now, until: claims.exp + settings.clockSkew })
    return read
  }

  async function afterLoading(token: string): Promise<Verification> {
    const loaded = await source.load(settings.now())
    if (!loaded.ok) return unavailable(loaded.detail)
    return withKeys(token, loaded.keys, settings.now()) ?? afterReloading(token)
  }

  async function afterReloading(token: string): Promise<Verification> {
    const outcome = await source.reload(settings.now())
    // Without the issuer nobody can tell a new key from an invented one: an honest caller may try again.
    if (outcome === 'failed') return unavailable("the token's key is unknown and the issuer cannot be asked")
    if (outcome === 'cooling') return invalidToken('no key of the issuer has the kid and alg of the token')
    const now = settings.now()
    const keys = source.ready(now)
    const verification = keys === undefined ? undefined : withKeys(token, keys, now)
    return verification ?? invalidToken('no key of the issuer has the kid and alg of the token')
  }

  return (token) => {
    const now = settings.now()
    const keys = source.ready(now)
    if (keys === undefined) return afterLoading(token)
    return withKeys(token, keys, now) ?? afterReloading(token)
  }
}

function refusal(token: string, { code, detail }: TokenError): Unverified {
  if (code === 'malformed' && !token.includes('.')) {
    return invalidToken(
      "the token is opaque and mode 'local' reads JWTs only: use mode 'database', or let the issuer give this API JWTs",
    )
  }
  return invalidToken(`the token is refused: ${code} (${detail})`)
}
