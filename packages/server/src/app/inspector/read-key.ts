// A key as somebody pastes it: a JWK, a JWK Set, a PEM public key or a shared secret. Whatever it is, it ends in the
// importers of @countersign/protocol, so that a key that the product refuses is refused here.
import {
  decodeBase64url,
  decodeStrictJson,
  encodeBase64url,
  type FindKey,
  importJwkSetAsync,
  importPublicJwkAsync,
  importSecretJwkAsync,
  isJsonObject,
  isJwsAlgorithm,
  JsonError,
  type JwsAlgorithm,
  type JwsAlgorithmRow,
  type JwsHeader,
  jwsAlgorithms,
  KeyError,
} from '@countersign/protocol'
import { keyRefusals } from './refusal-words.ts'

/** One way to read what was pasted. */
export interface ReadableKey {
  readonly find: FindKey
  readonly isSecret: boolean
  /** What it is, in words: “A shared secret, read as text”. */
  readonly words: string
}

/** What came of a pasted key. */
export type KeyReading =
  | { readonly is: 'none' }
  | { readonly is: 'unusable'; readonly words: string }
  /** A secret can be read in two ways; only one of them can be right. */
  | { readonly is: 'usable'; readonly ways: readonly ReadableKey[] }

const unusable = (words: string): KeyReading => ({ is: 'unusable', words })

/** Reads a pasted key for a token of this header. Needs Web Crypto. */
export async function readKey(pasted: string, header: JwsHeader): Promise<KeyReading> {
  const text = pasted.trim()
  if (text === '') return { is: 'none' }
  try {
    if (text.startsWith('{') || text.startsWith('[')) return await readJsonKey(text, header)
    if (text.startsWith('-----BEGIN')) return await readPem(text, header)
    return await readSecret(text, header)
  } catch (error) {
    if (error instanceof KeyError) return unusable(keyRefusals[error.code])
    throw error
  }
}

async function readJsonKey(text: string, header: JwsHeader): Promise<KeyReading> {
  let value: unknown
  try {
    value = decodeStrictJson(text)
  } catch (error) {
    if (error instanceof JsonError)
      return unusable('This begins like a JWK but is not strict JSON. Copy it again as a whole.')
    throw error
  }
  if (!isJsonObject(value)) return unusable('This is a list, and a JWK Set is an object with a member keys.')
  if (Object.hasOwn(value, 'jwks_uri')) {
    return unusable(
      'This is the issuer’s metadata. Open the address in jwks_uri and paste what you find there.',
    )
  }
  if (Object.hasOwn(value, 'keys')) return readSet(value, header)
  if (value['kty'] === 'oct') return readSecretJwk(value, header)
  return readPublic(value, header)
}

async function readSet(value: Record<string, unknown>, header: JwsHeader): Promise<KeyReading> {
  const set = await importJwkSetAsync(value, isRsa(header.alg) ? header.alg : undefined)
  const total = Array.isArray(value['keys']) ? value['keys'].length : 0
  const usable = set.keys.length === total ? '' : `, of which ${set.keys.length} can be used`
  if (set.keys.length === 0) return unusable('There is no usable key in this set.')
  const words = `A set of ${count(total, 'key')}${usable}`
  return { is: 'usable', ways: [{ find: (asked) => set.find(asked), isSecret: false, words }] }
}

async function readPublic(jwk: Record<string, unknown>, header: JwsHeader): Promise<KeyReading> {
  const named = jwk['alg'] !== undefined
  const key = await importPublicJwkAsync(jwk, named ? undefined : fitting(jwk, header))
  const assumed =
    named || jwk['kty'] !== 'RSA' ? '' : '; it does not say for which algorithm, so the token’s was assumed'
  const words = `A public key (${sort(key.members)}) for ${key.alg}${assumed}`
  return { is: 'usable', ways: [{ find: () => key, isSecret: false, words }] }
}

/** The header's algorithm, if the key could be for it. What is off unless asked for stays off. */
function fitting(jwk: Record<string, unknown>, { alg }: JwsHeader): JwsAlgorithm | undefined {
  if (!isJwsAlgorithm(alg)) return undefined
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  const isCurve = row.curves === undefined || row.curves.some((curve) => curve === jwk['crv'])
  return row.kty === jwk['kty'] && isCurve && row.onRequest !== true ? alg : undefined
}

function isRsa(alg: string): alg is JwsAlgorithm {
  return isJwsAlgorithm(alg) && jwsAlgorithms[alg].kty === 'RSA'
}

function sort(members: Readonly<Record<string, string>>): string {
  const { kty = '', crv, n } = members
  if (n !== undefined) return `RSA, ${(decodeBase64url(n)?.byteLength ?? 0) * 8} bits`
  return crv ?? kty
}

async function readSecretJwk(jwk: Record<string, unknown>, header: JwsHeader): Promise<KeyReading> {
  const key = await importSecretJwkAsync(jwk, jwk['alg'] === undefined ? hmacOf(header) : undefined)
  return {
    is: 'usable',
    ways: [{ find: () => key, isSecret: true, words: `A shared secret for ${key.alg}` }],
  }
}

const hmacOf = ({ alg }: JwsHeader): JwsAlgorithm =>
  isJwsAlgorithm(alg) && jwsAlgorithms[alg].family === 'hmac' ? alg : 'HS256'

async function readSecret(text: string, header: JwsHeader): Promise<KeyReading> {
  const alg = hmacOf(header)
  const bytes = decodeBase64url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'))
  const readings = [
    ['as text', encodeBase64url(text)],
    ...(bytes === null || bytes.byteLength === 0 ? [] : [['as base64', encodeBase64url(bytes)]]),
  ] as const
  const ways: ReadableKey[] = []
  let weak: KeyError | undefined
  for (const [how = '', k = ''] of readings) {
    try {
      const key = await importSecretJwkAsync({ kty: 'oct', k }, alg)
      ways.push({ find: () => key, isSecret: true, words: `A shared secret for ${alg}, read ${how}` })
    } catch (error) {
      if (!(error instanceof KeyError)) throw error
      weak = error
    }
  }
  if (ways.length === 0) return unusable(keyRefusals[weak?.code ?? 'malformed'])
  return { is: 'usable', ways }
}

const pemPattern = /^-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----$/

async function readPem(text: string, header: JwsHeader): Promise<KeyReading> {
  const [, label = '', body = ''] = pemPattern.exec(text) ?? []
  if (label.includes('PRIVATE')) return unusable(keyRefusals.secret_in_public)
  if (label === 'CERTIFICATE') {
    return unusable('This is a certificate. Take the key out of it: openssl x509 -in FILE -noout -pubkey')
  }
  if (label === 'RSA PUBLIC KEY') {
    return unusable(
      'This is a key in an older form. Write it anew: openssl rsa -RSAPublicKey_in -in FILE -pubout',
    )
  }
  if (label !== 'PUBLIC KEY') return unusable('This is no whole PEM public key. Copy it from BEGIN to END.')
  const der = decodeBase64url(
    body.replace(/\s/g, '').replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'),
  )
  const jwk = der === null ? null : await jwkOf(der as Uint8Array<ArrayBuffer>)
  return jwk === null ? unusable(keyRefusals.unsupported) : readPublic(jwk, header)
}

// A PEM key names its type inside; Web Crypto wants to be told, so it is asked for one after the other.
const readers: readonly (AlgorithmIdentifier | EcKeyImportParams | RsaHashedImportParams)[] = [
  { name: 'ECDSA', namedCurve: 'P-256' },
  { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  { name: 'Ed25519' },
  { name: 'ECDSA', namedCurve: 'P-384' },
  { name: 'ECDSA', namedCurve: 'P-521' },
  { name: 'Ed448' },
]

async function jwkOf(der: Uint8Array<ArrayBuffer>): Promise<Record<string, unknown> | null> {
  for (const reader of readers) {
    try {
      const key = await crypto.subtle.importKey('spki', der, reader, true, ['verify'])
      const { alg: _alg, key_ops: _operations, ext: _ext, ...jwk } = await crypto.subtle.exportKey('jwk', key)
      return jwk
    } catch {
      // Of another type, or none that this platform knows.
    }
  }
  return null
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`
