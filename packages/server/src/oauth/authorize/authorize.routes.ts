// `/oauth/authorize` over HTTP: a client's request by GET or POST, a person who comes back, and their decision. No CORS,
// and nothing but 303 away from here (RFC 9700 §2.6, §4.12).
import {
  errorParameters,
  isPushedRequestUri,
  OAuthError,
  Parameters,
  successParameters,
} from '@countersign/protocol'
import { currentSession } from '../../accounts/sessions/sessions.ts'
import { signInBefore } from '../../accounts/sign-in-path.ts'
import { frameOf } from '../../platform/html/frame.ts'
import { ownsForm } from '../../platform/http/edge.ts'
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
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'
import { consentPage } from './consent.page.ts'
import { consentModel, openTicket } from './consent.ts'
import { deliver, deliverByHand } from './deliver.routes.ts'
import type { Addressee } from './examine.ts'
import { anyBrowser, type FoundFlow, pickUp, putAside } from './flows.ts'
import { hub, type Question, type Reply, type Visit } from './hub.ts'
import { deny } from './issue-code.ts'
import { hostToAskAbout } from './leave.ts'
import { choiceIn } from './offer.ts'
import { prove } from './prove.ts'
import { claimPushed } from './pushed.ts'
import { type OpenedRequest, openRequest } from './signed-request.ts'

/** GET and POST of the authorization endpoint. */
export function authorizeRoutes(room: OAuthRoom): readonly Route[] {
  return [
    { method: 'GET', path: paths.authorize, caller: 'redirect', run: (request) => arrive(room, request) },
    { method: 'POST', path: paths.authorize, caller: 'redirect', run: (request) => post(room, request) },
  ]
}

/** A client's request, or with `flow` alone somebody who comes back to one. */
async function arrive(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { query } = request
  if (wasPushed(query)) {
    const flow = await claimPushed(room, request, query)
    const visit: Visit = { parameters: flow.parameters, flow, agreedTo: null, byName: true }
    return answerNew(room, request, flow.parameters, await hub(room, request, visit))
  }
  const reference = query.has('client_id') ? undefined : query.get('flow')
  if (reference === undefined) return begin(room, request, query)
  const flow = await pickUp(room, request, reference)
  const visit = visitOf(room, flow, null)
  return visit.flow === null
    ? begin(room, request, flow.parameters)
    : answer(room, request, await hub(room, request, visit))
}

/** A request that arrives just now. */
async function begin(room: OAuthRoom, request: Incoming, sent: Parameters): Promise<Outgoing> {
  const opened = await open(room, sent)
  const reply = 'say' in opened ? opened : await hub(room, request, { ...opened, flow: null, agreedTo: null })
  return answerNew(room, request, sent, reply)
}

/** Answers whoever has just arrived: an error goes only by hand to an address that nobody here vouches for. */
async function answerNew(
  room: OAuthRoom,
  request: Incoming,
  sent: Parameters,
  reply: Reply,
): Promise<Outgoing> {
  const host = reply.say === 'error' ? await hostToAskAbout(room, reply.to, sent) : null
  if (reply.say !== 'error' || host === null) return answer(room, request, reply)
  const { to, error } = reply
  const parameters = errorParameters(to.redirect, { error, iss: room.platform.issuer.url })
  return deliverByHand(room, request, to, { parameters, code: error.code, host })
}

/** @throws OAuthError where nobody can be told but the person */
async function open(room: OAuthRoom, sent: Parameters): Promise<OpenedRequest | Reply> {
  try {
    return await openRequest(room, sent)
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    const to = await besideObject(room, sent)
    if (to === null) throw error
    return { say: 'error', to, error }
  }
}

/**
 * Whom to tell that a request object is refused: OpenID Connect Core §3.1.2.6 sends that to the client. What stands beside
 * the object says where, if it is the client's own address; not for a client whose unsigned requests count for nothing.
 */
async function besideObject(room: OAuthRoom, sent: Parameters): Promise<Addressee | null> {
  const isSigned = sent.has('request') || sent.has('request_uri')
  if (!isSigned || !sent.has('redirect_uri')) return null
  try {
    const to = await prove(room, sent)
    return to.client.requests.mustSign ? null : to
  } catch (error) {
    if (error instanceof OAuthError) return null
    throw error
  }
}

async function post(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { form } = request
  if (form.has('decision') && !form.has('client_id')) return decide(room, request)
  // Browsers keep our cookies back from a cross-site POST, so the person comes again by GET, where they come along. The
  // request waits here meanwhile: whoever posts it does not want its hints and tokens in an address (SC-06).
  if (wasPushed(form)) return redirect(pushedPath(form))
  const opened = await open(room, form)
  if ('say' in opened) return answerNew(room, request, form, opened)
  await prove(room, opened.parameters)
  return redirect(returnPath(await putAside(room, anyBrowser, form, null)))
}

/** The answer of the consent form: only from the page, the session and the browser that the question was put to. */
async function decide(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const { platform } = room
  if (!ownsForm(platform, request)) throw new Refusal(403)
  const ticket = openTicket(platform, request, request.form.get('flow'))
  const signedIn = await currentSession(platform, request)
  if (ticket === null || signedIn?.session.id !== ticket.sessionId) throw new Refusal(403)
  const flow = await pickUp(room, request, ticket.reference)
  const visit = visitOf(room, flow, { asked: ticket.asked, choice: choiceIn(request.form) })
  if (visit.flow === null) return answer(room, request, await hub(room, request, visit))
  const decision = request.form.get('decision')
  if (decision === 'deny') {
    const to = await prove(room, flow.parameters)
    return answer(room, request, await deny(room, request, { to, flow, userId: signedIn.user.id }))
  }
  if (decision !== 'allow') {
    throw new OAuthError('invalid_request', { description: 'Allow or deny, nothing else.' })
  }
  return answer(room, request, await hub(room, request, visit))
}

/** One that was posted arrives only now; one that waited too long starts again by itself, with the question put anew. */
function visitOf(room: OAuthRoom, flow: FoundFlow, agreedTo: Visit['agreedTo']): Visit {
  const { parameters, browserDigest, expiresAt } = flow
  const begins = browserDigest === anyBrowser.digest || room.platform.runtime.now() >= expiresAt
  return begins ? { parameters, flow: null, agreedTo: null } : { parameters, flow, agreedTo }
}

async function answer(room: OAuthRoom, request: Incoming, reply: Reply): Promise<Outgoing> {
  const { platform } = room
  const iss = platform.issuer.url
  switch (reply.say) {
    case 'sign in':
      return redirect(signInFor(room, request, reply))
    case 'may it?':
      // The question has an address of its own, so that it can be reloaded and come back to.
      return request.query.get('flow') === reply.reference
        ? page(question(room, request, reply.reference, reply.question))
        : redirect(returnPath(reply.reference))
    case 'code': {
      const { to, code } = reply
      return deliver(room, request, to, successParameters(to.redirect, { code, iss }))
    }
    case 'error': {
      const { to, error } = reply
      return deliver(room, request, to, errorParameters(to.redirect, { error, iss }))
    }
  }
}

function question(room: OAuthRoom, request: Incoming, reference: string, asking: Question) {
  const { to, party, offer, signedIn, apis } = asking
  const model = consentModel(room.platform, request, room.lifetimes, {
    reference,
    notYou: signInFor(room, request, { reference }),
    client: to.client,
    redirectUri: to.redirect.uri,
    party,
    offer,
    signedIn,
    apis,
  })
  return consentPage(model, frameOf(room.platform, request, signedIn.user))
}

/** RFC 9126 §4. Any other `request_uri` is an address of the client's: see `openRequest`. */
function wasPushed(parameters: Parameters): boolean {
  return parameters.all('request_uri').some(isPushedRequestUri)
}

/** By GET, where the browser brings its cookies; the name is made for addresses, and nothing beside it counts. */
function pushedPath(form: Parameters): SafeLocation {
  const counts = (['client_id', 'request_uri'] as const).map((name) => [name, form.require(name)] as const)
  return localPath(`${paths.authorize}?${Parameters.from(counts)}`)
}

function returnPath(reference: string): SafeLocation {
  return localPath(`${paths.authorize}?flow=${reference}`)
}

/** The sign-in page, from which the person comes back to the request. */
function signInFor(
  { platform }: OAuthRoom,
  request: Incoming,
  { reference, ...why }: Pick<SignInReply, 'reference'> & Partial<SignInReply>,
): SafeLocation {
  const { hint, stepUp, again = false } = why
  return signInBefore(platform, request, returnPath(reference), {
    hint,
    stepUp,
    ...(again && { reason: 'confirm' }),
  })
}

type SignInReply = Extract<Reply, { say: 'sign in' }>
