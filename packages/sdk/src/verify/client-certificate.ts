// The guard's half of RFC 8705 §3: a token that is bound to a certificate passes only on a connection whose client holds that
// certificate's key, or by the word of a proxy that ended that connection.
import { certificateThumbprint, readCertificateHeader } from '@countersign/protocol'
import type { Verifiable } from './credentials.ts'

/**
 * Where a client's certificate is looked for: on the request's own TLS connection, or in the header that the proxy in front
 * sets. Whoever reaches this server past that proxy, or through one that lets the header of a client pass, can name any
 * certificate: nothing else may reach it, and the proxy sets or clears the header of every request.
 */
export type CertificatePlace = 'connection' | { readonly header: string }

/** Where it is looked for, and whether callers are told that tokens may be bound to certificates here. */
export interface CertificateTerms {
  readonly place: CertificatePlace
  /** Only where the option `clientCertificate` says something. */
  readonly isAnnounced: boolean
}

/** The certificate of a request's client, by its thumbprint; null where it showed none. */
export type ShownCertificate =
  | { readonly thumbprint: string | null; readonly fault?: undefined }
  | { readonly thumbprint?: undefined; readonly fault: string }

/** A bearer token, and what its request has to show for it. */
export interface CertifiedToken {
  readonly token: string
  /** Read only for a token that is bound to a certificate. */
  readonly certificate: () => ShownCertificate
}

/** @throws TypeError for what makes no sense */
export function certificateTerms(given: CertificatePlace | undefined): CertificateTerms {
  return { place: placeOf(given ?? 'connection'), isAnnounced: given !== undefined }
}

function placeOf(given: CertificatePlace): CertificatePlace {
  if (given === 'connection') return given
  const { header } = given
  if (typeof header !== 'string' || !/^[A-Za-z][A-Za-z0-9-]*$/.test(header))
    throw new TypeError("clientCertificate is 'connection' or { header }, the name of a header")
  return { header: header.toLowerCase() }
}

/** What a token was sent with; the token itself where no certificate could have come with it. */
export function withCertificate(
  token: string,
  request: Verifiable,
  place: CertificatePlace,
  values: (name: string) => readonly string[],
): string | CertifiedToken {
  if (place !== 'connection') return { token, certificate: () => inHeader(values(place.header)) }
  const { socket } = request
  return isSecure(socket) ? { token, certificate: () => onConnection(socket) } : token
}

function inHeader(values: readonly string[]): ShownCertificate {
  const [value, ...more] = values
  if (value === undefined || (value === '' && more.length === 0)) return { thumbprint: null }
  const [own] = more.length > 0 ? [] : (readCertificateHeader(value) ?? [])
  return own === undefined
    ? { fault: 'the header of the certificate holds none, or more than one' }
    : { thumbprint: certificateThumbprint(own) }
}

/** What is used of Node's TLS sockets. */
interface SecureSocket {
  getPeerX509Certificate(): { readonly raw: Uint8Array } | undefined
}

function isSecure(socket: unknown): socket is SecureSocket {
  return (
    typeof socket === 'object' &&
    socket !== null &&
    'getPeerX509Certificate' in socket &&
    typeof socket.getPeerX509Certificate === 'function'
  )
}

function onConnection(socket: SecureSocket): ShownCertificate {
  const certificate = socket.getPeerX509Certificate()
  return { thumbprint: certificate === undefined ? null : certificateThumbprint(certificate.raw) }
}
