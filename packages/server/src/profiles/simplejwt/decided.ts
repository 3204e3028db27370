// What becomes of a token that somebody shows: decided from how things stand, and anew where somebody else was faster.
import type { WriteSet } from '../../platform/db/database.ts'
import { Busy } from '../../platform/http/failure.ts'
import type { Platform } from '../../platform/platform.ts'

/** What is answered once the writes are committed. */
export interface Decision<T> {
  readonly answer: T
  readonly writes: WriteSet
}

const mostAttempts = 5

/** Commits what is decided, and says what is answered then. @throws Busy when others were always faster */
export async function decided<T>(
  { database }: Pick<Platform, 'database'>,
  decide: () => Promise<Decision<T>>,
): Promise<T> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const { answer, writes } = await decide()
    if ((await database.commit(writes)).ok) return answer
  }
  throw new Busy('The same token was used too often at once.')
}
