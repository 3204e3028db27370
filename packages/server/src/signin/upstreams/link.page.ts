// Linking with proof: someone came back from an upstream provider with the e-mail address of an account that exists
// here. Only who knows that account's password may link the two; the provider's word alone never does. Whoever it
// doesn't belong to can have an account of their own.
import { button, buttonLink, field, form, link } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html, type Piece } from '../../platform/html/markup.ts'
import { named } from '../../platform/html/party.ts'
import { errorSummary, type Problem } from '../../platform/html/problems.ts'
import { smallButtonStyles } from '../../platform/html/stylesheet.ts'

/** What the offer to link shows. */
export interface LinkPageModel {
  readonly upstream: { readonly id: string; readonly name: string }
  /** The address that the provider gave, which an account here has. */
  readonly email: string
  /** True for who has just signed in to that account: then nothing more is to be proven. */
  readonly isProven?: boolean | undefined
  /** False for an account that other providers alone open: it has nothing to prove it with on this page. */
  readonly hasPassword?: boolean | undefined
  /** False where new accounts can't be created. */
  readonly mayStartAfresh?: boolean | undefined
  /** Where the forms post: `password`, or `decision` with the value `separate`, and the hidden fields below. */
  readonly action: string
  /** What names the offer, by field name. */
  readonly hidden: Readonly<Record<string, string | undefined>>
  /** Local address for not linking: back to sign-in. */
  readonly cancel: string
  readonly problems: readonly Problem[]
}

/** The words of the offer’s own problems. */
export const linkProblems = {
  wrongPassword: { field: 'password', message: 'This is not the password of that account' },
} as const satisfies Record<string, Problem>

/** The page that offers to link a provider’s account with the one that is here. */
export function linkPage(model: LinkPageModel, frame: Frame): Html {
  const { upstream, problems } = model
  const body = html`<h1>Is this account yours?</h1>
${proofPart(model, frame)}`
  const stub = html`<p class="stub-for">To link with</p><p class="stub-name">${upstream.name}</p><p class="stub-place">${model.email}</p>`
  return slip(
    {
      title: `Link with ${upstream.name}`,
      hasProblems: problems.length > 0,
      stub,
      body,
      aside: otherWays(model, frame),
      reveals: true,
      styles: [smallButtonStyles],
    },
    frame,
  )
}

function proofPart(model: LinkPageModel, frame: Frame): Piece {
  if (model.isProven === true) return nothingToProve(model, frame)
  return model.hasPassword === false ? otherProof(model) : passwordProof(model, frame)
}

function nothingToProve({ upstream, email, action, hidden, problems }: LinkPageModel, frame: Frame): Piece {
  const content = html`<div class="acts">${button({ text: `Link ${upstream.name}` })}</div>`
  return html`<p class="lead">You are signed in to the account with the address ${named(email)}. Linked with ${upstream.name}, either of them signs you in.</p>
${errorSummary(problems)}${form({ action, hidden, content }, frame)}`
}

function passwordProof(model: LinkPageModel, frame: Frame): Piece {
  const { upstream, problems } = model
  const fields = [
    html`<div class="field"><label for="username">E-mail</label><input id="username" name="username" type="email" autocomplete="username" value="${model.email}" readonly></div>`,
    field({
      name: 'password',
      label: 'Password of your account here',
      type: 'password',
      autocomplete: 'current-password',
      problems,
      autofocus: problems.length === 0,
    }),
    html`<div class="acts">${button({ text: `Sign in and link ${upstream.name}` })}</div>`,
  ]
  return html`<p class="lead">An account with this e-mail address exists. Sign in with its password to link it with ${upstream.name}; from then on, either of them signs you in.</p>
${errorSummary(problems)}
${form({ action: model.action, hidden: model.hidden, content: fields }, frame)}`
}

function otherProof(model: LinkPageModel): Piece {
  return html`<p class="lead">An account with this e-mail address exists, and it has no password. Sign in to it as you did before, and then link ${model.upstream.name} on your account page.</p>
<div class="acts">${buttonLink(model.cancel, 'Sign in', 'main')}</div>`
}

function otherWays(model: LinkPageModel, frame: Frame): Piece {
  const { upstream, cancel } = model
  const another = link(cancel, 'Sign in another way')
  if (model.mayStartAfresh === false)
    return html`<p>Not your account? ${another}. Nothing is linked then.</p>`
  const separate = form(
    {
      action: model.action,
      hidden: { ...model.hidden, decision: 'separate' },
      content: html`<div class="acts">${button({ text: 'Create a separate account', kind: 'quiet' })}</div>`,
    },
    frame,
  )
  return [
    html`<p>Not your account? ${another}, and nothing is linked. Or start afresh with ${upstream.name}:</p>`,
    separate,
  ]
}
