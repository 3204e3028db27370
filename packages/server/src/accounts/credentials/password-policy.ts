// Which passwords may be chosen (NIST SP 800-63B-4 §3.1.1.2; PW-01 to PW-05): long enough, not a common one in some
// disguise, not made of one’s own name. No rules about kinds of characters, no expiry, no hints.
import { type Platform, productName } from '../../platform/platform.ts'
import { type Blocklist, commonPasswords } from './blocklist.ts'
import { normalized } from './hashes/hashes.ts'

/** Fewest and most characters (code points after NFKC); the fewest while the password may be the only factor. */
export const passwordLength = { minimum: 15, maximum: 256 } as const
/** Fewest characters where nobody comes in without a second factor. */
const besideSecondFactor = 8

/** Fewest characters of a password that is chosen here. */
export function passwordMinimum({ secondFactor }: Pick<Platform, 'secondFactor'>): number {
  return secondFactor === 'required' ? besideSecondFactor : passwordLength.minimum
}

/** Something that speaks against a password. */
export interface PasswordFinding {
  readonly path: 'password'
  readonly code: 'too_short' | 'too_long' | 'common' | 'predictable' | 'personal'
  readonly message: string
}

/** Whose password it is to be: what is known of them must not be most of it. */
export interface Chooser {
  readonly email?: string | null | undefined
  readonly username?: string | null | undefined
  readonly name?: string | undefined
}

const messages = {
  too_short: (minimum: number) => `Use at least ${minimum} characters. A few words make a good password`,
  too_long: `Use at most ${passwordLength.maximum} characters`,
  common:
    'This is one of the most used passwords, or one with little added. Choose something that only you would think of',
  predictable: 'This repeats or follows a pattern. Choose something less regular',
  personal: 'This is mostly your own name, address or the name of this service. Choose something else',
} as const

/**
 * Everything that speaks against a password; empty when it may be chosen.
 * @param minimum fewest characters, see `passwordMinimum`
 */
export async function passwordFindings(
  password: string,
  chooser: Chooser,
  minimum: number = passwordLength.minimum,
): Promise<PasswordFinding[]> {
  const chosen = normalized(password)
  const text = chosen.toLowerCase()
  const length = [...chosen].length
  const codes: PasswordFinding['code'][] = []
  if (length < minimum) codes.push('too_short')
  if (length > passwordLength.maximum) return [findingOf('too_long', minimum)]
  const common = await commonPasswords()
  if (isCommon(text, common)) codes.push('common')
  else if (isPredictable(text)) codes.push('predictable')
  else if (isPersonal(text, chooser, common)) codes.push('personal')
  return codes.map((code) => findingOf(code, minimum))
}

function findingOf(code: PasswordFinding['code'], minimum: number): PasswordFinding {
  const message = code === 'too_short' ? messages.too_short(minimum) : messages[code]
  return { path: 'password', code, message }
}

/** What added characters are still “little added”. */
const littleAdded = 8

/** A common password itself, repeated, or between a few digits and signs. */
function isCommon(text: string, common: Blocklist): boolean {
  const unit = repeatedUnit(text)
  return [text, unit].some((candidate) => {
    if (common.has(candidate)) return true
    const core = candidate.replace(/^\P{L}+|\P{L}+$/gu, '')
    if (core.length < 4 || !common.has(core)) return false
    const added = candidate.replace(core, '')
    return added.length <= littleAdded || isPredictable(added)
  })
}

/** A short unit again and again, or a walk along the alphabet, the digits or the keyboard with at most two turns. */
function isPredictable(text: string): boolean {
  const units = [...text]
  const unit = repeatedUnit(text)
  if (new Set(units).size < 5 || (unit !== text && [...unit].length < littleAdded)) return true
  let turns = 0
  for (let i = 1; i < units.length; i++) {
    if (!isStep(units[i - 1] ?? '', units[i] ?? '')) turns += 1
  }
  return turns <= 2
}

function isPersonal(text: string, chooser: Chooser, common: Blocklist): boolean {
  const words = wordsOf(chooser)
  if (!words.some((word) => [...word].length >= 4 && text.includes(word))) return false
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), text)
  const counted = rest.replace(/[^\p{L}\p{N}]+/gu, '')
  return [...counted].length < littleAdded || isPredictable(rest) || isCommon(rest, common)
}

/** The words that describe the chooser, the longest first. Those of less than four characters occur in anything. */
function wordsOf({ email, username, name }: Chooser): string[] {
  const whole = [productName, email, username, name].filter((text) => typeof text === 'string')
  const parts = whole.flatMap((text) => text.split(/[^\p{L}\p{N}]+/u))
  const joined = whole.map((text) => text.replace(/[^\p{L}\p{N}]+/gu, ''))
  return [...new Set([...whole, ...parts, ...joined].map((text) => normalized(text).toLowerCase()))]
    .filter((word) => [...word].length >= 3)
    .sort((a, b) => b.length - a.length)
}

/** The shortest text whose repetition is `text` (the last time perhaps cut short); `text` itself when there is none. */
function repeatedUnit(text: string): string {
  // Knuth, Morris, Pratt: border[i] is the longest proper prefix of text[0..i] that is also its suffix.
  const border = new Uint16Array(text.length)
  for (let i = 1, length = 0; i < text.length; i++) {
    while (length > 0 && text[i] !== text[length]) length = border[length - 1] ?? 0
    if (text[i] === text[length]) length += 1
    border[i] = length
  }
  const period = text.length - (border.at(-1) ?? 0)
  return period <= text.length / 2 ? text.slice(0, period) : text
}

const rows = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertz', 'azerty', '1234567890', '0987654321']

function isStep(a: string, b: string): boolean {
  const distance = (b.codePointAt(0) ?? 0) - (a.codePointAt(0) ?? 0)
  return Math.abs(distance) <= 1 || rows.some((row) => row.includes(a + b) || row.includes(b + a))
}
