// GET and POST /sign-in: the page, and what becomes of it. It works without script: form, 303, page.

import type { PasswordDoor } from '../accounts/credentials/prove-password.ts'
import type { Session } from '../accounts/sessions/session.ts'
import { type PresentSession, presentSession } from '../accounts/sessions/sessions.ts'
import type { SignInReason } from '../accounts/sign-in-path.ts'
import { frameOf } from '../platform/html/frame.ts'
import type { Party } from '../platform/html/party.ts'
import { type FormState, limited, overloaded, unsent } from '../platform/html/problems.ts'
import {
  type Incoming,
  json,
  type Outgoing,
  page,
  type Route,
  redirect,
  type SafeLocation,
  withCookies,
} from '../platform/http/exchange.ts'
import { Busy, Refusal } from '../platform/http/failure.ts'
import { home, openReturn } from '../platform/http/return.ts'
import type { Platform } from '../platform/platform.ts'
import { arrive } from './arrive.ts'
import { journey } from './journey.ts'
import type { Finished, Method } from './methods/method.ts'
import { methodsOf } from './methods/methods.ts'
import { askForPasskey } from './methods/passkey.ts'
import { isReason, signInPage, signInProblems, type Upstream } from './sign-in.page.ts'

/**
 * `confirmed`: an account begins with a proven address. `open`: at once, whatever address was given. `closed`: operators
 * alone make accounts.
 */
export type SignUpRule = 'confirmed' | 'open' | 'closed'

/** What signing in needs of the other rooms. */
export interface SignInRoom extends PasswordDoor {
  /** Providers that are switched on, in the order in which they are offered. */
  readonly upstreams: readonly Upstream[]
  /** Whether people may create accounts themselves, and what that takes. */
  readonly signUp: SignUpRule
  /** Who waits at a return address, to be named on the page; null where nobody does. */
  readonly partyAt: (location: SafeLocation) => Promise<Party | null>
  /** Where a browser goes on whose session has just ended, before it goes to `next`. */
  readonly farewell: (request: Incoming, session: Session, next: SafeLocation) => Promise<SafeLocation>
}

/** GET and POST /sign-in, GET /sign-in/passkey. */
export function signInRoutes(platform: Platform, room: SignInRoom): readonly Route[] {
  const methods = methodsOf(platform, room)
  return [
    {
      method: 'GET',
      path: '/sign-in',
      caller: 'browser',
      run: (request) => show(platform, room, methods, request),
    },
    {
      method: 'POST',
      path: '/sign-in',
      caller: 'browser',
      run: (request) => submit(platform, room, methods, request),
    },
    // Where a page that has stood open for long gets another challenge.
    {
      method: 'GET',
      path: '/sign-in/passkey',
      caller: 'browser',
      run: (request) => json(200, askForPasskey(platform, request)),
    },
  ]
}

async function show(
  platform: Platform,
  room: SignInRoom,
  methods: readonly Method[],
  request: Incoming,
): Promise<Outgoing> {
  const continueTo = request.query.get('continue')
  const level = levelIn(request.query)
  const reason = request.query.get('reason')
  const present = await presentSession(platform, request)
  const signedIn = present?.stands === true ? present : null
  // Whoever sends a person here wants a new proof; somebody who just walks in is done when signed in already.
  const since = continueTo === undefined ? 0 : platform.runtime.now() + 1
  const standing = signedIn === null ? [] : [{ ...signedIn.session, at: signedIn.session.authenticatedAt }]
  const required = { methods: methods.map(({ name }) => name), since, second: 'none' } as const
  if (journey(standing, required).do === 'enter') return redirect(home)
  const shown = {
    continueTo,
    level,
    username: request.query.get('hint') ?? nameOf(present),
    remember: present?.session.remembered ?? false,
    reason: present?.stands === false ? 'two-factors' : isReason(reason) ? reason : undefined,
  } as const
  return signInForm(platform, room, request, shown, unsent)
}

async function submit(
  platform: Platform,
  room: SignInRoom,
  methods: readonly Method[],
  request: Incoming,
): Promise<Outgoing> {
  const asked = request.form.get('method') ?? methods[0]?.name
  const method = methods.find(({ name }) => name === asked)
  if (method === undefined) throw new Refusal(400)
  const remember = request.form.get('remember') === 'yes'
  const continueTo = request.form.get('continue')
  const level = levelIn(request.form)
  const username = request.form.get('username')
  const again = (state: FormState): Promise<Outgoing> =>
    signInForm(platform, room, request, { continueTo, level, username, remember }, state)

  let finished: Finished
  try {
    finished = await method.finish(request)
  } catch (error) {
    if (!(error instanceof Busy)) throw error
    return again(overloaded(signInProblems.busy))
  }
  if (!finished.ok) return again(answerTo(finished))
  const arrived = await arrive(platform, request, {
    userId: finished.user.id,
    method: method.name,
    authentication: finished.authentication,
    remember,
    continueTo,
    stepUp: level !== undefined,
    writes: finished.writes,
    cookies: finished.cookies,
  })
  if (arrived.ok) return withCookies(redirect(arrived.location), ...arrived.cookies)
  // The same signature was sent twice, or the passkey is gone by now.
  const isSpent = arrived.lost === 'challenge' || arrived.lost === 'signature'
  return again(
    isSpent ? { status: 400, problems: [signInProblems.unproven] } : overloaded(signInProblems.busy),
  )
}

/** Whether one factor won't do for what the person is on the way to: then it is asked of who has a second. */
export function levelIn(parameters: Incoming['query']): 'mfa' | undefined {
  return parameters.get('level') === 'mfa' ? 'mfa' : undefined
}

function answerTo(finished: Extract<Finished, { ok: false }>): FormState {
  switch (finished.because) {
    case 'limited':
      return limited(finished.retryAfter)
    case 'refused': {
      const { refused, unsure } = signInProblems
      return { status: 403, problems: finished.isUnsure === true ? [refused, unsure] : [refused] }
    }
    case 'incomplete': {
      const { usernameMissing, passwordMissing } = signInProblems
      const problems = [usernameMissing, passwordMissing]
      return { status: 422, problems: problems.filter(({ field }) => finished.missing.includes(field)) }
    }
    case 'unproven':
    case 'expired':
      return { status: 400, problems: [signInProblems[finished.because]] }
  }
}

interface Shown {
  readonly continueTo: string | undefined
  readonly level: 'mfa' | undefined
  readonly username: string | undefined
  readonly remember: boolean
  readonly reason?: SignInReason | undefined
}

async function signInForm(
  platform: Platform,
  room: SignInRoom,
  request: Incoming,
  { continueTo, level, username, remember, reason }: Shown,
  state: FormState,
): Promise<Outgoing> {
  const back = openReturn(platform.vault, request.browser, continueTo)
  // A return address that doesn't open is not carried on: it would only fail again.
  const kept = back === null ? undefined : continueTo
  const html = signInPage(
    {
      continueTo: kept,
      level,
      party: back === null ? null : await room.partyAt(back),
      username: username === undefined || username.length > 320 ? undefined : username,
      remember,
      passkey: askForPasskey(platform, request),
      upstreams: room.upstreams,
      signUp: room.signUp === 'closed' ? null : withContinue('/sign-up', kept),
      forgot: platform.mail.isOpen ? withContinue('/forgot-password', kept) : null,
      reason,
      problems: state.problems,
    },
    frameOf(platform, request),
  )
  return page(html, state)
}

/** A local address with the sealed return address, if there is one. */
export function withContinue(path: string, continueTo: string | undefined): string {
  return continueTo === undefined ? path : `${path}?continue=${encodeURIComponent(continueTo)}`
}

function nameOf(present: PresentSession | null): string | undefined {
  return present?.user.email ?? present?.user.username ?? undefined
}
