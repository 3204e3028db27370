// How long a revocation matters: as long as a token may live that was issued before it.
import type { OAuthRoom } from '../room.ts'
import { lifetimesBefore } from './revocations.store.ts'

/** Past the life of any token: for clocks, for commits that took long, and for verifiers that forgive some seconds. */
const marginSeconds = 120
/** No token lives longer (`longestTokenSeconds` of the keys): what an API's tokens lived before then is over. */
const day = 86_400

/** Seconds after its end that a revocation still matters. Opaque tokens are looked up, and need no telling. */
export async function keepSeconds({ apis, lifetimes, platform }: OAuthRoom, now: number): Promise<number> {
  const { all } = await apis.look()
  const present = all
    .filter(({ tokenFormat }) => tokenFormat !== 'opaque')
    .map(({ accessTokenSeconds }) => accessTokenSeconds)
  const before = await lifetimesBefore(platform.database, now - day)
  return Math.max(lifetimes.accessToken, ...present, ...before) + marginSeconds
}
