// The place in a form where a passkey is made or shown. It is hidden until the page's script runs, and stays so where a
// browser knows no passkeys. Fields: passkey (what the authenticator said) and passkey_ticket, or new_passkey and
// new_passkey_ticket where one is made.
import { button } from '../../platform/html/form.ts'
import { type Html, html, nothing, type Piece } from '../../platform/html/markup.ts'

/** A place to be. */
export interface PasskeyPlaceModel {
  readonly ceremony: 'get' | 'create'
  /** What the authenticator is asked for, as JSON. */
  readonly options: object
  /** What comes back with its answer. */
  readonly ticket: string
  /** The button's words. */
  readonly text: string
  readonly kind?: 'main' | 'plain'
  /** Offer passkeys in the list under the user-name field as well. */
  readonly autofill?: boolean
  /** A path of ours that gives newer options and ticket, for pages that stand open for long. */
  readonly renew?: string
  /** What stands before the button, and is hidden with it. */
  readonly before?: Piece
  /** What stands in its place where there can't be a passkey. */
  readonly without?: Piece
}

/** The fields of the form: what the authenticator said, and what it was asked. */
export const passkeyFields = {
  get: { answer: 'passkey', ticket: 'passkey_ticket' },
  create: { answer: 'new_passkey', ticket: 'new_passkey_ticket' },
} as const satisfies Record<PasskeyPlaceModel['ceremony'], Readonly<Record<string, string>>>

/** A key, for buttons and rows. */
export const keyMark: Html = html`<svg class="glyph" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"><circle cx="7.5" cy="12" r="4.5"/><path d="M12 12h9.5v3.5M17.5 12v2.5"/></svg>`

/** What stands where there can't be a passkey, and nothing else would do. */
export const noPasskeysHere =
  'This browser shows no passkeys here. It needs JavaScript, and a browser that knows passkeys.'

// By the names of the errors that browsers give (WebAuthn §5.1.3, §5.1.4); the empty one is any other.
const words = {
  get: {
    NotAllowedError: 'No passkey was used. Try again, or choose another way',
    SecurityError: 'Passkeys can’t be used at this address',
    '': 'That didn’t work. Try again, or choose another way',
  },
  create: {
    InvalidStateError: 'This device has a passkey for your account already',
    NotAllowedError: 'No passkey was made. Try again when you are ready',
    ConstraintError: 'This device can’t make a passkey that asks for a PIN, finger or face',
    SecurityError: 'Passkeys can’t be made at this address',
    '': 'That didn’t work. Try again, or use another device',
  },
} as const satisfies Record<PasskeyPlaceModel['ceremony'], Readonly<Record<string, string>>>

/** The place; the page around it brings `passkeyScript`. */
export function passkeyPlace(model: PasskeyPlaceModel): Html {
  const { ceremony, options, ticket, renew, without } = model
  const names = passkeyFields[ceremony]
  const said = Object.entries(words[ceremony]).map(
    ([name, text]) => html`<p class="field-problem" role="alert" data-on="${name}" hidden>${text}</p>`,
  )
  return html`<div class="passkey" data-passkey="${ceremony}" data-options="${JSON.stringify(options)}"${renew === undefined ? nothing : html` data-renew="${renew}"`}${model.autofill ? html` data-autofill` : nothing} hidden>
<input type="hidden" name="${names.answer}" data-answer><input type="hidden" name="${names.ticket}" value="${ticket}" data-ticket>${model.before ?? nothing}${said}${button({ text: [keyMark, html`<span>${model.text}</span>`], kind: model.kind ?? 'plain' })}</div>${without === undefined ? nothing : html`<p class="without quietly">${without}</p>`}`
}
