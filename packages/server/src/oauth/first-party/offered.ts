// Whether applications of the house may ask people for their passwords here, and what the metadata say of it (OAuth 2.0 for
// First-Party Applications, draft 04 §8).
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'

/** Where every request has to be pushed there is no second way to begin one. */
export function offersChallenge({ door, rules }: Pick<OAuthRoom, 'door' | 'rules'>): boolean {
  return door !== null && !rules.pushedRequestsOnly
}

/** What the metadata say. */
export function challengeMetadata(room: OAuthRoom) {
  return offersChallenge(room)
    ? { authorization_challenge_endpoint: room.platform.issuer.at(paths.challenge) }
    : {}
}
