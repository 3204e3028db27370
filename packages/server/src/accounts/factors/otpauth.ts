// The address by which authenticator applications learn of a secret: `otpauth://totp/…`, Google Authenticator's Key URI
// Format, with the secret in Base32 (RFC 4648 §6) without padding.
import { base32 } from './base32.ts'
import type { TotpSecret } from './totp.ts'

/** A secret in groups of four, as people type it. */
export function readableSecret(secret: Uint8Array): string {
  return base32(secret).replace(/.{4}(?=.)/g, '$& ')
}

/** @param issuer what the entry is called, @param account whose it is */
export function otpauthAddress(totp: TotpSecret, issuer: string, account: string): string {
  const query = new URLSearchParams({
    secret: base32(totp.secret),
    issuer,
    algorithm: totp.algorithm.replace('-', ''),
    digits: String(totp.digits),
    period: String(totp.period),
  })
  // A colon parts the two, so neither may have one.
  const label = [issuer, account].map((part) => encodeURIComponent(part.replaceAll(':', ' '))).join(':')
  return `otpauth://totp/${label}?${String(query).replaceAll('+', '%20')}`
}
