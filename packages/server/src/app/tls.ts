// The files of TLS: this server's own certificate and key, and the authorities that vouch for clients (RFC 8705). Read once,
// at the start; whatever is wrong with them is said then, in one list.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { MutualTls } from '../oauth/binding/mutual-tls.ts'
import { issuerAt } from '../platform/http/issuer.ts'
import { type Authority, authorityFault, authorityOf } from '../platform/http/tls-authorities.ts'
import type { ServerCertificate } from '../platform/http/tls-door.ts'
import type { Finding, Settings } from './settings.ts'

/** What the settings of TLS come to. */
export interface Tls {
  /** Null where a proxy ends TLS. */
  readonly own: ServerCertificate | null
  /** Null where no client's certificate reaches this server. */
  readonly mutual: MutualTls | null
}

type TlsSettings = Pick<
  Settings,
  | 'url'
  | 'port'
  | 'trustProxy'
  | 'tlsCert'
  | 'tlsKey'
  | 'clientCa'
  | 'clientCertHeader'
  | 'mtlsUrl'
  | 'mtlsPort'
>

type Find = (path: string, code: string, message: string) => void

/** @param now in seconds */
export function readTls(settings: TlsSettings, now: number): Tls & { readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
  const find: Find = (path, code, message) => {
    findings.push({ path, code, message: `${path} ${message}` })
  }
  checkTogether(settings, find)
  const own = readOwn(settings, now, find)
  const authorities = settings.clientCa === undefined ? [] : readAuthorities(settings.clientCa, find)
  const seesCertificates = settings.mtlsPort !== undefined || settings.clientCertHeader !== undefined
  const address = addressFor(settings)
  return {
    own,
    mutual: seesCertificates
      ? { authorities, address: address === undefined ? null : issuerAt(address) }
      : null,
    findings,
  }
}

/** Another port is another address; what is said wins, and what is the issuer's is no other. */
function addressFor({ url, port, mtlsUrl, mtlsPort }: TlsSettings): string | undefined {
  const said = mtlsUrl ?? (mtlsPort === undefined || mtlsPort === port ? undefined : atPort(url, mtlsPort))
  return said === url ? undefined : said
}

function atPort(url: string, port: number): string {
  const other = new URL(url)
  other.port = String(port)
  return other.origin
}

function checkTogether(settings: TlsSettings, find: Find): void {
  const { tlsCert, tlsKey, clientCa, clientCertHeader, mtlsUrl, mtlsPort, trustProxy } = settings
  if (tlsCert !== undefined && tlsKey === undefined)
    find('COUNTERSIGN_TLS_CERT', 'incomplete', 'needs COUNTERSIGN_TLS_KEY beside it.')
  if (tlsKey !== undefined && tlsCert === undefined)
    find('COUNTERSIGN_TLS_KEY', 'incomplete', 'needs COUNTERSIGN_TLS_CERT beside it.')
  if (mtlsPort !== undefined && tlsCert === undefined)
    find('COUNTERSIGN_MTLS_PORT', 'incomplete', 'needs COUNTERSIGN_TLS_CERT: certificates are shown in TLS.')
  if (clientCertHeader !== undefined && trustProxy.length === 0)
    find(
      'COUNTERSIGN_CLIENT_CERT_HEADER',
      'incomplete',
      'needs COUNTERSIGN_TRUST_PROXY: nobody else is believed.',
    )
  if (mtlsPort === undefined && clientCertHeader === undefined) {
    const why = 'is useless: give COUNTERSIGN_MTLS_PORT or COUNTERSIGN_CLIENT_CERT_HEADER as well.'
    if (clientCa !== undefined) find('COUNTERSIGN_TLS_CLIENT_CA', 'useless', why)
    if (mtlsUrl !== undefined) find('COUNTERSIGN_MTLS_URL', 'useless', why)
  }
}

function readOwn({ tlsCert, tlsKey }: TlsSettings, now: number, find: Find): ServerCertificate | null {
  if (tlsCert === undefined || tlsKey === undefined) return null
  const cert = readFile('COUNTERSIGN_TLS_CERT', tlsCert, find)
  const key = readFile('COUNTERSIGN_TLS_KEY', tlsKey, find)
  const [own] = cert === null ? [] : (certificatesIn('COUNTERSIGN_TLS_CERT', cert, find) ?? [])
  const privateKey = key === null ? null : privateKeyOf(key, find)
  if (cert === null || key === null || own === undefined || privateKey === null) return null
  if (!own.checkPrivateKey(privateKey))
    find(
      'COUNTERSIGN_TLS_KEY',
      'mismatch',
      'is not the key of the first certificate in COUNTERSIGN_TLS_CERT.',
    )
  if (own.validToDate.getTime() < now * 1000)
    find('COUNTERSIGN_TLS_CERT', 'expired', 'has expired: no client would accept it.')
  return { cert, key }
}

function privateKeyOf(pem: string, find: Find): KeyObject | null {
  try {
    return createPrivateKey(pem)
  } catch {
    find(
      'COUNTERSIGN_TLS_KEY',
      'unusable',
      'holds no private key that can be used: PEM, without a passphrase.',
    )
    return null
  }
}

function readAuthorities(file: string, find: Find): Authority[] {
  const name = 'COUNTERSIGN_TLS_CLIENT_CA'
  const text = readFile(name, file, find)
  const certificates = text === null ? null : certificatesIn(name, text, find)
  return (certificates ?? []).flatMap((x509, index) => {
    const authority = authorityIn(x509)
    // One that has expired vouches for nobody any more, and keeps nobody from starting.
    const fault =
      authority === null ? 'can’t be read' : authorityFault(authority, x509.validFromDate.getTime() / 1000)
    if (authority !== null && fault === null) return [authority]
    find(name, 'no_authority', `holds a certificate (the ${index + 1}.) that ${fault}.`)
    return []
  })
}

function authorityIn(x509: X509Certificate): Authority | null {
  try {
    return authorityOf(x509)
  } catch {
    return null
  }
}

/** @returns null where there is none, or one that can't be read */
function certificatesIn(name: string, text: string, find: Find): X509Certificate[] | null {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
  try {
    if (blocks.length > 0) return blocks.map((block) => new X509Certificate(block))
  } catch {
    // Said below.
  }
  find(name, 'unusable', 'holds no certificates that can be read: PEM, as it begins with BEGIN CERTIFICATE.')
  return null
}

function readFile(name: string, file: string, find: Find): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const what = isMissing ? 'does not exist' : 'can’t be read'
    find(name, 'unreadable_file', `names a file that ${what}.`)
    return null
  }
}
