// Whether somebody whom the operator trusts vouches for a client's certificate, now and for this use (RFC 5280 §6).
//
// Signatures, issuers and dates are checked by node:crypto; what it does not tell (path lengths, uses, extensions that must
// be understood) by tls-x509.ts. Revocation lists are not asked for: a client that may no longer come in is disabled.
import type { X509Certificate } from 'node:crypto'
import type { ClientCertificate } from './tls-certificate.ts'
import { DerError } from './tls-der.ts'
import { type CertificateContents, keyUses, readCertificate } from './tls-x509.ts'

/** A certificate of somebody who vouches for others. */
export interface Authority {
  readonly x509: X509Certificate
  readonly contents: CertificateContents
}

const clientAuth = '1.3.6.1.5.5.7.3.2'
const anyPurpose = '2.5.29.37.0'
/** Most certificates between a client's and a trusted one. */
const longestPath = 5

/** Signatures that are made with SHA-256 and better: RSA, RSASSA-PSS, ECDSA, EdDSA (RFC 4055, 5758, 8410). */
const signatures: ReadonlySet<string> = new Set([
  '1.2.840.113549.1.1.11',
  '1.2.840.113549.1.1.12',
  '1.2.840.113549.1.1.13',
  '1.2.840.113549.1.1.10',
  '1.2.840.10045.4.3.2',
  '1.2.840.10045.4.3.3',
  '1.2.840.10045.4.3.4',
  '1.3.101.112',
  '1.3.101.113',
])

/** @throws DerError for a certificate that can't be read */
export function authorityOf(x509: X509Certificate): Authority {
  return { x509, contents: readCertificate(x509.raw) }
}

/** What keeps a certificate from vouching for others; null where nothing does. @param now in seconds */
export function authorityFault({ x509, contents }: Authority, now: number): string | null {
  if (!contents.isAuthority) return 'is no authority’s (basicConstraints)'
  if (contents.keyUsage !== null && contents.keyUsage[keyUses.keyCertSign] !== true)
    return 'may not issue certificates (keyUsage)'
  if (contents.hasUnknownLimits) return 'is limited in a way that is not understood here'
  if (!isFor(contents, clientAuth)) return 'is not for clients (extendedKeyUsage)'
  return isNow(x509, now) ? null : 'is not valid now'
}

/**
 * What is wrong with a client's certificate; null where a trusted authority vouches for it.
 *
 * @param now in seconds
 * @returns words for the log
 */
export function chainFault(
  certificate: ClientCertificate,
  authorities: readonly Authority[],
  now: number,
): string | null {
  const { x509, contents } = certificate
  // Whoever holds the key of an authority could be anybody below it, and is nobody in particular.
  if (contents.isAuthority) return 'it is an authority’s'
  if (!isNow(x509, now)) return 'it is not valid now'
  if (!isFor(contents, clientAuth)) return 'it is not for clients (extendedKeyUsage)'
  if (contents.keyUsage !== null && contents.keyUsage[keyUses.digitalSignature] !== true)
    return 'it is not for signatures (keyUsage)'
  if (contents.hasUnknownLimits) return 'it is limited in a way that is not understood here'
  const vouchers = vouchersAmong(certificate.chain.flatMap(readable), authorities, now)
  return vouchers.some((one) => issues(one, { x509, contents })) ? null : 'no trusted authority issued it'
}

/**
 * The trusted authorities, and of those that a client sent the ones that they vouch for, in whatever order they came. From
 * the trusted ones down: so no key of the client's own making is ever calculated with.
 */
function vouchersAmong(
  sent: readonly Authority[],
  authorities: readonly Authority[],
  now: number,
): readonly Authority[] {
  const isGood = (one: Authority): boolean => authorityFault(one, now) === null
  /** With how many authorities may stand below each. */
  const found = new Map(authorities.filter(isGood).map((one) => [one, roomBelow(one)]))
  const candidates = sent.filter(isGood)
  for (let isMore = true; isMore; ) {
    isMore = false
    for (const one of candidates)
      for (const [issuer, room] of [...found]) {
        const left = Math.min(room - 1, roomBelow(one))
        if (left <= (found.get(one) ?? -1) || !issues(issuer, one)) continue
        found.set(one, left)
        isMore = true
      }
  }
  return [...found.keys()]
}

function roomBelow({ contents: { pathLength } }: Authority): number {
  return Math.min(pathLength ?? longestPath, longestPath)
}

function issues(issuer: Authority, issued: Authority): boolean {
  return (
    signatures.has(issued.contents.signatureAlgorithm) &&
    issued.x509.checkIssued(issuer.x509) &&
    isStrong(issuer.x509) &&
    issued.x509.verify(issuer.x509.publicKey)
  )
}

function isStrong({ publicKey }: X509Certificate): boolean {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength
  return bits === undefined || bits >= 2048
}

function isNow({ validFromDate, validToDate }: X509Certificate, now: number): boolean {
  return validFromDate.getTime() <= now * 1000 && now * 1000 <= validToDate.getTime()
}

/** RFC 5280 §4.2.1.12: where nothing is said, it is for anything. */
function isFor({ purposes }: CertificateContents, purpose: string): boolean {
  return purposes === null || purposes.includes(purpose) || purposes.includes(anyPurpose)
}

function readable(x509: X509Certificate): Authority[] {
  try {
    return [authorityOf(x509)]
  } catch (error) {
    if (error instanceof DerError) return []
    throw error
  }
}

/** Whether a certificate says of itself that it is good now, for who trusts it without an authority. @param now in seconds */
export function isValidNow({ x509 }: ClientCertificate, now: number): boolean {
  return isNow(x509, now)
}
