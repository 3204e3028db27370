// Other implementations as oracles. Whatever is accepted here they must accept too, and read alike; what one of them
// accepts and we refuse must have a reason, found without our own reader.
import assert from 'node:assert/strict'
import { constants, createHmac, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type JwsAlgorithm, TokenError, verifyJws, verifyToken } from '@countersign/protocol'
import { type CryptoKey, compactVerify, importJWK, type JWK, jwtVerify } from 'jose'
import jsonwebtoken, { type VerifyOptions } from 'jsonwebtoken'
import { accessMutant, anyMutant, chanceFrom, type Mutant, mutantAlgorithms } from './mutants.ts'
import { publicPart, specimen } from './specimens.ts'
import { audience, issuer, now } from './token-kinds.ts'

/** Every way in which we are stricter than another implementation, and why: the whole list. */
export const differences = {
  size: 'a token of more than 8192 characters is not looked at: servers cut headers there, and reading costs',
  'another spelling':
    'padding, stray bits, white space and the other alphabet make two texts of one token (RFC 4648 §3.5)',
  'byte order mark': 'no JSON text begins with one (RFC 8259 §8.1)',
  extension:
    'crit and b64 change what a signature means; we know no extension of a token (RFC 7515 §4.1.11, RFC 7797 §6)',
  'header types': 'kid and typ are texts (RFC 7515 §4.1.4, §4.1.9)',
  'strict JSON':
    '__proto__, lone surrogates and numbers beyond a double are read differently by others (RFC 7493 §2)',
  'duplicate members': 'the first or the last: readers differ (RFC 7515 §4, RFC 7519 §4)',
  'another type': 'an access token is at+jwt (RFC 9068 §4); jsonwebtoken looks at no type',
  'a claim is missing': 'RFC 9068 §2.2 requires seven; jsonwebtoken requires none',
  'claims of another kind': 'a token that may be of two kinds is of none (RFC 8725 §3.12)',
  'claim types': 'a claim of another shape is misread further in (RFC 7519 §4.1)',
  'more than one audience': 'whom else it is for could use it here as well',
  'issued in the future': 'more than the skew ahead, the clock or the token is wrong',
} as const
type Difference = keyof typeof differences

/** What an implementation makes of a token: what it read, or null for a refusal. */
type Verdict = string | null

/** Judges mutants and counts what came of them. */
export interface Comparison {
  /** Judges the next `count` mutants. @throws AssertionError with the token, for a difference that nothing explains */
  run(count: number): Promise<void>
  /** How often all agreed on either verdict, and how often each reason explained that we are stricter. */
  readonly counts: ReadonlyMap<string, number>
}

export function comparison(seed: number): Comparison {
  const chance = chanceFrom(seed)
  const counts = new Map<string, number>()
  const count = (outcome: string) => counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  let done = 0
  const next = async () => {
    const which = `mutant ${done++} of seed ${seed}`
    if (chance(4) === 0) count(await judgeAccess(accessMutant(chance), which))
    else count(await judgeJws(anyMutant(chance), which))
  }
  return {
    counts,
    run: async (many) => {
      for (let left = many; left > 0; left--) await next()
    },
  }
}

async function judgeJws({ alg, token }: Mutant, which: string): Promise<string> {
  const ours = verdictOf(() => verifyJws(token, () => specimen(alg).key).payload)
  const josePayload = await compactVerify(token, await joseKey(alg), { algorithms: [alg] }).then(
    ({ payload }) => hex(payload),
    () => null,
  )
  const lenient: VerifyOptions = { ignoreExpiration: true, ignoreNotBefore: true }
  const others = [josePayload, textbook(token, alg), ...byJsonwebtoken(token, alg, ours, lenient)]
  return settled(which, token, ours, others, () => whyStricter(token))
}

async function judgeAccess({ alg, token }: Mutant, which: string): Promise<string> {
  const keys = () => specimen(alg).key
  const ours = verdictOf(() => {
    const { claims } = verifyToken('access', token, { keys, issuer, audience, now })
    return Buffer.from(JSON.stringify(claims))
  })
  const theirs = await jwtVerify(token, await joseKey(alg), {
    algorithms: [alg],
    issuer,
    audience,
    typ: 'at+jwt',
    clockTolerance: 15,
    currentDate: new Date(now * 1000),
    requiredClaims: ['exp', 'sub', 'client_id', 'iat', 'jti'],
  }).then(
    ({ payload }) => hex(Buffer.from(JSON.stringify(payload))),
    () => null,
  )
  const strict: VerifyOptions = { issuer, audience, clockTolerance: 15, clockTimestamp: now }
  const others = [theirs, ...byJsonwebtoken(token, alg, ours, strict)]
  return settled(which, token, ours, others, () => whyStricter(token) ?? whyStricterClaims(token))
}

function settled(
  which: string,
  token: string,
  ours: Verdict,
  others: readonly Verdict[],
  why: () => Difference | null,
): string {
  if (ours !== null) {
    for (const other of others)
      assert.equal(ours, other, `accepted here alone, or read otherwise: ${which} ${token}`)
    return 'all accept'
  }
  if (others.every((other) => other === null)) return 'all refuse'
  const reason = why()
  assert.notEqual(reason, null, `refused here alone, without a reason: ${which} ${token}`)
  return `stricter: ${reason}`
}

function verdictOf(read: () => Uint8Array): Verdict {
  try {
    return hex(read())
  } catch (error) {
    if (error instanceof TokenError) return null
    throw error
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const joseKeys = new Map<JwsAlgorithm, Promise<CryptoKey | Uint8Array>>()

function joseKey(alg: JwsAlgorithm): Promise<CryptoKey | Uint8Array> {
  const { jwk } = specimen(alg)
  const key = joseKeys.get(alg) ?? importJWK((alg === 'HS256' ? jwk : publicPart(jwk)) as JWK, alg)
  joseKeys.set(alg, key)
  return key
}

const textbookKeys = new Map<string, KeyObject>(
  mutantAlgorithms
    .filter((alg) => alg !== 'HS256')
    .map((alg) => [alg, createPublicKey({ key: publicPart(specimen(alg).jwk) as object, format: 'jwk' })]),
)

/** Verification as a textbook has it, and the older packages: the parts decoded kindly, the signature, nothing else. */
function textbook(token: string, alg: JwsAlgorithm): Verdict {
  const [header, payload, signature, ...rest] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return null
  try {
    const { alg: named } = JSON.parse(Buffer.from(header, 'base64').toString()) as { alg?: unknown }
    const input = Buffer.from(`${header}.${payload}`)
    const isGenuine = named === alg && isSignature(alg, input, Buffer.from(signature, 'base64'))
    return isGenuine ? hex(Buffer.from(payload, 'base64')) : null
  } catch {
    return null
  }
}

function isSignature(alg: JwsAlgorithm, input: Buffer, signature: Buffer): boolean {
  const key = textbookKeys.get(alg)
  if (key === undefined) {
    return createHmac('sha256', Buffer.from(String(specimen(alg).jwk['k']), 'base64url'))
      .update(input)
      .digest()
      .equals(signature)
  }
  const padding = alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  return alg === 'EdDSA'
    ? verify(null, input, key, signature)
    : verify(`sha${alg.slice(2)}`, input, { key, padding, dsaEncoding: 'ieee-p1363' }, signature)
}

/** What jsonwebtoken makes of a token, if it has the algorithm; `ours` again where it reads the same. */
function byJsonwebtoken(
  token: string,
  alg: JwsAlgorithm,
  ours: Verdict,
  options: VerifyOptions,
): readonly Verdict[] {
  if (alg === 'EdDSA') return []
  const key = textbookKeys.get(alg) ?? Buffer.from(String(specimen(alg).jwk['k']), 'base64url')
  try {
    const read = jsonwebtoken.verify(token, key, {
      ...options,
      algorithms: [alg as 'ES256'],
      complete: false,
    })
    const isAlike = ours !== null && asJson(read) === asJson(Buffer.from(ours, 'hex').toString())
    return [isAlike ? ours : 'another reading']
  } catch {
    return [ours !== null && isLeftToOthers(token) ? ours : null]
  }
}

/** It gives back an object for the text of one, and any other text as it is. */
function asJson(read: unknown): string {
  if (typeof read !== 'string') return JSON.stringify(read)
  try {
    const value: unknown = JSON.parse(read)
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : read
  } catch {
    return read
  }
}

/** What jsonwebtoken refuses and a JWS may be: it takes no empty payload (RFC 7515 §3 allows any octets, even none). */
function isLeftToOthers(token: string): boolean {
  return token.split('.')[1] === ''
}

/** Reasons to be stricter about a JWS. */
function whyStricter(token: string): Difference | null {
  const parts = token.split('.')
  if (token.length > 8192) return 'size'
  if (parts.some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part))
    return 'another spelling'
  const json = textOf(parts[0])
  if (json.startsWith('\ufeff')) return 'byte order mark'
  const header = JSON.parse(json) as Record<string, unknown>
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return 'extension'
  for (const name of ['kid', 'typ']) {
    if (Object.hasOwn(header, name) && typeof header[name] !== 'string') return 'header types'
  }
  return notStrict(json, header)
}

const textOf = (part = ''): string =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(part, 'base64url'))

function notStrict(json: string, value: object): Difference | null {
  if (/"__proto__"|\\ud[89a-f]|\ufffd|\d[eE]\+?\d{3}/i.test(json)) return 'strict JSON'
  const named = [...json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(
    ([, colon]) => colon !== undefined,
  ).length
  return named === members(value) ? null : 'duplicate members'
}

function members(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inside = Object.values(value).reduce<number>((sum, item) => sum + members(item), 0)
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length)
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText)
const isTime = (value: unknown): boolean => typeof value === 'number' && value >= 0
const shapes: Readonly<Record<string, (value: unknown) => boolean>> = {
  iss: isText,
  sub: isText,
  jti: isText,
  client_id: isText,
  sid: isText,
  token_type: isText,
  scope: (value) => typeof value === 'string',
  roles: isTexts,
  amr: isTexts,
  exp: isTime,
  nbf: isTime,
  iat: isTime,
  auth_time: isTime,
}

/** Reasons to be stricter about the claims of an access token. */
function whyStricterClaims(token: string): Difference | null {
  const [header, payload] = token.split('.')
  const { typ } = JSON.parse(textOf(header)) as { typ?: unknown }
  if (typeof typ !== 'string' || !/^(?:application\/)?at\+jwt$/i.test(typ)) return 'another type'
  const json = textOf(payload)
  const claims = JSON.parse(json) as Record<string, unknown>
  const loose = notStrict(json, claims)
  if (loose !== null) return loose
  for (const name of ['nonce', 'events', 'at_hash', 'c_hash']) {
    if (Object.hasOwn(claims, name)) return 'claims of another kind'
  }
  if (claims['token_type'] === 'refresh') return 'claims of another kind'
  for (const [name, fits] of Object.entries(shapes)) {
    if (Object.hasOwn(claims, name) && !fits(claims[name])) return 'claim types'
  }
  for (const name of ['exp', 'sub', 'client_id', 'iat', 'jti']) {
    if (!Object.hasOwn(claims, name)) return 'a claim is missing'
  }
  const { aud, iat } = claims
  if (Array.isArray(aud) && aud.length !== 1) return 'more than one audience'
  if (typeof iat === 'number' && iat > now + 15) return 'issued in the future'
  return null
}
