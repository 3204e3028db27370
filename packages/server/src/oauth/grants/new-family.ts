// The family that an authorization by a person opens, whichever grant it came by.
import type { Family } from '../authorization.ts'
import type { OAuthRoom } from '../room.ts'
import type { Access } from '../tokens/narrow.ts'

/** What a person gave to a client, not exchanged yet. */
export type Source = Pick<Family, 'clientId' | 'userId' | 'sessionId' | 'granted'> & {
  readonly familyId: string
}

/** The family of a source that is exchanged now. */
export function newFamily(room: OAuthRoom, source: Source, access: Access): Family {
  const { refreshAbsolute, accessToken } = room.lifetimes
  const now = room.platform.runtime.now()
  // Without a refresh token the family is its one access token.
  const seconds = source.granted.scope.includes('offline_access')
    ? refreshAbsolute
    : (access.api?.accessTokenSeconds ?? accessToken)
  return {
    id: source.familyId,
    clientId: source.clientId,
    userId: source.userId,
    sessionId: source.sessionId,
    granted: source.granted,
    createdAt: now,
    expiresAt: now + seconds,
  }
}

/** What an event says of an access token's audience. */
export function audienceOf({ api }: Access): { audience?: string } {
  return api === null ? {} : { audience: api.identifier }
}
