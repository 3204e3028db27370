// Challenges for passkeys (MF-07, WebAuthn §13.4.3): 32 random bytes, for one purpose, one browser and five minutes,
// sealed into the form that brings the answer. Nothing is stored when one is given out, for every view of the sign-in
// page gives one; that it was answered is, in the commit of what comes of it.

import type { Write } from '../../platform/db/engine.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { type Tickets, ticketsOf } from '../../platform/http/ticket.ts'
import { takeOnce } from '../../platform/once.store.ts'
import type { Platform } from '../../platform/platform.ts'

/** What a challenge is for. */
export type Purpose = 'sign-in' | 'second' | 'confirm' | 'add' | 'enrol'

/** Seconds that a challenge is good for. */
export const challengeSeconds = 300

interface Ticket {
  readonly challenge: string
  /** Seconds since the epoch. */
  readonly until: number
  /** Whose passkey is asked for; null where that isn't known yet. */
  readonly userId: string | null
}

const tickets: Readonly<Record<Purpose, Tickets<Ticket>>> = {
  'sign-in': ticketsOf('passkey sign-in'),
  second: ticketsOf('passkey second'),
  confirm: ticketsOf('passkey confirm'),
  add: ticketsOf('passkey add'),
  enrol: ticketsOf('passkey enrol'),
}

/** A challenge that is open. */
export type Challenge = Pick<Ticket, 'challenge' | 'until'>

/** A challenge, and the ticket that the form brings back. @param userId whose passkey is asked for, if that is known */
export function newChallenge(
  platform: Platform,
  request: Incoming,
  purpose: Purpose,
  userId: string | null,
): { readonly challenge: string; readonly ticket: string } {
  const challenge = platform.runtime.secret()
  const until = platform.runtime.now() + challengeSeconds
  return { challenge, ticket: tickets[purpose].seal(platform, request, { challenge, until, userId }) }
}

/** The challenge of a ticket; null when it is of another browser, purpose or person, too old, or none of ours. */
export function openChallenge(
  platform: Platform,
  request: Incoming,
  purpose: Purpose,
  userId: string | null,
  sealed: string | undefined,
): Challenge | null {
  const ticket = tickets[purpose].open(platform, request, sealed)
  return ticket === null || ticket.userId !== userId || ticket.until <= platform.runtime.now() ? null : ticket
}

/** Uses a challenge up. Loses `challenge` when that was done before. */
export function spendChallenge({ database }: Platform, { challenge, until }: Challenge): Write {
  return takeOnce(database, { kind: 'challenge', name: [challenge], until })
}
