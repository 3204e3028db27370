// The certificate by which a client showed, in the TLS handshake, that it holds a private key (RFC 8446 §4.4.2, §4.4.3):
// as our own listener saw it, or as a trusted proxy tells of it in a header (RFC 9440 §2, or as nginx escapes a PEM).
import { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { certificateThumbprint, readCertificateHeader } from '@countersign/protocol'
import { type CertificateContents, readCertificate } from './tls-x509.ts'

declare const presented: unique symbol

/** A certificate whose private key the client of a request holds. Only the makers below produce one. */
export interface ClientCertificate {
  readonly [presented]: true
  readonly x509: X509Certificate
  readonly contents: CertificateContents
  /** What the client sent beside it, towards an authority; nothing of it is proven. */
  readonly chain: readonly X509Certificate[]
  /** SHA-256 of its DER, base64url: `x5t#S256` (RFC 8705 §3.1). */
  readonly thumbprint: string
}

/** A request's certificate can't be told, and it is not answered. The words are for whoever set up the proxy. */
export class CertificateRefused extends Error {
  override readonly name = 'CertificateRefused'
}

/** Most certificates that a client may send beside its own. */
const longestChain = 6

/**
 * The certificate of a connection to our own listener; null where the client sent none. That the client holds its key
 * was proven by the handshake; who vouches for it is for others to ask.
 *
 * @throws CertificateRefused for one that is not well-formed
 */
export function certificateOfConnection(socket: TLSSocket): ClientCertificate | null {
  const own = socket.getPeerX509Certificate()
  if (own === undefined) return null
  const chain: X509Certificate[] = []
  for (let next = own.issuerCertificate; next !== undefined; next = next.issuerCertificate) {
    if (chain.length === longestChain || next.fingerprint256 === chain.at(-1)?.fingerprint256) break
    chain.push(next)
  }
  return certificateOf(own, chain)
}

/**
 * The certificate that a trusted proxy tells of.
 *
 * @param value of its header, as sent: `:base64 of the DER:` (RFC 9440 §2.2), or a PEM whose characters are escaped as in
 *   URLs, followed by its chain where the proxy has that
 * @throws CertificateRefused for anything else
 */
export function certificateOfHeader(value: string): ClientCertificate {
  const [own, ...chain] = readCertificateHeader(value) ?? []
  if (own === undefined || chain.length > longestChain) throw notOne()
  return certificateOf(parsed(own), chain.map(parsed))
}

function parsed(der: Uint8Array): X509Certificate {
  try {
    const certificate = new X509Certificate(der)
    // Whatever follows the certificate would be no part of what its thumbprint is made of.
    if (certificate.raw.equals(der)) return certificate
  } catch {
    // Said below.
  }
  throw notOne()
}

function certificateOf(x509: X509Certificate, chain: readonly X509Certificate[]): ClientCertificate {
  try {
    const thumbprint = certificateThumbprint(x509.raw)
    return { x509, chain, thumbprint, contents: readCertificate(x509.raw) } as unknown as ClientCertificate
  } catch {
    throw new CertificateRefused('The client’s certificate is malformed.')
  }
}

function notOne(): CertificateRefused {
  return new CertificateRefused('The certificate’s header holds no certificate, or more than one value.')
}
