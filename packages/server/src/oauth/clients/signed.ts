// What clients sign for us: assertions that prove who they are, and requests. All of it is verified here, with the keys and
// the algorithm that the client is registered with, within what the profile allows.
import {
  type AddressedKind,
  importJwkSet,
  type KeySet,
  usualSkew,
  type VerifiedToken,
  verifyToken,
} from '@countersign/protocol'
import { type Choice, keysWithin } from '../profiles/rules.ts'
import type { JwkSet } from './jwk-set.ts'

/** Who has to have signed, for whom, and how. */
export interface SignedBy {
  readonly client: { readonly id: string; readonly jwks: JwkSet }
  /** The one algorithm that the client is registered with for this; null where any is good that its keys are for. */
  readonly alg: string | null
  /** What the profile allows. */
  readonly signatures: Choice<string>
  /** Us. */
  readonly issuer: string
  readonly now: number
}

/**
 * The claims of a token that this client has signed for us.
 *
 * @throws TokenError; KeyError when the client's set is none to sign with: one that only ID tokens are encrypted to was
 *   never read as such
 */
export function claimsSignedBy<K extends AddressedKind>(
  kind: K,
  token: string,
  { client, alg, signatures, issuer, now }: SignedBy,
): VerifiedToken<K>['claims'] {
  const find = keysWithin(signatures, keySetOf(client.jwks))
  const keys: typeof find = (header) => (alg === null || header.alg === alg ? find(header) : undefined)
  return verifyToken(kind, token, { keys, issuer: client.id, audience: issuer, now }).claims
}

/** Whether a signed request says that it began more than an hour ago (FAPI 2.0 Message Signing §5.3.1, FAPI CIBA §5.2.2). */
export function beganLongAgo(nbf: number, now: number): boolean {
  return nbf < now - 3600 - usualSkew
}

const keySets = new WeakMap<JwkSet, KeySet>()

/** The public keys of a set, which is never changed. Importing one costs more than using it. */
export function keySetOf(jwks: JwkSet): KeySet {
  let keys = keySets.get(jwks)
  if (keys === undefined) {
    keys = importJwkSet(jwks)
    keySets.set(jwks, keys)
  }
  return keys
}
