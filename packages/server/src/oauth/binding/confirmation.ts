// What a token is bound to (RFC 7800 §3.1, RFC 8705 §3.1, RFC 9449 §6): a sum, so that whoever takes or makes a token has to
// say what becomes of each kind, and none passes as a bearer token by being forgotten.
import { type AccessClaims, isJsonObject, OAuthError, type TokenScheme } from '@countersign/protocol'
import type { ClientCertificate } from '../../platform/http/tls-certificate.ts'
import { type Client, isConfidential } from '../clients/client.ts'
import type { Rules } from '../profiles/rules.ts'
import { invalidProof, type PresentedProof } from './proofs.ts'

/** What whoever presents a token must hold beside it. */
export type Confirmation =
  /** Nothing: it is good in anybody's hands (RFC 6750). */
  | { readonly kind: 'none' }
  /** The key of this thumbprint, proven with each request (RFC 9449 §6.1). */
  | { readonly kind: 'jkt'; readonly thumbprint: string }
  /** The key of the certificate with this thumbprint, proven by each connection (RFC 8705 §3.1). */
  | { readonly kind: 'x5t'; readonly thumbprint: string }

/** A confirmation that asks for something. */
export type Bond = Exclude<Confirmation, { kind: 'none' }>

/** A bearer token's. */
const unbound: Confirmation = Object.freeze({ kind: 'none' })

/** What came with a request that a token could be bound to. */
export interface Shown {
  readonly proof: PresentedProof | null
  readonly certificate: ClientCertificate | null
}

/**
 * What the tokens of a request are to be bound to: to the certificate for clients that are registered so (RFC 8705 §3.4),
 * else to the key of a proof.
 *
 * RFC 8705 §3.4 leaves it to the server what becomes of such a client's request without a certificate, and RFC 9449 §5.2
 * rejects one without a proof: neither gets a bearer token.
 *
 * @throws OAuthError `invalid_request`, `invalid_dpop_proof`
 */
export function confirmationBy(
  { boundTokensOnly }: Pick<Rules, 'boundTokensOnly'>,
  { certificateBoundAccessTokens, dpopBoundAccessTokens }: Client,
  { proof, certificate }: Shown,
): Confirmation {
  if (certificateBoundAccessTokens) {
    if (proof !== null)
      throw invalidRequest('Tokens of this client are bound to its certificate: send no proof.')
    if (certificate === null) throw invalidRequest('The client’s certificate is missing.')
    return { kind: 'x5t', thumbprint: certificate.thumbprint }
  }
  if (proof !== null) return { kind: 'jkt', thumbprint: proof.thumbprint }
  if (!boundTokensOnly && !dpopBoundAccessTokens) return unbound
  throw invalidProof('there is none', 'The DPoP proof is missing.')
}

const members = { jkt: 'jkt', x5t: 'x5t#S256' } as const satisfies Record<Bond['kind'], string>

/** What a token says of it: the claim `cnf`, or none. */
export function confirmationClaim(confirmation: Confirmation): Pick<AccessClaims, 'cnf'> {
  if (confirmation.kind === 'none') return {}
  return { cnf: { [members[confirmation.kind]]: confirmation.thumbprint } }
}

/** Reads it back; null for a `cnf` that is not spoken here, whose token nobody can prove to hold. */
export function confirmationOf({ cnf }: Pick<AccessClaims, 'cnf'>): Confirmation | null {
  if (cnf === undefined) return unbound
  if (!isJsonObject(cnf)) return null
  // Of two things to hold, none may be forgotten: who says both is not understood.
  const [[name, thumbprint] = [], ...more] = Object.entries(cnf)
  if (typeof thumbprint !== 'string' || more.length > 0) return null
  if (name === members.jkt) return { kind: 'jkt', thumbprint }
  return name === members.x5t ? { kind: 'x5t', thumbprint } : null
}

/** How the token is sent: `token_type` (RFC 8705 §3, RFC 9449 §5, §6.2). */
export function schemeOf(confirmation: Confirmation): TokenScheme {
  return confirmation.kind === 'jkt' ? 'DPoP' : 'Bearer'
}

/**
 * What a refresh token is bound to, as it is stored (`bondOf` reads it back); null where it is not.
 *
 * RFC 9449 §5: one that a public client gets with a proof "MUST be bound to the respective public key"; RFC 8705 §4 says the
 * same of certificates. Those of confidential clients "are not bound", since who uses them authenticates: so they outlive
 * the client's key.
 */
export function holderOf(
  client: Client & { readonly instanceKey?: string },
  confirmation: Confirmation,
): string | null {
  // Attestation-based client authentication §9: bound to "the Client Instance, and NOT just the client".
  if (client.instanceKey !== undefined) return instancePrefix + client.instanceKey
  return confirmation.kind === 'none' || isConfidential(client) ? null : holderText(confirmation)
}

/** No thumbprint has a colon. */
const certificatePrefix = 'x5t:'
const instancePrefix = 'instance:'

/** Whether what `holderOf` wrote is the key of one copy of a client, which authenticates by it. */
export function isOfInstance(holder: string): boolean {
  return holder.startsWith(instancePrefix)
}

function holderText({ kind, thumbprint }: Bond): string {
  return kind === 'jkt' ? thumbprint : certificatePrefix + thumbprint
}

/** What `holderOf` wrote, as a token would say it: a copy of a client is the key that it authenticates by. */
export function bondOf(holder: string): Bond {
  if (holder.startsWith(certificatePrefix))
    return { kind: 'x5t', thumbprint: holder.slice(certificatePrefix.length) }
  return { kind: 'jkt', thumbprint: isOfInstance(holder) ? holder.slice(instancePrefix.length) : holder }
}

/** Whether both ask for the same. */
export function isSameBond(one: Confirmation, other: Confirmation): boolean {
  if (one.kind === 'none' || other.kind === 'none') return one.kind === other.kind
  return one.kind === other.kind && one.thumbprint === other.thumbprint
}

/** The refusal of who came without anything, for a token that asks for it. */
export function missing({ kind }: Bond): OAuthError {
  return kind === 'jkt'
    ? invalidProof('there is none', 'The DPoP proof is missing.')
    : invalidRequest('The client’s certificate is missing.')
}

function invalidRequest(description: string): OAuthError {
  return new OAuthError('invalid_request', { description })
}
