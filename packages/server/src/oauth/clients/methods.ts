// Client authentication methods, as one table (RFC 6749 §2.3, RFC 7523 §2.2, RFC 8705 §2, OpenID Connect Core §9). Metadata
// is derived from it; a new method is a new row.

import {
  asymmetricAlgorithms,
  type ClientAuthenticationMethod,
  type ClientCredentials,
  digest,
  type JwsAlgorithm,
  TokenError,
  usualSkew,
} from '@countersign/protocol'
import type { Authority } from '../../platform/http/tls-authorities.ts'
import type { ClientCertificate } from '../../platform/http/tls-certificate.ts'
import { sameText } from '../../platform/keys/vault.ts'
import type { Once } from '../../platform/once.store.ts'
import { byAttestation } from '../attestation/attested.ts'
import { byAuthority, bySelfSigned } from '../binding/certificate-methods.ts'
import type { ProofNonces } from '../binding/nonces.ts'
import { among, type Choice } from '../profiles/rules.ts'
import type { OAuthRoom } from '../room.ts'
import type { Client } from './client.ts'
import { claimsSignedBy } from './signed.ts'

/** What the world must say for a credential to be judged. */
export interface Circumstances {
  readonly issuer: string
  readonly now: number
  /** Algorithms that may sign assertions. */
  readonly signatures: Choice<JwsAlgorithm>
  /** What the client showed in the TLS handshake. */
  readonly certificate: ClientCertificate | null
  /** Who vouches for certificates. */
  readonly authorities: readonly Authority[]
  /** What attested clients' proofs have to name; null where nothing is asked for. */
  readonly challenges: ProofNonces | null
}

/** A row: how clients that are registered with the method prove who they are. */
export interface AuthenticationMethod {
  /** What a client registered with this method holds; any method that proves the same is accepted from it. */
  readonly proves: 'secret' | 'key' | 'certificate' | 'attestation' | 'nothing'
  /** Whether this server can speak it at all; it can, unless that is said. */
  readonly isOffered?: (room: Pick<OAuthRoom, 'mutualTls'>) => boolean
  /** Signature algorithms, for metadata. */
  readonly algorithms?: readonly string[]
  /** Whether the credentials are this client's. Null: they are not. `once`: they are, unless they were used before. */
  readonly judge: (
    client: Client,
    credentials: ClientCredentials,
    circumstances: Circumstances,
  ) => Verdict | null
}

/** Credentials that are the client's. */
export interface Verdict {
  /** What has to be used up with it, where the credential is good once. */
  readonly once: Once | null
  /** The thumbprint of the key of this copy of the client, where each has one of its own. */
  readonly instanceKey?: string
}

/** Longest that a client assertion may live from now, in seconds. */
const assertionSeconds = 300
const proven = { once: null } as const

const bySecret: AuthenticationMethod = {
  proves: 'secret',
  judge: (client, credentials) => {
    if (!('secret' in credentials)) return null
    // The digest is made for every client alike, so that time does not tell which clients exist.
    const isRight = sameText(digest(credentials.secret), client.secretDigest ?? '')
    return isRight ? proven : null
  },
}

/** Every method of RFC 7591 §2 and RFC 7523 §2.2 that we speak. */
export const authenticationMethods: { readonly [M in ClientAuthenticationMethod]: AuthenticationMethod } = {
  client_secret_basic: bySecret,
  client_secret_post: bySecret,
  private_key_jwt: { proves: 'key', algorithms: asymmetricAlgorithms, judge: judgeAssertion },
  tls_client_auth: byAuthority,
  self_signed_tls_client_auth: bySelfSigned,
  attest_jwt_client_auth: byAttestation,
  none: { proves: 'nothing', judge: () => proven },
}

/** The methods that clients can be registered with here: those that the rules leave, and that this server can speak. */
export function offeredMethods({
  rules,
  mutualTls,
}: Pick<OAuthRoom, 'rules' | 'mutualTls'>): readonly ClientAuthenticationMethod[] {
  const names = Object.keys(authenticationMethods) as ClientAuthenticationMethod[]
  return among(rules.clientAuthentication, names).filter(
    (name) => authenticationMethods[name].isOffered?.({ mutualTls }) ?? true,
  )
}

/** RFC 7523 §3 with the audience of rfc7523bis: the issuer as a string, and nothing else. */
function judgeAssertion(
  client: Client,
  credentials: ClientCredentials,
  { issuer, now, signatures }: Circumstances,
): { readonly once: Once } | null {
  const { id, jwks, assertionAlg: alg } = client
  if (!('assertion' in credentials) || jwks === null) return null
  try {
    const by = { client: { id, jwks }, alg, signatures, issuer, now }
    const claims = claimsSignedBy('clientAssertion', credentials.assertion, by)
    if (claims.exp > now + assertionSeconds + usualSkew) return null
    return { once: { kind: 'assertion', name: [id, claims.jti], until: claims.exp + usualSkew } }
  } catch (error) {
    if (error instanceof TokenError) return null
    throw error
  }
}
