// Compact JWS and nothing else, behind a strict gate (RFC 7515 §3.1, §5.2, §7.1; RFC 8725 §3).
import { asciiBytes, asynchronous, signText, verifyText } from '#crypto'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import type { SigningKey, VerificationKey } from './keys.ts'
import { decodeStrictJson, isJsonObject, JsonError } from './strict-json.ts'
import { TokenError } from './token-error.ts'

/** All that is kept of a header. Keys and addresses that a token brings along (`jwk`, `jku`, `x5u`, `x5c`) are not. */
export interface JwsHeader {
  readonly alg: string
  readonly kid?: string
  readonly typ?: string
}

/** How a verification key is found: by the header alone. */
export type FindKey = (header: JwsHeader) => VerificationKey | undefined

/** The largest token that is looked at, in characters. */
export const maximumTokenLength = 8192

/**
 * Signs a payload as a compact JWS; `alg` and `kid` come from the key.
 *
 * @param payload an object, written as JSON, or bytes
 */
export function signJws(header: { readonly typ?: string }, payload: object, key: SigningKey): string {
  return sealed(signingInput(header, payload, key), key)
}

/** As signJws, on every platform. */
export async function signJwsAsync(
  header: { readonly typ?: string },
  payload: object,
  key: SigningKey,
): Promise<string> {
  return sealedAsync(signingInput(header, payload, key), key)
}

/** Two segments and their signature. */
export function sealed(input: string, key: SigningKey): string {
  return `${input}.${signText(key.signing, input)}`
}

/** As sealed, on every platform. */
export async function sealedAsync(input: string, key: SigningKey): Promise<string> {
  return `${input}.${encodeBase64url(await asynchronous.createSignature(key.signing, asciiBytes(input)))}`
}

function signingInput(header: { readonly typ?: string }, payload: object, key: SigningKey): string {
  const body = payload instanceof Uint8Array ? payload : JSON.stringify(payload)
  return `${headerSegment(header.typ, key)}.${encodeBase64url(body)}`
}

const headerSegments = new WeakMap<SigningKey, Map<string | undefined, string>>()

function headerSegment(typ: string | undefined, key: SigningKey): string {
  let ofKey = headerSegments.get(key)
  if (ofKey === undefined) {
    ofKey = new Map()
    headerSegments.set(key, ofKey)
  }
  let segment = ofKey.get(typ)
  if (segment === undefined) {
    segment = encodeBase64url(JSON.stringify({ alg: key.alg, typ, kid: key.kid }))
    ofKey.set(typ, segment)
  }
  return segment
}

/** A JWS whose signature is its key's. */
export interface VerifiedJws {
  readonly header: JwsHeader
  readonly payload: Uint8Array
}

/** What a JWS says, and what is left to do: hold the signature against the input. */
interface OpenedJws extends VerifiedJws {
  /** The header's own text when it was not seen before. */
  readonly newHeader: string | null
  readonly key: VerificationKey
  /** All ASCII, once it is known to be two segments. */
  readonly input: string
  readonly signature: Uint8Array
}

/**
 * Verifies a compact JWS. Every byte of it has one spelling: a token that verifies can't be changed into another string
 * that verifies as the same token, but for what its signature algorithm itself allows.
 *
 * @throws TokenError `too_large`, `malformed`, `unknown_key` (none found, or the key is for another algorithm),
 *   `bad_signature`
 */
export function verifyJws(token: string, find: FindKey): VerifiedJws {
  const opened = openJws(token, find)
  return remembered(accept(opened, isGenuine(opened)))
}

/** As verifyJws, on every platform. @throws TokenError */
export async function verifyJwsAsync(token: string, find: FindKey): Promise<VerifiedJws> {
  const opened = openJws(token, find)
  return remembered(accept(opened, await isGenuineAsync(opened)))
}

/**
 * As verifyJws, for tokens that bring their own key: there are as many headers as makers, so none is remembered.
 *
 * @throws TokenError
 */
export function verifyUnremembered(token: string, find: FindKey): VerifiedJws {
  const opened = openJws(token, find)
  return accept(opened, isGenuine(opened))
}

/** As verifyUnremembered, on every platform. @throws TokenError */
export async function verifyUnrememberedAsync(token: string, find: FindKey): Promise<VerifiedJws> {
  const opened = openJws(token, find)
  return accept(opened, await isGenuineAsync(opened))
}

function isGenuine({ key, input, signature }: OpenedJws): boolean {
  return verifyText(key.verifying, input, signature)
}

function isGenuineAsync({ key, input, signature }: OpenedJws): Promise<boolean> {
  return asynchronous.verifySignature(key.verifying, asciiBytes(input), signature)
}

function accept(opened: OpenedJws, genuine: boolean): OpenedJws {
  if (!genuine) throw new TokenError('bad_signature', 'the signature does not match')
  return opened
}

function remembered({ header, payload, newHeader }: OpenedJws): VerifiedJws {
  if (newHeader !== null) remember(newHeader, header)
  return { header, payload }
}

function openJws(token: string, find: FindKey): OpenedJws {
  const parts = splitCompact(token)
  const known = verifiedHeaders.get(parts.header)
  const header = known ?? parseHeader(parts.header)
  const payload = decodeBase64url(parts.payload)
  if (payload === null) throw new TokenError('malformed', 'payload is not base64url')
  return {
    header,
    payload,
    newHeader: known === undefined ? parts.header : null,
    signature: decodeSignature(parts.signature),
    key: keyFor(header, find),
    input: parts.input,
  }
}

/** @throws TokenError */
export function decodeSignature(segment: string): Uint8Array {
  const signature = decodeBase64url(segment)
  if (signature === null) throw new TokenError('malformed', 'signature is not base64url')
  return signature
}

/** @throws TokenError unless there is a key for the header, and it is for the header's algorithm */
export function keyFor(header: JwsHeader, find: FindKey): VerificationKey {
  const key = find(header)
  // RFC 8725 §3.1: "Each key MUST be used with exactly one algorithm, and this MUST be checked".
  if (key === undefined || key.alg !== header.alg) {
    throw new TokenError('unknown_key', 'no key for the header')
  }
  return key
}

/** Splits and bounds a token; reads nothing. @throws TokenError */
export function splitCompact(token: string): {
  header: string
  payload: string
  signature: string
  input: string
} {
  if (typeof token !== 'string') throw new TokenError('malformed', 'not a string')
  if (token.length > maximumTokenLength) throw new TokenError('too_large', 'longer than 8192 characters')
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first < 1 || second === -1 || token.indexOf('.', second + 1) !== -1) {
    throw new TokenError('malformed', 'not three parts')
  }
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
    input: token.slice(0, second),
  }
}

/** Reads the header of a token. @throws TokenError */
export function parseHeader(segment: string): JwsHeader {
  return plainHeader(headerMembers(segment))
}

/** What is kept of a token's header. @throws TokenError */
export function plainHeader(members: Readonly<Record<string, unknown>>): JwsHeader {
  // RFC 7515 §4.1.11: if any listed extension is "not understood and supported by the recipient, then the JWS is
  // invalid". We understand none here. RFC 7797 §6 would have `b64` listed there; unlisted it is refused as well.
  if (Object.hasOwn(members, 'crit')) throw new TokenError('malformed', 'header has crit')
  if (Object.hasOwn(members, 'b64')) throw new TokenError('malformed', 'header has b64')
  return headerOf(members)
}

/** All that a header segment holds: for the few who need more than JwsHeader. @throws TokenError */
export function headerMembers(segment: string): Readonly<Record<string, unknown>> {
  const bytes = decodeBase64url(segment)
  if (bytes === null) throw new TokenError('malformed', 'header is not base64url')
  return parseObject(bytes, 'header')
}

/** The members that are kept of any header. @throws TokenError */
export function headerOf(members: Readonly<Record<string, unknown>>): JwsHeader {
  const { alg, kid, typ } = members
  if (typeof alg !== 'string') throw new TokenError('malformed', 'alg is not a string')
  const header: { alg: string; kid?: string; typ?: string } = { alg }
  if (kid !== undefined) {
    if (typeof kid !== 'string') throw new TokenError('malformed', 'kid is not a string')
    header.kid = kid
  }
  if (typ !== undefined) {
    if (typeof typ !== 'string') throw new TokenError('malformed', 'typ is not a string')
    header.typ = typ
  }
  return Object.freeze(header)
}

/** Reads bytes as a JSON object. @throws TokenError `malformed`, naming `what` */
export function parseObject(bytes: Uint8Array, what: string): Record<string, unknown> {
  let value: unknown
  try {
    value = decodeStrictJson(bytes)
  } catch (error) {
    if (error instanceof JsonError) throw new TokenError('malformed', `${what}: ${error.code}`)
    throw error
  }
  if (!isJsonObject(value)) throw new TokenError('malformed', `${what} is not an object`)
  return value
}

// One issuer's tokens share their first segment. Only headers of tokens that verified are remembered, so that a stranger
// can't fill the memory or push out what is in use.
const verifiedHeaders = new Map<string, JwsHeader>()
const maximumHeaders = 256

function remember(segment: string, header: JwsHeader): void {
  if (segment.length > 512) return
  if (verifiedHeaders.size >= maximumHeaders) verifiedHeaders.clear()
  verifiedHeaders.set(segment, header)
}
