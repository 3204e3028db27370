// The e-mail address of an account: its part of the account page, the page to ask for another one, and the page that a
// mailed link leads to. Posts to /account/email, /account/email/verify, /account/email/withdraw, /account/email/confirm.
import { button, buttonLink, field, form } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html, nothing, type Piece } from '../../platform/html/markup.ts'
import { named } from '../../platform/html/party.ts'
import { errorSummary, type Problem } from '../../platform/html/problems.ts'
import { spanWords } from '../../platform/html/words.ts'
import { part } from '../part.page.ts'

/** What the account page shows of the address. */
export interface AddressPartModel {
  /** Seconds since the epoch. */
  readonly now: number
  readonly email: string | null
  readonly emailVerified: boolean
  /** Another address that waits to be confirmed. */
  readonly waiting: { readonly address: string; readonly until: number } | null
  /** Whether letters can be sent; without them nothing can be confirmed here. */
  readonly mailOpen: boolean
}

/** The part of the account page. Nothing where there is neither an address nor a way to have one. */
export function addressPart(model: AddressPartModel, frame: Frame): Html {
  const { email, emailVerified, waiting, mailOpen } = model
  if (email === null && !mailOpen) return nothing
  const state = emailVerified
    ? html` <span class="tag">confirmed</span>`
    : html` <span class="quietly">not confirmed</span>`
  const rows = [
    email === null
      ? html`<li><div class="what"><p class="quietly">You have none here.</p></div></li>`
      : html`<li><div class="what"><strong>${named(email)}</strong>${state}</div>${emailVerified || !mailOpen ? nothing : sendAgain(frame)}</li>`,
    waiting === null ? nothing : waitingRow(waiting, model, frame),
  ]
  const change = html`<div class="acts">${buttonLink('/account/email', email === null ? 'Add an address' : 'Change address')}</div>`
  return part('email', 'E-mail', wordsFor(model), [
    html`<ul class="rows">${rows}</ul>`,
    mailOpen ? change : nothing,
  ])
}

function wordsFor({ email, emailVerified }: AddressPartModel): string {
  if (email === null)
    return 'With an address, you can sign in by it, and come back in when you forget your password.'
  return emailVerified
    ? 'You sign in with it, and letters about your account go there.'
    : 'You sign in with it. Confirm it, so that you can come back in when you forget your password.'
}

function sendAgain(frame: Frame): Html {
  const content = button({ text: 'Send the link again', kind: 'quiet' })
  return form({ action: '/account/email/verify', content }, frame)
}

function waitingRow(
  waiting: NonNullable<AddressPartModel['waiting']>,
  { now }: AddressPartModel,
  frame: Frame,
): Html {
  const withdraw = form(
    {
      action: '/account/email/withdraw',
      content: button({
        text: 'Withdraw',
        kind: 'quiet',
        label: `Withdraw the change to ${waiting.address}`,
      }),
    },
    frame,
  )
  return html`<li><div class="what"><strong>${named(waiting.address)}</strong><p class="quietly">Waits for you to follow the link in the letter there, for ${spanWords(waiting.until - now)} more.</p></div>${withdraw}</li>`
}

/** What the page to ask for another address shows. */
export interface ChangeAddressModel {
  readonly account: { readonly name: string; readonly email: string | null }
  /** What was typed. */
  readonly typed?: string | undefined
  readonly problems: readonly Problem[]
}

/** The words of its problems. */
export const addressProblems = {
  malformed: { field: 'email', message: 'Enter an e-mail address such as ada@example.com' },
  same: { field: 'email', message: 'Your account has this address already' },
} as const satisfies Record<string, Problem>

/** The page of GET /account/email, and of a refused POST. */
export function changeAddressPage(model: ChangeAddressModel, frame: Frame): Html {
  const { account, typed, problems } = model
  const title = account.email === null ? 'Add an address' : 'Change your address'
  const content = [
    field({
      name: 'email',
      label: 'New e-mail address',
      type: 'email',
      autocomplete: 'email',
      value: typed,
      problems,
      maxlength: 320,
      autofocus: problems.length === 0,
    }),
    html`<div class="acts">${button({ text: 'Send me a link' })}${buttonLink('/account', 'Cancel')}</div>`,
  ]
  const words =
    account.email === null
      ? 'We’ll send an e-mail there. Your account has the address once you follow the link in it.'
      : html`We’ll send an e-mail there. Your address stays ${named(account.email)} until you follow the link in it.`
  const body = html`<h1>${title}</h1>
<p class="lead">${words}</p>
${errorSummary(problems)}${form({ action: '/account/email', content }, frame)}`
  return slip({ title, hasProblems: problems.length > 0, stub: signedInAs(account.name), body }, frame)
}

/** What the page that a mailed link leads to shows. */
export interface ConfirmAddressModel {
  readonly name: string
  readonly address: string
  /** The address that it replaces; null where there is none, and undefined where the account has it already. */
  readonly replaces?: string | null | undefined
  /** Stands in the link. */
  readonly secret: string
}

/** The page of GET /account/email/confirm: looking at it changes nothing, its button does. */
export function confirmAddressPage(model: ConfirmAddressModel, frame: Frame): Html {
  const { address, replaces, secret } = model
  const title = replaces === undefined ? 'Confirm your address' : 'Use your new address'
  const content = html`<div class="acts">${button({ text: replaces === undefined ? 'Confirm this address' : 'Use this address' })}${buttonLink('/account', 'Not now')}</div>`
  const instead = replaces == null ? nothing : html` instead of ${named(replaces)}`
  const body = html`<h1>${title}</h1>
<p class="lead">${replaces === undefined ? 'Is' : 'Your account will have'} ${named(address)}${replaces === undefined ? ' your address?' : html`${instead} from now on.`}</p>
${form({ action: '/account/email/confirm', hidden: { secret }, content }, frame)}`
  return slip({ title, stub: signedInAs(model.name), body }, frame)
}

/** Why a link comes to nothing. */
export type DeadLink =
  /** Used, replaced, too old, or nobody's. */
  | 'over'
  /** Good, but for another account than the one that is signed in. */
  | 'other-account'
  /** Another account got the address meanwhile. */
  | 'taken'

/** The page for a link to an address that comes to nothing. */
export function deadAddressLinkPage(because: DeadLink, name: string, frame: Frame): Html {
  const [title, words] = deadWords[because]
  const body = html`<h1>${title}</h1>
<p class="lead">${words}</p>
<div class="acts">${buttonLink('/account', 'Your account', 'main')}</div>`
  return slip({ title, stub: signedInAs(name), body }, frame)
}

const deadWords: Readonly<Record<DeadLink, readonly [title: string, words: string]>> = {
  over: [
    'This link no longer works',
    'It was used before, it is too old, or a newer one was sent. Your account page says what your address is, and can send another link.',
  ],
  'other-account': [
    'This link is for another account',
    'Sign out here, sign in with the account that it was sent for, and follow the link again.',
  ],
  taken: [
    'This address has another account',
    'It got one before you followed the link. Your own account keeps the address that it has.',
  ],
}

function signedInAs(name: string): Piece {
  return html`<p class="stub-for">Signed in as</p><p class="stub-name">${name}</p>`
}
