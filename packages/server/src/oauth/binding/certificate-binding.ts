// Whether a client's access tokens are bound to the certificate that it shows (RFC 8705 §3.4).
import type { ExtraRow } from '../clients/extras.ts'
import type { ClientFinding } from '../clients/registration.ts'

/** `tls_client_certificate_bound_access_tokens`: bearer tokens, or those of a proof, unless it is said. */
export const certificateBoundAccessTokens: ExtraRow<boolean> = {
  usual: false,
  check: (isBound, { dpopBoundAccessTokens = false }) => {
    const find = (code: string, message: string): ClientFinding[] => [
      { path: 'certificateBoundAccessTokens', code, message },
    ]
    if (typeof isBound !== 'boolean') return find('type', 'must be true or false')
    return isBound && dpopBoundAccessTokens
      ? find('contradiction', 'leaves no token for a client whose tokens are bound to DPoP keys')
      : []
  },
}
