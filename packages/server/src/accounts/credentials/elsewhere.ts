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

/** Whose password it is by now, and the password that they have here. */
export interface TakenIn {
  readonly userId: string
  /** What was typed, or that without the spaces around it. */
  readonly password: string
}

/** Where people come from who are not here yet. */
export interface Elsewhere {
  /**
   * Asks whether a password is right there, and takes in whose it is. INVARIANT: nobody is asked about a name that has a
   * password here; and an answer of null takes the same time for every name, be it asked about or not (PW-09).
   */
  ask(unproven: Unproven): Promise<TakenIn | null>
  /** Whether there was no answer within the last minute: then a refusal says so, whomever it is of (PW-08). */
  isSilent(): boolean
}
