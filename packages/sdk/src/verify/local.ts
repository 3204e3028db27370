// Mode `local`: JWT access tokens (RFC 9068 §4) checked by the issuer's published keys, without a call per request.
// A token seen before costs one look into a map until its last second, or until the key set changes.
import {
  type AccessClaims,
  answersAtOnce,
  type JwsHeader,
  TokenError,
  verifyToken,
  verifyTokenAsync,
} from '@countersign/protocol'
import { createOpener, isEncrypted } from './decryption.ts'
import type { KeySource, TrustedKeys } from './keys.ts'
import { readPrincipal } from './principal.ts'
import { createSeenTokens } from './seen-tokens.ts'
import type { VerifierSettings } from './settings.ts'
import {
  type CheckToken,
  invalidToken,
  type Unverified,
  unavailable,
  type Verification,
} from './verification.ts'

/** `undefined`: the key set has no such key, and a newer one might. */
type Judged = Verification | undefined

/** A token under judgement: `sent` is the whole of it, `signed` what was inside when it was encrypted. */
interface Presented {
  readonly sent: string
  readonly signed: string
}

export function localCheck(settings: VerifierSettings, source: KeySource): CheckToken {
  const open = settings.decryption === undefined ? undefined : createOpener(settings.decryption)
  const seen = createSeenTokens()

  const held = (keys: TrustedKeys, now: number) => ({
    keys: (header: JwsHeader) => keys.find(header),
    issuer: settings.issuer,
    audience: settings.audience,
    now,
    skew: settings.clockSkew,
  })

  function verify(token: Presented, keys: TrustedKeys, now: number): Judged | Promise<Judged> {
    if (!answersAtOnce) return verifyLater(token, keys, now)
    try {
      return accept(token, verifyToken('access', token.signed, held(keys, now)).claims, keys, now)
    } catch (error) {
      return refusal(token.signed, error)
    }
  }

  async function verifyLater(token: Presented, keys: TrustedKeys, now: number): Promise<Judged> {
    try {
      const { claims } = await verifyTokenAsync('access', token.signed, held(keys, now))
      return accept(token, claims, keys, now)
    } catch (error) {
      return refusal(token.signed, error)
    }
  }

  function accept({ sent }: Presented, claims: AccessClaims, keys: TrustedKeys, now: number): Verification {
    const read = readPrincipal(claims)
    if (!read.ok) return invalidToken(read.detail)
    seen.add(sent, { verified: read, keys, from: now, until: claims.exp + settings.clockSkew })
    return read
  }

  async function afterOpening(sent: string): Promise<Verification> {
    const opened = await open?.(sent)
    if (opened === undefined) return invalidToken('the token is encrypted, and there is no key to open it')
    if (!opened.ok) return opened.isOurs ? invalidToken(opened.detail) : unavailable(opened.detail)
    return judge({ sent, signed: opened.signed })
  }

  function judge(token: Presented): Verification | Promise<Verification> {
    const now = settings.now()
    const keys = source.ready(now)
    if (keys === undefined) return afterLoading(token)
    const judged = verify(token, keys, now)
    if (judged instanceof Promise) return judged.then((one) => one ?? afterReloading(token))
    return judged ?? afterReloading(token)
  }

  async function afterLoading(token: Presented): Promise<Verification> {
    const loaded = await source.load(settings.now())
    if (!loaded.ok) return unavailable(loaded.detail)
    const now = settings.now()
    const known = seen.get(token.sent, loaded.keys, now)
    return known ?? (await verify(token, loaded.keys, now)) ?? afterReloading(token)
  }

  async function afterReloading(token: Presented): Promise<Verification> {
    const outcome = await source.reload(settings.now())
    // Without the issuer nobody can tell a new key from an invented one: an honest caller may try again.
    if (outcome === 'failed') return unavailable("the token's key is unknown and the issuer cannot be asked")
    if (outcome === 'cooling') return invalidToken(unknownKey)
    const now = settings.now()
    const keys = source.ready(now)
    if (keys === undefined) return invalidToken(unknownKey)
    const known = seen.get(token.sent, keys, now)
    return known ?? (await verify(token, keys, now)) ?? invalidToken(unknownKey)
  }

  return (token) => {
    const now = settings.now()
    const keys = source.ready(now)
    const known = keys === undefined ? undefined : seen.get(token, keys, now)
    if (known !== undefined) return known
    if (open !== undefined && isEncrypted(token)) return afterOpening(token)
    return judge({ sent: token, signed: token })
  }
}

const unknownKey = 'no key of the issuer has the kid and alg of the token'

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
