// Linking with proof: the offer that stands between a provider's word and an account with the same e-mail address
// (C16, FD-05). Only the account's password accepts it, in the browser that the offer was made to, with the second factor
// of whoever has one: they come back here from it, signed in, and accept it then.

import { doneAt } from '../../accounts/account-deed.ts'
import { credentialOfUser } from '../../accounts/credentials/passwords.store.ts'
import { provePassword } from '../../accounts/credentials/prove-password.ts'
import { toldOf } from '../../accounts/letters/told-of.ts'
import { byPassword, isFresh, isStrong } from '../../accounts/sessions/session.ts'
import { sessionStands } from '../../accounts/sessions/sessions.store.ts'
import { currentSession, type SignedIn } from '../../accounts/sessions/sessions.ts'
import { signInPath } from '../../accounts/sign-in-path.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { frameOf } from '../../platform/html/frame.ts'
import { type FormState, limited, overloaded, unsent } from '../../platform/html/problems.ts'
import {
  type Incoming,
  localPath,
  type Outgoing,
  page,
  type Route,
  redirect,
  withCookies,
} from '../../platform/http/exchange.ts'
import { Busy } from '../../platform/http/failure.ts'
import { openReturn } from '../../platform/http/return.ts'
import type { Platform } from '../../platform/platform.ts'
import { arrive } from '../arrive.ts'
import { holdingOf } from '../second/second-factors.ts'
import { signInProblems } from '../sign-in.page.ts'
import { concluded, type Gate, type Passing, refused, type UpstreamRoom } from './answers.routes.ts'
import { type LinkOffer, nowhere, readLinkOffer } from './attempts.ts'
import { emailOf, linking, signUpApart } from './conclude.ts'
import { linkPage, linkProblems } from './link.page.ts'
import { offerPath } from './upstreams.ts'

/** GET and POST of the offer to link. */
export function linkRoutes(platform: Platform, room: UpstreamRoom, gate: Gate): readonly Route[] {
  const answering =
    (from: 'query' | 'form', answer: (asked: Asked) => Promise<Outgoing>) =>
    async (request: Incoming): Promise<Outgoing> => {
      const passing = { platform, room, gate, request }
      const ticket = request[from].get('ticket')
      const offer = await readLinkOffer(platform, request, gate.upstream.id, ticket)
      if (ticket === undefined || offer === null) return refused(passing, 'expired', nowhere)
      return answer({ ...passing, ticket, offer })
    }
  const path = offerPath(gate.upstream)
  return [
    { method: 'GET', path, caller: 'browser', run: answering('query', (asked) => show(asked, unsent)) },
    { method: 'POST', path, caller: 'browser', run: answering('form', accept) },
  ]
}

interface Asked extends Passing {
  readonly ticket: string
  readonly offer: LinkOffer
}

async function show(asked: Asked, state: FormState): Promise<Outgoing> {
  const { platform, room, gate, request, ticket, offer } = asked
  const credential = await credentialOfUser(platform.database, offer.userId)
  const html = linkPage(
    {
      upstream: gate.upstream,
      email: emailOf(offer.identity) ?? '',
      isProven: (await ownSession(asked)) !== null,
      hasPassword: credential?.password != null,
      mayStartAfresh: room.signUpOpen,
      action: offerPath(gate.upstream),
      hidden: { ticket },
      cancel: signInPath(offer),
      problems: state.problems,
    },
    frameOf(platform, request),
  )
  return page(html, state)
}

async function accept(asked: Asked): Promise<Outgoing> {
  const { platform, room, request, offer } = asked
  if (request.form.get('decision') === 'separate') {
    if (!room.signUpOpen) return refused(asked, 'closed', offer)
    return concluded(asked, await signUpApart(platform, request, offer), offer)
  }
  const own = await ownSession(asked)
  if (own !== null) return acceptIn(asked, own)
  const password = request.form.get('password')
  if (password === undefined) return show(asked, { status: 422, problems: [signInProblems.passwordMissing] })
  try {
    return await acceptWith(asked, password)
  } catch (error) {
    if (!(error instanceof Busy)) throw error
    return show(asked, overloaded(signInProblems.busy))
  }
}

/** Who the account belongs to, where they have just proven here all that is asked of them. */
async function ownSession({ platform, request, offer }: Asked): Promise<SignedIn | null> {
  const signedIn = await currentSession(platform, request)
  if (signedIn?.user.id !== offer.userId) return null
  const { session } = signedIn
  if (!isFresh(session, platform.runtime.now())) return null
  if (isStrong(session)) return signedIn
  const { factors } = await holdingOf(platform, offer.userId)
  return factors.length === 0 ? signedIn : null
}

async function acceptIn(asked: Asked, { session, user }: SignedIn): Promise<Outgoing> {
  const { platform, request, offer } = asked
  const { continueTo } = offer
  const committed = await platform.database.commit([
    linked(asked, user),
    sessionStands(platform.database, session),
  ])
  if (!committed.ok) return refused(asked, 'expired', offer)
  const back = openReturn(platform.vault, request.browser, continueTo ?? undefined)
  return redirect(back ?? doneAt('linked'))
}

function linked({ platform, gate, request, offer }: Asked, user: User): WriteSet {
  return [
    offer.finish,
    linking(platform, request, offer.identity, user.id),
    toldOf(platform, user, { what: 'identity.linked', provider: gate.upstream.name }, request),
  ]
}

async function acceptWith(asked: Asked, password: string): Promise<Outgoing> {
  const { platform, room, gate, request, offer } = asked
  const { userId, continueTo } = offer
  const proof = await provePassword(platform, room, request, { userId }, password)
  if (!proof.ok) {
    return show(
      asked,
      proof.because === 'limited'
        ? limited(proof.retryAfter)
        : { status: 403, problems: [linkProblems.wrongPassword] },
    )
  }
  const arrived = await arrive(platform, request, {
    userId,
    method: 'password',
    authentication: byPassword,
    remember: false,
    continueTo: continueTo ?? undefined,
    // It changes what the person signs in with: a passkey is asked for too where they have one.
    stepUp: true,
    writes: proof.writes,
    deed: {
      writes: linked(asked, proof.user),
      back: localPath(`${offerPath(gate.upstream)}?ticket=${asked.ticket}`),
    },
    cookies: proof.cookies,
  })
  return arrived.ok
    ? withCookies(redirect(arrived.location), ...arrived.cookies)
    : refused(asked, 'expired', offer)
}
