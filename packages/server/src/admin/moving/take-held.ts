// What only another server of this kind brings, as one table: by whom each kind is taken in.
import type { Held, HeldRecord } from './records-held.ts'
import { leftBehind } from './report.ts'
import { planConsents } from './take-consents.ts'
import { planGrants } from './take-grants.ts'
import {
  planCounters,
  planEvents,
  planMovedPeople,
  planMovedThings,
  planSigningKeys,
  planSubjectSecret,
} from './take-past.ts'
import { planInitialTokens, planRegistrations, planTrustedIssuers } from './take-registrations.ts'
import { planSessions } from './take-sessions.ts'
import { planAccessTokens, planSeen } from './take-tokens.ts'
import type { Plan, World } from './world.ts'

type Taker<Kind extends HeldRecord['kind']> = (world: World, all: readonly Held<Kind>[]) => Promise<Plan[]>

const takers: { readonly [Kind in HeldRecord['kind']]: Taker<Kind> } = {
  'subject-secret': planSubjectSecret,
  'number-counter': planCounters,
  'trusted-issuer': planTrustedIssuers,
  'initial-access-token': planInitialTokens,
  registration: planRegistrations,
  'moved-person': planMovedPeople,
  'moved-thing': planMovedThings,
  consent: planConsents,
  session: planSessions,
  grant: planGrants,
  'access-token': planAccessTokens,
  'seen-assertion': planSeen,
  'signing-key': planSigningKeys,
  event: planEvents,
}

/**
 * Decides what becomes of things that another server of this kind held, all of one kind: one look into the tables for all
 * of them. A system of another kind has no such things, whatever its reader says.
 */
export async function planHeld(world: World, all: readonly HeldRecord[]): Promise<Plan[]> {
  const [first] = all
  if (first === undefined) return []
  if (!world.options.keepsIds)
    return all.map(() => ({
      writes: [],
      tally: leftBehind('sessions, grants and the like of another kind of system'),
    }))
  return (takers[first.kind] as Taker<HeldRecord['kind']>)(world, all)
}
