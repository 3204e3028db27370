// From a proven identity to what it means here: a session, a new account, a link, or an offer to link. Each ends in ONE
// commit; where another request was first, the question is put again to what is true by then.
import { requestAddressChange } from '../../accounts/addresses/addresses.ts'
import {
  identityBySubject,
  identityStands,
  linkIdentity,
} from '../../accounts/identities/identities.store.ts'
import { toldOf } from '../../accounts/letters/told-of.ts'
import { byUpstream } from '../../accounts/sessions/session.ts'
import { sessionStands } from '../../accounts/sessions/sessions.store.ts'
import { currentSession } from '../../accounts/sessions/sessions.ts'
import { displayName } from '../../accounts/users/display-name.ts'
import { type Canonical, canonicalEmail } from '../../accounts/users/identifiers.ts'
import {
  insertUser,
  lockUser,
  type User,
  userById,
  userByIdentifier,
} from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming, SafeLocation } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import { arrive } from '../arrive.ts'
import { type AnsweredAttempt, drawLinkOffer, type LinkOffer, type Onwards } from './attempts.ts'
import type { ProvenIdentity } from './drivers/connection.ts'
import { type Found, type Outcome, outcomeOf } from './outcome.ts'

/** What a provider’s answer came to. */
export type Conclusion =
  /** Where the person goes on, with the session's cookie. */
  | { readonly kind: 'signed-in'; readonly location: SafeLocation; readonly cookies: readonly string[] }
  | { readonly kind: 'linked' }
  /** `ticket` names the offer in its page's form. */
  | { readonly kind: 'offered'; readonly ticket: string }
  | { readonly kind: 'refused'; readonly because: Because }

/** Why nothing came of it. */
export type Because = 'disabled' | 'linked-elsewhere' | 'closed' | 'expired'

/** Who came back from a provider, and what for. */
export interface Sought extends Pick<AnsweredAttempt, 'purpose' | 'continueTo' | 'stepUp'> {
  readonly identity: ProvenIdentity
  /** The provider as people know it. */
  readonly provider: string
  /** Whether people may create accounts themselves. */
  readonly signUpOpen: boolean
}

/** How often the question is put again; more than one race in a row is no accident. */
const tries = 3

/** Carries out what an identity comes to for its attempt. */
export async function conclude(platform: Platform, request: Incoming, sought: Sought): Promise<Conclusion> {
  const { identity, purpose, signUpOpen } = sought
  for (let i = 0; i < tries; i++) {
    const outcome = outcomeOf(purpose, await look(platform, identity), signUpOpen)
    const conclusion = await carryOut(platform, request, outcome, sought)
    if (conclusion !== 'overtaken') return conclusion
  }
  return { kind: 'refused', because: 'expired' }
}

/** The address as we compare addresses; null when the provider named none that could receive mail. */
export function emailOf(identity: ProvenIdentity): Canonical | null {
  return identity.profile.email === null ? null : canonicalEmail(identity.profile.email)
}

/**
 * The address, if the provider vouches for it. Any other may be anybody’s: it finds nobody here and names nobody, before a
 * letter has proven it, so that whoever makes one up at a provider doesn’t learn who has an account (C26).
 */
function vouchedEmailOf(identity: ProvenIdentity): Canonical | null {
  const { email, emailVerified } = identity.profile
  return emailVerified && email !== null && namesOneMailbox(email) ? emailOf(identity) : null
}

/**
 * Whether the mailbox is that of the canonical address, and none beside it: “ａda@…” is made “ada@…” here, and may be
 * somebody else's where it was proven (C17). Of domains, spellings are made one by the name system itself.
 */
function namesOneMailbox(email: string): boolean {
  return /^[\x21-\x7e]+@[^@]+$/.test(email)
}

async function look({ database }: Platform, identity: ProvenIdentity): Promise<Found> {
  const email = vouchedEmailOf(identity)
  // In this order: whoever is made at this very moment by the same identity is its owner before they are a namesake.
  const namesake = email === null ? null : await userByIdentifier(database, { kind: 'email', value: email })
  const known = await identityBySubject(database, identity)
  return { owner: known === null ? null : await userById(database, known.userId), namesake }
}

async function carryOut(
  platform: Platform,
  request: Incoming,
  outcome: Outcome,
  { identity, continueTo, stepUp, provider }: Sought,
): Promise<Conclusion | 'overtaken'> {
  switch (outcome.kind) {
    case 'sign-in': {
      const { id } = outcome.user
      const still = identityStands(platform.database, identity, id)
      return enter(platform, request, { identity, userId: id, continueTo, stepUp, writes: [still] })
    }
    case 'sign-up': {
      const email = vouchedEmailOf(identity)
      const { user, writes } = account(platform, request, identity, email)
      const entered = await enter(platform, request, {
        identity,
        userId: user.id,
        continueTo,
        stepUp,
        writes,
      })
      // What the provider doesn’t vouch for, the person can prove themself; whoever has it here is told of it by letter.
      if (entered !== 'overtaken' && email === null) {
        await requestAddressChange(platform, request, user, emailOf(identity) ?? '')
      }
      return entered
    }
    case 'offer-link': {
      const offer = { identity, userId: outcome.user.id, continueTo, stepUp }
      const { ticket, write } = drawLinkOffer(platform, request, offer)
      const committed = await platform.database.commit([write])
      return committed.ok ? { kind: 'offered', ticket } : 'overtaken'
    }
    case 'link': {
      const signedIn = await currentSession(platform, request)
      if (signedIn?.user.id !== outcome.userId) return { kind: 'refused', because: 'expired' }
      const { session, user } = signedIn
      const committed = await platform.database.commit([
        linking(platform, request, identity, user.id),
        // Providers take their time: whoever was signed out meanwhile links nothing.
        sessionStands(platform.database, session),
        toldOf(platform, user, { what: 'identity.linked', provider }, request),
      ])
      return committed.ok ? { kind: 'linked' } : 'overtaken'
    }
    case 'linked-already':
      return { kind: 'linked' }
    case 'refused':
      return outcome
  }
}

interface Entering extends Onwards {
  readonly identity: ProvenIdentity
  readonly userId: string
  readonly writes: WriteSet
}

async function enter(
  platform: Platform,
  request: Incoming,
  { identity, userId, continueTo, stepUp, writes }: Entering,
): Promise<Conclusion | 'overtaken'> {
  const arrived = await arrive(platform, request, {
    userId,
    method: identity.upstream,
    authentication: byUpstream,
    remember: false,
    continueTo: continueTo ?? undefined,
    identity,
    stepUp,
    writes,
    cookies: [],
  })
  if (!arrived.ok) return 'overtaken'
  return { kind: 'signed-in', location: arrived.location, cookies: arrived.cookies }
}

/** An account of its own for who was offered a link and declined it; the address stays with the account that has it. */
export async function signUpApart(
  platform: Platform,
  request: Incoming,
  offer: LinkOffer,
): Promise<Conclusion> {
  const { user, writes } = account(platform, request, offer.identity, null)
  const entered = await enter(platform, request, {
    ...offer,
    userId: user.id,
    writes: [offer.finish, writes],
  })
  return entered === 'overtaken' ? { kind: 'refused', because: 'expired' } : entered
}

/**
 * A new account that this identity opens.
 * @param email the sign-in address; null where nobody vouches for one, or where it is another account's
 */
function account(
  platform: Platform,
  request: Incoming,
  identity: ProvenIdentity,
  email: Canonical | null,
): { readonly user: User; readonly writes: WriteSet } {
  const { database, runtime } = platform
  const now = runtime.now()
  const { profile, upstream } = identity
  const user: User = {
    id: runtime.id('usr'),
    username: null,
    email,
    emailVerified: email !== null,
    name: nameOf(identity),
    claims: profile.claims,
    disabledAt: null,
    createdAt: now,
    updatedAt: now,
  }
  const detail = { method: upstream }
  const writes = [
    insertUser(database, user),
    event(database, runtime, { type: 'user.signed_up', userId: user.id, peer: request.peer, detail }),
    linking(platform, request, identity, user.id),
  ]
  return { user, writes }
}

/** The writes that link an identity; they lose `user` when the account is gone, `identity` when it is linked already. */
export function linking(
  { database, runtime }: Platform,
  request: Pick<Incoming, 'peer'>,
  identity: ProvenIdentity,
  userId: string,
): WriteSet {
  const now = runtime.now()
  const { upstream, issuer, subject } = identity
  const email = emailOf(identity)
  return [
    lockUser(database, now, userId),
    linkIdentity(database, {
      id: runtime.id('idn'),
      userId,
      upstream,
      issuer,
      subject,
      email,
      createdAt: now,
    }),
    event(database, runtime, {
      type: 'identity.linked',
      userId,
      peer: request.peer,
      detail: { upstream },
    }),
  ]
}

/** What the person is shown by: the provider's name for them, or what is left of their address. */
function nameOf({ profile, upstream }: ProvenIdentity): string {
  for (const text of [profile.name, profile.email?.split('@', 1)[0]]) {
    const name = displayName(text ?? undefined)
    if (name.ok) return name.name
  }
  return `Guest from ${upstream}`
}
