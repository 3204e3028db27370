// How long what comes of a login lasts. The original keeps no account of logins, and a token is good until its own `exp`:
// so a family outlives its last refresh token by as long as the access token that comes of that in its last moment.
import type { Family } from '../../oauth/authorization.ts'
import type { SimpleJwtRoom } from './room.ts'
import type { SimpleJwtSettings } from './settings.ts'

type Durations = Pick<SimpleJwtRoom, 'settings' | 'lifetimes'>

/** Seconds that a family lasts: as its one refresh token, or where those are rotated as the settings say. */
export function familySeconds({ settings, lifetimes }: Durations): number {
  const { refreshTokenLifetime, rotateRefreshTokens, rotationLifetime = lifetimes.refreshAbsolute } = settings
  const longest = rotateRefreshTokens
    ? Math.max(refreshTokenLifetime, rotationLifetime)
    : refreshTokenLifetime
  return longest + tail(settings)
}

/** Until when the refresh tokens of a family are good. */
export function lastRefreshOf(settings: SimpleJwtSettings, family: Pick<Family, 'expiresAt'>): number {
  return family.expiresAt - tail(settings)
}

/** Seconds that the family of a sliding token lasts. */
export function slidingSeconds({
  slidingTokenRefreshLifetime,
  slidingTokenLifetime,
  ...settings
}: SimpleJwtSettings): number {
  return slidingTokenRefreshLifetime + slidingTokenLifetime + 2 * wholeLeeway(settings)
}

/** LEEWAY may be a fraction of a second; what is stored is not. */
export function wholeLeeway({ leeway }: Pick<SimpleJwtSettings, 'leeway'>): number {
  return Math.ceil(leeway)
}

/** For how long a spent token yields its successor, and how often; not at all where the server's profile forbids it. */
export function repeats({ settings, lifetimes }: Durations): SimpleJwtRoom['lifetimes'] {
  return { ...lifetimes, refreshGrace: lifetimes.refreshGrace === 0 ? 0 : settings.rotationGrace }
}

function tail(settings: Pick<SimpleJwtSettings, 'accessTokenLifetime' | 'leeway'>): number {
  return settings.accessTokenLifetime + 2 * wholeLeeway(settings)
}
