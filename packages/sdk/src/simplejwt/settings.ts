// What an API that Simple JWT protected needs to know, by the names of SIMPLE_JWT in camel case and with its defaults.
import type { JwsAlgorithm } from '@countersign/protocol'
import type { Fetch } from '../verify/bounded-fetch.ts'
import { systemSeconds } from '../verify/clock.ts'
import { type Names, refuseUnknown, refuseUnset } from '../verify/known-options.ts'

/** A user of the API's own, as far as a token has to agree with them. */
export interface SimpleJwtUser {
  /** False refuses: `user_inactive`. */
  readonly isActive?: boolean
  /** What `revokeTokenClaim` has to hold, with `checkRevokeToken`. */
  readonly revokeToken?: string
}

/** SIMPLE_JWT in camel case. Keys: `jwkUrl` or `verifyingKey` for algorithms of key pairs, `signingKey` for HS…. */
export interface SimpleJwtOptions {
  /** `HS256` unless told; of the server's keys each has its own, and one that is told is the only one that is taken. */
  readonly algorithm?: JwsAlgorithm
  /** The secret of HS256, HS384 and HS512: Django's SECRET_KEY unless it stated another. */
  readonly signingKey?: string
  /** The public key, as PEM. */
  readonly verifyingKey?: string
  /** The server's keys: `https://id.example.com/oauth/jwks`. Of these, tokens of other kinds are refused. */
  readonly jwkUrl?: string
  readonly audience?: string | readonly string[] | null
  readonly issuer?: string | null
  /** Seconds, 300 at most; none unless told. */
  readonly leeway?: number
  readonly authHeaderTypes?: readonly string[]
  /** `Authorization` unless told; `HTTP_X_ACCESS_TOKEN` is read as `X-Access-Token`. */
  readonly authHeaderName?: string
  readonly authTokenClasses?: readonly ('AccessToken' | 'SlidingToken' | 'UntypedToken')[]
  readonly userIdClaim?: string
  readonly tokenTypeClaim?: string | null
  readonly jtiClaim?: string | null
  readonly checkRevokeToken?: boolean
  readonly revokeTokenClaim?: string
  /** Whose words: `5.5.1` unless told. */
  readonly dialect?: '5.2' | '5.5.1'
  /** Takes the scheme in either case (RFC 9110 §11.1), as the original does not; true unless told. */
  readonly anyCaseScheme?: boolean
  /** Where SessionAuthentication came first nothing is challenged: 403 instead of 401; true unless told. */
  readonly challenges?: boolean
  /**
   * Finds the API's own user by `userIdClaim`, on each request, as JWTAuthentication does; null refuses. Without it the
   * token alone counts, as for JWTStatelessUserAuthentication.
   */
  readonly user?: (
    id: string,
    claims: Readonly<Record<string, unknown>>,
  ) => SimpleJwtUser | null | Promise<SimpleJwtUser | null>
  /** Roles that a token stands for; none unless told. */
  readonly rolesOf?: (claims: Readonly<Record<string, unknown>>) => readonly string[]
  /** Replaces the global `fetch`. */
  readonly fetch?: Fetch
  /** The time in whole seconds since the epoch; replaces the system's clock. */
  readonly now?: () => number
}

/** Complete. */
export type SimpleJwtSettings = Required<
  Omit<
    SimpleJwtOptions,
    'algorithm' | 'signingKey' | 'verifyingKey' | 'jwkUrl' | 'user' | 'fetch' | 'audience'
  >
> &
  Pick<SimpleJwtOptions, 'algorithm' | 'signingKey' | 'verifyingKey' | 'jwkUrl' | 'user' | 'fetch'> & {
    readonly audiences: readonly string[] | null
  }

const names: Names<SimpleJwtOptions> = {
  algorithm: true,
  signingKey: true,
  verifyingKey: true,
  jwkUrl: true,
  audience: true,
  issuer: true,
  leeway: true,
  authHeaderTypes: true,
  authHeaderName: true,
  authTokenClasses: true,
  userIdClaim: true,
  tokenTypeClaim: true,
  jtiClaim: true,
  checkRevokeToken: true,
  revokeTokenClaim: true,
  dialect: true,
  anyCaseScheme: true,
  challenges: true,
  user: true,
  rolesOf: true,
  fetch: true,
  now: true,
}

/** In seconds. */
const longestLeeway = 300

/** @throws TypeError that names the wrong setting, never its value */
export function simpleJwtSettings(given: SimpleJwtOptions): SimpleJwtSettings {
  refuseUnknown(given, names, 'simpleJwt()')
  refuseUnset(given, ['audience', 'issuer'])
  const { audience, ...options } = given
  const settings: SimpleJwtSettings = {
    issuer: null,
    leeway: 0,
    authHeaderTypes: ['Bearer'],
    authHeaderName: 'authorization',
    authTokenClasses: ['AccessToken'],
    userIdClaim: 'user_id',
    tokenTypeClaim: 'token_type',
    jtiClaim: 'jti',
    checkRevokeToken: false,
    revokeTokenClaim: 'hash_password',
    dialect: '5.5.1',
    anyCaseScheme: true,
    challenges: true,
    rolesOf: () => [],
    now: systemSeconds,
    ...stated(options),
    audiences: audience === undefined || audience === null ? null : [audience].flat(),
  }
  const { leeway } = settings
  // Whatever compares with no number is never over: a text or NaN would let every token live for ever.
  if (typeof leeway !== 'number' || !(leeway >= 0 && leeway <= longestLeeway))
    throw new TypeError(`leeway is a number of seconds from 0 to ${longestLeeway}`)
  if (settings.checkRevokeToken && settings.user === undefined)
    throw new TypeError('checkRevokeToken needs user: it compares what a token says with what they have now')
  return settings
}

/** Without what stands there and is undefined: that is not stated. */
function stated<T extends object>(options: T): { readonly [K in keyof T]: Exclude<T[K], undefined> } {
  const there = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(there) as { readonly [K in keyof T]: Exclude<T[K], undefined> }
}

/** The name of a header, as it is sent: `HTTP_X_ACCESS_TOKEN` is Django's way of writing it. */
export function headerName({ authHeaderName }: Pick<SimpleJwtSettings, 'authHeaderName'>): string {
  return authHeaderName
    .replace(/^HTTP_/, '')
    .replaceAll('_', '-')
    .toLowerCase()
}
