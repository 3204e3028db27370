// Certificates (RFC 5280) made here, good and bad: node:crypto reads them and can't issue them, and no two machines have the
// same openssl. An issuer signs whatever it is told to.
import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from 'node:crypto'

/** A certificate and its private key, as PEM for a TLS socket and parsed. */
export interface Issued {
  readonly cert: string
  readonly key: string
  readonly x509: X509Certificate
  /** `x5t#S256`. */
  readonly thumbprint: string
  readonly publicKey: KeyObject
  /** Issues another one with its key, whether it may or not. */
  issue(ask?: Asked): Issued
  /** As nginx writes it into a header. */
  readonly escaped: string
  /** As RFC 9440 does. */
  readonly byteSequence: string
}

export interface Asked {
  /** Attributes by the names of RFC 4514, the widest first; an array is one part of several. */
  readonly subject?: readonly (readonly [string, string | Buffer] | readonly (readonly [string, string])[])[]
  readonly dns?: readonly string[]
  readonly uri?: readonly string[]
  readonly email?: readonly string[]
  readonly ip?: readonly Buffer[]
  /** Whether it says that it may issue others; false unless told. */
  readonly ca?: boolean
  readonly pathLength?: number
  /** Bits by number; none said unless told. */
  readonly keyUsage?: readonly number[]
  readonly purposes?: readonly string[]
  /** Seconds since the epoch. */
  readonly from?: number
  readonly until?: number
  /** An extension that nobody knows and everybody must. */
  readonly unknownCritical?: boolean
  readonly hash?: 'sha256' | 'sha1'
  readonly keyPair?: { readonly publicKey: KeyObject; readonly privateKey: KeyObject }
}

export const clientAuth = '1.3.6.1.5.5.7.3.2'
export const serverAuth = '1.3.6.1.5.5.7.3.1'

const oids: Readonly<Record<string, string>> = {
  CN: '2.5.4.3',
  serialNumber: '2.5.4.5',
  C: '2.5.4.6',
  L: '2.5.4.7',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  DC: '0.9.2342.19200300.100.1.25',
  emailAddress: '1.2.840.113549.1.9.1',
  organizationIdentifier: '2.5.4.97',
}

/** A certificate that its own key signs. */
export function selfIssued(asked: Asked = {}): Issued {
  const pair = asked.keyPair ?? newPair()
  return make({ ...asked, keyPair: pair }, null, pair.privateKey)
}

/** An authority, as an operator would trust it. */
export function authority(name = 'Test Authority', asked: Asked = {}): Issued {
  return selfIssued({
    subject: [
      ['O', 'Tests'],
      ['CN', name],
    ],
    ca: true,
    keyUsage: [5, 6],
    ...asked,
  })
}

function newPair(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

interface Parent {
  readonly x509: X509Certificate
  readonly privateKey: KeyObject
  readonly subject: Buffer
}

function make(asked: Asked, parent: Parent | null, signing: KeyObject): Issued {
  const { publicKey, privateKey } = asked.keyPair ?? newPair()
  const subject = nameOf(asked.subject ?? [['CN', 'somebody']])
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const now = Math.floor(Date.now() / 1000)
  const algorithm = algorithmOf(signing, asked.hash ?? 'sha256')
  const statement = sequence(
    element(0xa0, integer(2)),
    element(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
    algorithm,
    parent?.subject ?? subject,
    sequence(time(asked.from ?? now - 3600), time(asked.until ?? now + 86_400)),
    subject,
    spki,
    element(0xa3, sequence(...extensionsOf(asked))),
  )
  const digest = signing.asymmetricKeyType === 'ed25519' ? null : (asked.hash ?? 'sha256')
  const signature = sign(digest, statement, signing)
  const der = sequence(statement, algorithm, element(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const x509 = new X509Certificate(der)
  const cert = `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/(.{64})(?=.)/g, '$1\n')}\n-----END CERTIFICATE-----\n`
  return {
    cert,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    x509,
    thumbprint: createHash('sha256').update(der).digest('base64url'),
    publicKey,
    issue: (more = {}) => make(more, { x509, privateKey, subject }, privateKey),
    escaped: encodeURIComponent(cert),
    byteSequence: `:${der.toString('base64')}:`,
  }
}

function extensionsOf(asked: Asked): Buffer[] {
  const { ca = false, pathLength, keyUsage, purposes, unknownCritical = false } = asked
  const names = [
    ...(asked.email ?? []).map((name) => element(0x81, Buffer.from(name, 'latin1'))),
    ...(asked.dns ?? []).map((name) => element(0x82, Buffer.from(name, 'latin1'))),
    ...(asked.uri ?? []).map((name) => element(0x86, Buffer.from(name, 'latin1'))),
    ...(asked.ip ?? []).map((address) => element(0x87, address)),
  ]
  const basic = ca
    ? sequence(element(0x01, Buffer.from([0xff])), ...(pathLength === undefined ? [] : [integer(pathLength)]))
    : sequence()
  return [
    extension('2.5.29.19', basic, true),
    ...(keyUsage === undefined ? [] : [extension('2.5.29.15', bits(keyUsage), true)]),
    ...(purposes === undefined ? [] : [extension('2.5.29.37', sequence(...purposes.map(oid)))]),
    ...(names.length === 0 ? [] : [extension('2.5.29.17', sequence(...names))]),
    ...(unknownCritical ? [extension('1.3.6.1.4.1.99999.1', sequence(), true)] : []),
  ]
}

function extension(name: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? [element(0x01, Buffer.from([0xff]))] : []
  return sequence(oid(name), ...critical, element(0x04, value))
}

function algorithmOf(key: KeyObject, hash: 'sha256' | 'sha1'): Buffer {
  const isRsa = key.asymmetricKeyType === 'rsa'
  if (key.asymmetricKeyType === 'ed25519') return sequence(oid('1.3.101.112'))
  if (isRsa)
    return sequence(oid(`1.2.840.113549.1.1.${hash === 'sha1' ? 5 : 11}`), element(0x05, Buffer.alloc(0)))
  return sequence(oid(hash === 'sha1' ? '1.2.840.10045.4.1' : '1.2.840.10045.4.3.2'))
}

function nameOf(parts: NonNullable<Asked['subject']>): Buffer {
  return sequence(
    ...parts.map((part) => {
      const attributes = (typeof part[0] === 'string' ? [part] : part) as (readonly [
        string,
        string | Buffer,
      ])[]
      return element(0x31, ...attributes.map(([name, value]) => attribute(name, value)))
    }),
  )
}

/** A buffer is a value as it is to stand there. */
function attribute(name: string, value: string | Buffer): Buffer {
  const text = typeof value === 'string' ? element(0x0c, Buffer.from(value)) : value
  return sequence(oid(oids[name] ?? name), text)
}

function time(seconds: number): Buffer {
  const text = new Date(seconds * 1000).toISOString().replaceAll(/[-:T]|\.000/g, '')
  return element(0x18, Buffer.from(text, 'latin1'))
}

function bits(set: readonly number[]): Buffer {
  const byte = set.reduce((sum, bit) => sum | (0x80 >> bit), 0)
  const unused = [0, 1, 2, 3, 4, 5, 6, 7].find((bit) => (byte >> bit) & 1) ?? 0
  return element(0x03, Buffer.from([unused, byte]))
}

function integer(value: number): Buffer {
  return element(0x02, Buffer.from([value]))
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc & 0x7f]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift((left & 0x7f) | 0x80)
    return septets
  })
  return element(0x06, Buffer.from(bytes))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, ...parts)
}

/** An element of DER, whatever it holds. */
export function element(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const octets =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...octets]), content])
}
