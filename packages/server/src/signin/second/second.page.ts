// The second step of signing in: one form for one factor, and links to the others that the person has.
import { noPasskeysHere, passkeyPlace } from '../../accounts/passkeys/passkey-place.page.ts'
import { passkeyScript } from '../../accounts/passkeys/script.ts'
import { button, field, form, link } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html, nothing, type Piece } from '../../platform/html/markup.ts'
import type { Party } from '../../platform/html/party.ts'
import { errorSummary, type Problem } from '../../platform/html/problems.ts'
import { partyStub } from '../sign-in.page.ts'

/** What a factor's page shows between its title and the ways to others. */
export interface Shown {
  readonly title: string
  readonly lead: Piece
  /** What stands in the form, its button included. The page adds the form itself and what names the sign-in. */
  readonly content: Piece
  /** Runs when the page is there. Constant. */
  readonly script?: string
  /** Below the form, such as words for whoever runs no script. */
  readonly beside?: Html
}

/** What the page shows. */
export interface SecondPageModel {
  /** Where the form posts, with the hidden fields below. */
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
  readonly party: Party | null
  readonly shown: Shown
  /** Addresses of the other factors' pages, and what leads there. */
  readonly others: readonly { readonly address: string; readonly text: string }[]
  /** Local address of the sign-in page. */
  readonly signIn: string
  readonly problems: readonly Problem[]
}

/** The page of one second factor. */
export function secondPage(model: SecondPageModel, frame: Frame): Html {
  const { shown, others, problems } = model
  const body = html`<h1>${shown.title}</h1>
<p class="lead">${shown.lead}</p>
${errorSummary(problems)}${form({ action: model.action, hidden: model.hidden, content: shown.content }, frame)}${shown.beside ?? nothing}`
  const ways = others.map(({ address, text }) => html`<li>${link(address, text)}</li>`)
  const aside = [
    others.length === 0 ? nothing : html`<p>Can’t do that now?</p><ul class="ways">${ways}</ul>`,
    html`<p>${link(model.signIn, 'Sign in as somebody else')}</p>`,
  ]
  return slip(
    {
      title: shown.title,
      hasProblems: problems.length > 0,
      stub: partyStub('On the way to', model.party, frame),
      body,
      aside,
      ...(shown.script !== undefined && { script: shown.script }),
    },
    frame,
  )
}

/** The authenticator application's part: field `otp`. */
export function totpShown(problems: readonly Problem[]): Shown {
  return {
    title: 'Enter your code',
    lead: 'Open your authenticator app and type the code that it shows for this account now.',
    content: [
      field({
        name: 'otp',
        label: 'Code',
        autocomplete: 'one-time-code',
        numeric: true,
        maxlength: 16,
        problems,
        autofocus: problems.length === 0,
      }),
      html`<div class="acts">${button({ text: 'Continue' })}</div>`,
    ],
  }
}

/** The recovery code's part: field `recovery_code`. */
export function recoveryShown(problems: readonly Problem[]): Shown {
  return {
    title: 'Enter a recovery code',
    lead: 'Type one of the recovery codes that you put away. Each of them works once.',
    content: [
      field({
        name: 'recovery_code',
        label: 'Recovery code',
        autocomplete: 'off',
        maxlength: 40,
        problems,
        autofocus: problems.length === 0,
        hint: 'Such as 7k3d-9xqm-4fwt-h2ra',
      }),
      html`<div class="acts">${button({ text: 'Continue' })}</div>`,
    ],
  }
}

/** What can go wrong with a passkey. */
export const passkeyFactorProblems = {
  missing: { message: 'Your browser has shown no passkey. Please try again' },
  expired: { message: 'That took too long. Please try again' },
  refused: { message: 'That passkey isn’t one of this account. Try again, or choose another way' },
} as const satisfies Record<string, Problem>

/** The passkey's part: fields `passkey` and `passkey_ticket`. */
export function passkeyShown(asked: { readonly options: object; readonly ticket: string }): Shown {
  const place = passkeyPlace({
    ...asked,
    ceremony: 'get',
    text: 'Use a passkey',
    kind: 'main',
    without: noPasskeysHere,
  })
  return {
    title: 'Use your passkey',
    lead: 'Your device asks for your finger, face or PIN; or touch your security key.',
    content: html`<div class="acts">${place}</div>`,
    script: passkeyScript,
  }
}
