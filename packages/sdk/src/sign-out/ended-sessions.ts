// Sessions that have ended, for applications that keep theirs in cookies: nothing else could tell those from living ones.
import { systemSeconds } from '../verify/clock.ts'

/** Remembers sessions of the issuer that have ended. Several processes of one application share one. */
export interface EndedSessions {
  /** @param until seconds since the epoch; it may be forgotten from then on */
  end(sessionId: string, until: number): void | Promise<void>
  hasEnded(sessionId: string): boolean | Promise<boolean>
}

const most = 100_000

/**
 * A memory of this process, forgotten when it ends. Of more than 100,000 the oldest are forgotten: their tokens are
 * worth nothing at the issuer all the same.
 */
export function memoryEndedSessions(now: () => number = systemSeconds): EndedSessions {
  const ends = new Map<string, number>()
  return {
    end(sessionId, until) {
      ends.delete(sessionId)
      ends.set(sessionId, until)
      for (const oldest of ends.keys()) {
        if (ends.size <= most) break
        ends.delete(oldest)
      }
    },
    hasEnded: (sessionId) => (ends.get(sessionId) ?? Number.NEGATIVE_INFINITY) > now(),
  }
}
