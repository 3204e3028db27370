// What the kinds of records are made of. Everything has a bound: a file may be anybody’s.
import { z } from 'zod'

/** The last second of the year 9999. */
export const lastMoment = 253_402_300_799

/** A moment, in seconds since the epoch. */
export const moment = z.number().int().nonnegative().max(lastMoment)

/** A digest as it is stored: SHA-256, base64url. */
export const sha256 = z.string().regex(/^[A-Za-z0-9_-]{43}$/)

/** The longest list of names. */
export const longestLists = 2000

/** In characters of JSON: what a client, a token or a grant may say of itself. */
const longestJson = 256 * 1024
const deepestJson = 16

/** An object whose members are not ours to name. @param longest in characters of JSON */
export function objectUpTo(longest: number) {
  return z
    .record(z.string(), z.unknown())
    .refine((value) => isShallow(value, deepestJson) && JSON.stringify(value).length <= longest, {
      message: `must not be longer than ${longest} characters or deeper than ${deepestJson} levels`,
    })
}

/** An object of the usual bound. */
export const plainJson = objectUpTo(longestJson)

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((one) => isShallow(one, levels - 1))
}

/** What is said of a text that no engine of ours keeps alike: PostgreSQL refuses it. */
export const nulMessage = 'has a character that no text may have (NUL)'

/** Where a NUL stands in a record, names of members too; null where there is none. */
export function pathOfNul(value: unknown): string[] | null {
  // JSON writes each as an escape: where there is none, which is nearly always, nobody has to look where.
  return JSON.stringify(value)?.includes('\\u0000') ? pathWithin(value) : null
}

function pathWithin(value: unknown): string[] | null {
  if (typeof value === 'string') return value.includes('\0') ? [] : null
  if (typeof value !== 'object' || value === null) return null
  for (const [name, one] of Object.entries(value)) {
    if (name.includes('\0')) return []
    const path = pathWithin(one)
    if (path !== null) return [name, ...path]
  }
  return null
}
