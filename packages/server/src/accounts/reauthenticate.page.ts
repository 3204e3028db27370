// Confirming who you are before a sensitive change (ASVS 7.5.1): the password of the account that is signed in, or one of
// its passkeys.
import { button, buttonLink, field, form } from '../platform/html/form.ts'
import { type Frame, slip } from '../platform/html/layout.ts'
import { type Html, html, nothing, type Piece } from '../platform/html/markup.ts'
import { named } from '../platform/html/party.ts'
import { errorSummary, type Problem } from '../platform/html/problems.ts'
import { noPasskeysHere, passkeyPlace } from './passkeys/passkey-place.page.ts'
import { passkeyScript } from './passkeys/script.ts'

/** What the page that asks for the password again shows. */
export interface ReauthenticatePageModel {
  readonly account: { readonly name: string; readonly username: string }
  /** What the confirmation is for, as the end of "to …": "unlink Google". */
  readonly purpose: string
  /** Where the forms post: fields `username` (as given here), `password` and `code`; or those of a passkey. */
  readonly action: string
  /** False where a passkey alone will do. */
  readonly needsPassword: boolean
  /** Whether the form asks for a code of the second factor too: field `code`. */
  readonly needsCode: boolean
  /** What an authenticator is asked for; null for who has no passkey. */
  readonly passkey: { readonly options: object; readonly ticket: string } | null
  readonly hidden?: Readonly<Record<string, string | undefined>> | undefined
  readonly cancel: string
  readonly problems: readonly Problem[]
}

/** The page that asks for the password, or a passkey, before a sensitive change. */
export function reauthenticatePage(model: ReauthenticatePageModel, frame: Frame): Html {
  const { account, problems } = model
  const body = html`<h1>Confirm that it’s you</h1>
<p class="lead">${leadOf(model)}</p>
${errorSummary(problems)}${model.needsPassword ? passwordForm(model, frame) : nothing}${passkeyForm(model, frame)}`
  const stub = html`<p class="stub-for">Signed in as</p><p class="stub-name">${account.name}</p><p class="stub-place">${account.username}</p>`
  return slip(
    {
      title: 'Confirm that it’s you',
      hasProblems: problems.length > 0,
      stub,
      body,
      reveals: true,
      ...(model.passkey && { script: passkeyScript }),
    },
    frame,
  )
}

function leadOf({ account, needsPassword, needsCode, purpose }: ReauthenticatePageModel): Piece {
  if (!needsPassword) return html`Use a passkey of ${named(account.username)} to ${purpose}.`
  return html`Enter the password of ${named(account.username)}${needsCode ? ', and a code,' : ''} to ${purpose}.`
}

function passwordForm(model: ReauthenticatePageModel, frame: Frame): Html {
  const { account, problems } = model
  const content = html`<input type="text" name="username" value="${account.username}" autocomplete="username" readonly hidden>
${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', problems, autofocus: problems.length === 0 })}
${model.needsCode ? codeField(problems) : nothing}
<div class="acts">${button({ text: 'Confirm' })}${buttonLink(model.cancel, 'Cancel')}</div>`
  return form({ action: model.action, hidden: model.hidden, content }, frame)
}

function passkeyForm(model: ReauthenticatePageModel, frame: Frame): Html {
  const { passkey, needsPassword, hidden, action } = model
  if (passkey === null) return nothing
  const place = { ...passkey, ceremony: 'get', text: 'Confirm with a passkey' } as const
  const content = needsPassword
    ? passkeyPlace({ ...place, before: html`<p class="or">or</p>` })
    : html`<div class="acts">${passkeyPlace({ ...place, kind: 'main', without: noPasskeysHere })}${buttonLink(model.cancel, 'Cancel')}</div>`
  return form({ action, class: needsPassword ? 'by-passkey' : undefined, hidden, content }, frame)
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
