// What checking a token comes to: a tagged union, so that nothing but the tag `ok` lets a request pass.
import type { Principal } from './register.ts'

/** The token is good, and this is whose. */
export interface Verified {
  readonly ok: true
  readonly principal: Principal
}

/** `code` says which answer the caller gets; `detail` is for the log and never sent. */
export interface Unverified {
  readonly ok: false
  readonly code: 'invalid_token' | 'unavailable'
  readonly detail: string
}

/** What checking one token came to. */
export type Verification = Verified | Unverified

/** Checks one token, as sent. Answers at once when it needs nothing from the network. */
export type CheckToken = (token: string) => Verification | Promise<Verification>

export function invalidToken(detail: string): Unverified {
  return { ok: false, code: 'invalid_token', detail }
}

export function unavailable(detail: string): Unverified {
  return { ok: false, code: 'unavailable', detail }
}
