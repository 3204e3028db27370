// GET and POST /sign-up/confirm: the link in the letter of sign-up. The page alone makes nothing, its form does.
import { frameOf } from '../platform/html/frame.ts'
import { type FormState, limited, overloaded, unsent } from '../platform/html/problems.ts'
import {
  type Incoming,
  type Outgoing,
  page,
  type Route,
  redirect,
  withCookies,
} from '../platform/http/exchange.ts'
import { Busy } from '../platform/http/failure.ts'
import type { Platform } from '../platform/platform.ts'
import { deadLinkPage } from './forgot-password.page.ts'
import type { SignInRoom } from './sign-in.routes.ts'
import { type FoundSignUp, findSignUp, finishSignUp, type SignedUp } from './sign-up-by-mail.ts'
import { confirmProblems, signUpConfirmPage } from './sign-up-confirm.page.ts'

/** GET and POST /sign-up/confirm. */
export function signUpConfirmRoutes(platform: Platform, room: SignInRoom): readonly Route[] {
  const path = '/sign-up/confirm'
  return [
    { method: 'GET', path, caller: 'browser', run: (request) => show(platform, request) },
    { method: 'POST', path, caller: 'browser', run: (request) => finish(platform, room, request) },
  ]
}

async function show(platform: Platform, request: Incoming): Promise<Outgoing> {
  const secret = request.query.get('secret')
  const found = await findSignUp(platform, request, secret)
  if (found === null || secret === undefined) return deadLink(platform, request)
  return confirmForm(platform, request, { found, secret }, unsent)
}

async function finish(platform: Platform, room: SignInRoom, request: Incoming): Promise<Outgoing> {
  const secret = request.form.get('secret')
  const found = room.signUp === 'closed' ? null : await findSignUp(platform, request, secret)
  if (found === null || secret === undefined) return deadLink(platform, request)
  try {
    const signedUp = await finishSignUp(platform, room, request, found)
    if (signedUp.ok) return withCookies(redirect(signedUp.location), ...signedUp.cookies)
    return signedUp.because === 'over'
      ? deadLink(platform, request)
      : confirmForm(platform, request, { found, secret }, answerTo(signedUp))
  } catch (error) {
    if (!(error instanceof Busy)) throw error
    return confirmForm(platform, request, { found, secret }, overloaded(confirmProblems.busy))
  }
}

function answerTo(refused: Extract<SignedUp, { readonly ok: false }>): FormState {
  switch (refused.because) {
    case 'limited':
      return limited(refused.retryAfter)
    case 'password wrong':
      return { status: 403, problems: [confirmProblems.passwordWrong] }
    case 'password missing':
      return { status: 422, problems: [confirmProblems.passwordMissing] }
    case 'username taken':
      return { status: 409, problems: [confirmProblems.usernameTaken] }
    case 'username malformed':
      return { status: 422, problems: [confirmProblems.usernameMalformed] }
    case 'address taken':
      return { status: 409, problems: [confirmProblems.addressTaken] }
    case 'over':
      return { status: 410, problems: [] }
  }
}

function confirmForm(
  platform: Platform,
  request: Incoming,
  { found: { user, asksPassword }, secret }: { readonly found: FoundSignUp; readonly secret: string },
  state: FormState,
): Outgoing {
  const { problems } = state
  const isRenaming =
    request.form.names().includes('username') || problems.some(({ field }) => field === 'username')
  const typed =
    request.form.get('username') ?? (request.form.names().includes('username') ? '' : user.username)
  const html = signUpConfirmPage(
    {
      secret,
      name: user.name,
      email: user.email,
      asksPassword,
      username: isRenaming ? (typed ?? '') : undefined,
      problems,
    },
    frameOf(platform, request),
  )
  return page(html, state)
}

function deadLink(platform: Platform, request: Incoming): Outgoing {
  const again = { href: '/sign-up', text: 'Begin afresh' }
  return page(deadLinkPage(again, frameOf(platform, request)), { status: 410 })
}
