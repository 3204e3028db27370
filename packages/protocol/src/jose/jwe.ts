// Compact JWE behind a strict gate (RFC 7516 §3.1, §4.1, §5.2, §7.1). What is decrypted is nobody's word yet: a token
// inside is still to be verified (encrypted-tokens.ts).
import { decodeBase64url } from './base64url.ts'
import {
  agreementCurves,
  type ContentEncryption,
  contentEncryptions,
  isAgreementCurve,
  type KeyManagementRow,
  keyManagement,
} from './jwe-algorithms.ts'
import { type DecryptionKey, decryptingMaterial, type EncryptionKey, encryptingMaterial } from './jwe-keys.ts'
import { decryptCompact, encryptCompact } from './jwe-library.ts'
import { headerMembers, headerOf } from './jws.ts'
import { isOfSmallOrder } from './small-order.ts'
import { isJsonObject } from './strict-json.ts'
import { TokenError } from './token-error.ts'

/** All that is kept of a JWE's header. */
export interface JweHeader {
  readonly alg: string
  readonly enc: string
  readonly kid?: string
  readonly typ?: string
  readonly cty?: string
}

/** How a decryption key is found: by the header alone. */
export type FindDecryptionKey = (header: JweHeader) => DecryptionKey | undefined

/** The largest encrypted token that is looked at, in characters: it holds the largest signed one. */
export const maximumEncryptedLength = 16_384

/** The longest `apu` or `apv` (RFC 7518 §4.6.1.2), in characters. */
const longestPartyName = 256

/** Encrypts bytes to a key, with its algorithm and its first cipher. */
export function encryptJwe(
  header: { readonly typ?: string; readonly cty?: string },
  plaintext: Uint8Array,
  key: EncryptionKey,
): Promise<string> {
  const { alg, kid, enc } = key
  const [cipher] = enc
  if (cipher === undefined) throw new TypeError('an encryption key is made by importing it')
  const named = { ...(kid === undefined ? {} : { kid }), ...header }
  return encryptCompact(plaintext, { ...named, alg, enc: cipher }, encryptingMaterial(key))
}

/**
 * Decrypts a compact JWE. Which part of it was wrong is not said: a padding or a point that could be told from a wrong
 * tag would be an oracle.
 *
 * @throws TokenError `too_large`, `malformed`, `unknown_key` (none found, or the key is for another algorithm or
 *   cipher), `bad_encryption`
 */
export async function decryptJwe(
  token: string,
  find: FindDecryptionKey,
): Promise<{ header: JweHeader; plaintext: Uint8Array }> {
  const parts = splitJwe(token)
  const members = headerMembers(parts.header)
  const header = jweHeader(members)
  const key = find(header)
  if (key === undefined || key.alg !== header.alg)
    throw new TokenError('unknown_key', 'no key for the header')
  const enc = key.enc.find((name) => name === header.enc)
  if (enc === undefined) throw new TokenError('unknown_key', 'the key is not for the cipher')
  checkAgreement(members, key)
  checkLengths(parts, key, enc)
  const ciphers = { alg: key.alg, enc }
  const plaintext = await decryptCompact(token, ciphers, decryptingMaterial(key)).catch(() => {
    throw new TokenError('bad_encryption', 'it does not decrypt')
  })
  return { header, plaintext }
}

interface Parts {
  readonly header: string
  readonly encryptedKey: Uint8Array
  readonly iv: Uint8Array
  readonly ciphertext: Uint8Array
  readonly tag: Uint8Array
}

function splitJwe(token: string): Parts {
  if (typeof token !== 'string') throw new TokenError('malformed', 'not a string')
  if (token.length > maximumEncryptedLength) throw new TokenError('too_large', 'longer than 16384 characters')
  const [header, encryptedKey, iv, ciphertext, tag, more] = token.split('.', 6)
  if (header === undefined || tag === undefined || more !== undefined) {
    throw new TokenError('malformed', 'not five parts')
  }
  return {
    header,
    encryptedKey: decoded(encryptedKey),
    iv: decoded(iv),
    ciphertext: decoded(ciphertext),
    tag: decoded(tag),
  }
}

function decoded(segment = ''): Uint8Array {
  const bytes = decodeBase64url(segment)
  if (bytes === null) throw new TokenError('malformed', 'a part is not base64url')
  return bytes
}

// `zip` hides a bomb and, beside a secret, tells of it (RFC 8725 §3.6); PBES2's cost is the sender's choice; the GCM key
// wraps are not spoken; of `crit` nothing is understood (RFC 7516 §4.1.13).
const refusedMembers = ['crit', 'zip', 'p2s', 'p2c', 'iv', 'tag', 'b64']

function jweHeader(members: Readonly<Record<string, unknown>>): JweHeader {
  for (const name of refusedMembers) {
    if (Object.hasOwn(members, name)) throw new TokenError('malformed', `header has ${name}`)
  }
  const { enc, cty } = members
  if (typeof enc !== 'string') throw new TokenError('malformed', 'enc is not a string')
  if (cty !== undefined && typeof cty !== 'string') throw new TokenError('malformed', 'cty is not a string')
  return Object.freeze({ ...headerOf(members), enc, ...(cty === undefined ? {} : { cty }) })
}

/** RFC 7518 §4.6.1: an agreement has a public key of the recipient's curve, and may name the parties. */
function checkAgreement(
  members: Readonly<Record<string, unknown>>,
  { alg, members: own }: DecryptionKey,
): void {
  const isAgreement = alg.startsWith('ECDH-ES')
  const { epk } = members
  if (!isAgreement) {
    for (const name of ['epk', 'apu', 'apv']) {
      if (Object.hasOwn(members, name)) throw new TokenError('malformed', `header has ${name}`)
    }
    return
  }
  const { kty, crv } = own
  if (!isJsonObject(epk) || epk['kty'] !== kty || epk['crv'] !== crv || Object.hasOwn(epk, 'd')) {
    throw new TokenError('malformed', 'epk is not a public key of the recipient’s curve')
  }
  const length = isAgreementCurve(crv) ? agreementCurves[crv].coordinateBytes : 0
  for (const name of kty === 'EC' ? ['x', 'y'] : ['x']) {
    const coordinate = epk[name]
    const bytes = typeof coordinate === 'string' ? decodeBase64url(coordinate) : null
    if (bytes?.byteLength !== length) throw new TokenError('malformed', 'epk is misspelt')
    // RFC 7748 §6.1: what such a point agrees on is known to everybody.
    if (isOfSmallOrder(crv, String(coordinate))) throw new TokenError('malformed', 'epk is of small order')
  }
  for (const name of ['apu', 'apv']) {
    const party = members[name]
    const isName =
      typeof party === 'string' && party.length <= longestPartyName && decodeBase64url(party) !== null
    if (party !== undefined && !isName) throw new TokenError('malformed', `${name} is not a short base64url`)
  }
}

function checkLengths(parts: Parts, { alg, members }: DecryptionKey, enc: ContentEncryption): void {
  const row: KeyManagementRow = keyManagement[alg]
  const { keyBytes, ivBytes, tagBytes, blockBytes } = contentEncryptions[enc]
  // RFC 3394 §2.2.1: a wrapped key is eight bytes longer.
  const wrapped = alg === 'RSA-OAEP-256' ? decoded(members['n']).byteLength : keyBytes + 8
  const isWhole =
    parts.encryptedKey.byteLength === (row.direct === true ? 0 : wrapped) &&
    parts.iv.byteLength === ivBytes &&
    parts.tag.byteLength === tagBytes &&
    parts.ciphertext.byteLength % blockBytes === 0
  if (!isWhole) throw new TokenError('malformed', 'a part has the wrong length')
}
