// Client authentication by certificate (RFC 8705 §2): by one that a trusted authority issued, or by one that the client
// registered itself. TLS has proven that it holds the key; what is asked here is whose key that is.
import { createPublicKey, type webcrypto, X509Certificate } from 'node:crypto'
import { importJwkSet, isJsonObject, KeyError } from '@countersign/protocol'
import { type Authority, chainFault, isValidNow } from '../../platform/http/tls-authorities.ts'
import type { ClientCertificate } from '../../platform/http/tls-certificate.ts'
import type { Client } from '../clients/client.ts'
import type { JwkSet } from '../clients/jwk-set.ts'
import type { AuthenticationMethod } from '../clients/methods.ts'
import type { ClientDescription, ClientFinding } from '../clients/registration.ts'
import { isOfSubject } from './certificate-subject.ts'

/** What a certificate is judged by. */
interface Circumstances {
  readonly now: number
  readonly certificate: ClientCertificate | null
  readonly authorities: readonly Authority[]
}

const proven = { once: null } as const

/** `tls_client_auth`: the certificate is of the registered subject, by the word of a trusted authority (§2.1). */
export const byAuthority: AuthenticationMethod = {
  proves: 'certificate',
  isOffered: ({ mutualTls }) => mutualTls !== null && mutualTls.authorities.length > 0,
  judge: (client, _credentials, circumstances) =>
    authorityFault(client, circumstances) === null ? proven : null,
}

/** `self_signed_tls_client_auth`: the certificate, or its key, is among the client's own (§2.2). */
export const bySelfSigned: AuthenticationMethod = {
  proves: 'certificate',
  isOffered: ({ mutualTls }) => mutualTls !== null,
  judge: (client, _credentials, circumstances) => (ownFault(client, circumstances) === null ? proven : null),
}

/** Why a client's certificate does not prove who it is, in words for the log; null where it does, or none is asked for. */
export function certificateFault(client: Client, circumstances: Circumstances): string | null {
  switch (client.authentication) {
    case 'tls_client_auth':
      return authorityFault(client, circumstances)
    case 'self_signed_tls_client_auth':
      return ownFault(client, circumstances)
    default:
      return null
  }
}

function authorityFault(
  { certificateSubject }: Client,
  { certificate, authorities, now }: Circumstances,
): string | null {
  if (certificate === null) return 'the request came without one'
  if (certificateSubject === null || !isOfSubject(certificate.contents, certificateSubject))
    return 'it is of another subject than the one that is registered'
  return chainFault(certificate, authorities, now)
}

function ownFault({ jwks }: Client, { certificate, now }: Circumstances): string | null {
  if (certificate === null) return 'the request came without one'
  if (!isValidNow(certificate, now)) return 'it is not valid now'
  const { x509 } = certificate
  const isOwn = jwks !== null && knownOf(jwks).some((one) => one.isOf(x509))
  return isOwn ? null : 'it is none of those that are registered'
}

/** What is wrong with the members that these methods need. */
export function checkCertificateMethod({
  authentication,
  certificateSubject,
  jwks,
  jwksUri = null,
}: ClientDescription): ClientFinding[] {
  if (authentication === 'tls_client_auth') {
    if (certificateSubject !== undefined && certificateSubject !== null) return []
    const message = 'must be given: one name of the certificate'
    return [{ path: 'certificateSubject', code: 'missing', message }]
  }
  if (authentication !== 'self_signed_tls_client_auth') return []
  const find = (code: string, message: string): ClientFinding[] => [{ path: 'jwks', code, message }]
  if (jwks === undefined && jwksUri !== null) return []
  if (jwks === undefined) return find('missing', 'must hold the certificate, or its key')
  try {
    importJwkSet(jwks)
    return registeredIn(jwks).length > 0 ? [] : find('unusable', 'holds neither a certificate nor a key')
  } catch (error) {
    if (error instanceof KeyError) return find(error.code, 'is not a set of public keys to use')
    throw error
  }
}

/** A certificate or key that a client registered. */
interface Registered {
  readonly isOf: (x509: X509Certificate) => boolean
}

const known = new WeakMap<JwkSet, readonly Registered[]>()

function knownOf(jwks: JwkSet): readonly Registered[] {
  const found = known.get(jwks) ?? registeredIn(jwks)
  known.set(jwks, found)
  return found
}

/** The certificates of a JWK Set (`x5c`, RFC 7517 §4.7: the first is the key's), or the keys that have none. */
function registeredIn({ keys }: Readonly<Record<string, unknown>>): readonly Registered[] {
  return Array.isArray(keys) ? keys.flatMap(registeredBy) : []
}

function registeredBy(jwk: unknown): Registered[] {
  if (!isJsonObject(jwk) || jwk['use'] === 'enc') return []
  const { x5c } = jwk
  try {
    if (Array.isArray(x5c) && typeof x5c[0] === 'string') {
      const { raw } = new X509Certificate(Buffer.from(x5c[0], 'base64'))
      return [{ isOf: (x509) => x509.raw.equals(raw) }]
    }
    const key = createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' })
    return [{ isOf: (x509) => x509.publicKey.equals(key) }]
  } catch {
    // As with keys that sign: one that can't be used is left out.
    return []
  }
}
