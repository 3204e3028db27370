// The one algorithm that a client signs its assertions with, where it says so (`token_endpoint_auth_signing_alg`, OpenID
// Connect Dynamic Registration 1.0 §2): others are refused, though its keys could make them.
import { asymmetricAlgorithms, type JwsAlgorithm } from '@countersign/protocol'
import type { ExtraRow } from './extras.ts'
import { holdsKeyFor } from './request-rules.ts'

/** `assertionAlg`: null for whichever its keys are for. */
export const assertionAlg: ExtraRow<JwsAlgorithm | null> = {
  usual: null,
  check: (value, { authentication, jwks, jwksUri = null }) => {
    if (value === null) return []
    if (!asymmetricAlgorithms.includes(value)) {
      const message = `must be one of ${asymmetricAlgorithms.join(', ')}`
      return [{ path: 'assertionAlg', code: 'unknown', message }]
    }
    if (authentication !== 'private_key_jwt')
      return [{ path: 'assertionAlg', code: 'useless', message: 'goes with private_key_jwt' }]
    return jwksUri !== null || holdsKeyFor(jwks, value)
      ? []
      : [{ path: 'jwks', code: 'missing', message: 'must hold a key that its assertions are signed with' }]
  },
}
