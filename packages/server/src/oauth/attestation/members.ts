// Who vouches for the copies of a client (attestation-based client authentication §7.1): the keys of its attesters, as an
// operator has them.
import { importJwkSet, KeyError } from '@countersign/protocol'
import type { ExtraRow } from '../clients/extras.ts'
import type { ClientFinding } from '../clients/registration.ts'

/** A JWK Set of public keys. */
export type AttesterKeys = Readonly<Record<string, unknown>>

/** `attesterJwks`: nobody vouches for a client unless an operator says who. */
export const attesterJwks: ExtraRow<AttesterKeys | null> = {
  usual: null,
  check: (jwks, { authentication }) => {
    const findings: ClientFinding[] = []
    if (authentication !== 'attest_jwt_client_auth' && jwks !== null)
      findings.push({ path: 'attesterJwks', code: 'unused', message: 'goes with attest_jwt_client_auth' })
    const fault = jwks === null ? null : faultOf(jwks)
    if (fault !== null) findings.push({ path: 'attesterJwks', code: 'unusable', message: fault })
    return findings
  },
}

/** What is missing of a client that is to be attested. */
export function checkAttested(described: {
  readonly authentication?: string | undefined
  readonly attesterJwks?: AttesterKeys | null | undefined
}): ClientFinding[] {
  if (described.authentication !== 'attest_jwt_client_auth' || described.attesterJwks != null) return []
  return [{ path: 'attesterJwks', code: 'missing', message: 'is needed for attest_jwt_client_auth' }]
}

function faultOf(jwks: AttesterKeys): string | null {
  try {
    return importJwkSet(jwks).keys.length > 0 ? null : 'holds no key that can be used'
  } catch (error) {
    if (!(error instanceof KeyError)) throw error
    return `is not a set of public keys to use: ${error.detail}`
  }
}
