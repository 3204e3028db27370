// What checking a token comes to: a tagged union, so that nothing but the tag `ok` lets a request pass.
import type { Principal } from './register.ts'

/** What a token is bound to (RFC 7800 §3.1), by its thumbprint. */
export interface Bond {
  /** `jkt`: the key of a DPoP proof (RFC 9449 §6.1). `x5t#S256`: the certificate of a TLS client (RFC 8705 §3.1). */
  readonly kind: 'jkt' | 'x5t#S256'
  readonly thumbprint: string
}

/** The token is good, and this is whose. */
export interface Verified {
  readonly ok: true
  readonly principal: Principal
  /** What the token is bound to, which has proven itself with the request. */
  readonly boundTo?: Bond
  /** A newer nonce, for the `DPoP-Nonce` header of the answer (RFC 9449 §8.2). */
  readonly nonce?: string
}

/** `code` says which answer the caller gets; `detail` is for the log and never sent. */
export interface Unverified {
  readonly ok: false
  readonly code: 'invalid_token' | 'invalid_dpop_proof' | 'use_dpop_nonce' | 'unavailable'
  readonly detail: string
  /** With `use_dpop_nonce`: the one to use, for the `DPoP-Nonce` header. */
  readonly nonce?: string
  /** What another wire says of it, for `answers`. */
  readonly said?: Readonly<Record<string, unknown>>
}

/** What checking one token came to. */
export type Verification = Verified | Unverified

/**
 * Checks one token, as sent, but not that whoever sent it has the key that it is bound to: dpop.ts does. Answers at once
 * when it needs nothing from the network.
 */
export type CheckToken = (token: string) => Verification | Promise<Verification>

export function invalidToken(detail: string): Unverified {
  return { ok: false, code: 'invalid_token', detail }
}

export function unavailable(detail: string): Unverified {
  return { ok: false, code: 'unavailable', detail }
}

export function invalidProof(detail: string): Unverified {
  return { ok: false, code: 'invalid_dpop_proof', detail }
}
