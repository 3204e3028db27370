// Confirming who you are before a sensitive change (ASVS 7.5.1): the password of the account that is signed in.
import { button, buttonLink, field, form } from '../platform/html/form.ts'
import { type Frame, slip } from '../platform/html/layout.ts'
import { type Html, html, nothing } from '../platform/html/markup.ts'
import { named } from '../platform/html/party.ts'
import { errorSummary, type Problem } from '../platform/html/problems.ts'

/** What the page that asks for the password again shows. */
export interface ReauthenticatePageModel {
  readonly account: { readonly name: string; readonly username: string }
  /** What the confirmation is for, as the end of "to …": "unlink Google". */
  readonly purpose: string
  /** Where the form posts: fields `username` (as given here), `password` and `code`. */
  readonly action: string
  /** Whether the form asks for a code of the second factor too: field `code`. */
  readonly needsCode: boolean
  readonly hidden?: Readonly<Record<string, string | undefined>> | undefined
  readonly cancel: string
  readonly problems: readonly Problem[]
}

/** The page that asks for the password before a sensitive change. */
export function reauthenticatePage(model: ReauthenticatePageModel, frame: Frame): Html {
  const { account, problems } = model
  const content = html`<input type="text" name="username" value="${account.username}" autocomplete="username" readonly hidden>
${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', problems, autofocus: problems.length === 0 })}
${model.needsCode ? codeField(problems) : nothing}
<div class="acts">${button({ text: 'Confirm' })}${buttonLink(model.cancel, 'Cancel')}</div>`
  const body = html`<h1>Confirm that it’s you</h1>
<p class="lead">Enter the password of ${named(account.username)}${model.needsCode ? ', and a code,' : ''} to ${model.purpose}.</p>
${errorSummary(problems)}${form({ action: model.action, hidden: model.hidden, content }, frame)}`
  const stub = html`<p class="stub-for">Signed in as</p><p class="stub-name">${account.name}</p><p class="stub-place">${account.username}</p>`
  return slip(
    { title: 'Confirm that it’s you', hasProblems: problems.length > 0, stub, body, reveals: true },
    frame,
  )
}

function codeField(problems: readonly Problem[]): Html {
  return field({
    name: 'code',
    label: 'Code',
    autocomplete: 'one-time-code',
    maxlength: 40,
    problems,
    hint: 'The one that your authenticator app shows now, or a recovery code.',
  })
}
