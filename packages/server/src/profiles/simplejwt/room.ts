// What the views of the profile share, and the answers that several of them give.
import type { Lifetimes } from '../../oauth/lifetimes.ts'
import type { Outgoing } from '../../platform/http/exchange.ts'
import type { ProfileRoom } from '../enter.ts'
import type { ProfileClient } from '../profile-client.ts'
import { answer } from '../wire/view.routes.ts'
import type { SimpleJwtSettings } from './settings.ts'
import type { EndOfToken } from './standing.store.ts'
import type { TokenRoom } from './tokens.ts'
import { messageOf, noAccountForToken, passwordChanged, type TokenFault } from './words.ts'

/** The client that stands for the profile. */
export const simpleJwt: ProfileClient = { id: '~simplejwt', name: 'Sign-in by Simple JWT' }

/** Under which the numbers of people are kept: Django’s primary keys. */
export const numberSource = 'simplejwt'

/** What every view is given. */
export interface SimpleJwtRoom extends ProfileRoom, TokenRoom {
  readonly lifetimes: Pick<Lifetimes, 'refreshGrace' | 'refreshReplays' | 'refreshAbsolute'>
}

/** 401 with what would be accepted (RFC 6750 §3). */
export function unauthorized({ authHeaderTypes }: SimpleJwtSettings, body: unknown): Outgoing {
  return answer(401, body, { 'www-authenticate': `${authHeaderTypes[0] ?? 'Bearer'} realm="api"` })
}

/** Why a token is refused: the body of a 401. */
export interface Refused {
  readonly detail: string
  readonly code?: 'token_not_valid'
}

/** A token that is none, or not the right one. */
export function notValid(settings: SimpleJwtSettings, fault: TokenFault): Refused {
  return { detail: messageOf(fault, settings), code: 'token_not_valid' }
}

/** A token that was good once. */
export function ended(settings: SimpleJwtSettings, because: EndOfToken): Refused {
  if (because === 'account') return noAccountForToken
  return because === 'password' ? passwordChanged : notValid(settings, 'blacklisted')
}
