// Clients of which each copy has a key of its own, for which its maker vouches (draft-ietf-oauth-attestation-based-client-
// auth-10): an attestation of the attester's, and with each request a proof by that key, good once.
import {
  asymmetricAlgorithms,
  importPublicJwk,
  type JwsAlgorithm,
  KeyError,
  type KeySet,
  OAuthError,
  peekUnverified,
  TokenError,
  thumbprint,
  tokenKinds,
  usualSkew,
  verifyToken,
} from '@countersign/protocol'
import type { ProofNonces } from '../binding/nonces.ts'
import type { Client } from '../clients/client.ts'
import type { AuthenticationMethod, Circumstances } from '../clients/methods.ts'
import { keySetOf } from '../clients/signed.ts'
import { allowsKey, keysWithin } from '../profiles/rules.ts'

type Jwk = Parameters<typeof importPublicJwk>[0]

/** A row of the table of methods. */
export const byAttestation: AuthenticationMethod = {
  proves: 'attestation',
  algorithms: asymmetricAlgorithms,
  judge: (client, credentials, circumstances) => {
    if (!('attestation' in credentials) || client.attesterJwks === null) return null
    try {
      const keys = keySetOf(client.attesterJwks)
      const instance = attestedKey(client, credentials.attestation, keys, circumstances)
      return prove(credentials.pop, instance, client, circumstances)
    } catch (error) {
      if (error instanceof TokenError || error instanceof KeyError) return null
      throw error
    }
  },
}

/** §7.1: the key of this copy, which the attester says is the client's. @throws TokenError */
function attestedKey(
  client: Client,
  attestation: string,
  keys: KeySet,
  { now, signatures }: Circumstances,
): Jwk {
  const { claims } = verifyToken('clientAttestation', attestation, {
    keys: keysWithin(signatures, keys),
    issuer: () => true,
    audience: '',
    now,
  })
  if (claims.sub !== client.id) throw new TokenError('bad_claim', 'sub')
  return claims.cnf.jwk
}

/** §7.2: the proof of that copy, for this server, now and once. @throws TokenError, KeyError, OAuthError */
function prove(
  pop: string,
  jwk: Jwk,
  client: Client,
  { issuer, now, signatures, challenges }: Circumstances,
): NonNullable<ReturnType<AuthenticationMethod['judge']>> {
  const alg = peekUnverified(pop)?.header.alg
  const known = asymmetricAlgorithms.find((name): name is JwsAlgorithm => name === alg)
  if (known === undefined || !allowsKey(signatures, known, jwk)) throw new TokenError('unknown_key', 'alg')
  const key = importPublicJwk(jwk, known)
  const { claims } = verifyToken('clientAttestationPop', pop, {
    keys: () => key,
    issuer: () => true,
    audience: issuer,
    now,
  })
  // Older drafts had it name the client.
  const { iss } = claims
  if (iss !== undefined && iss !== client.id) throw new TokenError('wrong_issuer', 'iss')
  checkChallenge(claims.challenge, challenges)
  const instanceKey = thumbprint(jwk)
  const { maximumAge } = tokenKinds.clientAttestationPop
  return {
    once: {
      kind: 'attestation',
      name: [instanceKey, claims.jti],
      until: claims.iat + maximumAge + usualSkew,
    },
    instanceKey,
  }
}

/** §6.1. Where DPoP proofs have to name a nonce of ours, these have to as well: the one value serves for both. */
function checkChallenge(challenge: string | undefined, challenges: ProofNonces | null): void {
  if (challenges === null || (challenge !== undefined && challenges.accepts(challenge))) return
  throw new OAuthError('use_attestation_challenge', { headers: { [challengeHeader]: challenges.current() } })
}

/** The header that brings a challenge (§6.2). */
const challengeHeader = 'oauth-client-attestation-challenge'
