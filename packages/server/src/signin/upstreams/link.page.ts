// Linking with proof: someone came back from an upstream provider with the e-mail address of an account that exists
// here. Only who knows that account's password may link the two; the provider's word alone never does.
import { button, field, form, link } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html } from '../../platform/html/markup.ts'
import { errorSummary, type Problem } from '../../platform/html/problems.ts'

export interface LinkPageModel {
  readonly upstream: { readonly id: string; readonly name: string }
  /** The address that the provider gave, which an account here has. */
  readonly email: string
  /** Where the form posts: field `password`, and the hidden fields below. */
  readonly action: string
  /** The sealed upstream transaction and return address, by field name. */
  readonly hidden: Readonly<Record<string, string | undefined>>
  /** Local address for not linking: back to sign-in. */
  readonly cancel: string
  readonly problems: readonly Problem[]
}

export function linkPage(model: LinkPageModel, frame: Frame): Html {
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
  const body = html`<h1>Is this account yours?</h1>
<p class="lead">An account with this e-mail address exists. Sign in with its password to link it with ${upstream.name}; from then on, either of them signs you in.</p>
${errorSummary(problems)}
${form({ action: model.action, hidden: model.hidden, content: fields }, frame)}`
  const stub = html`<p class="stub-for">To link with</p><p class="stub-name">${upstream.name}</p><p class="stub-place">${model.email}</p>`
  return slip(
    {
      title: `Link with ${upstream.name}`,
      hasProblems: problems.length > 0,
      stub,
      body,
      aside: html`<p>Not your account? ${link(model.cancel, 'Sign in another way')}. Nothing is linked then.</p>`,
      reveals: true,
    },
    frame,
  )
}
