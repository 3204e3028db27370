// The end of an authorization request: a code for what its person left of it, or a no.
import { digest, formatOpaque, OAuthError } from '@countersign/protocol'
import type { Session } from '../../accounts/sessions/session.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Apis } from '../apis/catalogue.ts'
import { identityProof } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { insertCode } from '../tokens/codes.store.ts'
import type { AskedFor } from './asked.ts'
import { takenBack } from './connected.ts'
import { consentStands, saveConsent } from './consents.store.ts'
import type { Addressee } from './examine.ts'
import { finishFlow, finishFlowOnce } from './flows.store.ts'
import { alreadyAnswered, type FoundFlow } from './flows.ts'
import { grantedOf, toldOf } from './granted.ts'
import type { Choice } from './items.ts'
import { type Situation, toldClass } from './next.ts'
import { type Agreement, agreementOf, type Offer } from './offer.ts'

/** A request that nothing more is needed for. */
export interface Ready {
  readonly to: Addressee
  readonly situation: Situation
  readonly offer: Offer
  readonly apis: Apis
  /** Null when the request arrives just now. */
  readonly flow: FoundFlow | null
  /** Whether its flow is good for one answer, second presses included. */
  readonly once: boolean
  /** What its person has just ticked; null when nobody was asked. */
  readonly choice: Choice | null
}

/** What the client gets. */
export type Ended =
  | { readonly say: 'code'; readonly to: Addressee; readonly code: string }
  | { readonly say: 'error'; readonly to: Addressee; readonly error: OAuthError }

/**
 * Ends a request.
 *
 * INVARIANT: the code, the agreement, the end of the flow and the events are one commit; only then does anyone see the code.
 * @returns null when what the code would have stood on was withdrawn or narrowed at this moment: the question is put again
 */
export async function issueCode(
  room: OAuthRoom,
  request: Incoming,
  ready: Ready,
  session: Session,
): Promise<Ended | null> {
  const { to, situation, offer, apis, flow, choice } = ready
  const agreement = choice === null ? null : agreementOf(offer, choice, situation.consent, apis)
  const given = agreement === null ? situation.remembered : agreement.kept
  if (given === null) return deny(room, request, { to, flow, userId: session.userId })
  const ending = { room, request, ready, session }
  const { database, runtime } = room.platform
  const now = runtime.now()
  const code = formatOpaque('csac', runtime.secret())
  const committed = await database.commit([
    flow && (ready.once ? finishFlowOnce : finishFlow)(database, flow.digest, now),
    agreement === null
      ? situation.consent && consentStands(database, situation.consent, now)
      : agreed(ending, agreement),
    codeFor(ending, code, given),
  ])
  if (committed.ok) return { say: 'code', to, code }
  if (committed.lost === 'consent') return null
  throw alreadyAnswered()
}

/** A request that ends well, by whom. */
interface Ending {
  readonly room: OAuthRoom
  readonly request: Incoming
  readonly ready: Ready
  readonly session: Session
}

function codeFor(
  { room, request: { peer }, ready, session }: Ending,
  code: string,
  given: AskedFor,
): WriteSet {
  const { to, situation } = ready
  const { request: asking } = situation
  const { platform, lifetimes } = room
  const { database, runtime } = platform
  const familyId = runtime.id('fam')
  const who = { clientId: to.client.id, userId: session.userId, sessionId: session.id }
  return [
    insertCode(database, digest(code), {
      ...who,
      familyId,
      redirectUri: asking.redirectUri,
      codeChallenge: asking.codeChallenge,
      granted: grantedOf(given, { ...session, acr: toldClass(asking, session.acr) }),
      nonce: asking.nonce ?? null,
      boundTo: asking.dpopThumbprint ?? null,
      expiresAt: runtime.now() + lifetimes.code,
    }),
    event(database, runtime, { ...who, peer, type: 'code.issued', familyId, detail: { scope: given.scope } }),
  ]
}

/** What was agreed now, together with what was agreed before; where it is less than before, what held more ends first. */
function agreed(
  { room, request: { peer }, ready: { to, situation }, session }: Ending,
  { kept, remembers, takesBack }: Agreement,
): WriteSet {
  const { database, runtime } = room.platform
  const { redirectUri } = situation.request
  const who = { userId: session.userId, clientId: to.client.id, sessionId: session.id }
  const now = runtime.now()
  const detail = {
    ...(kept !== null && toldOf(kept)),
    ...(remembers.declined.length > 0 && { declined: remembers.declined }),
  }
  return [
    // Of a client that nobody can tell from another, each agreement stands by itself.
    takesBack && identityProof(to.client, redirectUri) === 'proven' ? takenBack(room.platform, who) : null,
    saveConsent(database, { ...who, redirectUri, ...remembers, grantedAt: now, usedAt: now }),
    event(database, runtime, { type: 'consent.granted', ...who, peer, detail }),
  ]
}

/** A no: the client hears of it, and nothing is kept (RFC 6749 §4.1.2.1). */
export async function deny(
  { platform }: OAuthRoom,
  { peer }: Incoming,
  of: { readonly to: Addressee; readonly flow: FoundFlow | null; readonly userId: string },
): Promise<Ended> {
  const { database, runtime } = platform
  const { to, flow, userId } = of
  const committed = await database.commit([
    flow && finishFlow(database, flow.digest, runtime.now()),
    event(database, runtime, { type: 'consent.denied', clientId: to.client.id, userId, peer }),
  ])
  if (!committed.ok) throw alreadyAnswered()
  return {
    say: 'error',
    to,
    error: new OAuthError('access_denied', { description: 'The user denied the request.' }),
  }
}
