// Answers that are tokens themselves: how a client wants those of userinfo (OpenID Connect Dynamic Registration 1.0 §2),
// of introspection (RFC 9701 §6) and of the authorization endpoint (JARM §3) to be signed and encrypted.
import { type SigningAlgorithm, signingAlgorithms } from '../../platform/keys/keyring.ts'
import type { ExtraRow } from '../clients/extras.ts'
import type { OAuthRoom } from '../room.ts'
import type { Encryption } from './encryption.ts'

/** The members of a client that are about answers as tokens. */
export interface SignedAnswers {
  /** `userinfo_signed_response_alg`; null for plain JSON. */
  readonly userinfoAlg: SigningAlgorithm | null
  /** `userinfo_encrypted_response_alg`, `_enc`; null for answers that are not encrypted. */
  readonly userinfoEncryption: Encryption | null
  /** `introspection_signed_response_alg`, for answers that it asks for as tokens. */
  readonly introspectionAlg: SigningAlgorithm
  /** `introspection_encrypted_response_alg`, `_enc`; null for answers that are signed alone. */
  readonly introspectionEncryption: Encryption | null
  /** `authorization_encrypted_response_alg`, `_enc`; null for answers that are signed alone. */
  readonly responseEncryption: Encryption | null
}

/** A member that names an algorithm of ours. */
function algorithm<T extends SigningAlgorithm | null>(name: keyof SignedAnswers, usual: T): ExtraRow<T> {
  return {
    usual,
    check: (value) =>
      value === null || signingAlgorithms.includes(value)
        ? []
        : [{ path: name, code: 'unknown', message: `must be ${signingAlgorithms.join(' or ')}` }],
  }
}

/** What an answer is signed with: as its client has it, or as this server's profile does where it knows no such algorithm. */
export function algToAnswer({ rules: { signatures } }: OAuthRoom, alg: SigningAlgorithm): SigningAlgorithm {
  return signatures === 'all' || signatures.includes(alg) ? alg : 'ES256'
}

/** What is wrong with it is found beside the keys (checkEncryptions). */
const encryption: ExtraRow<Encryption | null> = { usual: null }

/** The rows of the members. */
export const signedAnswers: { readonly [K in keyof SignedAnswers]: ExtraRow<SignedAnswers[K]> } = {
  userinfoAlg: algorithm<SigningAlgorithm | null>('userinfoAlg', null),
  userinfoEncryption: encryption,
  // RFC 9701 §6: "The default, if omitted, is RS256."
  introspectionAlg: algorithm<SigningAlgorithm>('introspectionAlg', 'RS256'),
  introspectionEncryption: encryption,
  responseEncryption: encryption,
}
