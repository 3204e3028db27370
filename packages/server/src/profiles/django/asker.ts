// Who sends a request to a Django wire: by a key of TokenAuthentication, by an access token of Simple JWT, or by one in
// the cookie that a wire has set. The answers for those who are nobody are the framework's.
import type { User } from '../../accounts/users/users.store.ts'
import type { Family } from '../../oauth/authorization.ts'
import { familyOfToken } from '../../oauth/tokens/families.store.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { type KeyRoom, readKeyHeader } from '../drf-token/key.ts'
import { foreignHolder } from '../simplejwt/refresh.ts'
import { type SimpleJwtRoom, simpleJwt } from '../simplejwt/room.ts'
import { type EndOfToken, whyEnded } from '../simplejwt/standing.store.ts'
import { familyIn, jtiIn, readToken } from '../simplejwt/tokens.ts'
import { messageOf, passwordChanged, type TokenFault } from '../simplejwt/words.ts'
import { answer } from '../wire/view.routes.ts'

/** A person, and what they came in by. */
export interface Asker {
  readonly user: User
  /** Null behind a token that the system before has signed. */
  readonly family: Family | null
}

/** How a wire knows who asks. */
export interface AskRoom extends KeyRoom {
  /** Whether keys are taken. */
  readonly takesKeys: boolean
  /** Null where access tokens are not taken. */
  readonly jwt: SimpleJwtRoom | null
}

/** Who asks, or the answer for nobody. */
export type Asked =
  | { readonly ok: true; readonly asker: Asker }
  | {
      readonly ok: false
      readonly refusal: Outgoing
      /** Whether nothing was shown at all. */
      readonly isAnonymous: boolean
    }

type Read = { readonly ok: true; readonly asker: Asker } | { readonly ok: false; readonly body: unknown }

const nobody = { detail: 'Authentication credentials were not provided.' }

/** @param cookie an access token that the request carries in a cookie; the header goes before it */
export async function askerOf(room: AskRoom, request: Incoming, cookie?: string | undefined): Promise<Asked> {
  const read = await readCredential(room, request.headers.get('authorization'), cookie)
  if (read?.ok) return read
  const refusal = answer(401, read?.body ?? nobody, { 'www-authenticate': challengeOf(room) })
  return { ok: false, refusal, isAnonymous: read === null }
}

/** For those who are in alone. */
export async function asAsker(
  room: AskRoom,
  request: Incoming,
  work: (asker: Asker) => Promise<Outgoing>,
): Promise<Outgoing> {
  const asked = await askerOf(room, request)
  return asked.ok ? work(asked.asker) : asked.refusal
}

/** What would be taken (RFC 9110 §11.6.1). */
function challengeOf({ takesKeys, jwt }: AskRoom): string {
  if (takesKeys || jwt === null) return 'Token'
  return `${jwt.settings.authHeaderTypes[0] ?? 'Bearer'} realm="api"`
}

async function readCredential(
  room: AskRoom,
  header: string | undefined,
  cookie: string | undefined,
): Promise<Read | null> {
  const { jwt, takesKeys } = room
  if (header === undefined) return jwt === null || cookie === undefined ? null : readAccess(jwt, cookie)
  if (takesKeys) {
    const read = await readKeyHeader(room, header)
    if (read !== null) {
      return read.ok ? { ok: true, asker: read.holder } : { ok: false, body: { detail: read.detail } }
    }
  }
  if (jwt === null) return null
  const [scheme = '', ...rest] = header.split(' ').filter(Boolean)
  const isTaken = jwt.settings.authHeaderTypes.some((type) => type.toLowerCase() === scheme.toLowerCase())
  if (!isTaken) return null
  const [token] = rest
  if (token === undefined || rest.length > 1) {
    const detail = 'Authorization header must contain two space-delimited values'
    return { ok: false, body: { detail, code: 'bad_authorization_header' } }
  }
  return readAccess(jwt, token)
}

/** Whose an access token is, as JWTAuthentication says it. */
async function readAccess(jwt: SimpleJwtRoom, text: string): Promise<Read> {
  const { settings, platform } = jwt
  const { database, runtime } = platform
  const read = await readToken(jwt, text, 'access')
  if (!read.ok) return { ok: false, body: faultBody(jwt, read.fault) }
  const familyId = familyIn(read.claims)
  if (familyId === null) {
    const foreign = await foreignHolder(jwt, read.claims)
    if (foreign.ok) return { ok: true, asker: { user: foreign.user, family: null } }
    return { ok: false, body: endBody(jwt, foreign.because) }
  }
  const jti = jtiIn(settings, read.claims) ?? ''
  const live = await familyOfToken(database, { familyId, jti }, runtime.now())
  if (live?.family.clientId === simpleJwt.id) return { ok: true, asker: live }
  return { ok: false, body: endBody(jwt, await whyEnded(database, familyId)) }
}

function endBody(jwt: SimpleJwtRoom, because: EndOfToken): unknown {
  if (because === 'account') return { detail: 'User is inactive', code: 'user_inactive' }
  if (because === 'password') return { ...passwordChanged, code: 'password_changed' }
  return faultBody(jwt, 'blacklisted')
}

function faultBody({ settings }: SimpleJwtRoom, fault: TokenFault): unknown {
  if (fault === 'no user id') {
    return { detail: messageOf(fault, settings), code: 'token_not_valid' }
  }
  const message = { token_class: 'AccessToken', token_type: 'access', message: messageOf(fault, settings) }
  return {
    detail: 'Given token not valid for any token type',
    code: 'token_not_valid',
    messages: [message],
  }
}
