// What a token is bound to (RFC 7800 §3.1, RFC 9449 §6): a sum, so that whoever takes or makes a token has to say what
// becomes of each kind, and none passes as a bearer token by being forgotten.
import { type AccessClaims, isJsonObject, type TokenScheme } from '@countersign/protocol'
import { type Client, isConfidential } from '../clients/client.ts'

/** What whoever presents a token must hold beside it. */
export type Confirmation =
  /** Nothing: it is good in anybody's hands (RFC 6750). */
  | { readonly kind: 'none' }
  /** The key of this thumbprint, proven with each request (RFC 9449 §6.1). */
  | { readonly kind: 'jkt'; readonly thumbprint: string }

/** A bearer token's. */
export const unbound: Confirmation = Object.freeze({ kind: 'none' })

/** What an access token says of it: the claim `cnf`, or none. */
export function confirmationClaim(confirmation: Confirmation): Pick<AccessClaims, 'cnf'> {
  switch (confirmation.kind) {
    case 'none':
      return {}
    case 'jkt':
      return { cnf: { jkt: confirmation.thumbprint } }
  }
}

/** Reads it back; null for a `cnf` that is not spoken here, whose token nobody can prove to hold. */
export function confirmationOf({ cnf }: Pick<AccessClaims, 'cnf'>): Confirmation | null {
  if (cnf === undefined) return unbound
  if (!isJsonObject(cnf)) return null
  const { jkt, ...others } = cnf
  const isOurs = typeof jkt === 'string' && Object.keys(others).length === 0
  return isOurs ? { kind: 'jkt', thumbprint: jkt } : null
}

/** How the token is sent: `token_type` (RFC 9449 §5, §6.2). */
export function schemeOf(confirmation: Confirmation): TokenScheme {
  return confirmation.kind === 'none' ? 'Bearer' : 'DPoP'
}

/**
 * The key that a refresh token is bound to; null where it is not.
 *
 * RFC 9449 §5: one that a public client gets with a proof "MUST be bound to the respective public key"; those of
 * confidential clients "are not bound", since who uses them authenticates: so they outlive the client's key.
 */
export function holderOf(client: Client, confirmation: Confirmation): string | null {
  return confirmation.kind === 'none' || isConfidential(client) ? null : confirmation.thumbprint
}
