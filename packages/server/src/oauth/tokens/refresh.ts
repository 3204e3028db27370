// What a presented refresh token is worth (RFC 9700 §4.14.2, OAuth 2.1 §4.3.1): the decision alone, without a store
// or a clock. The family must be alive already.
//
// A lost reply is no theft: the direct predecessor of an unused token yields that same token for a short while. Then
// a family stays a line, whatever arrives in whatever order, and the first use that does not fit the line ends it.
import type { Lifetimes } from '../lifetimes.ts'

/** What is known of a presented refresh token whose family lives. */
export interface RefreshFacts {
  readonly spentAt: number | null
  /** The idle end. */
  readonly expiresAt: number
  readonly replays: number
  /** Whether the next generation has been used in its turn. */
  readonly successorSpent: boolean
  /** Whether it is presented by the holder of the key that the next generation is bound to, or that is bound to none. */
  readonly isSameHolder: boolean
}

/**
 * - `rotate`: the living end of the line; it is spent and gets a successor.
 * - `sameSuccessor`: the direct predecessor of an unused token, soon after: that token is given out again.
 * - `reuse`: used before and not excused: somebody holds a copy. The family ends.
 * - `refuse`: too old to be used; nothing changes.
 */
export type RefreshDecision = 'rotate' | 'sameSuccessor' | 'reuse' | 'refuse'

/** What its use comes to. Pure. */
export function decideRefresh(
  facts: RefreshFacts,
  now: number,
  limits: Pick<Lifetimes, 'refreshGrace' | 'refreshReplays'>,
): RefreshDecision {
  if (facts.spentAt === null) return now < facts.expiresAt ? 'rotate' : 'refuse'
  const isExcused =
    now < facts.spentAt + limits.refreshGrace &&
    !facts.successorSpent &&
    facts.isSameHolder &&
    facts.replays < limits.refreshReplays
  return isExcused ? 'sameSuccessor' : 'reuse'
}
