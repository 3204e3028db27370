// Mode `local`: JWT access tokens checked by the issuer's published keys, without a call per request. What is here is
// the waiting: for keys that are not there yet, for newer ones, and for an encrypted token to be opened.
import { createOpener, isEncrypted } from './decryption.ts'
import type { KeySource } from './keys.ts'
import type { VerifierSettings } from './settings.ts'
import { createSignedTokens, type Presented } from './signed-tokens.ts'
import { type CheckToken, invalidToken, unavailable, type Verification } from './verification.ts'

const unknownKey = 'no key of the issuer has the kid and alg of the token'

export function localCheck(settings: VerifierSettings, source: KeySource): CheckToken {
  const open = settings.decryption === undefined ? undefined : createOpener(settings.decryption)
  const tokens = createSignedTokens(settings)

  function judge(token: Presented, now: number): Verification | Promise<Verification> {
    const keys = source.ready(now)
    if (keys === undefined) return afterLoading(token)
    const judged = tokens.judge(token, keys, now)
    if (judged instanceof Promise) return judged.then((one) => one ?? afterReloading(token))
    return judged ?? afterReloading(token)
  }

  async function afterLoading(token: Presented): Promise<Verification> {
    const loaded = await source.load(settings.now())
    if (!loaded.ok) return unavailable(loaded.detail)
    const now = settings.now()
    const known = tokens.seen(token.sent, loaded.keys, now)
    return known ?? (await tokens.judge(token, loaded.keys, now)) ?? afterReloading(token)
  }

  async function afterReloading(token: Presented): Promise<Verification> {
    const outcome = await source.reload(settings.now())
    // Without the issuer nobody can tell a new key from an invented one: an honest caller may try again.
    if (outcome === 'failed') return unavailable("the token's key is unknown and the issuer cannot be asked")
    if (outcome === 'cooling') return invalidToken(unknownKey)
    const now = settings.now()
    const keys = source.ready(now)
    if (keys === undefined) return invalidToken(unknownKey)
    const known = tokens.seen(token.sent, keys, now)
    return known ?? (await tokens.judge(token, keys, now)) ?? invalidToken(unknownKey)
  }

  async function afterOpening(sent: string, opener: NonNullable<typeof open>): Promise<Verification> {
    const opened = await opener(sent)
    if (opened.ok) return judge({ sent, signed: opened.signed }, settings.now())
    return opened.isFault ? invalidToken(opened.detail) : unavailable(opened.detail)
  }

  return (sent) => {
    const now = settings.now()
    const keys = source.ready(now)
    const known = keys === undefined ? undefined : tokens.seen(sent, keys, now)
    if (known !== undefined) return known
    if (open !== undefined && isEncrypted(sent)) return afterOpening(sent, open)
    return judge({ sent, signed: sent }, now)
  }
}
