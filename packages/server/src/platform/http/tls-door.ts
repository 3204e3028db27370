// How a listener speaks TLS, and whether it asks clients for certificates (RFC 8446 §4.3.2, RFC 8705 §2, §7.1; FAPI 2.0
// Security Profile §5.2.1).
import { constants } from 'node:crypto'
import type { TlsOptions } from 'node:tls'

/** The certificate that a server shows, with those that lead to its authority, and its private key: both PEM. */
export interface ServerCertificate {
  readonly cert: string
  readonly key: string
}

/** FAPI 2.0 §5.2.1.2 with TLS 1.2: these suites alone; then those of TLS 1.3. */
const suites = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
]

/**
 * Options of `node:https` for a listener.
 *
 * Who asks for certificates takes every one whose key the client proves to hold, expired and unknown ones too: who vouches
 * for it is asked later, of the clients that it matters for. A session that is resumed would come without the chain, and a
 * renegotiated one with another certificate: such a listener has neither.
 */
export function tlsOptions(own: ServerCertificate, asksForCertificates: boolean): TlsOptions {
  const { SSL_OP_NO_RENEGOTIATION, SSL_OP_NO_TICKET } = constants
  return {
    cert: own.cert,
    key: own.key,
    minVersion: 'TLSv1.2',
    ciphers: suites.join(':'),
    honorCipherOrder: true,
    handshakeTimeout: 10_000,
    ...(asksForCertificates
      ? {
          requestCert: true,
          rejectUnauthorized: false,
          secureOptions: SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET,
        }
      : { secureOptions: SSL_OP_NO_RENEGOTIATION }),
  }
}
