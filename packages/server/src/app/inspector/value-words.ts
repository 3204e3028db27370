// Values of claims for people: as text that shows what is really there, and in words where a value stands for something.
import { spanWords } from '../../platform/html/words.ts'
import { bindingWords, methodWords } from './claim-words.ts'

/** Claims that are moments, in seconds since the epoch (RFC 7519 §2, NumericDate). */
const moments: ReadonlySet<string> = new Set(['exp', 'nbf', 'iat', 'auth_time', 'updated_at', 'toe'])

/** The last moment that a Date can hold (ECMA-262, Time Values), in seconds. */
const lastMoment = 8_640_000_000_000
const longestValue = 1200
const longestLine = 48
const mostItems = 40

/**
 * A value as JSON, cut to what a person can read. Characters that can't be seen, or that turn the direction of the text
 * around them, are written as escapes: nothing shown is anything but what it looks like.
 */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return visible(JSON.stringify(cut(value, longestValue)))
  const short = shortened(value)
  const text = JSON.stringify(short, null, 1)
  const line = text.replaceAll(/\n */g, ' ')
  return visible(
    line.length <= longestLine || isFlat(short) ? cut(line, longestValue) : cut(text, longestValue),
  )
}

const isFlat = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)

/** A text in which every invisible character is an escape; spaces and line ends stay. */
export function visible(text: string): string {
  return text.replaceAll(
    /(?![\n ])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** What was left out when a value was shown; null if nothing was. */
export function leftOut(value: unknown): string | null {
  if (typeof value === 'string' && value.length > longestValue) {
    return `${number(value.length - longestValue)} more characters are not shown.`
  }
  if (Array.isArray(value) && value.length > mostItems) {
    return `${number(value.length - mostItems)} more items are not shown.`
  }
  if (typeof value !== 'object' || value === null) return null
  const isCut =
    Object.keys(value).length > mostItems ||
    (JSON.stringify(shortened(value), null, 1) ?? '').length > longestValue ||
    Object.values(value).some((item) => leftOut(item) !== null)
  return isCut ? 'More of it is not shown.' : null
}

/** What a value stands for; null where it speaks for itself. @param now seconds since the epoch */
export function meaning(name: string, value: unknown, now: number): string | null {
  if (moments.has(name) && typeof value === 'number') return momentWords(value, now)
  if (name === 'amr' && Array.isArray(value)) {
    const known = value.slice(0, mostItems).map((method) => methodWords.get(String(method)))
    return known.every((words) => words !== undefined) && known.length > 0 ? known.join(', ') : null
  }
  if (name === 'cnf' && typeof value === 'object' && value !== null) {
    const known = Object.keys(value).flatMap((member) => bindingWords.get(member) ?? [])
    return known.length > 0 ? known.join(', ') : null
  }
  return null
}

/** A moment as date, time and distance: “22 November 2026 at 13:05:37 UTC, 3 minutes ago”. */
export function momentWords(at: number, now: number): string {
  if (!(Math.abs(at) <= lastMoment)) return 'beyond any calendar'
  const date = dateWords(at)
  // RFC 7519 §2 counts seconds; a count of milliseconds lands some fifty thousand years ahead.
  if (at > 100_000_000_000) return `${date}: probably milliseconds, where seconds are meant`
  return `${date}, ${distanceWords(at, now)}`
}

/** How far a moment is from now: “in 4 minutes”, “3 days ago”. */
export function distanceWords(at: number, now: number): string {
  const seconds = Math.round(at - now)
  if (seconds === 0) return 'now'
  return seconds > 0 ? `in ${spanWords(seconds)}` : `${spanWords(-seconds)} ago`
}

function dateWords(at: number): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'long',
    timeStyle: 'medium',
    timeZone: 'UTC',
  })
  return `${format.format(at * 1000)} UTC`
}

/** A whole number with separators. */
export const number = (value: number): string => value.toLocaleString('en')

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length).toWellFormed()}…`

/** The same value with long lists, objects and texts cut, so that it can be written out in no time. */
function shortened(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, longestValue)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.slice(0, mostItems).map(shortened)
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, mostItems)
      .map(([name, item]) => [cut(name, longestValue), shortened(item)]),
  )
}
