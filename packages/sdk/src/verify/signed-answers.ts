// Answers of introspection that the issuer signed (RFC 9701), so that no one between it and this API can make one up, and
// what was said of a token can be shown afterwards.
import { verifyTokenAsync } from '@countersign/protocol'
import { verifyByKeys } from './by-keys.ts'
import { createOpener, isEncrypted } from './decryption.ts'
import { createKeySource, type KeysFrom } from './keys.ts'
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
  const { issuer, now, clockSkew: skew, decryption } = settings
  const source = createKeySource(settings, from)
  const open = decryption === undefined ? undefined : createOpener(decryption)

  async function verified(text: string): Promise<ReadAnswer> {
    const outcome = await verifyByKeys(source, now, (find) =>
      verifyTokenAsync('introspection', text, { keys: find, issuer, audience: clientId, now: now(), skew }),
    )
    return outcome.ok
      ? { ok: true, answer: outcome.value.claims.token_introspection }
      : refused(outcome.detail)
  }

  return async (text) => {
    if (open === undefined || !isEncrypted(text)) return verified(text)
    const opened = await open(text)
    return opened.ok ? verified(opened.signed) : refused(opened.detail)
  }
}

function refused(detail: string): ReadAnswer {
  return { ok: false, detail: `a signed answer that is refused: ${detail}` }
}
