// The question whether a device may: whom it is put to, what it is about, and the seals that tie its page and its form
// to browser, session and to what the page said (C36).
import type { SignedIn } from '../../accounts/sessions/sessions.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { ticketsOf } from '../../platform/http/ticket.ts'
import { networksOf } from '../../platform/limits/network.ts'
import type { Platform } from '../../platform/platform.ts'
import type { DeviceCode } from './device-codes.store.ts'
import type { UserCode } from './user-code.ts'

/** What one rendered page is about. */
export interface Ticket {
  /** The digest of the device code. */
  readonly device: string
  /** For the person to compare: we keep it nowhere. */
  readonly userCode: UserCode
  readonly sessionId: string
  /** What the page said is asked for, in the form alone; null in an address. */
  readonly asked: string | null
}

const tickets = ticketsOf<Ticket>('device')
export const sealTicket = tickets.seal
export const openTicket = tickets.open

/** Whether a device's request was put to this person, in this browser. */
export function isPutTo(code: DeviceCode | undefined, { user }: SignedIn, { browser }: Incoming): boolean {
  return code?.userId === user.id && code.browserDigest === browser.digest
}

/** Whether two addresses are of one network; null where they are of different kinds, which one network may have both of. */
export function isSameNetwork(a: string, b: string): boolean | null {
  const [one, other] = [networksOf(a).near, networksOf(b).near]
  if (one === other) return true
  return one.includes(':') === other.includes(':') ? false : null
}

/** The keyed digest that a user code is found by. */
export function userCodeMac({ vault }: Pick<Platform, 'vault'>, code: UserCode): string {
  return vault.mac('user code', code)
}
