// The building blocks of forms. `form` is the only place that writes <form method="post">, so that the form token
// can't be forgotten. The autocomplete tokens are those of the HTML standard (autofill detail tokens).
import { localPath } from '../http/exchange.ts'
import type { Frame } from './layout.ts'
import { type Html, html, nothing, type Piece } from './markup.ts'
import { type Problem, problemOf } from './problems.ts'

/** What browsers and password managers may fill in. */
export type Autocomplete =
  | 'username webauthn'
  | 'username'
  | 'current-password'
  | 'new-password'
  | 'one-time-code'
  | 'name'
  | 'email'
  | 'off'

/** A form to be. */
export interface Form {
  /** A path of this server. */
  readonly action: string
  /** Hidden fields by name; an undefined value is left out. */
  readonly hidden?: Readonly<Record<string, string | undefined>> | undefined
  readonly content: Piece
  readonly class?: string | undefined
  /** Name for assistive technology, where several forms share a page. */
  readonly label?: string | undefined
}

/**
 * A POST form with the form token of this browser.
 *
 * INVARIANT: posts to this server only; the token never leaves it.
 * @throws TypeError when the action is not a local path: a bug of ours.
 */
export function form(parts: Form, frame: Frame): Html {
  return html`<form method="post" action="${localPath(parts.action)}" novalidate${attribute('class', parts.class)}${attribute('aria-label', parts.label)}>
<input type="hidden" name="form_token" value="${frame.csrf}">${hiddenFields(parts.hidden)}
${parts.content}</form>`
}

/** Hidden inputs by name; an undefined value is left out. */
export function hiddenFields(fields: Readonly<Record<string, string | undefined>> | undefined): Piece {
  return Object.entries(fields ?? {}).map(([name, value]) =>
    value === undefined ? nothing : html`<input type="hidden" name="${name}" value="${value}">`,
  )
}

/** An input to be. */
export interface Field {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'email' | 'password' | undefined
  readonly value?: string | undefined
  readonly autocomplete: Autocomplete
  readonly hint?: Piece
  /** All problems of the form; the field shows its own. */
  readonly problems?: readonly Problem[] | undefined
  readonly optional?: boolean | undefined
  readonly autofocus?: boolean | undefined
  readonly minlength?: number | undefined
  readonly maxlength?: number | undefined
  /** Letters to be copied from elsewhere: keyboards are to offer capitals and to correct nothing. */
  readonly copied?: boolean | undefined
  /** Digits alone: keyboards are to offer those. */
  readonly numeric?: boolean | undefined
}

/** A labelled input with its hint and problem, both tied to it by aria-describedby. Its id is its name. */
export function field(parts: Field): Html {
  const type = parts.type ?? 'text'
  const problem = problemOf(parts.name, parts.problems)
  const hintId = parts.hint === undefined ? '' : `${parts.name}-hint`
  const problemId = problem === undefined ? '' : `${parts.name}-problem`
  const described = [problemId, hintId].filter((id) => id !== '').join(' ')
  const input = html`<input id="${parts.name}" name="${parts.name}" type="${type}" autocomplete="${parts.autocomplete}"${attribute('value', parts.value === '' ? undefined : parts.value)}${attribute('aria-describedby', described === '' ? undefined : described)}${flag('aria-invalid="true"', problem !== undefined)}${flag('required', !parts.optional)}${attribute('minlength', parts.minlength)}${attribute('maxlength', parts.maxlength)}${typing(type, parts)}${flag('autofocus', parts.autofocus ?? false)}>`
  return html`<div class="field"><label for="${parts.name}">${parts.label}${parts.optional ? html` <span class="optional">optional</span>` : nothing}</label>
${problem === undefined ? nothing : html`<p class="field-problem" id="${problemId}">${problem.message}</p>`}
${type === 'password' ? revealable(input, parts.name) : input}
${parts.hint === undefined ? nothing : html`<p class="hint" id="${hintId}">${parts.hint}</p>`}</div>`
}

function typing(type: string, { autocomplete, copied, numeric }: Field): Html {
  if (numeric) return html` inputmode="numeric"`
  if (copied) return html` autocapitalize="characters" autocorrect="off" spellcheck="false"`
  const isName = type === 'email' || autocomplete.startsWith('username')
  return isName ? html` autocapitalize="none" spellcheck="false"` : nothing
}

// Hidden until the script shows it: without script there is nothing to press.
function revealable(input: Html, name: string): Html {
  return html`<div class="with-reveal">${input}<button type="button" class="reveal" data-reveal="${name}" aria-controls="${name}" aria-pressed="false" hidden>Show<span class="unseen"> password</span></button></div>`
}

/** A box to tick, which sends `yes`; its id is its name. */
export function checkbox(parts: {
  name: string
  label: Piece
  hint?: Piece
  checked?: boolean | undefined
}): Html {
  return html`<div class="check"><input type="checkbox" id="${parts.name}" name="${parts.name}" value="yes"${flag('checked', parts.checked ?? false)}${parts.hint === undefined ? nothing : html` aria-describedby="${parts.name}-hint"`}><label for="${parts.name}">${parts.label}</label>
${parts.hint === undefined ? nothing : html`<p class="hint" id="${parts.name}-hint">${parts.hint}</p>`}</div>`
}

/** A button to be. */
export interface Button {
  readonly text: Piece
  /** Main: the one obvious thing to do. Plain: another way. Quiet: small, in a row. Alarm: ends something. */
  readonly kind?: 'main' | 'plain' | 'quiet' | 'alarm' | undefined
  readonly name?: string | undefined
  readonly value?: string | undefined
  /** Said instead of the text by assistive technology; must begin with the text (WCAG 2.5.3). */
  readonly label?: string | undefined
}

/** The button that sends the form that it stands in. */
export function button(parts: Button): Html {
  return html`<button type="submit" class="button ${parts.kind ?? 'main'}"${attribute('name', parts.name)}${attribute('value', parts.value)}${attribute('aria-label', parts.label)}>${parts.text}</button>`
}

/** A link that looks like a button: another way, where the main way is a form. */
export function buttonLink(
  href: string,
  text: Piece,
  kind: 'main' | 'plain' | 'quiet' = 'plain',
  label?: string,
): Html {
  return html`<a class="button ${kind}" href="${localPath(href)}"${attribute('aria-label', label)}>${text}</a>`
}

/** A link within this server. */
export function link(href: string, text: Piece): Html {
  return html`<a href="${localPath(href)}">${text}</a>`
}

function attribute(name: string, value: string | number | undefined): Html {
  return value === undefined ? nothing : html` ${name}="${value}"`
}

function flag(written: 'required' | 'checked' | 'autofocus' | 'aria-invalid="true"', on: boolean): Html {
  if (!on) return nothing
  return written === 'aria-invalid="true"' ? html` aria-invalid="true"` : html` ${written}`
}
