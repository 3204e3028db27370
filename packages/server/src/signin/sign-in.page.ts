// The sign-in page: one form with identifier and password, one for a passkey, and one for each upstream provider.
// Fields: username, password, remember ("yes"), continue (sealed), level; passkey, passkey_ticket, method ("passkey").
// Posts to /sign-in and /sign-in/with/<id>.

import { passkeyPlace } from '../accounts/passkeys/passkey-place.page.ts'
import { passkeyScript } from '../accounts/passkeys/script.ts'
import type { SignInReason } from '../accounts/sign-in-path.ts'
import { pathTo } from '../platform/html/address.ts'
import { button, checkbox, field, form, link } from '../platform/html/form.ts'
import { type Frame, slip } from '../platform/html/layout.ts'
import { providerMark } from '../platform/html/mark.ts'
import { type Html, html, nothing, type Piece } from '../platform/html/markup.ts'
import { type Party, partyStub as stubOf } from '../platform/html/party.ts'
import { errorSummary, notice, type Problem } from '../platform/html/problems.ts'

/** What the sign-in page shows. */
export interface SignInPageModel {
  /** The sealed return address. */
  readonly continueTo?: string | undefined
  /** Sent along with the form: that one factor won’t do. */
  readonly level?: 'mfa' | undefined
  /** Who asks for the sign-in; absent when a person just came here. */
  readonly party?: Party | null | undefined
  /** What was typed before, or the login hint. */
  readonly username?: string | undefined
  readonly remember?: boolean | undefined
  /** What an authenticator is asked for; null where browsers have no passkeys for us. */
  readonly passkey?: { readonly options: object; readonly ticket: string } | null | undefined
  readonly upstreams: readonly Upstream[]
  /** Local address of the sign-up page; null where sign-up is closed. */
  readonly signUp: string | null
  /** Local address of the page for forgotten passwords; null where no letter can be sent. */
  readonly forgot: string | null
  /** Why the page is shown, where that isn’t plain. */
  readonly reason?: SignInReason | undefined
  readonly problems: readonly Problem[]
}

/** A provider that one can sign in with; `id` stands in the address, `name` on the button. */
export interface Upstream {
  readonly id: string
  readonly name: string
}

/** The words of each sign-in problem, once. One answer for an unknown user and a wrong password. */
export const signInProblems = {
  usernameMissing: { field: 'username', message: 'Enter your e-mail address or user name' },
  passwordMissing: { field: 'password', message: 'Enter your password' },
  refused: { field: 'username', message: 'No account matches this name and password' },
  /** Beside `refused`. */
  unsure: {
    message:
      'If you haven’t signed in here before, that can’t be checked right now: try again in a few minutes',
  },
  unproven: { message: 'This passkey doesn’t sign anybody in. Try again, or sign in another way' },
  expired: { message: 'That took too long. Please try again' },
  busy: { message: 'Many people are signing in right now. Please try again in a few seconds' },
} as const satisfies Record<string, Problem>

const reasons: Readonly<Record<SignInReason, string>> = {
  'password-set': 'Your new password is set. Sign in with it.',
  confirm: 'Please sign in again to confirm that it’s you.',
  expired: 'That took too long, or something changed meanwhile. Please sign in again.',
  'two-factors': 'Signing in here takes a second step by now. Please sign in again.',
  'upstream-cancelled': 'You didn’t sign in there, and nothing has changed here.',
}

/** Whether a text names a reason. */
export function isReason(text: string | undefined): text is SignInReason {
  return text !== undefined && Object.hasOwn(reasons, text)
}

/** The page of GET /sign-in, and of a refused POST. */
export function signInPage(model: SignInPageModel, frame: Frame): Html {
  const fresh = model.problems.length === 0
  const known = model.username !== undefined && model.username !== ''
  const reason = model.reason === undefined ? undefined : reasons[model.reason]
  const fields = [
    field({
      name: 'username',
      label: 'E-mail or user name',
      autocomplete: 'username webauthn',
      value: model.username,
      problems: model.problems,
      autofocus: fresh && !known,
      maxlength: 320,
    }),
    field({
      name: 'password',
      label: 'Password',
      type: 'password',
      autocomplete: 'current-password',
      problems: model.problems,
      autofocus: fresh && known,
    }),
    model.forgot === null
      ? nothing
      : html`<p class="hint">${link(model.forgot, 'Forgot your password?')}</p>`,
    checkbox({ name: 'remember', label: 'Keep me signed in on this device', checked: model.remember }),
    html`<div class="acts">${button({ text: 'Sign in' })}</div>`,
  ]
  const body = html`<h1>Sign in</h1>
${reason !== undefined && fresh ? notice(reason) : nothing}${errorSummary(model.problems)}
${form({ action: '/sign-in', hidden: { continue: model.continueTo, level: model.level }, content: fields }, frame)}
${passkeyForm(model, frame)}${upstreamForms(model.upstreams, { continue: model.continueTo, level: model.level }, frame)}`
  return slip(
    {
      title: 'Sign in',
      hasProblems: !fresh,
      stub: partyStub('On the way to', model.party, frame),
      body,
      aside:
        model.signUp === null ? undefined : html`<p>New here? ${link(model.signUp, 'Create an account')}</p>`,
      reveals: true,
      ...(model.passkey && { script: passkeyScript }),
    },
    frame,
  )
}

function passkeyForm({ passkey, continueTo, problems }: SignInPageModel, frame: Frame): Html {
  if (!passkey) return nothing
  const content = passkeyPlace({
    ...passkey,
    ceremony: 'get',
    text: 'Sign in with a passkey',
    // Whoever fills in by itself what was just refused would do so again and again.
    autofill: !problems.includes(signInProblems.unproven),
    renew: '/sign-in/passkey',
    before: html`<p class="or">or</p>`,
  })
  return form(
    { action: '/sign-in', class: 'by-passkey', hidden: { method: 'passkey', continue: continueTo }, content },
    frame,
  )
}

/**
 * One form and one button per upstream provider; nothing where there is none.
 *
 * @param hidden where the person goes on, sealed, and whether one factor won't do there
 */
export function upstreamForms(
  upstreams: readonly Upstream[],
  hidden: { readonly continue: string | undefined; readonly level?: 'mfa' | undefined },
  frame: Frame,
): Html {
  if (upstreams.length === 0) return nothing
  const forms = upstreams.map((upstream) =>
    form(
      {
        action: pathTo('/sign-in/with', upstream.id),
        hidden,
        content: button({
          text: [providerMark(upstream), html`<span>Continue with ${upstream.name}</span>`],
          kind: 'plain',
        }),
      },
      frame,
    ),
  )
  return html`<p class="or">or</p><div class="upstreams">${forms}</div>`
}

/** What the stub says: the party that the person goes on to, or the account itself. */
export function partyStub(doing: string, party: Party | null | undefined, frame: Frame): Piece {
  if (party === null || party === undefined) {
    return html`<p class="stub-for">Your account at</p><p class="stub-name">${frame.host ?? frame.product}</p>`
  }
  return stubOf(doing, party)
}
