// Signed tokens judged by keys that are at hand (RFC 9068 §4), each once: one that was seen before costs a look into a
// map until its last second, or until the key set changes.
import {
  type AccessClaims,
  answersAtOnce,
  type JwsHeader,
  TokenError,
  verifyToken,
  verifyTokenAsync,
} from '@countersign/protocol'
import { isEncrypted } from './decryption.ts'
import type { TrustedKeys } from './keys.ts'
import { readPrincipal } from './principal.ts'
import { createSeenTokens } from './seen-tokens.ts'
import type { VerifierSettings } from './settings.ts'
import { invalidToken, type Unverified, type Verification, type Verified } from './verification.ts'

/** A token under judgement: `sent` is the whole of it, `signed` what was inside when it was encrypted. */
export interface Presented {
  readonly sent: string
  readonly signed: string
}

/** `undefined`: the key set has no such key, and a newer one might. */
export type Judged = Verification | undefined

export interface SignedTokens {
  /** What was found before, by the whole token as it was sent. */
  seen(sent: string, keys: TrustedKeys, now: number): Verified | undefined
  /** Answers at once where the platform does. */
  judge(token: Presented, keys: TrustedKeys, now: number): Judged | Promise<Judged>
}

export function createSignedTokens(settings: VerifierSettings): SignedTokens {
  const { issuer, audience, clockSkew: skew } = settings
  const seen = createSeenTokens()

  const held = (keys: TrustedKeys, now: number) => ({
    keys: (header: JwsHeader) => keys.find(header),
    issuer,
    audience,
    now,
    skew,
  })

  function accept({ sent }: Presented, claims: AccessClaims, keys: TrustedKeys, now: number): Verification {
    const read = readPrincipal(claims)
    if (!read.ok) return invalidToken(read.detail)
    seen.add(sent, { verified: read, keys, from: now, until: claims.exp + skew })
    return read
  }

  function judge(token: Presented, keys: TrustedKeys, now: number): Judged {
    try {
      return accept(token, verifyToken('access', token.signed, held(keys, now)).claims, keys, now)
    } catch (error) {
      return refusal(token.signed, error)
    }
  }

  async function judgeLater(token: Presented, keys: TrustedKeys, now: number): Promise<Judged> {
    try {
      const { claims } = await verifyTokenAsync('access', token.signed, held(keys, now))
      return accept(token, claims, keys, now)
    } catch (error) {
      return refusal(token.signed, error)
    }
  }

  return { seen: seen.get, judge: answersAtOnce ? judge : judgeLater }
}

/** @throws whatever is no refusal of a token */
function refusal(token: string, error: unknown): Unverified | undefined {
  if (!(error instanceof TokenError)) throw error
  const { code, detail } = error
  if (code === 'unknown_key') return undefined
  if (code === 'malformed' && !token.includes('.')) {
    return invalidToken(
      "the token is opaque and mode 'local' reads JWTs only: use mode 'database', or let the issuer give this API JWTs",
    )
  }
  if (code === 'malformed' && isEncrypted(token)) {
    return invalidToken('the token is encrypted, and there is no key to open it: see the option decryption')
  }
  return invalidToken(`the token is refused: ${code} (${detail})`)
}
