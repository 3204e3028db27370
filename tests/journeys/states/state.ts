// What the states of all pages are made of.
import type { Party } from '../../../packages/server/src/platform/html/party.ts'

/** What a state is made with: every free text of a page passes through it. */
export type Say = (words: string) => string

/** A page in one of its states. */
export type State = readonly [name: string, page: { toString(): string }]

/** Seconds since the epoch at which all states are seen. */
export const now = 1_790_000_000
export const hour = 3_600
export const day = 86_400

export const bank = (say: Say): Party => ({
  name: say('Harbour Street Bank'),
  host: say('bank.example.com'),
  runs: 'web',
  policyUri: say('https://bank.example.com/privacy'),
  termsUri: say('https://bank.example.com/terms'),
})

export const upstreams = (say: Say) => ({
  google: { id: 'google', name: say('Google') },
  facebook: { id: 'facebook', name: say('Facebook') },
  staff: { id: say('harbour'), name: say('Harbour Staff') },
})
