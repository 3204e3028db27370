// The face of `@countersign/sdk/knock`: an API that moves here from Rails with Knock goes on taking the tokens that its
// front ends send, wherever they put them, and answers as `authenticate_user` did: 401 without a body.
import type { JwsAlgorithm } from '@countersign/protocol'
import type { Fetch } from '../verify/bounded-fetch.ts'
import { systemSeconds } from '../verify/clock.ts'
import type { Credentials, Verifiable } from '../verify/credentials.ts'
import { type ForeignClaims, foreignClaims, foreignVerifier, headerOf } from '../verify/foreign-tokens.ts'
import type { Answers } from '../verify/guard.ts'
import { type Names, refuseUnknown, refuseUnset } from '../verify/known-options.ts'
import { readPrincipal } from '../verify/principal.ts'
import type { Refusal } from '../verify/refusal.ts'
import { invalidToken, unavailable, type Verification } from '../verify/verification.ts'
import type { Verifier } from '../verify/verifier.ts'

/** The configuration of Knock, and whom a route is for. Keys: one of the secret, the public key and `jwkUrl`. */
export interface KnockOptions {
  /** `HS256` unless told; of the server's keys each has its own, and one that is told is the only one that is taken. */
  readonly tokenSignatureAlgorithm?: JwsAlgorithm
  /** Rails' secret_key_base unless Knock was told another. */
  readonly tokenSecretSignatureKey?: string
  /** As PEM. */
  readonly tokenPublicKey?: string
  /** The server's keys: `https://id.example.com/oauth/jwks`. Of these, tokens of other kinds are refused. */
  readonly jwkUrl?: string
  readonly tokenAudience?: string | readonly string[]
  /** Whom the route is for, by the claim `entity`: `user` unless told. */
  readonly entity?: string
  /**
   * Takes tokens without that claim too: those that Rails signed before the change-over, whoever they were made for. Never
   * for the routes of administrators, whose numbers are those of users as well.
   */
  readonly takesAnyEntity?: boolean
  /** Takes `?token=` before the header, as Knock does. It stands in logs then; off unless told. */
  readonly takesTokenInUrl?: boolean
  /** Finds the API's own user by `sub`, on each request, as `from_token_payload` does; null refuses. */
  readonly user?: (id: string, claims: ForeignClaims) => unknown
  /**
   * Asks the server about each token as well, so that one that was ended is refused with the next request: a verifier of mode
   * `database` for the API that `resource` names there. Without it a token is good to its end, and for ever where it has none.
   * Tokens of before, which the server never saw (`takesAnyEntity`), are not asked about.
   */
  readonly database?: Verifier
  /** What an application's own `unauthorized_entity` answered; 401 unless told. */
  readonly unauthorized?: 401 | 403 | 404
  /** Roles that a token stands for; none unless told. */
  readonly rolesOf?: (claims: ForeignClaims) => readonly string[]
  /** Replaces the global `fetch`. */
  readonly fetch?: Fetch
  /** The time in whole seconds since the epoch; replaces the system's clock. */
  readonly now?: () => number
}

const names: Names<KnockOptions> = {
  tokenSignatureAlgorithm: true,
  tokenSecretSignatureKey: true,
  tokenPublicKey: true,
  jwkUrl: true,
  tokenAudience: true,
  entity: true,
  takesAnyEntity: true,
  takesTokenInUrl: true,
  user: true,
  database: true,
  unauthorized: true,
  rolesOf: true,
  fetch: true,
  now: true,
}

/**
 * The verifier and the answers for `auth()` of every framework. The principal's `subject` is `sub` as text.
 *
 * @throws TypeError for settings that make no sense
 * @example
 * app.use(auth(knock({ tokenSecretSignatureKey: secretKeyBase, user: (id) => User.find(id) })))
 */
export function knock(options: KnockOptions): { readonly verifier: Verifier; readonly answers: Answers } {
  refuseUnknown(options, names, 'knock()')
  refuseUnset(options, ['tokenAudience'])
  if (options.database !== undefined && options.database.mode !== 'database')
    throw new TypeError('database has to be a verifier of mode database')
  const now = options.now ?? systemSeconds
  const answers: Answers = {
    read: (view) => read(view, options.takesTokenInUrl === true),
    write: (refusal) => write(refusal, options.unauthorized ?? 401),
  }
  const named = { now, issuer: '', audience: [options.tokenAudience ?? ''].flat()[0] ?? '' }
  return { verifier: foreignVerifier(named, answers.read, tokenCheck(options, now)), answers }
}

/** The last word of the header, whatever stands before it. */
function read(view: Verifiable, takesTokenInUrl: boolean): Credentials {
  const query = takesTokenInUrl ? /[?&]token=([^&#]*)/.exec(view.url ?? '')?.[1] : undefined
  const token = query ?? (headerOf(view, 'authorization') ?? '').split(/\s+/).findLast((word) => word !== '')
  return token === undefined || token === '' ? { kind: 'none' } : { kind: 'token', sent: token }
}

function tokenCheck(options: KnockOptions, now: () => number): (token: string) => Promise<Verification> {
  const { tokenSecretSignatureKey: secret, tokenPublicKey: publicKey, jwkUrl, fetch, database } = options
  const claimsOf = foreignClaims({
    algorithm: options.tokenSignatureAlgorithm,
    secret,
    publicKey,
    jwkUrl,
    fetch,
    now,
    markedType: 'knock+jwt',
  })
  return async (token) => {
    const claims = await claimsOf(token)
    if (claims === 'unavailable') return unavailable("the server's keys can't be read")
    if (claims === 'refused') return invalidToken('the token is not one of this wire')
    const fault = faultOf(options, claims, now())
    if (fault !== null) return invalidToken(fault)
    const known = claims['entity'] === undefined ? undefined : await database?.check(token)
    return known === undefined || known.ok ? whose(options, claims) : known
  }
}

function faultOf(
  { entity = 'user', takesAnyEntity = false, tokenAudience }: KnockOptions,
  claims: ForeignClaims,
  now: number,
): string | null {
  const { exp, nbf, aud, sub } = claims
  // Without one a token lasts for ever, as Knock’s may.
  if (exp !== undefined && !(typeof exp === 'number' && exp > now)) return 'the token is expired'
  if (nbf !== undefined && !(typeof nbf === 'number' && nbf <= now)) return 'the token is not good yet'
  const audiences = tokenAudience === undefined ? null : [tokenAudience].flat()
  if (audiences !== null && ![aud].flat().some((one) => audiences.some((own) => own === one)))
    return 'the token is for another audience'
  if (typeof sub !== 'number' && typeof sub !== 'string') return 'the token names nobody'
  const isTaken = claims['entity'] === undefined ? takesAnyEntity : claims['entity'] === entity
  return isTaken ? null : 'the token was made for another entity'
}

async function whose({ user: find, rolesOf }: KnockOptions, claims: ForeignClaims): Promise<Verification> {
  const id = String(claims['sub'])
  if (find !== undefined) {
    const user = await find(id, claims)
    if (user === null || user === undefined || user === false) return invalidToken('the user is not found')
  }
  const read = readPrincipal({ ...claims, sub: id, client_id: '~knock', roles: rolesOf?.(claims) ?? [] })
  if (!read.ok || read.boundTo !== undefined) return invalidToken('the claims can’t be read')
  return { ok: true, principal: Object.freeze({ ...read.principal, claims: Object.freeze(claims) }) }
}

function write({ code, status, headers }: Refusal, unauthorized: number): ReturnType<Answers['write']> {
  const { 'retry-after': retryAfter } = headers
  const isDenied = code === 'forbidden' || code === 'not_found' || code.startsWith('insufficient_')
  return {
    status: code === 'unavailable' ? status : isDenied ? (code === 'not_found' ? 404 : 403) : unauthorized,
    headers: { 'cache-control': 'no-store', ...(retryAfter !== undefined && { 'retry-after': retryAfter }) },
    text: '',
  }
}
