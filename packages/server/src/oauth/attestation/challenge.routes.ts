// Challenges for the proofs of attested clients (draft-ietf-oauth-attestation-based-client-auth-10 §6.3), where this server
// asks for them; a nonce for DPoP proofs comes along.

import { asymmetricAlgorithms } from '@countersign/protocol'
import { json, type Route } from '../../platform/http/exchange.ts'
import { paths } from '../paths.ts'
import { allows, among } from '../profiles/rules.ts'
import type { OAuthRoom } from '../room.ts'

/** POST of the endpoint; anybody may have a challenge, it proves nothing. */
export function attestationRoutes({ dpopNonces }: OAuthRoom): readonly Route[] {
  if (dpopNonces === null) return []
  return [
    {
      method: 'POST',
      path: paths.attestationChallenge,
      caller: 'program',
      cors: 'none',
      run: async () => {
        const challenge = dpopNonces.current()
        return json(200, { attestation_challenge: challenge }, { 'dpop-nonce': challenge })
      },
    },
  ]
}

/** What the metadata say of it (§10). */
export function attestationMetadata({ dpopNonces, rules, platform }: OAuthRoom) {
  if (!allows(rules.clientAuthentication, 'attest_jwt_client_auth')) return {}
  const algorithms = among(rules.signatures, asymmetricAlgorithms)
  return {
    client_attestation_signing_alg_values_supported: algorithms,
    client_attestation_pop_signing_alg_values_supported: algorithms,
    ...(dpopNonces !== null && { challenge_endpoint: platform.issuer.at(paths.attestationChallenge) }),
  }
}
