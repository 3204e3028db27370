// Keys to encrypt and decrypt with, which carry their one algorithm and the ciphers that they may be used with, and are
// checked when they are read (RFC 7517 §4, RFC 7518 §4 and §6).
import type { JwkMembers } from './asynchronous.ts'
import {
  agreementCurves,
  type ContentEncryption,
  contentEncryptions,
  isAgreementCurve,
  isContentEncryption,
  isKeyManagement,
  type KeyManagementAlgorithm,
  type KeyManagementRow,
  keyManagement,
} from './jwe-algorithms.ts'
import { type Ciphers, decryptCompact, encryptCompact, type Material, readMaterial } from './jwe-library.ts'
import {
  base64urlMember,
  checkPurpose,
  type Jwk,
  type Kty,
  keyType,
  keyTypes,
  kidOf,
  publicMembers,
  refuseSecrets,
  secretBytes,
} from './jwk.ts'
import { KeyError } from './key-error.ts'
import { entriesOf, leaveOut } from './key-set.ts'

/** A key to encrypt to somebody. */
export interface EncryptionKey {
  readonly kid?: string
  readonly alg: KeyManagementAlgorithm
  /** The ciphers that it may be used with; the first is used for encrypting. */
  readonly enc: readonly ContentEncryption[]
  /** The public members; empty for a shared secret. */
  readonly members: JwkMembers
}

/** A key that also decrypts. */
export interface DecryptionKey extends EncryptionKey {
  readonly decrypts: true
}

/** What the one who imports a key decides, where the JWK doesn't say. */
export interface EncryptionKeyOptions {
  /** Must agree with the JWK's own, of which one is needed: no algorithm is guessed. */
  readonly alg?: KeyManagementAlgorithm
  /** Every cipher of the table if not given; exactly one for `dir`. */
  readonly enc?: readonly ContentEncryption[]
}

interface Halves {
  readonly encrypting: Material
  readonly decrypting?: Material
}

// Kept apart from the keys, so that a key that is printed shows nothing.
const materials = new WeakMap<EncryptionKey, Halves>()

/** @throws TypeError for a key that no import made */
export function encryptingMaterial(key: EncryptionKey): Material {
  const halves = materials.get(key)
  if (halves === undefined) throw new TypeError('an encryption key is made by importing it')
  return halves.encrypting
}

/** @throws TypeError for a key that no import made, or that only encrypts */
export function decryptingMaterial(key: DecryptionKey): Material {
  const material = materials.get(key)?.decrypting
  if (material === undefined) throw new TypeError('a decryption key is made by importing it')
  return material
}

/** Reads somebody's public key. @throws KeyError */
export async function importEncryptionJwk(
  jwk: Jwk,
  options: EncryptionKeyOptions = {},
): Promise<EncryptionKey> {
  const kty = keyType(jwk)
  refuseSecrets(jwk)
  const read = readKey(jwk, kty, options, 'encrypt')
  return remembered(read, { encrypting: await material(read.alg, read.members) })
}

/**
 * Reads a private key, and tries it: it must decrypt what is encrypted to its own public members.
 *
 * @throws KeyError
 */
export async function importDecryptionJwk(
  jwk: Jwk,
  options: EncryptionKeyOptions = {},
): Promise<DecryptionKey> {
  const kty = keyType(jwk)
  if (kty === 'oct') throw new KeyError('unsupported', 'a secret key is read with importSecretEncryptionJwk')
  if (Object.hasOwn(jwk, 'oth')) throw new KeyError('unsupported', 'the key has more than two primes')
  const read = readKey(jwk, kty, options, 'decrypt')
  const secret: Record<string, string> = {}
  for (const name of keyTypes[kty].secret) secret[name] = base64urlMember(jwk, name, coordinateBytes(jwk))
  const halves = {
    encrypting: await material(read.alg, read.members),
    decrypting: await material(read.alg, { ...read.members, ...secret }),
  }
  // Not every platform notices a private part of another key when it reads one.
  if (!(await fits(read, halves))) {
    throw new KeyError('inconsistent', 'the private part does not belong to the public part')
  }
  return remembered<DecryptionKey>({ ...read, decrypts: true as const }, halves)
}

/** Reads a shared secret (`kty: "oct"`): for A128KW, A256KW and dir. @throws KeyError */
export async function importSecretEncryptionJwk(
  jwk: Jwk,
  options: EncryptionKeyOptions = {},
): Promise<DecryptionKey> {
  if (keyType(jwk) !== 'oct') throw new KeyError('unsupported', 'a secret key was expected')
  const read = readKey(jwk, 'oct', options, 'decrypt')
  const row: KeyManagementRow = keyManagement[read.alg]
  const needed = row.keyBytes ?? contentEncryptions[read.enc[0]].keyBytes
  const secret = secretBytes(jwk)
  if (secret.byteLength !== needed) throw new KeyError('malformed', 'k has the wrong length')
  return remembered<DecryptionKey>(
    { ...read, decrypts: true as const },
    { encrypting: secret, decrypting: secret },
  )
}

/**
 * The keys of a JWK Set that one can encrypt to; the others are left out, as by importJwkSet.
 *
 * @throws KeyError when the set holds a secret, or two usable keys of one `kid`
 */
export async function importEncryptionJwkSet(
  value: unknown,
  options: EncryptionKeyOptions = {},
): Promise<readonly EncryptionKey[]> {
  const read = await Promise.all(
    entriesOf(value).map((jwk) => importEncryptionJwk(jwk, options).catch(leaveOut)),
  )
  const keys = read.filter((key) => key !== null)
  const kids = keys.flatMap(({ kid }) => (kid === undefined ? [] : [kid]))
  if (new Set(kids).size !== kids.length) throw new KeyError('duplicate_kid', 'two keys share a kid')
  return Object.freeze(keys)
}

type ReadKey = Omit<EncryptionKey, 'enc'> & {
  readonly enc: readonly [ContentEncryption, ...ContentEncryption[]]
}

function readKey(
  jwk: Jwk,
  kty: Kty,
  options: EncryptionKeyOptions,
  operation: 'encrypt' | 'decrypt',
): ReadKey {
  const { alg, enc } = chooseCiphers(jwk, options)
  const row: KeyManagementRow = keyManagement[alg]
  if (!row.kty.some((type) => type === kty)) {
    throw new KeyError('wrong_purpose', 'the algorithm needs another key type')
  }
  const operations = row.operations[operation]
  checkPurpose(jwk, 'enc', [], [...row.operations.encrypt, ...row.operations.decrypt])
  const named = jwk['key_ops'] as readonly unknown[] | undefined
  const isAgreement = kty === 'EC' || kty === 'OKP'
  const isHalf = isAgreement && operation === 'encrypt'
  if (named !== undefined && !isHalf && !operations.some((name) => named.includes(name))) {
    throw new KeyError('wrong_purpose', `key_ops lacks ${operations[0]}`)
  }
  if (isAgreement && coordinateBytes(jwk) === undefined) {
    throw new KeyError('wrong_purpose', 'the algorithm needs another curve')
  }
  const members = kty === 'oct' ? {} : publicMembers(jwk, kty, () => coordinateBytes(jwk))
  return { ...kidOf(jwk), alg, enc, members }
}

function coordinateBytes({ kty, crv }: Jwk): number | undefined {
  const curve = isAgreementCurve(crv) ? agreementCurves[crv] : undefined
  return curve?.kty === kty ? curve?.coordinateBytes : undefined
}

function chooseCiphers(jwk: Jwk, { alg: asked, enc }: EncryptionKeyOptions): Pick<ReadKey, 'alg' | 'enc'> {
  const own = jwk['alg']
  if (own !== undefined && typeof own !== 'string') throw new KeyError('malformed', 'alg must be a string')
  // A key that names a cipher is the content's own key (RFC 7520 §5.6).
  const named = isContentEncryption(own) ? 'dir' : own
  if (named !== undefined && asked !== undefined && named !== asked) {
    throw new KeyError('wrong_purpose', 'the key is meant for another algorithm')
  }
  const chosen = asked ?? named
  if (!isKeyManagement(chosen)) throw new KeyError('unsupported', 'the algorithm is unknown')
  const [first, ...others] = isContentEncryption(own)
    ? [own, ...(enc ?? []).filter((name) => name !== own)]
    : (enc ?? (Object.keys(contentEncryptions) as ContentEncryption[]))
  if (first === undefined || ![first, ...others].every(isContentEncryption)) {
    throw new KeyError('unsupported', 'the cipher is unknown')
  }
  if (chosen === 'dir' && others.length > 0) {
    throw new KeyError('wrong_purpose', 'a key of dir is for exactly one cipher')
  }
  return { alg: chosen, enc: Object.freeze<[ContentEncryption, ...ContentEncryption[]]>([first, ...others]) }
}

async function material(alg: KeyManagementAlgorithm, members: JwkMembers): Promise<Material> {
  return readMaterial(alg, members).catch(() => {
    throw new KeyError('malformed', 'the numbers do not make a key')
  })
}

async function fits({ alg, enc }: ReadKey, { encrypting, decrypting }: Required<Halves>): Promise<boolean> {
  const ciphers: Ciphers = { alg, enc: enc[0] }
  const probe = new Uint8Array(16)
  const tried = await encryptCompact(probe, { ...ciphers }, encrypting)
    .then((token) => decryptCompact(token, ciphers, decrypting))
    .catch(() => null)
  return tried?.byteLength === probe.byteLength
}

function remembered<Key extends EncryptionKey>(key: Key, halves: Halves): Key {
  Object.freeze(key)
  materials.set(key, halves)
  return key
}
