// Keys that carry their one algorithm, read from JWKs and checked before any use (RFC 7517, RFC 7638).
import {
  asynchronous,
  createSignature,
  exportPrivate,
  type PreparedKey,
  preparePrivate,
  preparePublic,
  prepareSecret,
  sha256Base64url,
  verifySignature,
} from '#crypto'
import type { JwsAlgorithm } from './algorithms.ts'
import type { JwkMembers } from './asynchronous.ts'
import {
  type Jwk,
  keyType,
  keyTypes,
  type ReadKey,
  readPrivateJwk,
  readPublicJwk,
  readSecretJwk,
} from './jwk.ts'
import { KeyError } from './key-error.ts'

/** A key that verifies signatures of one algorithm, made ready once. */
export interface VerificationKey {
  readonly kid?: string
  readonly alg: JwsAlgorithm
  /** The public members (`kty`, `crv`, `x`, …); empty for an HMAC key, which has none. */
  readonly members: JwkMembers
  readonly verifying: PreparedKey
}

/** A key that also signs. */
export interface SigningKey extends VerificationKey {
  readonly signing: PreparedKey
}

/** What a JWK Set publishes of a key (RFC 7517 §4). */
export type PublicJwk = {
  readonly kty: string
  readonly kid?: string
  readonly alg: JwsAlgorithm
  readonly use: 'sig'
} & { readonly [member in 'crv' | 'x' | 'y' | 'n' | 'e' | 'pub']?: string }

/** A public JWK with its secret members: what is stored, sealed, and never published. */
export type PrivateJwk = PublicJwk & {
  readonly [member in 'd' | 'p' | 'q' | 'dp' | 'dq' | 'qi' | 'priv' | 'k']?: string
}

/**
 * Reads a public key.
 *
 * @param alg the algorithm to use; must agree with the JWK's own. Without either: that of the curve, or RS256 for RSA
 *   (the default of OpenID Connect Registration §2). ES256K is never chosen: it has to be asked for here.
 * @throws KeyError
 */
export function importPublicJwk(jwk: Jwk, alg?: JwsAlgorithm): VerificationKey {
  const read = readPublicJwk(jwk, alg)
  return verificationKey(
    read,
    attempt(() => preparePublic(read.alg, read.members)),
  )
}

/** As importPublicJwk, on every platform. @throws KeyError */
export async function importPublicJwkAsync(jwk: Jwk, alg?: JwsAlgorithm): Promise<VerificationKey> {
  const read = readPublicJwk(jwk, alg)
  return verificationKey(read, await asynchronous.preparePublic(read.alg, read.members).catch(refuse))
}

/**
 * Reads a private key, and tries it: what it signs must verify under its own public members.
 *
 * @throws KeyError
 */
export function importPrivateJwk(jwk: Jwk, alg?: JwsAlgorithm): SigningKey {
  const read = readPrivateJwk(jwk, alg)
  const verifying = attempt(() => preparePublic(read.alg, read.members))
  const signing = attempt(() => preparePrivate(read.alg, { ...read.members, ...read.secret }))
  const fits = attempt(() => verifySignature(verifying, probe, createSignature(signing, probe)))
  return signingKey(read, verifying, signing, fits)
}

/** As importPrivateJwk, on every platform. @throws KeyError */
export async function importPrivateJwkAsync(jwk: Jwk, alg?: JwsAlgorithm): Promise<SigningKey> {
  const read = readPrivateJwk(jwk, alg)
  const [verifying, signing] = await Promise.all([
    asynchronous.preparePublic(read.alg, read.members),
    asynchronous.preparePrivate(read.alg, { ...read.members, ...read.secret }),
  ]).catch(refuse)
  const fits = await asynchronous
    .createSignature(signing, probe)
    .then((signature) => asynchronous.verifySignature(verifying, probe, signature))
    .catch(refuse)
  return signingKey(read, verifying, signing, fits)
}

/**
 * Reads an HMAC key (`kty: "oct"`), which is never found in a JWK Set and belongs to one profile or partner.
 *
 * @throws KeyError `weak` when it is shorter than the hash
 */
export function importSecretJwk(jwk: Jwk, alg?: JwsAlgorithm): SigningKey {
  const read = readSecretJwk(jwk, alg)
  const prepared = attempt(() => prepareSecret(read.alg, read.secret))
  return signingKey(read, prepared, prepared, true)
}

/** As importSecretJwk, on every platform. @throws KeyError */
export async function importSecretJwkAsync(jwk: Jwk, alg?: JwsAlgorithm): Promise<SigningKey> {
  const read = readSecretJwk(jwk, alg)
  const prepared = await asynchronous.prepareSecret(read.alg, read.secret).catch(refuse)
  return signingKey(read, prepared, prepared, true)
}

// Not every platform notices a private part of another key when it reads one.
const probe = new Uint8Array(32)

function verificationKey({ kid, alg, members }: ReadKey, verifying: PreparedKey): VerificationKey {
  return Object.freeze({ ...(kid === undefined ? {} : { kid }), alg, members, verifying })
}

function signingKey(read: ReadKey, verifying: PreparedKey, signing: PreparedKey, fits: boolean): SigningKey {
  if (!fits) throw new KeyError('inconsistent', 'the private part does not belong to the public part')
  return Object.freeze({ ...verificationKey(read, verifying), signing })
}

/** The platform's own words about a bad key may quote it; ours don't. */
function refuse(error: unknown): never {
  throw error instanceof KeyError ? error : new KeyError('malformed', 'the numbers do not make a key')
}

function attempt<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    return refuse(error)
  }
}

/** What may be published of a key. @throws KeyError for an HMAC key, which has no public part */
export function publicJwk(key: VerificationKey): PublicJwk {
  if (key.members['kty'] === undefined) throw new KeyError('unsupported', 'a secret key has no public part')
  return described(key, key.members)
}

/** A key with its secret members, for storage: seal it before it is written anywhere. */
export function privateJwk(key: SigningKey): PrivateJwk {
  return described(key, exportPrivate(key.signing))
}

/** As privateJwk, on every platform. */
export async function privateJwkAsync(key: SigningKey): Promise<PrivateJwk> {
  return described(key, await asynchronous.exportPrivate(key.signing))
}

function described(key: VerificationKey, members: JwkMembers): PrivateJwk {
  const { kty = '', alg: _alg, ...rest } = members
  return { kty, ...(key.kid === undefined ? {} : { kid: key.kid }), alg: key.alg, use: 'sig', ...rest }
}

/**
 * The SHA-256 thumbprint of a key, base64url (RFC 7638 §3; RFC 8037 §2 for OKP).
 *
 * @throws KeyError when a required member is missing
 */
export function thumbprint(jwk: Jwk): string {
  const members = keyTypes[keyType(jwk)].required.map((name) => {
    const value = jwk[name]
    if (typeof value !== 'string') throw new KeyError('malformed', `${name} must be a string`)
    return `${JSON.stringify(name)}:${JSON.stringify(value)}`
  })
  return sha256Base64url(`{${members.join(',')}}`)
}
