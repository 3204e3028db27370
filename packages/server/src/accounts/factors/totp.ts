// One-time codes of authenticator applications: HOTP (RFC 4226 §5.3) over the time's step (RFC 6238 §4).
import { createHmac } from 'node:crypto'
import { sameText } from '../../platform/keys/vault.ts'
import type { Instant } from '../../platform/runtime.ts'

/** The hashes that RFC 6238 §1.2 allows. */
export const totpAlgorithms = ['SHA-1', 'SHA-256', 'SHA-512'] as const
/** One of them. */
export type TotpAlgorithm = (typeof totpAlgorithms)[number]

/** How codes are made. */
export interface TotpShape {
  readonly algorithm: TotpAlgorithm
  /** 6 to 8. */
  readonly digits: number
  /** Seconds that a code is for. */
  readonly period: number
}

/** A secret and how codes are made of it. */
export interface TotpSecret extends TotpShape {
  readonly secret: Uint8Array
}

/** What every authenticator application knows; what we make is always of this shape. */
export const usualShape: TotpShape = { algorithm: 'SHA-1', digits: 6, period: 30 }
/** Bytes of a new secret: as long as the output of SHA-1 (RFC 4226 §4 R6). */
export const secretBytes = 20

const hashes: { readonly [A in TotpAlgorithm]: string } = {
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-512': 'sha512',
}

/** The code of one step. @param step a whole number, 0 or more */
export function codeAt({ secret, algorithm, digits }: TotpSecret, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac(hashes[algorithm], secret).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0x0f
  const truncated = mac.readUInt32BE(offset) & 0x7fff_ffff
  return String(truncated % 10 ** digits).padStart(digits, '0')
}

/** The step that a moment lies in. */
export function stepAt({ period }: Pick<TotpShape, 'period'>, now: Instant): number {
  return Math.floor(now / period)
}

/**
 * The step whose code was given: the present one, the one before or the one after (RFC 6238 §5.2), and newer than the last
 * one that was accepted. Null when it is none of these. Takes the same time for each.
 */
export function stepOfCode(totp: TotpSecret, code: string, now: Instant, lastStep: number): number | null {
  const present = stepAt(totp, now)
  const candidates = [present, present - 1, present + 1]
  const matching = candidates.filter((step) => step >= 0 && sameText(codeAt(totp, step), code))
  return matching.find((step) => step > lastStep) ?? null
}

/** A code as somebody typed or pasted it, without what is written between its digits; null when it can be none. */
export function typedCode(text: string | undefined): string | null {
  const digits = (text ?? '')
    .slice(0, 64)
    .normalize('NFKC')
    .replace(/[\s\-.]/g, '')
  return /^\d{6,8}$/.test(digits) ? digits : null
}
