// Answers of introspection that the issuer signed (RFC 9701), so that no one between it and this API can make one up, and
// what was said of a token can be shown afterwards.
import { type JwsHeader, TokenError, verifyTokenAsync } from '@countersign/protocol'
import { createOpener, isEncrypted } from './decryption.ts'
import { createKeySource, type KeysFrom, type TrustedKeys } from './keys.ts'
import type { VerifierSettings } from './settings.ts'

/** The media type of such an answer. */
export const signedAnswerType = 'application/token-introspection+jwt'

/** What an answer says of a token; or why it is none. */
export type ReadAnswer =
  | { readonly ok: true; readonly answer: unknown }
  | { readonly ok: false; readonly detail: string }

/** Who asks, and where the issuer's keys are. */
export interface Asking {
  readonly clientId: string
  readonly keys: KeysFrom | undefined
}

/** Reads answers: each is signed by the issuer, lately, for this API alone. @throws KeyError for keys that can not be used */
export function createAnswerReader(
  settings: VerifierSettings,
  { clientId, keys: from }: Asking,
): (text: string) => Promise<ReadAnswer> {
  const { issuer, clockSkew: skew, decryption } = settings
  const source = createKeySource(settings, from)
  const open = decryption === undefined ? undefined : createOpener(decryption)

  /** Undefined where no key is known that could have signed it. */
  async function verified(text: string, keys: TrustedKeys): Promise<ReadAnswer | undefined> {
    const held = {
      keys: (header: JwsHeader) => keys.find(header),
      issuer,
      audience: clientId,
      now: settings.now(),
      skew,
    }
    try {
      const { claims } = await verifyTokenAsync('introspection', text, held)
      return { ok: true, answer: claims.token_introspection }
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      return error.code === 'unknown_key' ? undefined : refused(`${error.code} (${error.detail})`)
    }
  }

  async function byPublishedKeys(text: string): Promise<ReadAnswer> {
    const loaded = await source.load(settings.now())
    if (!loaded.ok) return refused(loaded.detail)
    const read = await verified(text, loaded.keys)
    if (read !== undefined) return read
    await source.reload(settings.now())
    const newer = source.ready(settings.now())
    return (newer && (await verified(text, newer))) ?? refused('no key of the issuer has signed it')
  }

  return async (text) => {
    if (open === undefined || !isEncrypted(text)) return byPublishedKeys(text)
    const opened = await open(text)
    return opened.ok ? byPublishedKeys(opened.signed) : refused(opened.detail)
  }
}

function refused(detail: string): ReadAnswer {
  return { ok: false, detail: `a signed answer that is refused: ${detail}` }
}
