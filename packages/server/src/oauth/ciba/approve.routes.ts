// GET and POST /approve: people see what applications ask of them, and decide (CIBA §8). Everything here needs a session,
// and a yes needs one in which the person has just proved who they are (SE-09).
import { cibaGrant } from '@countersign/protocol'
import { isFresh } from '../../accounts/sessions/session.ts'
import type { SignedIn } from '../../accounts/sessions/sessions.ts'
import { signInBefore } from '../../accounts/sign-in-path.ts'
import { type Deed, signedInRoutes, type Visit } from '../../accounts/signed-in.routes.ts'
import { event } from '../../platform/events/events.ts'
import { frameOf } from '../../platform/html/frame.ts'
import type { Party } from '../../platform/html/party.ts'
import { localPath, page, type Route, redirect, type SafeLocation } from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { ticketsOf } from '../../platform/http/ticket.ts'
import { settle } from '../../platform/limits/limits.ts'
import type { AskedFor } from '../authorize/asked.ts'
import { fingerprint, terms } from '../authorize/consent.ts'
import { toldOf } from '../authorize/granted.ts'
import { partyAway } from '../authorize/party.ts'
import { paths } from '../paths.ts'
import { type Asked, allowing, answerIn, askedBy, decisionIn, standingOf } from '../polling/asking.ts'
import { ownWords } from '../polling/parts.page.ts'
import type { OAuthRoom } from '../room.ts'
import { approveOutcomePage, approvePage, waitingPage } from './approve.page.ts'
import {
  allowRequest,
  type BackchannelRequest,
  backchannelRequestByDigest,
  denyRequest,
  pendingRequestsOf,
} from './backchannel-requests.store.ts'
import { askCharges, nameCharges } from './pace.ts'
import { namesOf } from './whom.ts'

/** What one rendered question is about. */
interface Ticket {
  /** The digest of the request. */
  readonly about: string
  readonly sessionId: string
  /** What the page said is asked for, in the form alone; null in an address. */
  readonly asked: string | null
}

const tickets = ticketsOf<Ticket>('approve')

/** GET and POST of the page for people. */
export function approveRoutes(room: OAuthRoom): readonly Route[] {
  const route = signedInRoutes(room.platform, room)
  return [
    route(
      'GET',
      paths.approvePage,
      (visit) => (visit.request.query.has('request') ? look(visit) : list(visit)),
      () => listPath,
    ),
    route('POST', paths.approvePage, decide, () => listPath),
  ]
}

const listPath = localPath(paths.approvePage)

function questionPath({ platform, request }: Visit, ticket: Ticket): SafeLocation {
  return localPath(
    `${paths.approvePage}?request=${tickets.seal(platform, request, { ...ticket, asked: null })}`,
  )
}

/** What waits for a person, laid beside what its clients may have now: the newest first. */
async function waitingOf(room: OAuthRoom, userId: string) {
  const { database, runtime } = room.platform
  const pending = await pendingRequestsOf(database, userId, runtime.now())
  const asking = await Promise.all(pending.map((one) => askedBy(room, one, cibaGrant)))
  return pending.flatMap((found, index) => {
    const client = asking[index]?.client
    return client === undefined ? [] : [{ found, client }]
  })
}

/** How many requests wait for a person. */
export async function waitingFor(room: OAuthRoom, userId: string): Promise<number> {
  return (await waitingOf(room, userId)).length
}

/** What waits; the question itself where that is one alone. */
const list: Deed<OAuthRoom> = async (visit) => {
  const { platform, room, request, signedIn } = visit
  const sessionId = signedIn.session.id
  const waiting = (await waitingOf(room, signedIn.user.id)).map(({ found, client }) => ({
    clientName: client.name,
    bindingMessage: found.bindingMessage,
    askedAt: found.createdAt,
    at: questionPath(visit, { about: found.digest, sessionId, asked: null }),
  }))
  const [only, ...others] = waiting
  if (only !== undefined && others.length === 0) return redirect(only.at)
  const account = accountOf(visit)
  const now = platform.runtime.now()
  return page(waitingPage({ account, now, waiting }, frameOf(platform, request, signedIn.user)))
}

function accountOf({ platform, request, signedIn: { user } }: Visit) {
  const notYou = signInBefore(platform, request, listPath)
  return { name: user.name, email: user.email, notYou }
}

/** The question, or what became of it: an address that can be reloaded and come back to. */
const look: Deed<OAuthRoom> = async (visit) => {
  const { platform, room, request, signedIn } = visit
  const ticket = tickets.open(platform, request, request.query.get('request'))
  // Somebody else, or a newer session: whoever is there now sees what is asked of them.
  if (ticket === null || ticket.sessionId !== signedIn.session.id) return redirect(listPath)
  const found = await backchannelRequestByDigest(platform.database, ticket.about)
  const standing = standingOf(found, isPutTo(found, signedIn), platform.runtime.now())
  const asking = found === undefined || standing === 'gone' ? null : await askedBy(room, found, cibaGrant)
  const frame = frameOf(platform, request, signedIn.user)
  if (found === undefined || asking === null) return page(approveOutcomePage('gone', null, frame))
  const party = await partyAway(room, asking.client, 'elsewhere')
  if (standing !== 'open') return page(approveOutcomePage(standing, party, frame))
  return page(approvePage(questionModel(visit, { ticket, found, asking, party }), frame))
}

function isPutTo(found: BackchannelRequest | undefined, { user }: SignedIn): boolean {
  return found?.userId === user.id
}

interface Question {
  readonly ticket: Ticket
  readonly found: BackchannelRequest
  readonly asking: Asked
}

function questionModel(
  visit: Visit<OAuthRoom>,
  { ticket, found, asking, party }: Question & { readonly party: Party },
) {
  const { platform, room, request, signedIn } = visit
  const now = platform.runtime.now()
  return {
    request: tickets.seal(platform, request, { ...ticket, asked: fingerprint(asking.asked) }),
    party,
    bindingMessage: found.bindingMessage,
    account: accountOf(visit),
    asked: { at: found.createdAt, peer: found.peer, until: found.expiresAt },
    now,
    confirms: !isFresh(signedIn.session, now),
    ...terms(asking, room.lifetimes, ownWords),
  }
}

/** The answer, only from the page, session and browser that the question was put to. */
const decide: Deed<OAuthRoom> = async (visit) => {
  const { platform, room, request, signedIn } = visit
  const decision = decisionIn(request.form)
  const ticket = tickets.open(platform, request, request.form.get('request'))
  if (ticket === null || ticket.sessionId !== signedIn.session.id) throw new Refusal(403)
  const now = platform.runtime.now()
  const found = await backchannelRequestByDigest(platform.database, ticket.about)
  const isOpen = standingOf(found, isPutTo(found, signedIn), now) === 'open'
  const asking = found === undefined || !isOpen ? null : await askedBy(room, found, cibaGrant)
  // Where the commit is lost, somebody was faster; where what is asked has changed, it is put anew: the page says which.
  if (found !== undefined && asking !== null) {
    if (decision === 'allow' && !isFresh(signedIn.session, now)) return redirect(signInAgain(visit, ticket))
    const kept = answerIn(request.form, asking, ticket.asked)
    if (kept === 'no') await deny(visit, found)
    else if (kept !== 'changed') await allow(visit, { found, kept })
  }
  return redirect(questionPath(visit, ticket))
}

function signInAgain(visit: Visit, ticket: Ticket): SafeLocation {
  return signInBefore(visit.platform, visit.request, questionPath(visit, ticket), { reason: 'confirm' })
}

async function deny(
  { platform, request, signedIn: { user } }: Visit,
  { digest, clientId }: BackchannelRequest,
): Promise<void> {
  const { database, runtime } = platform
  await database.commit([
    denyRequest(database, digest, user.id, runtime.now()),
    event(database, runtime, {
      type: 'consent.denied',
      userId: user.id,
      clientId,
      peer: request.peer,
      detail: { backchannel: true },
    }),
  ])
}

/**
 * INVARIANT: the answer, the session of its own and the event are one commit; the session it comes from still stands then.
 * Who got a yes did not ask too often.
 */
async function allow(
  { room, request, signedIn: { session, user } }: Visit<OAuthRoom>,
  { found, kept }: Pick<Question, 'found'> & { readonly kept: AskedFor },
): Promise<void> {
  const { database, runtime } = room.platform
  const { clientId, peer } = found
  const waits = found.expiresAt - runtime.now()
  const { allowed, writes } = allowing(room, {
    from: session,
    asked: kept,
    clientId,
    peer,
    userAgent: '',
    waits,
  })
  await database.commit([
    writes,
    allowRequest(database, found.digest, allowed, runtime.now()),
    settle(room.platform, [
      ...askCharges(clientId, session.userId),
      ...namesOf(room.platform, user).flatMap((name) => nameCharges(clientId, name)),
    ]),
    event(database, runtime, {
      type: 'consent.granted',
      userId: session.userId,
      clientId,
      sessionId: allowed.sessionId,
      familyId: allowed.familyId,
      peer: request.peer,
      detail: { ...toldOf(kept), backchannel: true },
    }),
  ])
}
