// Keys as people keep them: a JWK, a JWK Set, or PEM (RFC 7517, RFC 7468). Whatever it is, it ends in the importers of
// @countersign/protocol, so that a key that the server refuses is refused here.
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import {
  type FindKey,
  importJwkSet,
  importPrivateJwk,
  importPublicJwk,
  importSecretJwk,
  isJsonObject,
  type JwsAlgorithm,
  KeyError,
  type SigningKey,
  type VerificationKey,
} from '@countersign/protocol'
import {
  type DecryptionKey,
  type EncryptionKey,
  importDecryptionJwk,
  importEncryptionJwk,
  importSecretEncryptionJwk,
  type KeyManagementAlgorithm,
} from '@countersign/protocol/jwe'
import { CommandFailed, UsageError } from '../context.ts'
import { asJsonObject } from './given.ts'

/** A JWK as it was read: nothing of it is checked yet. */
export type Jwk = Readonly<Record<string, unknown>>

const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** What is asked of a key in PEM. */
export interface PemWish {
  /** It will sign or verify, and nobody said with which algorithm: PEM doesn't say either, for RSA. */
  readonly needsAlgorithm?: boolean
}

/**
 * The one key of a text.
 *
 * @param from where it came from, for what is said when it is unusable
 * @throws CommandFailed, UsageError (an RSA key in PEM, which does not say its algorithm)
 */
export function oneJwk(text: string, from: string, pem: PemWish = {}): Jwk {
  if (/^\s*-----BEGIN/.test(text)) return jwkOfPem(text, from, pem)
  const value = asJsonObject(text, 'key')
  if (!Array.isArray(value['keys'])) return value
  const keys: unknown[] = value['keys']
  if (keys.length === 1 && isJsonObject(keys[0])) return keys[0]
  throw new CommandFailed('The key can’t be used.', [
    { path: from, code: 'several_keys', message: 'It is a set of several keys: name a file that holds one.' },
  ])
}

function jwkOfPem(text: string, from: string, { needsAlgorithm = false }: PemWish): Jwk {
  let key: KeyObject
  try {
    key = /PRIVATE KEY-----/.test(text) ? createPrivateKey(text) : createPublicKey(text)
  } catch {
    throw unusable(from, 'The PEM holds no key that can be read. Encrypted ones have to be opened before.')
  }
  if (key.asymmetricKeyType === 'rsa' && needsAlgorithm) {
    throw new UsageError(
      '--alg: an RSA key in PEM does not say which algorithm it is for; RS256 is the usual one.',
    )
  }
  try {
    return key.export({ format: 'jwk' }) as Jwk
  } catch {
    throw unusable(from, 'It is of a kind that tokens are not signed with.')
  }
}

/** The public members of a JWK. @throws CommandFailed for a shared secret, which has none */
export function publicPart(jwk: Jwk): Jwk {
  if (jwk['kty'] === 'oct') {
    throw new CommandFailed('A shared secret has no public part: whoever verifies with it holds all of it.')
  }
  const { key_ops: _signs, ...rest } = jwk
  return Object.fromEntries(Object.entries(rest).filter(([name]) => !secretMembers.includes(name)))
}

function refusePublic(jwk: Jwk, from: string, deed: string): void {
  if (secretMembers.some((name) => Object.hasOwn(jwk, name))) return
  throw unusable(from, `It is a public key. ${deed} takes the private one that belongs to it.`)
}

/** A key that signs. @throws CommandFailed */
export function signingKey(text: string, from: string, alg: JwsAlgorithm | undefined): SigningKey {
  const jwk = oneJwk(text, from, { needsAlgorithm: alg === undefined })
  refusePublic(jwk, from, 'Signing')
  return attempt(from, () => (jwk['kty'] === 'oct' ? importSecretJwk(jwk, alg) : importPrivateJwk(jwk, alg)))
}

/** Keys that verify: public ones, private ones by their public half, or a shared secret. @throws CommandFailed */
export function verificationKeys(text: string, from: string, alg: JwsAlgorithm | undefined): FindKey {
  const isSet = !/^\s*-----BEGIN/.test(text) && Array.isArray(asJsonObject(text, 'key')['keys'])
  if (isSet) {
    const set = attempt(from, () => importJwkSet(asJsonObject(text, 'key'), alg))
    if (set.keys.length === 0) throw unusable(from, 'It holds no key that signatures could be verified with.')
    return (header) => set.find(header)
  }
  const jwk = oneJwk(text, from, { needsAlgorithm: alg === undefined })
  const key = attempt(from, () => verificationKey(jwk, alg))
  const isMeant = (kid: string | undefined) => kid === undefined || key.kid === undefined || kid === key.kid
  return ({ kid }) => (isMeant(kid) ? key : undefined)
}

function verificationKey(jwk: Jwk, alg: JwsAlgorithm | undefined): VerificationKey {
  if (jwk['kty'] === 'oct') return importSecretJwk(jwk, alg)
  return importPublicJwk(publicPart(jwk), alg)
}

/** A key to encrypt to somebody; a private one is taken by its public half. @throws CommandFailed */
export async function encryptionKey(
  text: string,
  from: string,
  asked: KeyManagementAlgorithm | undefined,
): Promise<EncryptionKey> {
  const jwk = oneJwk(text, from)
  const options = encryptionOptions(jwk, asked)
  return attemptLater(from, () =>
    jwk['kty'] === 'oct'
      ? importSecretEncryptionJwk(jwk, options)
      : importEncryptionJwk(publicPart(jwk), options),
  )
}

/** A key that opens what was encrypted to it. @throws CommandFailed */
export async function decryptionKey(
  text: string,
  from: string,
  asked: KeyManagementAlgorithm | undefined,
): Promise<DecryptionKey> {
  const jwk = oneJwk(text, from)
  refusePublic(jwk, from, 'Opening')
  const options = encryptionOptions(jwk, asked)
  return attemptLater(from, () =>
    jwk['kty'] === 'oct' ? importSecretEncryptionJwk(jwk, options) : importDecryptionJwk(jwk, options),
  )
}

/** A key that names no algorithm is taken as its type is mostly used. */
function encryptionOptions(
  { alg, kty }: Jwk,
  asked: KeyManagementAlgorithm | undefined,
): { readonly alg?: KeyManagementAlgorithm } {
  if (asked !== undefined) return { alg: asked }
  if (alg !== undefined) return {}
  if (kty === 'RSA') return { alg: 'RSA-OAEP-256' }
  return kty === 'oct' ? {} : { alg: 'ECDH-ES+A256KW' }
}

function attempt<T>(from: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw refusalOf(error, from)
  }
}

async function attemptLater<T>(from: string, read: () => Promise<T>): Promise<T> {
  return read().catch((error: unknown) => {
    throw refusalOf(error, from)
  })
}

function refusalOf(error: unknown, from: string): unknown {
  if (!(error instanceof KeyError)) return error
  const said = `${error.detail[0]?.toUpperCase() ?? ''}${error.detail.slice(1)}.`
  return unusable(from, said, error.code)
}

function unusable(from: string, message: string, code = 'unusable'): CommandFailed {
  return new CommandFailed('The key can’t be used.', [{ path: from, code, message }])
}
