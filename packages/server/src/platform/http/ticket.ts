// Tickets: what a page was about, sealed into its form, so that an answer counts only for what was asked (AZ-19).
import { SealBroken } from '../keys/vault.ts'
import type { Platform } from '../platform.ts'
import type { Incoming } from './exchange.ts'

const longest = 8192

/** Seals and opens the tickets of one kind of page. */
export interface Tickets<T> {
  /** INVARIANT: opens in the browser that it was made for, as this kind, and nowhere else. */
  seal(platform: Platform, request: Incoming, ticket: T): string
  /** The ticket of an address or a form; null when it is of another browser, or none of ours. */
  open(platform: Platform, request: Incoming, sealed: string | undefined): T | null
}

/** @param kind of page, e.g. `consent` */
export function ticketsOf<T>(kind: string): Tickets<T> {
  const placeOf = (request: Incoming): string => `${kind}/${request.browser.digest}`
  return {
    seal: ({ vault }, request, ticket) => vault.seal(placeOf(request), JSON.stringify(ticket)),
    open: ({ vault }, request, sealed) => {
      if (sealed === undefined || sealed.length > longest) return null
      try {
        return JSON.parse(vault.open(placeOf(request), sealed)) as T
      } catch (error) {
        if (error instanceof SealBroken) return null
        throw error
      }
    },
  }
}
