// The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): everybody who needs something from a person
// starts here and comes back here, and each time `next` is asked what is still missing.
import { needTwoFactors, OAuthError, type Parameters } from '@countersign/protocol'
import { reachableClassesOf } from '../../accounts/factors/reachable.ts'
import { currentSession, type SignedIn } from '../../accounts/sessions/sessions.ts'
import type { Party } from '../../platform/html/party.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Apis } from '../apis/catalogue.ts'
import { type Client, identityProof } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { fingerprint } from './consent.ts'
import { consentOf } from './consents.store.ts'
import { type Addressee, examine } from './examine.ts'
import { type FoundFlow, putAside } from './flows.ts'
import { type Ended, issueCode } from './issue-code.ts'
import type { Choice } from './items.ts'
import { next, type Situation, wantedClasses } from './next.ts'
import { asksAgain, houseOf, type Offer, offerOf, rememberedOf } from './offer.ts'
import { partyOf } from './party.ts'
import { prove } from './prove.ts'
import { refuseUnsigned } from './signed-request.ts'

/** A request on its way: as it came, as its flow kept it, and what its person has just decided. */
export interface Visit {
  readonly parameters: Parameters
  /** Null when the request arrives just now. */
  readonly flow: FoundFlow | null
  /** What the person has just answered, see `fingerprint`, and what they ticked. */
  readonly agreedTo: { readonly asked: string; readonly choice: Choice } | null
  /** Whether it came by the name of a pushed request, which is good for one answer, second presses included. */
  readonly byName?: true
  /** Whether the client signed it; of those that arrive just now. */
  readonly signed?: boolean
}

/** What to tell whoever came. */
export type Reply =
  | {
      readonly say: 'sign in'
      readonly reference: string
      readonly hint: string | undefined
      /** Somebody is signed in already, but this asks for a fresh proof. */
      readonly again: boolean
      /** Whether one factor won't do for what is asked. */
      readonly stepUp: boolean
    }
  | { readonly say: 'may it?'; readonly reference: string; readonly question: Question }
  | Ended

/** What consent is asked for, and from whom. */
export interface Question {
  readonly to: Addressee
  readonly party: Party
  readonly offer: Offer
  readonly signedIn: SignedIn
  readonly apis: Apis
}

/**
 * Decides what a visit needs: sign-in, a question, a code, or an error for the client.
 *
 * @throws OAuthError while nobody is proven to whom an error could be sent: the edge shows a page
 */
export async function hub(room: OAuthRoom, request: Incoming, visit: Visit): Promise<Reply> {
  const to = await prove(room, visit.parameters)
  try {
    return await act(room, request, await look(room, request, to, visit))
  } catch (error) {
    if (error instanceof OAuthError) return { say: 'error', to, error }
    throw error
  }
}

/** Everything that is known of a visit. */
interface Seen {
  readonly to: Addressee
  readonly visit: Visit
  readonly situation: Situation
  readonly offer: Offer
  readonly signedIn: SignedIn | null
  readonly apis: Apis
}

async function look(room: OAuthRoom, request: Incoming, to: Addressee, visit: Visit): Promise<Seen> {
  const { client } = to
  const { database, runtime } = room.platform
  const { request: asking, asked, apis, hintedSubject } = await examine(room, to, visit.parameters)
  if (visit.flow === null) refuseUnruly(room, client, visit)
  const signedIn = await currentSession(room.platform, request)
  const given = signedIn === null ? undefined : await consentOf(database, signedIn.user.id, client.id)
  // What was agreed to for a client that has become another one since is asked about anew.
  const consent = given !== undefined && given.grantedAt > client.identityChangedAt ? given : null
  const offer = offerOf(asked, consent, apis, asksAgain(client, asking))
  const situation: Situation = {
    request: asking,
    asked,
    client,
    session: signedIn?.session ?? null,
    subject: signedIn === null ? null : await room.subjects.of(client, signedIn.user.id),
    consent,
    remembered: isOfTheHouse(to) ? houseOf(asked, consent, apis) : rememberedOf(asked, consent, apis),
    agreed: visit.agreedTo?.asked === fingerprint(asked, offer.open),
    startedAt: visit.flow?.startedAt ?? runtime.now(),
    priorProof: visit.flow === null ? undefined : visit.flow.priorProof,
    hintedSubject,
    reachable: signedIn === null ? [] : await reachableClassesOf(room.platform, signedIn.user.id),
  }
  return { to, visit, situation, offer, signedIn, apis }
}

/** One that an operator vouches for, and that proves to be it (RFC 8252 §8.6). */
function isOfTheHouse({ client, redirect }: Addressee): boolean {
  return client.firstParty && identityProof(client, redirect.uri) === 'proven'
}

/** Whatever waits here was pushed, or it got past this when it arrived. */
function refuseUnruly({ rules }: OAuthRoom, client: Client, { signed = false }: Visit): void {
  if (rules.pushedRequestsOnly || client.requests.mustPush)
    throw new OAuthError('invalid_request', { description: 'The client has to push its requests.' })
  refuseUnsigned(client, { signed })
}

async function act(room: OAuthRoom, request: Incoming, seen: Seen): Promise<Reply> {
  const { to, visit, situation, offer, signedIn, apis } = seen
  const answer = next(situation)
  if (answer.step === 'fail') throw answer.error
  if (answer.step === 'issue') {
    const choice = situation.agreed ? (visit.agreedTo?.choice ?? null) : null
    const ready = { to, situation, offer, apis, flow: visit.flow, once: visit.byName === true, choice }
    return (await issueCode(room, request, ready, answer.session)) ?? hub(room, request, visit)
  }
  const priorProof = situation.session?.proof ?? null
  const reference =
    visit.flow?.reference ?? (await putAside(room, request.browser, visit.parameters, priorProof))
  if (answer.step !== 'askConsent' || signedIn === null) {
    const hint = situation.request.loginHint
    const stepUp = needTwoFactors(wantedClasses(situation.request).values)
    return { say: 'sign in', reference, hint, again: signedIn !== null, stepUp }
  }
  const party = await partyOf(room, to.client, to.redirect.uri)
  return { say: 'may it?', reference, question: { to, party, offer, signedIn, apis } }
}
