/**
 * `/oauth/authorize` over HTTP: a client's request by GET or POST, a person who comes back, and their decision. No CORS,
 * and nothing but 303 away from here (RFC 9700 §2.6, §4.12).
 */
import { OAuthError } from '@countersign/protocol'
import { currentSession } from '../../accounts/sessions/sessions.ts'
import { event } from '../../platform/events/events.ts'
import { frameOf } from '../../platform/html/frame.ts'
import { ownsForm } from '../../platform/http/edge.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  page,
  type Route,
  redirect,
} from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'
import { answerError } from './answer.ts'
import { consentPage } from './consent.page.ts'
import { consentModel, openTicket } from './consent.ts'
import { finishFlow } from './flows.store.ts'
import { alreadyAnswered, pickUp } from './flows.ts'
import { type Ask, type FoundFlow, hub, prove } from './hub.ts'

export function authorizeRoutes(room: OAuthRoom): readonly Route[] {
  return [
    { method: 'GET', path: paths.authorize, caller: 'redirect', run: (request) => arrive(room, request) },
    { method: 'POST', path: paths.authorize, caller: 'redirect', run: (request) => post(room, request) },
  ]
}

/** A client's request, or with `flow` alone somebody who comes back to one. */
async function arrive(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { query } = request
  const handle = query.has('client_id') ? undefined : query.get('flow')
  if (handle === undefined) {
    return hub(room, request, { parameters: query, flow: null, agreedTo: null }, asking(room, request))
  }
  const flow = { ...(await pickUp(room, request, handle)), handle }
  return isOver(room, flow) ?? hub(room, request, visitOf(flow, null), asking(room, request))
}

async function post(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { form } = request
  if (form.has('decision') && !form.has('client_id')) return decide(room, request)
  // Browsers keep our cookies back from a cross-site POST, so the request goes on as a GET, where they come along.
  return redirect(localPath(`${paths.authorize}?${form}`))
}

/** The answer of the consent form: only from the page, the session and the browser that the question was put to. */
async function decide(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { platform } = room
  if (!ownsForm(platform, request)) throw new Refusal(403)
  const ticket = openTicket(platform, request, request.form.get('flow'))
  const signedIn = await currentSession(platform, request)
  if (ticket === null || signedIn?.session.id !== ticket.sessionId) throw new Refusal(403)
  const flow = { ...(await pickUp(room, request, ticket.handle)), handle: ticket.handle }
  const over = isOver(room, flow)
  if (over !== null) return over
  const decision = request.form.get('decision')
  if (decision === 'allow') return hub(room, request, visitOf(flow, ticket.asked), asking(room, request))
  if (decision !== 'deny')
    throw new OAuthError('invalid_request', { description: 'Allow or deny, nothing else.' })
  return deny(room, request, flow, signedIn.user.id)
}

async function deny(room: OAuthRoom, request: Incoming, flow: FoundFlow, userId: string): Promise<Outgoing> {
  const { database, runtime } = room.platform
  const to = await prove(room, flow.parameters)
  const committed = await database.commit([
    finishFlow(database, flow.digest, runtime.now()),
    event(database, runtime, { type: 'consent.denied', clientId: to.client.id, userId, peer: request.peer }),
  ])
  if (!committed.ok) throw alreadyAnswered()
  const error = new OAuthError('access_denied', { description: 'The user denied the request.' })
  return answerError(room.platform, request, to, error)
}

/** A request that waited too long starts again by itself, with the question put anew. */
function isOver(room: OAuthRoom, flow: FoundFlow): Outgoing | null {
  if (room.platform.runtime.now() < flow.expiresAt) return null
  return redirect(localPath(`${paths.authorize}?${flow.parameters}`))
}

function visitOf(flow: FoundFlow, agreedTo: string | null) {
  return { parameters: flow.parameters, flow, agreedTo }
}

function asking(room: OAuthRoom, request: Incoming): Ask {
  return ({ to, visit, situation, apis }, signedIn) => {
    const model = consentModel(room.platform, request, room.lifetimes, {
      handle: visit.flow?.handle ?? '',
      client: to.client,
      redirectUri: to.redirect.uri,
      asked: situation.asked,
      signedIn,
      apis,
    })
    return page(consentPage(model, frameOf(room.platform, request, signedIn.user)))
  }
}
