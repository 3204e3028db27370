// The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2): everybody who needs something from a person
// starts here and comes back here, and each time `next` is asked what is still missing.
import { digest, formatOpaque, OAuthError, type Parameters } from '@countersign/protocol'
import { byPassword, byUpstream, type Session } from '../../accounts/sessions/session.ts'
import { currentSession, type SignedIn } from '../../accounts/sessions/sessions.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Apis } from '../apis/catalogue.ts'
import type { Client } from '../clients/client.ts'
import type { OAuthRoom } from '../room.ts'
import { insertCode } from '../tokens/codes.store.ts'
import { fingerprint } from './consent.ts'
import { consentOf, consentStands, saveConsent } from './consents.store.ts'
import { type Addressee, examine } from './examine.ts'
import { finishFlow, finishFlowOnce } from './flows.store.ts'
import { alreadyAnswered, type FoundFlow, putAside } from './flows.ts'
import { next, type Situation } from './next.ts'
import { prove } from './prove.ts'
import { refuseUnsigned } from './signed-request.ts'

/** A request on its way: as it came, as its flow kept it, and what its person has just decided. */
export interface Visit {
  readonly parameters: Parameters
  /** Null when the request arrives just now. */
  readonly flow: FoundFlow | null
  /** What the person has just agreed to, see `fingerprint`. */
  readonly agreedTo: string | null
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
    }
  | { readonly say: 'may it?'; readonly reference: string; readonly question: Question }
  | { readonly say: 'code'; readonly to: Addressee; readonly code: string }
  | { readonly say: 'error'; readonly to: Addressee; readonly error: OAuthError }

/** What consent is asked for, and from whom. */
export interface Question {
  readonly to: Addressee
  readonly situation: Situation
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
  readonly signedIn: SignedIn | null
  readonly apis: Apis
}

async function look(room: OAuthRoom, request: Incoming, to: Addressee, visit: Visit): Promise<Seen> {
  const { client } = to
  const { database, runtime } = room.platform
  const { request: asking, asked, apis, hintedSubject } = await examine(room, to, visit.parameters)
  if (visit.flow === null) refuseUnruly(room, client, visit)
  const signedIn = await currentSession(room.platform, request)
  const consent = signedIn === null ? undefined : await consentOf(database, signedIn.user.id, client.id)
  const situation: Situation = {
    request: asking,
    asked,
    client,
    session: signedIn?.session ?? null,
    subject: signedIn === null ? null : await room.subjects.of(client, signedIn.user.id),
    consent: consent ?? null,
    agreed: visit.agreedTo === fingerprint(asked),
    startedAt: visit.flow?.startedAt ?? runtime.now(),
    priorProof: visit.flow === null ? undefined : visit.flow.priorProof,
    hintedSubject,
    reachableAcr,
  }
  return { to, visit, situation, signedIn, apis }
}

/** Whatever waits here was pushed, or it got past this when it arrived. */
function refuseUnruly({ rules }: OAuthRoom, client: Client, { signed = false }: Visit): void {
  if (rules.pushedRequestsOnly || client.requests.mustPush)
    throw new OAuthError('invalid_request', { description: 'The client has to push its requests.' })
  refuseUnsigned(client, { signed })
}

const reachableAcr = [byPassword.acr, byUpstream.acr]

async function act(room: OAuthRoom, request: Incoming, seen: Seen): Promise<Reply> {
  const { to, visit, situation, signedIn, apis } = seen
  const answer = next(situation)
  if (answer.step === 'fail') throw answer.error
  if (answer.step === 'issue') return issueCode(room, request, seen, answer.session)
  const priorProof = situation.session?.proof ?? null
  const reference =
    visit.flow?.reference ?? (await putAside(room, request.browser, visit.parameters, priorProof))
  return answer.step === 'askConsent' && signedIn !== null
    ? { say: 'may it?', reference, question: { to, situation, signedIn, apis } }
    : {
        say: 'sign in',
        reference,
        hint: situation.request.loginHint,
        again: signedIn !== null,
      }
}

/** INVARIANT: the code, the agreement, the end of the flow and the events are one commit; only then does anyone see the code. */
async function issueCode(room: OAuthRoom, request: Incoming, seen: Seen, session: Session): Promise<Reply> {
  const { platform, lifetimes } = room
  const { database, runtime } = platform
  const { to, visit, situation } = seen
  const { request: asking, asked } = situation
  const now = runtime.now()
  const code = formatOpaque('csac', runtime.secret())
  const familyId = runtime.id('fam')
  const who = { clientId: to.client.id, userId: session.userId, sessionId: session.id, peer: request.peer }
  const committed = await database.commit([
    visit.flow && (visit.byName ? finishFlowOnce : finishFlow)(database, visit.flow.digest, now),
    situation.agreed ? agreement(room, request, seen, session) : consentStands(database, who),
    insertCode(database, digest(code), {
      ...who,
      familyId,
      redirectUri: asking.redirectUri,
      codeChallenge: asking.codeChallenge,
      granted: {
        scope: asked.scope,
        resources: asked.resources,
        ...(asked.claims !== undefined && { claims: asked.claims }),
        authenticatedAt: session.authenticatedAt,
        acr: session.acr,
        amr: session.amr,
      },
      nonce: asking.nonce ?? null,
      boundTo: asking.dpopThumbprint ?? null,
      expiresAt: now + lifetimes.code,
    }),
    event(database, runtime, { ...who, type: 'code.issued', familyId, detail: { scope: asked.scope } }),
  ])
  if (committed.ok) return { say: 'code', to, code }
  // What this code would have stood on was withdrawn at this moment: the question is put again.
  if (committed.lost === 'consent') return hub(room, request, visit)
  throw alreadyAnswered()
}

/** What was agreed now, together with what was agreed before. */
function agreement(room: OAuthRoom, request: Incoming, { to, situation }: Seen, session: Session): WriteSet {
  const { database, runtime } = room.platform
  const { asked, consent } = situation
  const scope = [...new Set([...(consent?.scope ?? []), ...asked.scope, ...asked.disclosed])]
  const resources = [...new Set([...(consent?.resources ?? []), ...asked.resources])]
  const who = { userId: session.userId, clientId: to.client.id, sessionId: session.id }
  const { redirectUri } = situation.request
  const happening = { ...who, peer: request.peer, detail: { scope, resources } }
  return [
    saveConsent(database, { ...who, redirectUri, scope, resources, grantedAt: runtime.now() }),
    event(database, runtime, { type: 'consent.granted', ...happening }),
  ]
}
