// The pages of a forgotten password: ask for a letter, choose a new one with the link in it, and a link that is over.
// Fields: username; secret (hidden), new_password. Post to /forgot-password and /reset-password.
import { button, buttonLink, field, form, link } from '../platform/html/form.ts'
import { type Frame, slip } from '../platform/html/layout.ts'
import { type Html, html, type Piece } from '../platform/html/markup.ts'
import { named } from '../platform/html/party.ts'
import { errorSummary, type Problem } from '../platform/html/problems.ts'
import { spanWords } from '../platform/html/words.ts'
import { partyStub } from './sign-in.page.ts'

/** What the page that asks for the name shows. */
export interface ForgotPasswordModel {
  readonly continueTo?: string | undefined
  readonly username?: string | undefined
  /** Local address of the sign-in page. */
  readonly signIn: string
  readonly problems: readonly Problem[]
}

/** The words of these pages’ own problems; the password policy has its own. */
export const forgotProblems = {
  usernameMissing: { field: 'username', message: 'Enter your e-mail address or user name' },
  passwordMissing: { field: 'new_password', message: 'Choose a new password' },
  busy: { message: 'Many people are signing in right now. Please try again in a few seconds' },
} as const satisfies Record<string, Problem>

/** The page of GET /forgot-password, and of a refused POST. */
export function forgotPasswordPage(model: ForgotPasswordModel, frame: Frame): Html {
  const { problems } = model
  const content = [
    field({
      name: 'username',
      label: 'E-mail or user name',
      autocomplete: 'username',
      value: model.username,
      problems,
      maxlength: 320,
      autofocus: problems.length === 0,
    }),
    html`<div class="acts">${button({ text: 'Send me a link' })}</div>`,
  ]
  const body = html`<h1>Forgot your password?</h1>
<p class="lead">Say who you are. We’ll send a link to the e-mail address of your account, with which you can choose a new password.</p>
${errorSummary(problems)}${form({ action: '/forgot-password', hidden: { continue: model.continueTo }, content }, frame)}`
  const aside = html`<p>Remembered it? ${link(model.signIn, 'Sign in')}</p>`
  return slip(
    { title: 'Forgot your password?', hasProblems: problems.length > 0, stub: ownStub(frame), body, aside },
    frame,
  )
}

/** What the page after the form says, for every name alike. @param seconds that the link is good */
export function forgotSent(seconds: number): Html {
  return html`If there is an account with this name, a letter is on its way to its e-mail address. The link in it works for ${spanWords(seconds)}.`
}

/** What the page to choose a new password shows. */
export interface NewPasswordModel {
  /** Stands in the link. */
  readonly secret: string
  /** What the person signs in with. */
  readonly username: string
  /** Whether there is one to be replaced. */
  readonly hasPassword: boolean
  /** Fewest characters that a password may have. */
  readonly minimum: number
  readonly problems: readonly Problem[]
}

/** The page of GET /reset-password: looking at it changes nothing, its form does. */
export function newPasswordPage(model: NewPasswordModel, frame: Frame): Html {
  const { problems, username } = model
  const title = model.hasPassword ? 'Choose a new password' : 'Choose a password'
  const content = [
    html`<input type="text" name="username" value="${username}" autocomplete="username" readonly hidden>`,
    field({
      name: 'new_password',
      label: 'New password',
      type: 'password',
      autocomplete: 'new-password',
      problems,
      hint: `At least ${model.minimum} characters. A few words make a good one; spaces are welcome.`,
      minlength: model.minimum,
      autofocus: problems.length === 0,
    }),
    html`<div class="acts">${button({ text: 'Set password' })}</div>`,
  ]
  const body = html`<h1>${title}</h1>
<p class="lead">For ${named(username)}. Every browser and device that is signed in is signed out then.</p>
${errorSummary(problems)}${form({ action: '/reset-password', hidden: { secret: model.secret }, content }, frame)}`
  return slip({ title, hasProblems: problems.length > 0, stub: ownStub(frame), body, reveals: true }, frame)
}

/** A link that is good for nothing (any more). @param again local address where another one can be asked for */
export function deadLinkPage(again: { readonly href: string; readonly text: string }, frame: Frame): Html {
  const body = html`<h1>This link no longer works</h1>
<p class="lead">It was used before, it is too old, or a newer one was sent. The newest letter has the one that works.</p>
<div class="acts">${buttonLink(again.href, again.text, 'main')}</div>`
  const aside = html`<p>${link('/sign-in', 'Sign in')}</p>`
  return slip({ title: 'This link no longer works', stub: ownStub(frame), body, aside }, frame)
}

/** What the page says where no letter can be sent. */
export function noLettersPage(signIn: string, frame: Frame): Html {
  const body = html`<h1>Forgot your password?</h1>
<p class="lead">This server can’t send letters. Ask the people who run it to give you a new way in.</p>
<div class="acts">${buttonLink(signIn, 'Sign in')}</div>`
  return slip({ title: 'Forgot your password?', stub: ownStub(frame), body }, frame)
}

function ownStub(frame: Frame): Piece {
  return partyStub('', null, frame)
}
