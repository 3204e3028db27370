// Work for several parties, some at once, of which no party takes more than its part: one that is slow keeps the others
// from nothing.

/** How much may be under way. */
export interface LaneLimits {
  readonly atOnce: number
  readonly perParty: number
}

/** What is under way. */
export interface Lanes {
  /** How much more may be begun for this party now. */
  free(party: string): number
  /** Begins it. It must not reject; `whenDone` is called as it ends. */
  run(party: string, work: () => Promise<void>, whenDone: () => void): void
  /** Waits for all that is under way. */
  empty(): Promise<void>
}

export function lanes({ atOnce, perParty }: LaneLimits): Lanes {
  const counts = new Map<string, number>()
  const underWay = new Set<Promise<void>>()
  const count = (party: string): number => counts.get(party) ?? 0

  return {
    free: (party) => Math.max(0, Math.min(perParty - count(party), atOnce - underWay.size)),
    run: (party, work, whenDone) => {
      counts.set(party, count(party) + 1)
      const done = work().finally(() => {
        underWay.delete(done)
        if (count(party) === 1) counts.delete(party)
        else counts.set(party, count(party) - 1)
        whenDone()
      })
      underWay.add(done)
    },
    empty: async () => {
      await Promise.all(underWay)
    },
  }
}
