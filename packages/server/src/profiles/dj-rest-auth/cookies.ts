// Tokens in cookies, for front ends that keep none themselves. No script reads them, and only pages of known origins may
// use them: SameSite alone lets neighbouring sites through (C2).
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import type { RestAuthRoom } from './room.ts'

/** New tokens, and when each ends; a text that is empty takes the cookie away. */
export interface CookieTokens {
  readonly access?: { readonly token: string; readonly seconds: number }
  readonly refresh?: { readonly token: string; readonly seconds: number }
  /** The family that the tokens are of, and how long its own token is kept for scripts. */
  readonly family?: { readonly id: string; readonly seconds: number }
}

/** `Set-Cookie` values for tokens, as far as the settings name cookies for them. */
export function tokenCookies(room: RestAuthRoom, tokens: CookieTokens): readonly string[] {
  const { settings, platform } = room
  const { jwtAuthCookie: access, jwtAuthRefreshCookie: refresh, jwtAuthRefreshCookiePath: path } = settings
  const lines: string[] = []
  if (access !== null && tokens.access !== undefined) {
    lines.push(line(room, { name: access, path: '/', isHidden: true, ...tokens.access }))
  }
  if (refresh !== null && tokens.refresh !== undefined) {
    lines.push(line(room, { name: refresh, path, isHidden: true, ...tokens.refresh }))
  }
  if (settings.jwtAuthCookieUseCsrf && tokens.family !== undefined && access !== null) {
    const { id, seconds } = tokens.family
    const token = csrfToken(platform, id)
    lines.push(line(room, { name: csrfCookie, path: '/', isHidden: false, token, seconds }))
  }
  return lines
}

/** `Set-Cookie` values that take them away. */
export function noTokenCookies(room: RestAuthRoom): readonly string[] {
  const gone = { token: '', seconds: 0 }
  return tokenCookies(room, { access: gone, refresh: gone })
}

/** Whether a cookie is named at all. */
export function setsCookies({ settings }: Pick<RestAuthRoom, 'settings'>): boolean {
  return settings.useJwt && (settings.jwtAuthCookie !== null || settings.jwtAuthRefreshCookie !== null)
}

/** Whether a request comes from a page that nobody has stated: it must not put its own tokens into a browser. */
export function isForeign(
  { platform, knowsOrigin }: Pick<RestAuthRoom, 'platform' | 'knowsOrigin'>,
  { headers }: Pick<Incoming, 'headers'>,
): boolean {
  const origin = headers.get('origin')
  if (origin === undefined) return headers.get('sec-fetch-site') === 'cross-site'
  return origin !== platform.issuer.origin && !knowsOrigin(origin)
}

/** Why a request that a cookie has opened is none of the front end's; null where it is. */
export function csrfProblem(
  { platform, settings }: RestAuthRoom,
  { headers, method }: Pick<Incoming, 'headers' | 'method'>,
  familyId: string | undefined,
): string | null {
  if (!settings.jwtAuthCookieUseCsrf || method === 'GET' || method === 'HEAD') return null
  const sent = headers.get('x-csrftoken')
  if (sent === undefined) return 'CSRF Failed: CSRF token missing.'
  const isRight = familyId !== undefined && platform.vault.macMatches('dj-rest-auth csrf', familyId, sent)
  return isRight ? null : "CSRF Failed: CSRF token from the 'X-Csrftoken' HTTP header incorrect."
}

/** Under which scripts find what they have to send back as `X-CSRFToken`. */
const csrfCookie = 'csrftoken'

function csrfToken({ vault }: Platform, familyId: string): string {
  return vault.mac('dj-rest-auth csrf', familyId)
}

interface Line {
  readonly name: string
  readonly token: string
  readonly seconds: number
  readonly path: string
  readonly isHidden: boolean
}

function line({ settings, platform }: RestAuthRoom, { name, token, seconds, path, isHidden }: Line): string {
  const { jwtAuthSamesite: sameSite, jwtAuthCookieDomain: domain } = settings
  return [
    `${name}=${token}`,
    `Path=${path}`,
    ...(domain === null ? [] : [`Domain=${domain}`]),
    ...(isHidden ? ['HttpOnly'] : []),
    `SameSite=${sameSite}`,
    ...(platform.issuer.secure ? ['Secure'] : []),
    `Max-Age=${seconds}`,
  ].join('; ')
}
