// The address by which authenticator applications learn of a secret: `otpauth://totp/…`, Google Authenticator's Key URI
// Format, with the secret in Base32 (RFC 4648 §6) without padding.
import { base32 } from './base32.ts'
import type { TotpSecret } from './totp.ts'

/** A secret in groups of four, as people type it. */
export function readableSecret(secret: Uint8Array): string {
  return base32(secret).replace(/.{4}(?=.)/g, '$& ')
}

/**
 * A colon parts issuer and account, so neither may have one, not even percent-encoded; and the parameter of the issuer is to
 * be what the label says. So a colon, as of a port, becomes a space in both.
 *
 * @param named what the entry is called, @param owner whose it is
 */
export function otpauthAddress(totp: TotpSecret, named: string, owner: string): string {
  const [issuer, account] = [named, owner].map((part) => part.replaceAll(':', ' ')) as [string, string]
  const query = new URLSearchParams({
    secret: base32(totp.secret),
    issuer,
    algorithm: totp.algorithm.replace('-', ''),
    digits: String(totp.digits),
    period: String(totp.period),
  })
  const label = [issuer, account].map(encodeURIComponent).join(':')
  return `otpauth://totp/${label}?${String(query).replaceAll('+', '%20')}`
}
