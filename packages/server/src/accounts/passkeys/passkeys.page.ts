// Passkeys of one's own account: their part of the account page, the page that makes one, and the page of one of them.
// Posts to /account/passkeys/begin, /account/passkeys/add, /account/passkeys/rename and /account/passkeys/remove.
import { button, buttonLink, field, form, link } from '../../platform/html/form.ts'
import { type Frame, slip } from '../../platform/html/layout.ts'
import { type Html, html, nothing } from '../../platform/html/markup.ts'
import { named } from '../../platform/html/party.ts'
import { errorSummary, type Problem } from '../../platform/html/problems.ts'
import { smallButtonStyles } from '../../platform/html/stylesheet.ts'
import { agoWords } from '../../platform/html/words.ts'
import { part } from '../part.page.ts'
import { keyMark, passkeyPlace } from './passkey-place.page.ts'
import { passkeyScript } from './script.ts'

/** One passkey on a page. Times are seconds since the epoch. */
export interface PasskeyRowModel {
  /** Field and query `passkey_id`. */
  readonly id: string
  readonly name: string
  readonly addedAt: number
  readonly lastUsedAt: number | null
  /** Whether it is copied to the person's other devices; null where nobody has said. */
  readonly synced: boolean | null
  /** Whether its authenticator knows its person; else it is a second step alone. */
  readonly userVerified: boolean
  /** The domain that it was made for, where it is not this server's: then it opens nothing here. */
  readonly otherDomain: string | null
  /** False for the only way to sign in. */
  readonly mayRemove: boolean
}

/** What the account page shows of passkeys. */
export interface PasskeysPartModel {
  readonly now: number
  readonly passkeys: readonly PasskeyRowModel[]
  /** What whoever keeps the person's passkeys is told: which of them work, and their name. */
  readonly told: object
}

/** Words for what can go wrong. */
export const passkeyProblems = {
  missing: { message: 'Your browser has made no passkey. Please try again' },
  expired: { message: 'That took too long. Please try again' },
  unsound: { message: 'That passkey couldn’t be added. Please try again, or use another device' },
  taken: { message: 'That passkey is here already' },
  tooMany: { message: 'You have as many passkeys as an account can have. Remove one first' },
  lastWayIn: {
    message: 'This is the only way to sign in to your account. Set a password or add another passkey first',
  },
  lastFactor: {
    message:
      'Everybody needs a second factor here, and this is yours. Add another passkey, or an authenticator app, first',
  },
} as const satisfies Record<string, Problem>

/** The part of the account page. */
export function passkeysPart({ now, passkeys, told }: PasskeysPartModel, frame: Frame): Html {
  const rows = passkeys.map((passkey) => {
    const change = buttonLink(addressOf(passkey), 'Change', 'quiet', `Change ${passkey.name}`)
    return html`<li><div class="what with-glyph">${keyMark}<div><strong>${named(passkey.name)}</strong>${tagsOf(passkey)}<p class="quietly">${factsOf(passkey, now, frame)}</p></div></div>${change}</li>`
  })
  const add = form(
    {
      action: '/account/passkeys/begin',
      content: html`<div class="acts">${button({ text: passkeys.length === 0 ? 'Add a passkey' : 'Add another passkey', kind: 'plain' })}</div>`,
    },
    frame,
  )
  const words =
    passkeys.length === 0
      ? 'Sign in with your finger, face or PIN instead of a password. A passkey can’t be guessed, and nobody can trick you out of it.'
      : passkeys.some(({ otherDomain }) => otherDomain === null)
        ? 'Each of these signs you in without a password.'
        : 'None of these works here any more. Add one that does.'
  return part('passkeys', 'Passkeys', words, [
    passkeys.length === 0 ? html`<p class="quietly">You have none.</p>` : html`<ul class="rows">${rows}</ul>`,
    html`<div data-accepted="${JSON.stringify(told)}" hidden></div>`,
    add,
  ])
}

function tagsOf({ synced, userVerified, otherDomain }: PasskeyRowModel): Html {
  const tag =
    otherDomain !== null
      ? 'doesn’t work here'
      : !userVerified
        ? 'second step only'
        : synced === true
          ? 'synced'
          : null
  return tag === null ? nothing : html` <span class="tag">${tag}</span>`
}

function factsOf(
  { addedAt, lastUsedAt, otherDomain }: PasskeyRowModel,
  now: number,
  { lang }: Frame,
): string {
  if (otherDomain !== null) return `Made for ${otherDomain}, added ${agoWords(addedAt, now, lang)}`
  const used = lastUsedAt === null ? 'not used yet' : `last used ${agoWords(lastUsedAt, now, lang)}`
  return `Added ${agoWords(addedAt, now, lang)}, ${used}`
}

function addressOf({ id }: Pick<PasskeyRowModel, 'id'>): string {
  return `/account/passkeys/change?passkey_id=${encodeURIComponent(id.toWellFormed())}`
}

/** What the page that makes a passkey shows. */
export interface NewPasskeyPageModel {
  readonly account: { readonly name: string; readonly username: string }
  readonly name: string
  readonly options: object
  readonly ticket: string
  /** Where the form posts, with these hidden fields. */
  readonly action: string
  readonly hidden: Readonly<Record<string, string>>
  /** Local address for not doing it; null where a second factor has to be set up. */
  readonly cancel: string | null
  /** Another second factor to set up instead. */
  readonly instead?: OtherFactor | undefined
  readonly problems: readonly Problem[]
}

/** A link to another second factor. */
export interface OtherFactor {
  readonly address: string
  readonly text: string
}

/** The page that makes a passkey. */
export function newPasskeyPage(model: NewPasskeyPageModel, frame: Frame): Html {
  const { account, options, ticket, cancel, instead, problems } = model
  const content = [
    field({
      name: 'name',
      label: 'Its name',
      autocomplete: 'off',
      value: model.name,
      maxlength: 200,
      hint: 'To know it by, among others that you may add.',
    }),
    html`<div class="acts">${passkeyPlace({
      ceremony: 'create',
      options,
      ticket,
      text: 'Create passkey',
      kind: 'main',
      without:
        'This browser can’t make passkeys here. It needs JavaScript, and a browser that knows passkeys.',
    })}${cancel === null ? nothing : buttonLink(cancel, 'Cancel')}</div>`,
  ]
  const body = html`<h1>Add a passkey</h1>
<p class="lead">${cancel === null ? 'Here, nobody comes in by a password alone. ' : ''}Your device keeps the passkey, and asks for your finger, face or PIN each time. It works at ${frame.host ?? frame.product} and nowhere else.</p>
${errorSummary(problems)}${form({ action: model.action, hidden: model.hidden, content }, frame)}`
  return slip(
    {
      title: 'Add a passkey',
      hasProblems: problems.length > 0,
      stub: cancel === null ? stubOf(account, 'Second factor for') : stubOf(account),
      body,
      ...(instead !== undefined && { aside: html`<p>${link(instead.address, instead.text)}</p>` }),
      script: passkeyScript,
    },
    frame,
  )
}

/** What the page of one passkey shows. */
export interface PasskeyPageModel {
  readonly now: number
  readonly account: { readonly name: string; readonly username: string }
  readonly passkey: PasskeyRowModel
  /** What was typed, where it was refused. */
  readonly typed?: string | undefined
  readonly problems: readonly Problem[]
}

/** The page of one passkey: its name, and its end. */
export function passkeyPage(model: PasskeyPageModel, frame: Frame): Html {
  const { passkey, problems, typed } = model
  const rename = form(
    {
      action: '/account/passkeys/rename',
      hidden: { passkey_id: passkey.id },
      content: [
        field({
          name: 'name',
          label: 'Name',
          autocomplete: 'off',
          value: typed ?? passkey.name,
          problems,
          maxlength: 200,
        }),
        html`<div class="acts">${button({ text: 'Save name' })}${buttonLink('/account', 'Cancel')}</div>`,
      ],
    },
    frame,
  )
  const remove = passkey.mayRemove
    ? form(
        {
          action: '/account/passkeys/remove',
          hidden: { passkey_id: passkey.id },
          content: button({ text: 'Remove this passkey', kind: 'alarm' }),
        },
        frame,
      )
    : html`<p>It is your only way to sign in, and can’t be removed. ${link('/account', 'Set a password or add another passkey')} first.</p>`
  const body = html`<h1>${passkey.name}</h1>
<p class="lead">${factsOf(passkey, model.now, frame)}. ${whereItIs(passkey)}</p>
${errorSummary(problems)}${rename}`
  const aside = [
    passkey.mayRemove
      ? html`<p>Lost the device, or don’t need it any more? Removing it signs you out everywhere else.</p>`
      : nothing,
    remove,
  ]
  return slip(
    {
      title: 'Passkey',
      hasProblems: problems.length > 0,
      stub: stubOf(model.account),
      body,
      aside,
      styles: [smallButtonStyles],
    },
    frame,
  )
}

function whereItIs({ synced, userVerified, otherDomain }: PasskeyRowModel): string {
  if (otherDomain !== null)
    return 'A passkey works at the address that it was made for and at no other: this one opens nothing here.'
  if (!userVerified) return 'It asks for a touch alone, so it serves as the second step after a password.'
  if (synced === null) return ''
  return synced
    ? 'It is kept where your other devices find it too.'
    : 'It is on one device or security key, and nowhere else.'
}

function stubOf({ name, username }: PasskeyPageModel['account'], what = 'Signed in as'): Html {
  return html`<p class="stub-for">${what}</p><p class="stub-name">${name}</p><p class="stub-place">${username}</p>`
}
