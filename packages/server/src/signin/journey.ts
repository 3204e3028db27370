// The way through a sign-in: from what has been proven to the next thing to do. Pure: every path into a session asks
// here, so that none can be a short cut (C12).
import type { Authentication } from '../accounts/sessions/session.ts'

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
}

/** What is left to do. */
export type Step =
  /** Let the person prove who they are, by one of these. */
  | { readonly do: 'prove'; readonly methods: readonly string[] }
  /** Enough: this is how they authenticated. */
  | { readonly do: 'enter'; readonly authentication: Authentication }

/** @param proven in the order of proving; a session that stands already is the first proof */
export function journey(proven: readonly Proof[], required: Required): Step {
  const counted = proven.filter((proof) => proof.at >= required.since)
  const last = counted.at(-1)
  if (last === undefined) return { do: 'prove', methods: required.methods }
  const amr = [...new Set(counted.flatMap((proof) => proof.amr))]
  return { do: 'enter', authentication: { amr, acr: last.acr } }
}
