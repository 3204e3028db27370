// What a password hash is to those who keep one: read from its text, and tried.
import { timingSafeEqual } from 'node:crypto'
import type { Argon2, Cost } from './argon2.ts'

/** A hash as its text describes it; one that would cost more than a sign-in may is never made into this. */
export interface StoredHash {
  /**
   * Whether a password, exactly as it was typed, is the one.
   * @param argon2 what computes Argon2 on this machine
   */
  verify(password: string, argon2: Argon2): Promise<boolean>
  /** Whether it should be made anew, now that the password is at hand. */
  isWeaker(cost: Cost): boolean
}

/** A row: a way in which systems write down password hashes. */
export interface HashFormat {
  /** For reports: the name that its users know it by. */
  readonly name: string
  /** Guessed faster than any password lasts: taken in only where somebody insists, and made anew at once. */
  readonly isBroken?: true
  /** Null for what is not written in this way; `costly` for what is, and would take too much work or memory. */
  read(text: string): StoredHash | 'costly' | null
}

/** A hash of another system, whose passwords are taken as they are typed. */
export function foreign(verify: StoredHash['verify']): StoredHash {
  return { verify, isWeaker: () => true }
}

/** Whether two hashes are the same, in a time that does not tell where they differ. */
export function sameBytes(computed: Buffer, expected: Buffer): boolean {
  return computed.length === expected.length && timingSafeEqual(computed, expected)
}

/**
 * The bytes of base64 in the alphabet of RFC 4648 §4, padded or not, `.` standing for `+` as crypt's descendants write
 * it; null for anything else, and for fewer than 10 bytes.
 */
export function bytesOf(base64: string): Buffer | null {
  if (!/^[A-Za-z0-9+/.]{14,352}={0,2}$/.test(base64)) return null
  return Buffer.from(base64.replaceAll('.', '+'), 'base64')
}
