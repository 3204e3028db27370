// GET and POST /device: people enter a code, see what asks, and decide (RFC 8628 §3.3). Everything here needs a session in
// this browser; a link with a code (`verification_uri_complete`, §3.3.1) fills the code in and does nothing else.
import { deviceGrant } from '@countersign/protocol'
import { signInBefore } from '../../accounts/sign-in-path.ts'
import { type Deed, signedInRoutes, type Visit } from '../../accounts/signed-in.routes.ts'
import { event } from '../../platform/events/events.ts'
import { frameOf } from '../../platform/html/frame.ts'
import type { Party } from '../../platform/html/party.ts'
import { type FormState, limited, type Problem, unsent } from '../../platform/html/problems.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  page,
  type Route,
  redirect,
  type SafeLocation,
} from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { reserveAll, settle } from '../../platform/limits/limits.ts'
import type { Platform } from '../../platform/platform.ts'
import type { AskedFor } from '../authorize/asked.ts'
import { fingerprint, terms } from '../authorize/consent.ts'
import { toldOf } from '../authorize/granted.ts'
import { partyAway } from '../authorize/party.ts'
import { paths } from '../paths.ts'
import { type Asked, allowing, answerIn, askedBy, decisionIn, standingOf } from '../polling/asking.ts'
import { type Account, ownWords } from '../polling/parts.page.ts'
import type { OAuthRoom } from '../room.ts'
import { codePage, codeProblems, devicePage, outcomePage } from './device.page.ts'
import {
  allowDevice,
  claimDeviceCode,
  type DeviceCode,
  denyDevice,
  deviceCodeByDigest,
  deviceCodeByUserCode,
} from './device-codes.store.ts'
import { guessCharges } from './pace.ts'
import { isPutTo, isSameNetwork, openTicket, sealTicket, type Ticket, userCodeMac } from './question.ts'
import { readUserCode, spelled, type UserCode } from './user-code.ts'

/** GET and POST of the page for people. */
export function deviceRoutes(room: OAuthRoom): readonly Route[] {
  const { platform } = room
  const route = signedInRoutes(platform, room)
  const backTo = (request: Incoming): SafeLocation => devicePath(codeIn(platform, request))
  return [
    route(
      'GET',
      paths.devicePage,
      (visit) => (visit.request.query.has('request') ? look(visit) : enter(visit)),
      backTo,
    ),
    route(
      'POST',
      paths.devicePage,
      (visit) => (visit.request.form.has('decision') ? decide(visit) : find(visit)),
      backTo,
    ),
  ]
}

/** The code that a request brings, wherever it stands. */
function codeIn(platform: Platform, request: Incoming): UserCode | null {
  const { query, form } = request
  const typed = form.get('user_code') ?? query.get('user_code')
  if (typed !== undefined) return readUserCode(typed)
  return openTicket(platform, request, form.get('request') ?? query.get('request'))?.userCode ?? null
}

function devicePath(code: UserCode | null): SafeLocation {
  return localPath(code === null ? paths.devicePage : `${paths.devicePage}?user_code=${spelled(code)}`)
}

const enter: Deed<OAuthRoom> = (visit) => codeForm(visit, codeIn(visit.platform, visit.request), unsent)

function codeForm(visit: Visit, code: UserCode | null, state: FormState): Outgoing {
  const { platform, request, signedIn } = visit
  const { problems } = state
  const model = { code: code === null ? undefined : spelled(code), account: accountOf(visit, code), problems }
  return page(codePage(model, frameOf(platform, request, signedIn.user)), state)
}

function accountOf({ platform, request, signedIn: { user } }: Visit, code: UserCode | null): Account {
  const notYou = signInBefore(platform, request, devicePath(code))
  return { name: user.name, email: user.email, notYou }
}

/** A code was entered: it is charged before it is looked for, and given back when it was right (RFC 8628 §5.1). */
const find: Deed<OAuthRoom> = async (visit) => {
  const { platform, room, request, signedIn } = visit
  const { database, runtime } = platform
  const typed = request.form.get('user_code') ?? ''
  const code = readUserCode(typed)
  const again = (problem: Problem): Outgoing => codeForm(visit, code, { status: 422, problems: [problem] })
  if (typed.trim() === '') return again(codeProblems.missing)
  // What can't be a code at all is no guess.
  if (code === null) return again(codeProblems.wrong)
  const charges = guessCharges(request.peer, signedIn.user.id)
  const reserved = await reserveAll(platform, charges)
  if (!reserved.ok) return codeForm(visit, code, limited(reserved.retryAfter))
  const mac = userCodeMac(platform, code)
  const known = await deviceCodeByUserCode(database, mac)
  if (known === undefined || (await askedBy(room, known, deviceGrant)) === null)
    return again(codeProblems.wrong)
  const by = { browserDigest: request.browser.digest, userId: signedIn.user.id }
  const claimed = await database.commit([
    claimDeviceCode(database, mac, by, runtime.now()),
    settle(platform, charges),
  ])
  if (!claimed.ok) return again(codeProblems.wrong)
  return redirect(questionPath(visit, { device: known.digest, userCode: code }))
}

function questionPath(
  { platform, request, signedIn: { session } }: Visit,
  about: Pick<Ticket, 'device' | 'userCode'>,
): SafeLocation {
  const ticket = { ...about, sessionId: session.id, asked: null }
  return localPath(`${paths.devicePage}?request=${sealTicket(platform, request, ticket)}`)
}

/** The question, or what became of it: an address that can be reloaded and come back to. */
const look: Deed<OAuthRoom> = async (visit) => {
  const { platform, room, request, signedIn } = visit
  const ticket = openTicket(platform, request, request.query.get('request'))
  if (ticket === null) return redirect(devicePath(null))
  // Somebody else, or a newer session: the code has to be entered again, by whoever is there now.
  if (ticket.sessionId !== signedIn.session.id) return redirect(devicePath(ticket.userCode))
  const code = await deviceCodeByDigest(platform.database, ticket.device)
  const standing = standingOf(code, isPutTo(code, signedIn, request), platform.runtime.now())
  const asking = code === undefined || standing === 'gone' ? null : await askedBy(room, code, deviceGrant)
  const frame = frameOf(platform, request, signedIn.user)
  if (code === undefined || asking === null) return page(outcomePage('gone', null, frame))
  const party = await partyAway(room, asking.client, 'device')
  if (standing !== 'open') return page(outcomePage(standing, party, frame))
  return page(devicePage(questionModel(visit, { ticket, code, asking, party }), frame))
}

interface Question {
  readonly ticket: Ticket
  readonly code: DeviceCode
  readonly asking: Asked
}

function questionModel(
  visit: Visit<OAuthRoom>,
  { ticket, code, asking, party }: Question & { readonly party: Party },
) {
  const { platform, room, request } = visit
  return {
    request: sealTicket(platform, request, { ...ticket, asked: fingerprint(asking.asked) }),
    party,
    code: spelled(ticket.userCode),
    account: accountOf(visit, ticket.userCode),
    asked: { at: code.createdAt, peer: code.peer, userAgent: code.userAgent === '' ? null : code.userAgent },
    now: platform.runtime.now(),
    sameNetwork: isSameNetwork(code.peer, request.peer),
    ...terms(asking, room.lifetimes, ownWords),
  }
}

/** The answer, only from the page, session and browser that the question was put to. */
const decide: Deed<OAuthRoom> = async (visit) => {
  const { platform, room, request, signedIn } = visit
  decisionIn(request.form)
  const ticket = openTicket(platform, request, request.form.get('request'))
  if (ticket === null || ticket.sessionId !== signedIn.session.id) throw new Refusal(403)
  const code = await deviceCodeByDigest(platform.database, ticket.device)
  const standing = standingOf(code, isPutTo(code, signedIn, request), platform.runtime.now())
  const asking = code === undefined || standing !== 'open' ? null : await askedBy(room, code, deviceGrant)
  // Where the commit is lost, somebody was faster; where what is asked has changed, it is put anew: the page says which.
  if (code !== undefined && asking !== null) {
    const kept = answerIn(request.form, asking, ticket.asked)
    if (kept === 'no') await deny(visit, code)
    else if (kept !== 'changed') await allow(visit, { code, kept })
  }
  return redirect(questionPath(visit, ticket))
}

async function deny({ platform, request, signedIn: { user } }: Visit, code: DeviceCode): Promise<void> {
  const { database, runtime } = platform
  const by = { browserDigest: request.browser.digest, userId: user.id }
  const who = { userId: user.id, clientId: code.clientId, peer: request.peer }
  await database.commit([
    denyDevice(database, code.digest, by, runtime.now()),
    event(database, runtime, { type: 'consent.denied', ...who, detail: { device: code.peer } }),
  ])
}

/** INVARIANT: the answer, the device's session and the event are one commit; the session it comes from still stands then. */
async function allow(
  { room, request, signedIn: { session } }: Visit<OAuthRoom>,
  { code, kept }: Pick<Question, 'code'> & { readonly kept: AskedFor },
): Promise<void> {
  const { database, runtime } = room.platform
  const { clientId, peer, userAgent } = code
  const yes = { from: session, asked: kept, clientId, peer, userAgent, waits: room.lifetimes.deviceCode }
  const { allowed, writes } = allowing(room, yes)
  await database.commit([
    writes,
    allowDevice(database, code.digest, request.browser.digest, allowed, runtime.now()),
    event(database, runtime, {
      type: 'consent.granted',
      userId: session.userId,
      clientId,
      sessionId: allowed.sessionId,
      familyId: allowed.familyId,
      peer: request.peer,
      detail: { ...toldOf(kept), device: peer },
    }),
  ])
}
