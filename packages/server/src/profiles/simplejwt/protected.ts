// Who sends a request with a token of the profile to a view of this server's own, as JWTAuthentication finds out: the
// header, the classes of tokens that are taken, and whether the person and the password are still those of the token.
import type { User } from '../../accounts/users/users.store.ts'
import type { Family } from '../../oauth/authorization.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { english } from '../wire/words.ts'
import { foreignUser } from './holder.ts'
import type { SimpleJwtRoom } from './room.ts'
import type { SimpleJwtSettings } from './settings.ts'
import type { EndOfToken } from './standing.store.ts'
import { standingOf } from './standing.ts'
import { readToken, type TokenClaims } from './tokens.ts'
import { messageOf, passwordChanged, type TokenFault } from './words.ts'

/** What a request shows: null for nothing that is a token of this wire. */
export type Shown = { readonly token: string } | { readonly body: unknown } | null

/** A person and the family of the token that they came in by; or the body of a 401. */
export type ReadAccess =
  | { readonly ok: true; readonly user: User; readonly family: Family | null }
  | { readonly ok: false; readonly body: unknown }

type Headed = Pick<SimpleJwtSettings, 'authHeaderName' | 'authHeaderTypes' | 'anyCaseScheme'>

/** The token in the header that the settings name. */
export function shownIn(settings: Headed, { headers }: Pick<Incoming, 'headers'>): Shown {
  const [scheme, token, ...more] = (headers.get(headerName(settings)) ?? '').split(/\s+/).filter(Boolean)
  if (scheme === undefined || !isTaken(settings, scheme)) return null
  if (token !== undefined && more.length === 0) return { token }
  return {
    body: {
      detail: english('Authorization header must contain two space-delimited values'),
      code: 'bad_authorization_header',
    },
  }
}

/** As it is sent: `HTTP_X_ACCESS_TOKEN` is how Django writes it. */
export function headerName({ authHeaderName }: Pick<SimpleJwtSettings, 'authHeaderName'>): string {
  return authHeaderName
    .replace(/^HTTP_/, '')
    .replaceAll('_', '-')
    .toLowerCase()
}

function isTaken({ authHeaderTypes, anyCaseScheme }: Headed, scheme: string): boolean {
  const form = (text: string) => (anyCaseScheme ? text.toLowerCase() : text)
  return authHeaderTypes.some((type) => form(type) === form(scheme))
}

/** Whose a token is that opens views: of any class that the settings take. */
export async function readAccess(room: SimpleJwtRoom, text: string): Promise<ReadAccess> {
  const { settings } = room
  const faults: TokenFault[] = []
  for (const kind of settings.authTokenClasses) {
    const read = await readToken(room, text, kind)
    if (read.ok) return whose(room, read.claims)
    faults.push(read.fault)
  }
  // The token is good as such: what it lacks is not a matter of its class.
  if (faults.includes('no user id'))
    return { ok: false, body: { detail: messageOf('no user id', settings), code: 'token_not_valid' } }
  return { ok: false, body: invalid(settings, faults) }
}

async function whose(room: SimpleJwtRoom, claims: TokenClaims): Promise<ReadAccess> {
  const standing = await standingOf(room, claims)
  return standing.ok ? standing : { ok: false, body: await endBody(room, claims, standing.because) }
}

async function endBody(room: SimpleJwtRoom, claims: TokenClaims, because: EndOfToken): Promise<unknown> {
  const { settings } = room
  if (because === 'password') return { ...passwordChanged, code: 'password_changed' }
  if (because === 'blacklisted')
    return invalid(
      settings,
      settings.authTokenClasses.map(() => because),
    )
  return (await foreignUser(room, claims)) === null
    ? { detail: english('User not found'), code: 'user_not_found' }
    : { detail: english('User is inactive'), code: 'user_inactive' }
}

const classOf = { access: 'AccessToken', sliding: 'SlidingToken' } as const

function invalid(settings: SimpleJwtSettings, faults: readonly TokenFault[]): unknown {
  return {
    detail: english('Given token not valid for any token type'),
    code: 'token_not_valid',
    messages: settings.authTokenClasses.map((kind, at) => ({
      token_class: classOf[kind],
      token_type: kind,
      message: messageOf(faults[at] ?? 'invalid', settings),
    })),
  }
}
