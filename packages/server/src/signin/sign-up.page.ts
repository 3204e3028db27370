// The sign-up page: name, e-mail, optional user name, password. Posts to /sign-up.
import { button, field, form, link } from '../platform/html/form.ts'
import { type Frame, slip } from '../platform/html/layout.ts'
import { type Html, html } from '../platform/html/markup.ts'
import { named, type Party } from '../platform/html/party.ts'
import { errorSummary, type Problem } from '../platform/html/problems.ts'
import { spanWords, waitWords } from '../platform/html/words.ts'
import { partyStub, type Upstream, upstreamForms } from './sign-in.page.ts'

/** What the sign-up page shows. */
export interface SignUpPageModel {
  /** The sealed return address. */
  readonly continueTo?: string | undefined
  readonly party?: Party | null | undefined
  /** What was typed before; never the password. */
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly username?: string | undefined
  readonly upstreams: readonly Upstream[]
  /** Local address of the sign-in page. */
  readonly signIn: string
  /** Fewest characters that a password may have. */
  readonly passwordMinimum: number
  readonly problems: readonly Problem[]
}

/** The words of the problems that only sign-up has; those of a person’s details are told where these are checked. */
export const signUpProblems = {
  emailMissing: { field: 'email', message: 'Enter your e-mail address' },
  /** Says nothing of whose name is taken, nor that one is: see sign-up.routes.ts. */
  refused: {
    message:
      'An account can’t be created with these details. If you have one already, please sign in instead',
  },
  passwordMissing: { field: 'password', message: 'Choose a password' },
  closed: { message: 'New accounts can’t be created here at present' },
  busy: { message: 'Many people are signing up right now. Please try again in a few seconds' },
  tooMany: (retryAfter: number): Problem => ({
    message: `Too many accounts were asked for from your network. Please wait ${waitWords(retryAfter)} and try again`,
  }),
} as const satisfies Record<string, Problem | ((seconds: number) => Problem)>

/** The page of GET /sign-up, and of a refused POST. */
export function signUpPage(model: SignUpPageModel, frame: Frame): Html {
  const { problems } = model
  const fields = [
    field({ name: 'name', label: 'Name', autocomplete: 'name', value: model.name, problems, maxlength: 200 }),
    field({
      name: 'email',
      label: 'E-mail',
      type: 'email',
      autocomplete: 'email',
      value: model.email,
      problems,
      maxlength: 320,
    }),
    field({
      name: 'username',
      label: 'User name',
      autocomplete: 'username',
      value: model.username,
      problems,
      optional: true,
      maxlength: 64,
    }),
    field({
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'new-password',
      problems,
      hint: `At least ${model.passwordMinimum} characters. A few words make a good one; spaces are welcome.`,
      minlength: model.passwordMinimum,
    }),
    html`<div class="acts">${button({ text: 'Create account' })}</div>`,
  ]
  const body = html`<h1>Create an account</h1>
${errorSummary(problems)}
${form({ action: '/sign-up', hidden: { continue: model.continueTo }, content: fields }, frame)}
${upstreamForms(model.upstreams, { continue: model.continueTo }, frame)}`
  return slip(
    {
      title: 'Create an account',
      hasProblems: problems.length > 0,
      stub: partyStub('On the way to', model.party, frame),
      body,
      aside: html`<p>Have an account? ${link(model.signIn, 'Sign in')}</p>`,
      reveals: true,
    },
    frame,
  )
}

/** What the page after the form says, for every address alike. @param seconds that the link is good */
export function signUpSent(address: string, seconds: number): Html {
  return html`We’ve sent a letter to ${named(address)}. Follow the link in it to finish your account. It works for ${spanWords(seconds)}.`
}
