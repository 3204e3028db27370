// The page that the link of sign-up leads to: one button in the browser that asked, and elsewhere the password that was
// chosen there. Fields: secret (hidden), password, username. Posts to /sign-up/confirm.
import { button, field, form, link } from '../platform/html/form.ts'
import { type Frame, slip } from '../platform/html/layout.ts'
import { type Html, html, nothing } from '../platform/html/markup.ts'
import { named } from '../platform/html/party.ts'
import { errorSummary, type Problem } from '../platform/html/problems.ts'
import { partyStub } from './sign-in.page.ts'

/** What the page shows. */
export interface SignUpConfirmModel {
  /** Stands in the link. */
  readonly secret: string
  readonly name: string
  readonly email: string
  /** Whether the password is to be given again. */
  readonly asksPassword: boolean
  /** The user name that was typed, where another one has to be chosen; undefined where none has. */
  readonly username?: string | undefined
  readonly problems: readonly Problem[]
}

/** The words of its problems. */
export const confirmProblems = {
  passwordMissing: { field: 'password', message: 'Enter the password that you chose' },
  passwordWrong: { field: 'password', message: 'This is not the password that was chosen' },
  usernameTaken: {
    field: 'username',
    message: 'This user name is taken. Choose another one, or leave it empty',
  },
  usernameMalformed: {
    field: 'username',
    message: 'A user name has 2 to 64 letters, digits, dots, hyphens or underscores',
  },
  addressTaken: { message: 'There is an account with this address by now. Please sign in' },
  busy: { message: 'Many people are signing up right now. Please try again in a few seconds' },
} as const satisfies Record<string, Problem>

/** The page of GET /sign-up/confirm: looking at it changes nothing, its form does. */
export function signUpConfirmPage(model: SignUpConfirmModel, frame: Frame): Html {
  const { secret, name, email, asksPassword, username, problems } = model
  const content = [
    asksPassword
      ? [
          html`<input type="text" value="${email}" autocomplete="username" readonly hidden>`,
          field({
            name: 'password',
            label: 'Password',
            type: 'password',
            autocomplete: 'current-password',
            problems,
            hint: 'The one that you chose when you signed up.',
            autofocus: problems.length === 0,
          }),
        ]
      : nothing,
    username === undefined
      ? nothing
      : field({
          name: 'username',
          label: 'User name',
          autocomplete: 'username',
          value: username,
          problems,
          optional: true,
          maxlength: 64,
        }),
    html`<div class="acts">${button({ text: 'Create account' })}</div>`,
  ]
  const words = asksPassword
    ? html`To create the account with ${named(email)}, give the password that you chose: you began in another browser, or a while ago.`
    : html`Welcome, ${named(name)}. Your account will have the address ${named(email)}.`
  const body = html`<h1>Finish your account</h1>
<p class="lead">${words}</p>
${errorSummary(problems)}${form({ action: '/sign-up/confirm', hidden: { secret }, content }, frame)}`
  return slip(
    {
      title: 'Finish your account',
      hasProblems: problems.length > 0,
      stub: partyStub('', null, frame),
      body,
      aside: html`<p>Didn’t begin this? Close this page: nothing has been created. Or ${link('/sign-up', 'begin afresh')}.</p>`,
      reveals: asksPassword,
    },
    frame,
  )
}
