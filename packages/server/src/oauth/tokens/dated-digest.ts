// How a refresh token of our own is found: by a digest that begins with when the token was made. A plain digest is random,
// and each one that is stored changes another page of its index; of these a commit's share the page at the end.
import { digest } from '@countersign/protocol'

const prefix = 'csrt_'
/** Characters of time at the beginning of a token's secret: see `datedSecret` of the runtime. */
const time = 8

/** 8 characters that the token itself begins with, and 35 of its SHA-256: 208 bits of what 208 bits of chance became. */
export function datedDigest(token: string): string {
  return token.slice(prefix.length, prefix.length + time) + digest(token).slice(time)
}
