// The way through a sign-in: from what has been proven to the next thing to do. Pure: every path into a session asks
// here, so that none can be a short cut (C12, MF-05).
import { type Authentication, isStrong, together } from '../accounts/sessions/session.ts'

/** One method that somebody got through, and when (seconds since the epoch). */
export interface Proof extends Authentication {
  readonly at: number
}

/** What a sign-in must come to. */
export interface Required {
  /** Names of the methods that may be used here, in the order in which they are offered. */
  readonly methods: readonly string[]
  /** Proofs from before this moment don't count; 0 when any standing session will do. */
  readonly since: number
  /** What one factor alone doesn't do for. */
  readonly second: Second
}

/** What is asked of a person after one factor: nothing, the second one that they have, or to set one up. */
export type Second = 'none' | 'prove' | 'enrol'

/** What is left to do. */
export type Step =
  /** Let the person prove who they are, by one of these. */
  | { readonly do: 'prove'; readonly methods: readonly string[] }
  /** They did, by one factor: now the second one, or how to set it up. */
  | { readonly do: 'second' | 'enrol'; readonly authentication: Authentication }
  /** Enough: this is how they authenticated. */
  | { readonly do: 'enter'; readonly authentication: Authentication }

/** @param proven in the order of proving; a session that stands already is the first proof */
export function journey(proven: readonly Proof[], required: Required): Step {
  const [first, ...more] = proven.filter((proof) => proof.at >= required.since)
  if (first === undefined) return { do: 'prove', methods: required.methods }
  const authentication = more.reduce<Authentication>(
    (all, one) =>
      isStrong(one) ? together(all, one) : { amr: [...new Set([...all.amr, ...one.amr])], acr: one.acr },
    { amr: first.amr, acr: first.acr },
  )
  if (isStrong(authentication) || required.second === 'none') return { do: 'enter', authentication }
  return { do: required.second === 'prove' ? 'second' : 'enrol', authentication }
}
