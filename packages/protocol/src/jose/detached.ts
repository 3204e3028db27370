// A signature that stands beside its payload instead of around it (RFC 7515 appendix F, RFC 7797). Never a token:
// verifyJws and verifyToken refuse what is made here.
import { asciiBytes, asynchronous, createSignature, verifySignature } from '#crypto'
import { encodeBase64url } from './base64url.ts'
import {
  decodeSignature,
  type FindKey,
  headerMembers,
  headerOf,
  type JwsHeader,
  keyFor,
  splitCompact,
} from './jws.ts'
import type { SigningKey, VerificationKey } from './keys.ts'
import { TokenError } from './token-error.ts'

/**
 * Signs bytes that travel on their own, unencoded (`b64: false`); the result is `header..signature`.
 *
 * @param payload of any length
 */
export function signDetached(
  header: { readonly typ?: string },
  payload: Uint8Array,
  key: SigningKey,
): string {
  const segment = detachedHeader(header, key)
  return `${segment}..${encodeBase64url(createSignature(key.signing, joined(segment, payload)))}`
}

/** As signDetached, on every platform. */
export async function signDetachedAsync(
  header: { readonly typ?: string },
  payload: Uint8Array,
  key: SigningKey,
): Promise<string> {
  const segment = detachedHeader(header, key)
  const signature = await asynchronous.createSignature(key.signing, joined(segment, payload))
  return `${segment}..${encodeBase64url(signature)}`
}

/**
 * Verifies a detached signature over the bytes that came with it. Both forms are read: the payload as it is (`b64:
 * false`, RFC 7797), or its base64url (RFC 7515 appendix F); the signed header says which.
 *
 * @throws TokenError as verifyJws
 */
export function verifyDetached(jws: string, payload: Uint8Array, find: FindKey): { header: JwsHeader } {
  const { header, key, input, signature } = open(jws, payload, find)
  return accept(header, verifySignature(key.verifying, input, signature))
}

/** As verifyDetached, on every platform. @throws TokenError */
export async function verifyDetachedAsync(
  jws: string,
  payload: Uint8Array,
  find: FindKey,
): Promise<{ header: JwsHeader }> {
  const { header, key, input, signature } = open(jws, payload, find)
  return accept(header, await asynchronous.verifySignature(key.verifying, input, signature))
}

interface Opened {
  readonly header: JwsHeader
  readonly key: VerificationKey
  readonly input: Uint8Array
  readonly signature: Uint8Array
}

function open(jws: string, payload: Uint8Array, find: FindKey): Opened {
  const parts = splitCompact(jws)
  if (parts.payload !== '') throw new TokenError('malformed', 'the payload is not detached')
  const members = headerMembers(parts.header)
  const header = headerOf(members)
  return {
    header,
    key: keyFor(header, find),
    input: isUnencoded(members)
      ? joined(parts.header, payload)
      : asciiBytes(`${parts.header}.${encodeBase64url(payload)}`),
    signature: decodeSignature(parts.signature),
  }
}

/** RFC 7797 §3 and §6: `b64` is a boolean, and `crit` names it; we understand no other extension. */
function isUnencoded(members: Readonly<Record<string, unknown>>): boolean {
  const { b64, crit } = members
  if (b64 === undefined && crit === undefined) return false
  const namesIt = Array.isArray(crit) && crit.length === 1 && crit[0] === 'b64'
  if (!namesIt || b64 !== false) throw new TokenError('malformed', 'crit and b64 are not those of RFC 7797')
  return true
}

function detachedHeader({ typ }: { readonly typ?: string }, { alg, kid }: SigningKey): string {
  return encodeBase64url(JSON.stringify({ alg, typ, kid, b64: false, crit: ['b64'] }))
}

function joined(segment: string, payload: Uint8Array): Uint8Array {
  const head = asciiBytes(`${segment}.`)
  const input = new Uint8Array(head.byteLength + payload.byteLength)
  input.set(head)
  input.set(payload, head.byteLength)
  return input
}

function accept(header: JwsHeader, isGenuine: boolean): { header: JwsHeader } {
  if (!isGenuine) throw new TokenError('bad_signature', 'the signature does not match')
  return { header }
}
