// The words that a person compares on two screens (CIBA §7.1, binding_message): shown exactly as they were sent, so that
// only what looks like one thing, on any screen, is taken.
import { OAuthError } from '@countersign/protocol'

/** In characters as people count them, about; §7.1: "relatively short". */
const longest = 64
/** Letters of any script, digits, punctuation and plain spaces: no line breaks, no control of direction, nothing private. */
const plain = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u
/** What is not seen, though some of it counts as a letter or a symbol: fillers, joiners, the blank Braille cell. */
const unseen = /[\p{Default_Ignorable_Code_Point}\u2800]/u
/** Spaces that a page would not show, and letters with so many marks that they cover others. */
const misleading = /^ | $| {2}|\p{M}{4}/u

/** The message, when it can be shown as it is. @throws OAuthError `invalid_binding_message` */
export function checkedBindingMessage(message: string): string {
  const isShowable =
    [...message].length <= longest &&
    plain.test(message) &&
    !unseen.test(message) &&
    !misleading.test(message)
  if (isShowable) return message
  throw new OAuthError('invalid_binding_message', {
    description: 'The binding message must be 1 to 64 visible characters in one line.',
  })
}
