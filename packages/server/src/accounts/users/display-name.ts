// The name that a person is shown by: any script, no tricks with control or direction characters.

/** Most characters (code points) of a name. */
const longestName = 200
/** Of what NFC brings to a name none is longer. A longer row of marks takes time by the square of its length (HT-15). */
const longestTyped = 2048

// Controls (CR and LF among them), line separators, and the marks that turn or hide text around them (Unicode UAX 9).
const unfit = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u

/** What is wrong with a name, in words. */
export const nameMessages = {
  missing: 'Enter your name',
  too_long: `A name has at most ${longestName} characters`,
  unfit: 'A name can’t hold control or direction characters',
} as const

/** A name as it may be stored, or why it may not. */
export type DisplayName =
  | { readonly ok: true; readonly name: string }
  | { readonly ok: false; readonly because: keyof typeof nameMessages }

/** The name as it is stored: NFC, with single spaces and none at the ends. */
export function displayName(text: string | undefined): DisplayName {
  if (text !== undefined && text.length > longestTyped) return { ok: false, because: 'too_long' }
  const name = (text ?? '').normalize('NFC').replace(/ {2,}/g, ' ').trim()
  if (name === '') return { ok: false, because: 'missing' }
  if (unfit.test(name)) return { ok: false, because: 'unfit' }
  if ([...name].length > longestName) return { ok: false, because: 'too_long' }
  return { ok: true, name }
}
