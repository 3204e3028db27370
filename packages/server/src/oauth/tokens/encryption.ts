// Tokens that nobody on the way can read: signed, then encrypted to the key of whoever they are for (RFC 7519 §5.2,
// §11.2). Off unless the operator says otherwise; what encrypts is loaded with the first of them.
import { KeyError, OAuthError } from '@countersign/protocol'
import {
  type ContentEncryption,
  contentEncryptions,
  type EncryptionKey,
  encryptJwe,
  encryptToken,
  importEncryptionJwk,
  importEncryptionJwkSet,
  type KeyManagementAlgorithm,
  keyManagement,
} from '@countersign/protocol/jwe'
import type { Client } from '../clients/client.ts'
import type { JwkSet } from '../clients/jwk-set.ts'
import type { OAuthRoom } from '../room.ts'

/** How the tokens for somebody are encrypted. */
export interface Encryption {
  readonly alg: KeyManagementAlgorithm
  readonly enc: ContentEncryption
}

/** Somebody whose tokens are encrypted: how, and to one of which keys. */
export interface Recipient {
  readonly encryption: Encryption
  readonly jwks: JwkSet
}

/** A public key as a JWK. */
export type Jwk = Readonly<Record<string, unknown>>

/**
 * The algorithms that reach a registered key, for metadata too. A secret shared with a recipient would have to be kept
 * readable here, and whoever reads it could read every token: only public keys are registered.
 */
export const encryptionAlgorithms: readonly KeyManagementAlgorithm[] = Object.freeze(
  (Object.keys(keyManagement) as KeyManagementAlgorithm[]).filter((alg) => !keyTypesOf(alg).includes('oct')),
)

/** The ciphers that there are, for metadata too. */
export const encryptionCiphers: readonly ContentEncryption[] = Object.freeze(
  Object.keys(contentEncryptions) as ContentEncryption[],
)

/** Why nobody's tokens can be encrypted here, in an operator's words. */
export const encryptionOff = 'needs encrypted tokens, which are off: set COUNTERSIGN_ENCRYPTED_TOKENS=on'

/** What is wrong with the algorithms as named; null if nothing is. */
export function checkEncryption({ alg, enc }: Encryption): string | null {
  if (!encryptionAlgorithms.includes(alg)) return `must name an algorithm: ${encryptionAlgorithms.join(', ')}`
  if (!encryptionCiphers.includes(enc)) return `must name a cipher: ${encryptionCiphers.join(', ')}`
  return null
}

/**
 * The key of a JWK Set that tokens are encrypted to: the first that says `use: "enc"` and fits the algorithm.
 *
 * @throws KeyError when there is none, or when the set holds a secret or two such keys of one `kid`
 */
export async function recipientKey(jwks: unknown, encryption: Encryption): Promise<EncryptionKey> {
  const options = { alg: encryption.alg, enc: [encryption.enc] }
  await importEncryptionJwkSet(jwks, options)
  const { keys } = jwks as { readonly keys: readonly Jwk[] }
  let fault = new KeyError('unsupported', 'no key says use enc and fits the algorithm')
  for (const jwk of keys.filter((candidate) => isMeantFor(candidate, encryption))) {
    try {
      return await importEncryptionJwk(jwk, options)
    } catch (error) {
      if (!(error instanceof KeyError)) throw error
      fault = error
    }
  }
  throw fault
}

/**
 * OpenID Connect Discovery §3, RFC 7517 §4.2: where keys of both kinds may stand together, `use` tells them apart. A key
 * that signs is never encrypted to.
 */
function isMeantFor({ use, kty, alg: own }: Jwk, { alg }: Encryption): boolean {
  return use === 'enc' && keyTypesOf(alg).includes(kty) && (own === undefined || own === alg)
}

function keyTypesOf(alg: KeyManagementAlgorithm): readonly unknown[] {
  return keyManagement[alg].kty
}

/**
 * Encrypts a signed token.
 *
 * @throws Error while encrypted tokens are off: a token that should be unreadable is not given out in the clear
 */
export async function encryptFor(room: OAuthRoom, recipient: Recipient, signed: string): Promise<string> {
  refuseWhileOff(room)
  return encryptToken(signed, await keyOf(recipient))
}

/**
 * A token for a client: encrypted to its key where it is to be, else as it is.
 *
 * @throws Error while encrypted tokens are off
 */
export async function sealedFor(
  room: OAuthRoom,
  client: Pick<Client, 'jwks' | 'jwksUri'>,
  encryption: Encryption | null,
  signed: string,
): Promise<string> {
  if (encryption === null) return signed
  return encryptToken(signed, await clientKey(room, client, encryption))
}

/** Claims that are encrypted to a client and not signed (OpenID Connect Core §5.3.2). @throws Error as sealedFor */
export async function sealedClaims(
  room: OAuthRoom,
  client: Pick<Client, 'jwks' | 'jwksUri'>,
  encryption: Encryption,
  claims: object,
): Promise<string> {
  const key = await clientKey(room, client, encryption)
  return encryptJwe({}, new TextEncoder().encode(JSON.stringify(claims)), key)
}

/**
 * The key of a client, wherever it keeps it.
 *
 * @throws OAuthError `invalid_request` when there is none at its address: nothing is given out that others could read
 */
async function clientKey(
  room: OAuthRoom,
  client: Pick<Client, 'jwks' | 'jwksUri'>,
  encryption: Encryption,
): Promise<EncryptionKey> {
  refuseWhileOff(room)
  const { jwks } = await room.clientKeys.withKeys(client)
  try {
    return await keyOf({ encryption, jwks: jwks ?? noKeys })
  } catch (error) {
    if (client.jwksUri === null || !(error instanceof KeyError)) throw error
    throw new OAuthError('invalid_request', {
      description: 'The key of the client to encrypt to is not to be had at its jwks_uri.',
      cause: error,
    })
  }
}

const noKeys: JwkSet = Object.freeze({ keys: [] })

function refuseWhileOff({ encryptedTokens }: OAuthRoom): void {
  if (!encryptedTokens) throw new Error('A token is to be encrypted, but encrypted tokens are off.')
}

const known = new WeakMap<JwkSet, Map<string, EncryptionKey>>()

/** Reading a key costs more than looking it up. */
async function keyOf({ encryption, jwks }: Recipient): Promise<EncryptionKey> {
  const ofSet = known.get(jwks) ?? new Map<string, EncryptionKey>()
  known.set(jwks, ofSet)
  const name = `${encryption.alg} ${encryption.enc}`
  const key = ofSet.get(name) ?? (await recipientKey(jwks, encryption))
  ofSet.set(name, key)
  return key
}

/** Whether a text has the five parts of an encrypted token (RFC 7516 §3.1). */
export function looksEncrypted(text: string): boolean {
  return /^[\w-]+(?:\.[\w-]*){4}$/.test(text)
}
