// Passwords that somebody else still knows: of people who come from a system that is asked, once, whether theirs is right.
import type { Credential } from './passwords.store.ts'

/** A name and a password that are not right here. */
export interface Unproven {
  /** As it was typed. */
  readonly name: string
  readonly password: string
  /** Whose name it is here; null for nobody's. */
  readonly credential: Credential | null
}

/**
 * Asks whether a password is right elsewhere, and takes in whose it is. INVARIANT: nobody is asked about a name that has a
 * password here; and an answer of null takes the same time for every name, be it asked about or not (PW-09).
 *
 * @returns the id of the user whose password it is by now; null for nobody
 */
export type Elsewhere = (unproven: Unproven) => Promise<string | null>
