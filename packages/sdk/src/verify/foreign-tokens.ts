// Tokens of the wires of others: signed JSON Web Tokens with no issuer to discover, believed by one key that is stated, or
// by the keys that our server publishes, of which only tokens of that wire's own type count.
import {
  decodeStrictJson,
  encodeBase64url,
  importPublicJwkAsync,
  importSecretJwkAsync,
  isJsonObject,
  isKeyOfPair,
  JsonError,
  type JwsAlgorithm,
  peekUnverified,
  verifyJwsAsync,
} from '@countersign/protocol'
import type { Fetch } from './bounded-fetch.ts'
import { verifyByKeys } from './by-keys.ts'
import type { Verifiable } from './credentials.ts'
import { errorOf } from './errors.ts'
import type { Answers } from './guard.ts'
import { alone, createKeySource, fixed, type KeySource } from './keys.ts'
import { publicJwkOfPem } from './pem.ts'
import { refuse, refuseToken } from './refusal.ts'
import { verifierSettings } from './settings.ts'
import type { Verification } from './verification.ts'
import type { Verifier } from './verifier.ts'

/** What a token is believed by: exactly one of the three. */
export interface ForeignKeys {
  /** Needed for a public key; HS256 for a secret unless told. Of the server's keys each has its own, and this binds. */
  readonly algorithm: JwsAlgorithm | undefined
  /** Of HS256, HS384 and HS512. */
  readonly secret: string | undefined
  /** As PEM. */
  readonly publicKey: string | undefined
  /** The server's keys. */
  readonly jwkUrl: string | undefined
  /** The type of the wire's tokens under keys that sign others too. */
  readonly markedType: string
  readonly fetch: Fetch | undefined
  readonly now: () => number
}

/** The claims of a token whose signature holds. */
export type ForeignClaims = Readonly<Record<string, unknown>>

type ReadClaims = (token: string) => Promise<ForeignClaims | 'refused' | 'unavailable'>

/** @throws TypeError for keys that make no sense together */
export function foreignClaims(keys: ForeignKeys): ReadClaims {
  const { secret, publicKey, jwkUrl } = keys
  const algorithm = keys.algorithm ?? (jwkUrl === undefined ? 'HS256' : undefined)
  const stated = [secret, publicKey, jwkUrl].filter((key) => key !== undefined)
  if (stated.length !== 1 || isShared(algorithm) !== (secret !== undefined))
    throw new TypeError('one key is needed: a secret for HS…, or for pairs a public key or jwkUrl')
  if (secret !== undefined && isKeyOfPair(secret))
    throw new TypeError('a key of a pair is no secret: anybody may have its public half')
  if (jwkUrl !== undefined) return published(keys, jwkUrl)
  const reading =
    secret === undefined
      ? importPublicJwkAsync({ ...publicJwkOfPem(publicKey ?? '') }, algorithm)
      : importSecretJwkAsync({ kty: 'oct', k: encodeBase64url(secret) }, algorithm)
  const source = reading.then((key) => fixed(alone(key)))
  // Whoever asks first is told.
  source.catch(() => {})
  return async (token) => claimsBy(await source, keys.now, token)
}

function isShared(algorithm: JwsAlgorithm | undefined): boolean {
  return algorithm?.startsWith('HS') === true
}

function published({ algorithm, fetch, now, markedType }: ForeignKeys, url: string): ReadClaims {
  const { origin } = new URL(url)
  const settings = verifierSettings({
    issuer: origin,
    audience: origin,
    keys: { url },
    now,
    ...(fetch !== undefined && { fetch }),
  })
  const source = createKeySource(settings, { url })
  return async (token) => {
    const header = peekUnverified(token)?.header
    const isMeant = header?.typ === markedType && (algorithm === undefined || header.alg === algorithm)
    return isMeant ? claimsBy(source, now, token) : 'refused'
  }
}

async function claimsBy(source: KeySource, now: () => number, token: string): ReturnType<ReadClaims> {
  const outcome = await verifyByKeys(source, now, (find) => verifyJwsAsync(token, find))
  return outcome.ok ? claimsIn(outcome.value.payload) : outcome.because
}

function claimsIn(payload: Uint8Array): ForeignClaims | 'refused' {
  try {
    const claims: unknown = decodeStrictJson(payload)
    return isJsonObject(claims) ? claims : 'refused'
  } catch (error) {
    if (error instanceof JsonError) return 'refused'
    throw error
  }
}

/** Of several values of a header the first. @param name in lower case */
export function headerOf({ headers }: Verifiable, name: string): string | undefined {
  if (typeof headers['get'] === 'function') return headers.get(name) ?? undefined
  const found = Object.entries(headers).find(([other]) => other.toLowerCase() === name)?.[1]
  return typeof found === 'string' ? found : found?.[0]
}

/** A verifier of tokens that no issuer of OAuth made. */
export function foreignVerifier(
  {
    now,
    issuer,
    audience,
  }: { readonly now: () => number; readonly issuer: string; readonly audience: string },
  read: Answers['read'],
  ofToken: (token: string) => Promise<Verification>,
): Verifier {
  const check = (sent: Parameters<Verifier['check']>[0]): Promise<Verification> =>
    ofToken(typeof sent === 'string' ? sent : sent.token)
  return {
    issuer,
    audience,
    mode: 'local',
    dpop: null,
    clientCertificate: { place: 'connection', isAnnounced: false },
    now,
    check,
    verify: async (from) => {
      const credentials = typeof from === 'string' ? ({ kind: 'token', sent: from } as const) : read(from)
      if (credentials.kind !== 'token') throw errorOf(refuse('unauthenticated', 'no token was sent'))
      const verification = await check(credentials.sent)
      if (verification.ok === true) return verification.principal
      throw errorOf(refuseToken(verification, {}))
    },
    staleness: () => null,
    close: () => {},
  }
}
