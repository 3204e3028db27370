// What the simulated providers have in common: who may ask, codes that are good once, access tokens, and a signing key
// of their own. All of it lives in this process's memory and ends with it; development only.
import {
  importPrivateJwk,
  OAuthError,
  type Parameters,
  readBearer,
  readClientCredentials,
  type SigningKey,
  verifyPkce,
} from '@countersign/protocol'
import type { Incoming } from '../../../platform/http/exchange.ts'
import { makePrivateJwk, type SigningAlgorithm } from '../../../platform/keys/key-pair.ts'
import type { Platform } from '../../../platform/platform.ts'
import { callbackPath, simulatorsPath, type Upstream } from '../upstreams.ts'
import type { Person } from './people.ts'

/** What the authorization request asked and the person answered. */
export interface Granted {
  readonly person: Person
  readonly emailVerified: boolean
  readonly redirectUri: string
  readonly scope: string
  readonly nonce: string | undefined
  readonly codeChallenge: string | undefined
}

/** One simulated provider. */
export interface Simulator {
  readonly upstream: Upstream
  /** Path of the simulator, without a slash at its end. */
  readonly path: string
  /** Its absolute address, which is its issuer identifier. */
  readonly base: string
  readonly platform: Platform
  /** What is wrong with an authorization request, in the words of RFC 6749; null when nothing is. */
  faultOf(asked: Parameters): 'invalid_client' | 'redirect_uri_mismatch' | 'unsupported_response_type' | null
  /** Where the browser goes back to. Only our own callback is ever one. */
  back(parameters: Readonly<Record<string, string | undefined>>, fragment?: string): string
  /** A code for the person; the answer's form and the authorization request in one. */
  grant(person: Person, form: Parameters, prefix: string): string
  /** What the code stands for, the first time. */
  redeem(code: string | undefined): Granted | null
  /** Whether the caller is the one registered client. */
  isClient(request: Incoming): boolean
  /** Whether the verifier answers the challenge, where there was one. */
  isProven(granted: Granted, verifier: string | undefined): boolean
  accessToken(granted: Granted, prefix: string): string
  /** Whose the bearer token is, from the header. */
  bearer(request: Incoming): { readonly granted: Granted; readonly accessToken: string } | null
}

/** Seconds that a code and an access token live. */
const codeSeconds = 60
/** Seconds that a simulated access token lives. */
export const tokenSeconds = 3599
/** So many codes or tokens are remembered at most. */
const most = 1000

/** Makes one; what it hands out it remembers in memory. */
export function simulatorOf(platform: Platform, upstream: Upstream): Simulator {
  const path = simulatorsPath + upstream.id
  const redirectUri = platform.issuer.at(callbackPath(upstream))
  const codes = shortMemory<Granted>(platform, codeSeconds)
  const tokens = shortMemory<Granted>(platform, tokenSeconds)
  return {
    upstream,
    path,
    base: platform.issuer.at(path),
    platform,
    faultOf: (asked) => {
      if (asked.get('client_id') !== upstream.clientId) return 'invalid_client'
      if (asked.get('redirect_uri') !== redirectUri) return 'redirect_uri_mismatch'
      return asked.get('response_type') === 'code' ? null : 'unsupported_response_type'
    },
    back: (parameters, fragment = '') => {
      const url = new URL(redirectUri)
      for (const [name, value] of Object.entries(parameters)) {
        if (value !== undefined) url.searchParams.set(name, value)
      }
      return url.href + fragment
    },
    grant: (person, form, prefix) =>
      codes.keep(prefix + platform.runtime.secret(), {
        person,
        emailVerified: person.emailVerified && form.get('unverified') !== 'yes',
        redirectUri,
        scope: form.get('scope') ?? '',
        nonce: form.get('nonce'),
        codeChallenge: form.get('code_challenge'),
      }),
    redeem: (code) => codes.take(code),
    isClient: (request) => isClient(upstream, request),
    isProven: ({ codeChallenge }, verifier) =>
      codeChallenge === undefined || (verifier !== undefined && verifyPkce(verifier, codeChallenge)),
    accessToken: (granted, prefix) => tokens.keep(prefix + platform.runtime.secret(), granted),
    bearer: (request) => {
      const accessToken = bearerOf(request)
      const granted = tokens.look(accessToken)
      return granted === null || accessToken === null ? null : { granted, accessToken }
    },
  }
}

function isClient(upstream: Upstream, request: Incoming): boolean {
  try {
    const credentials = readClientCredentials(request.headers.get('authorization'), request.form)
    return (
      (credentials.method === 'client_secret_post' || credentials.method === 'client_secret_basic') &&
      credentials.clientId === upstream.clientId &&
      credentials.secret === upstream.clientSecret.reveal()
    )
  } catch (error) {
    if (error instanceof OAuthError) return false
    throw error
  }
}

function bearerOf(request: Incoming): string | null {
  try {
    return readBearer(request.headers.get('authorization'))
  } catch (error) {
    if (error instanceof OAuthError) return null
    throw error
  }
}

interface ShortMemory<T> {
  keep(key: string, value: T): string
  look(key: string | null | undefined): T | null
  take(key: string | null | undefined): T | null
}

function shortMemory<T>(platform: Pick<Platform, 'runtime'>, seconds: number): ShortMemory<T> {
  const kept = new Map<string, { readonly value: T; readonly until: number }>()
  const look = (key: string | null | undefined): T | null => {
    const found = key === null || key === undefined ? undefined : kept.get(key)
    return found !== undefined && platform.runtime.now() < found.until ? found.value : null
  }
  return {
    keep: (key, value) => {
      for (const oldest of kept.keys()) {
        if (kept.size < most) break
        kept.delete(oldest)
      }
      kept.set(key, { value, until: platform.runtime.now() + seconds })
      return key
    },
    look,
    take: (key) => {
      const value = look(key)
      if (value !== null && typeof key === 'string') kept.delete(key)
      return value
    },
  }
}

/** A key that is made when first asked for. @param kidOf how this provider names its keys, by the thumbprint */
export function lazyKey(
  alg: SigningAlgorithm,
  kidOf: (thumbprint: string) => string,
): () => Promise<SigningKey> {
  let key: Promise<SigningKey> | undefined
  const make = async (): Promise<SigningKey> => {
    const jwk = await makePrivateJwk(alg)
    return importPrivateJwk({ ...jwk, kid: kidOf(jwk.kid) })
  }
  return () => {
    key ??= make()
    return key
  }
}
