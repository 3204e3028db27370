// Linking with proof: the offer that stands between a provider's word and an account with the same e-mail address
// (C16, FD-05). Only the account's password accepts it, in the browser that the offer was made to.
import { credentialOfUser } from '../../accounts/credentials/passwords.store.ts'
import { provePassword } from '../../accounts/credentials/prove-password.ts'
import { toldOf } from '../../accounts/letters/told-of.ts'
import { byPassword } from '../../accounts/sessions/session.ts'
import { frameOf } from '../../platform/html/frame.ts'
import type { Problem } from '../../platform/html/problems.ts'
import {
  type Incoming,
  type Outgoing,
  page,
  type Route,
  redirect,
  withCookies,
} from '../../platform/http/exchange.ts'
import { Busy } from '../../platform/http/failure.ts'
import type { Platform } from '../../platform/platform.ts'
import { arrive } from '../arrive.ts'
import { signInProblems } from '../sign-in.page.ts'
import { concluded, type Gate, refused, signInAddress, type UpstreamRoom } from './answers.routes.ts'
import { type LinkOffer, readLinkOffer } from './attempts.ts'
import { emailOf, linking, signUpApart } from './conclude.ts'
import { linkPage, linkProblems } from './link.page.ts'
import { offerPath } from './upstreams.ts'

/** GET and POST of the offer to link. */
export function linkRoutes(platform: Platform, room: UpstreamRoom, gate: Gate): readonly Route[] {
  const answering =
    (from: 'query' | 'form', answer: (asked: Asked) => Promise<Outgoing>) =>
    async (request: Incoming): Promise<Outgoing> => {
      const ticket = request[from].get('ticket')
      const offer = await readLinkOffer(platform, request, gate.upstream.id, ticket)
      if (ticket === undefined || offer === null) return refused(platform, request, gate, 'expired', null)
      return answer({ platform, room, gate, request, ticket, offer })
    }
  const path = offerPath(gate.upstream)
  return [
    { method: 'GET', path, caller: 'browser', run: answering('query', (asked) => show(asked, 200, [])) },
    { method: 'POST', path, caller: 'browser', run: answering('form', accept) },
  ]
}

interface Asked {
  readonly platform: Platform
  readonly room: UpstreamRoom
  readonly gate: Gate
  readonly request: Incoming
  readonly ticket: string
  readonly offer: LinkOffer
}

async function show(
  { platform, room, gate, request, ticket, offer }: Asked,
  status: number,
  problems: readonly Problem[],
  retryAfter?: number,
): Promise<Outgoing> {
  const credential = await credentialOfUser(platform.database, offer.userId)
  const html = linkPage(
    {
      upstream: gate.upstream,
      email: emailOf(offer.identity) ?? '',
      hasPassword: credential?.password != null,
      mayStartAfresh: room.signUpOpen,
      action: offerPath(gate.upstream),
      hidden: { ticket },
      cancel: signInAddress(offer.continueTo),
      problems,
    },
    frameOf(platform, request),
  )
  return page(html, { status, retryAfter })
}

async function accept(asked: Asked): Promise<Outgoing> {
  const { platform, room, gate, request, offer } = asked
  if (request.form.get('decision') === 'separate') {
    if (!room.signUpOpen) return refused(platform, request, gate, 'closed', offer.continueTo)
    const conclusion = await signUpApart(platform, room, request, offer)
    return concluded(platform, request, gate, conclusion, offer.continueTo)
  }
  const password = request.form.get('password')
  if (password === undefined) return show(asked, 422, [signInProblems.passwordMissing])
  try {
    return await acceptWith(asked, password)
  } catch (error) {
    if (!(error instanceof Busy)) throw error
    return show(asked, 503, [signInProblems.busy], 1)
  }
}

async function acceptWith(asked: Asked, password: string): Promise<Outgoing> {
  const { platform, room, gate, request, offer } = asked
  const { userId, continueTo } = offer
  const proof = await provePassword(platform, room, request, { userId }, password)
  if (!proof.ok) {
    return proof.because === 'limited'
      ? show(asked, 429, [signInProblems.tooMany(proof.retryAfter)], proof.retryAfter)
      : show(asked, 403, [linkProblems.wrongPassword])
  }
  const arrived = await arrive(platform, room, request, {
    userId,
    method: 'password',
    authentication: byPassword,
    remember: false,
    continueTo: continueTo ?? undefined,
    writes: [
      offer.finish,
      proof.writes,
      linking(platform, request, offer.identity, userId),
      toldOf(platform, proof.user, { what: 'identity.linked', provider: gate.upstream.name }, request),
    ],
    cookies: proof.cookies,
  })
  return arrived.ok
    ? withCookies(redirect(arrived.location), ...arrived.cookies)
    : refused(platform, request, gate, 'expired', continueTo)
}
