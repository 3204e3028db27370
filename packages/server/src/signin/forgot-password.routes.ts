// /forgot-password and /reset-password: a new password by letter. Asking is answered alike for everybody and changes
// nothing; the link shows a page, and only that page’s form uses it up; nobody is signed in by it (PW-20 to PW-24).
import { passwordMinimum } from '../accounts/credentials/password-policy.ts'
import type { Owned } from '../accounts/proofs/proofs.ts'
import { keptFor, proofSeconds } from '../accounts/proofs/proofs.ts'
import { requestReset } from '../accounts/recovery/request-reset.ts'
import { resetOf, resetPassword } from '../accounts/recovery/reset-password.ts'
import { signInPath } from '../accounts/sign-in-path.ts'
import { signInNameOf } from '../accounts/users/sign-in-name.ts'
import { frameOf } from '../platform/html/frame.ts'
import { type FormState, overloaded, type Problem, unsent } from '../platform/html/problems.ts'
import { type Incoming, type Outgoing, page, type Route, redirect } from '../platform/http/exchange.ts'
import { Busy } from '../platform/http/failure.ts'
import { openReturn } from '../platform/http/return.ts'
import type { Platform } from '../platform/platform.ts'
import {
  deadLinkPage,
  forgotPasswordPage,
  forgotProblems,
  forgotSent,
  newPasswordPage,
  noLettersPage,
} from './forgot-password.page.ts'
import { mailboxPage } from './mailbox.page.ts'
import { partyStub } from './sign-in.page.ts'
import { type SignInRoom, withContinue } from './sign-in.routes.ts'

/** GET and POST of /forgot-password and /reset-password. */
export function forgotPasswordRoutes(platform: Platform, room: SignInRoom): readonly Route[] {
  const route = (method: 'GET' | 'POST', path: string, run: Route['run']): Route => ({
    method,
    path,
    caller: 'browser',
    run,
  })
  return [
    route('GET', '/forgot-password', (request) =>
      forgotForm(platform, request, request.query.get('continue'), []),
    ),
    route('POST', '/forgot-password', (request) => ask(platform, room, request)),
    route('GET', '/reset-password', (request) => showLink(platform, request)),
    route('POST', '/reset-password', (request) => setPassword(platform, room, request)),
  ]
}

function forgotForm(
  platform: Platform,
  request: Incoming,
  continueTo: string | undefined,
  problems: readonly Problem[],
): Outgoing {
  const kept = own(platform, request, continueTo)
  const signIn = signInPath({ continueTo: kept })
  const frame = frameOf(platform, request)
  if (!platform.mail.isOpen) return page(noLettersPage(signIn, frame), { status: 404 })
  const model = { continueTo: kept, username: request.form.get('username'), signIn, problems }
  return page(forgotPasswordPage(model, frame), { status: problems.length === 0 ? 200 : 422 })
}

async function ask(platform: Platform, room: SignInRoom, request: Incoming): Promise<Outgoing> {
  const name = request.form.get('username')
  const continueTo = own(platform, request, request.form.get('continue'))
  if (name === undefined || !platform.mail.isOpen) {
    return forgotForm(platform, request, continueTo, [forgotProblems.usernameMissing])
  }
  await requestReset(platform, room, request, { name, kept: continueTo })
  const frame = frameOf(platform, request)
  const model = {
    stub: partyStub('', null, frame),
    words: forgotSent(proofSeconds['password.reset']),
    again: withContinue('/forgot-password', continueTo),
    development: platform.development,
  }
  return page(mailboxPage(model, frame))
}

async function showLink(platform: Platform, request: Incoming): Promise<Outgoing> {
  const secret = request.query.get('secret')
  const owned = await resetOf(platform, secret)
  if (owned === null || secret === undefined) return deadLink(platform, request)
  return newPasswordForm(platform, request, { owned, secret }, unsent)
}

async function setPassword(platform: Platform, room: SignInRoom, request: Incoming): Promise<Outgoing> {
  const secret = request.form.get('secret')
  const owned = await resetOf(platform, secret)
  if (owned === null || secret === undefined) return deadLink(platform, request)
  const again = (state: FormState): Outgoing => newPasswordForm(platform, request, { owned, secret }, state)
  const wanted = request.form.get('new_password')
  if (wanted === undefined) return again({ status: 422, problems: [forgotProblems.passwordMissing] })
  try {
    const reset = await resetPassword(platform, room, request, secret, wanted)
    if (reset.kind === 'refused') return deadLink(platform, request)
    if (reset.kind === 'findings') {
      const problems = reset.findings.map(({ message }) => ({ field: 'new_password', message }))
      return again({ status: 422, problems })
    }
  } catch (error) {
    if (!(error instanceof Busy)) throw error
    return again(overloaded(forgotProblems.busy))
  }
  const continueTo = own(platform, request, keptFor(platform, owned.proof) ?? undefined)
  return redirect(signInPath({ continueTo, reason: 'password-set' }))
}

function newPasswordForm(
  platform: Platform,
  request: Incoming,
  { owned, secret }: { readonly owned: Owned; readonly secret: string },
  state: FormState,
): Outgoing {
  const { user, password } = owned.owner
  const model = {
    secret,
    username: signInNameOf(user),
    hasPassword: password !== null,
    minimum: passwordMinimum(platform),
    problems: state.problems,
  }
  return page(newPasswordPage(model, frameOf(platform, request)), state)
}

function deadLink(platform: Platform, request: Incoming): Outgoing {
  const again = { href: '/forgot-password', text: 'Send me another link' }
  return page(deadLinkPage(again, frameOf(platform, request)), { status: 410 })
}

/** The sealed return address, if it is one of this browser's. */
function own(platform: Platform, request: Incoming, continueTo: string | undefined): string | undefined {
  return openReturn(platform.vault, request.browser, continueTo) === null ? undefined : continueTo
}
