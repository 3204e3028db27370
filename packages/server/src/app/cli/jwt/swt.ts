// Simple Web Tokens (draft of November 2009, version 0.9.5.1): claims as a form, and an HMAC over it. Made for comparison
// alone (`countersign jwt compare`): the server issues none and takes none.
import { createHmac } from 'node:crypto'

/** The form's reserved names for what JWT calls otherwise. */
const reserved: Readonly<Record<string, string>> = { iss: 'Issuer', aud: 'Audience', exp: 'ExpiresOn' }

/** A token, and what of the claims it could not carry as they are. */
export interface Swt {
  readonly token: string
  readonly losses: readonly string[]
}

/** @param secret 32 bytes */
export function makeSwt(claims: Readonly<Record<string, unknown>>, secret: Uint8Array): Swt {
  const losses: string[] = []
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(claims)) {
    if (typeof value === 'object' && value !== null) losses.push(name)
    form.append(reserved[name] ?? name, textOf(value))
  }
  const signed = form.toString()
  const mac = createHmac('sha256', secret).update(signed).digest('base64')
  return { token: `${signed}&HMACSHA256=${encodeURIComponent(mac)}`, losses }
}

/** Every value is text: lists by commas, as its users did, and objects as the JSON that no receiver expects. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join(',')
  return JSON.stringify(value)
}
