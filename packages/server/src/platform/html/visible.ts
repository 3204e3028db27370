// Whether people see a text that somebody else wrote: names and words of nobody's making but theirs.

/** Characters that take no ink, though some of them count as letters or symbols: fillers, joiners, the blank Braille cell. */
const unseen = /[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/gu

/** Whether there is nothing in a text to be seen. */
export function isBlank(text: string): boolean {
  return text.replaceAll(unseen, '') === ''
}

/** Whether a text ends its line, turns it around, or has letters with so many marks that they cover what stands beside. */
export function isUnruly(text: string): boolean {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\p{M}{4}/u.test(text)
}
