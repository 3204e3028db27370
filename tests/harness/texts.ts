// Arbitrary text for property tests: any Unicode, with more of what parsers stumble over than chance would give.
import fc from 'fast-check'

const codePoint = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x1f }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 0x7f, 0x85, 0xa0, 0xff, 0x200b, 0x2028, 0xfeff, 0xfffd, 0xffff, 0x10ffff),
  },
  { weight: 1, arbitrary: fc.integer({ min: 0x80, max: 0xd7ff }) },
  { weight: 1, arbitrary: fc.integer({ min: 0xe000, max: 0x10ffff }) },
)
const character = codePoint.map((point) => String.fromCodePoint(point))

/** Well-formed text of any characters; lengths in characters. */
export function anyText(bounds: { readonly minLength?: number; readonly maxLength?: number } = {}) {
  return fc.string({ unit: character, ...bounds })
}

/** As anyText, without NUL. */
export function anyTextButNul(bounds: { readonly minLength?: number; readonly maxLength?: number } = {}) {
  return fc.string({ unit: character.filter((each) => each !== '\0'), ...bounds })
}
