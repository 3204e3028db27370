// A person's own account: profile, password, sessions, linked sign-ins, connected applications.
// Posts to /account/profile, /account/password, /account/identities/unlink, /account/connected/open,
// /account/connected/revoke, /account/identities/link/<id> and /sign-out.

import { pathTo } from '../platform/html/address.ts'
import { button, field, form, link } from '../platform/html/form.ts'
import { type Frame, sheet } from '../platform/html/layout.ts'
import { monogram, providerMark } from '../platform/html/mark.ts'
import { type Html, html, nothing, type Piece } from '../platform/html/markup.ts'
import { named } from '../platform/html/party.ts'
import { errorSummary, notice, type Problem } from '../platform/html/problems.ts'
import { agoWords } from '../platform/html/words.ts'
import type { AccountDeed } from './account-deed.ts'
import { type AddressPartModel, addressPart } from './addresses/addresses.page.ts'
import { keysPart, type OwnKey } from './api-keys.page.ts'
import { type FactorsPartModel, factorsPart } from './factors/factors.page.ts'
import { part } from './part.page.ts'
import { type PasskeysPartModel, passkeysPart } from './passkeys/passkeys.page.ts'
import { passkeyScript } from './passkeys/script.ts'
import { type SessionsPartModel, sessionsPart } from './sessions.page.ts'

/** What the page of /account shows. */
export interface AccountPageModel {
  /** Seconds since the epoch; all times here are. */
  readonly now: number
  readonly account: {
    readonly name: string
    readonly email: string | null
    readonly username: string | null
  }
  readonly address: AddressPartModel
  readonly password: {
    /** False for an account that signs in with a provider alone: the form then sets a first password. */
    readonly exists: boolean
    readonly changedAt: number | null
    readonly minimum: number
  }
  readonly factors: FactorsPartModel
  /** Null where browsers have no passkeys for us. */
  readonly passkeys: PasskeysPartModel | null
  readonly sessions: SessionsPartModel
  readonly identities: readonly AccountIdentity[]
  /** Providers that could still be linked. */
  readonly linkable: readonly { readonly id: string; readonly name: string }[]
  readonly connected: readonly ConnectedClient[]
  /** Keys for APIs that are this person’s own. */
  readonly keys: readonly OwnKey[]
  /** How many requests wait for this person’s answer at /approve. */
  readonly waiting: number
  /** What was just done. */
  readonly done?: AccountDeed | undefined
  /** The form that was refused, what was typed in it, and why. */
  readonly refused?:
    | {
        readonly form: 'profile' | 'password' | 'other'
        readonly name?: string
        readonly problems: readonly Problem[]
      }
    | undefined
}

/** A provider’s account that signs this person in. */
export interface AccountIdentity {
  /** Field `identity`. */
  readonly id: string
  readonly upstream: { readonly id: string; readonly name: string }
  /** The e-mail address or name at the provider. */
  readonly label: string | null
  readonly linkedAt: number
  /** False when it is the only way to sign in. */
  readonly mayUnlink: boolean
}

/** A client that a person has given access to. */
export interface ConnectedClient {
  /** Field `client`. */
  readonly clientId: string
  readonly name: string
  readonly host: string | null
  /** What it may do, in words. */
  readonly may: readonly string[]
  /** Since when, in seconds since the epoch. */
  readonly since: number
  /** When it was last sent somebody, or got a token. */
  readonly lastUsed: number
  /** Whether it keeps access while the person is away. */
  readonly offline: boolean
  /** Whether it can be opened from here, signed in. */
  readonly opens?: boolean
}

const deeds: Readonly<Record<AccountDeed, string>> = {
  'profile-saved': 'Your profile is saved.',
  'password-changed': 'Your password is changed. Every other session has ended.',
  'address-asked':
    'Look into the mailbox of that address: your account has it once you follow the link there.',
  'address-kept': 'Your address stays as it is.',
  'address-changed': 'Your e-mail address is changed.',
  'address-confirmed': 'Your e-mail address is confirmed.',
  'letter-sent': 'Look into your mailbox: the link there confirms your address.',
  'session-ended': 'That session has ended.',
  'application-ended': 'That application is signed out everywhere.',
  'others-ended': 'Every other session has ended.',
  'factor-off': 'Your second factor is off. Every other session has ended.',
  'passkey-added': 'Your passkey is added. You can sign in with it from now on.',
  'passkey-renamed': 'The passkey has its new name.',
  'passkey-removed': 'The passkey is removed, and every other session has ended.',
  linked: 'Linked. You can sign in with it from now on.',
  unlinked: 'Unlinked. It no longer signs you in.',
  'key-ended': 'The key is ended. No program gets in with it any more.',
  'app-removed': 'Access withdrawn. The application can’t use your account any more.',
}

/** Whether a text, such as one of the query, names a deed. */
export function isDeed(text: string | undefined): text is AccountDeed {
  return text !== undefined && Object.hasOwn(deeds, text)
}

/** The words of the account page’s own problems; the password policy and names have their own. */
export const accountProblems = {
  currentMissing: { field: 'current_password', message: 'Enter your current password' },
  currentWrong: { field: 'current_password', message: 'This is not your current password' },
  passwordMissing: { field: 'password', message: 'Enter your password' },
  passwordWrong: { field: 'password', message: 'This is not your password' },
  codeMissing: { field: 'code', message: 'Enter a code of your authenticator app' },
  codeWrong: { field: 'code', message: 'This code isn’t right, or was used before' },
  passkeyWrong: { message: 'That passkey doesn’t confirm it. Try again, or choose another way' },
  passkeyLate: { message: 'That took too long. Please try again' },
  newMissing: { field: 'new_password', message: 'Choose a new password' },
  lastWayIn: { message: 'This is the only way to sign in to your account. Set a password first' },
} as const satisfies Record<string, Problem>

/** The page of /account: everything that a person may see and change of their own. */
export function accountPage(model: AccountPageModel, frame: Frame): Html {
  const problems = model.refused?.problems ?? []
  const { account } = model
  const body = html`<h1>${account.name}</h1>
<p class="lead">Your account${frame.host === undefined ? '' : ` at ${frame.host}`}</p>
${model.done !== undefined && problems.length === 0 ? notice(deeds[model.done], 'good') : nothing}${errorSummary(problems)}${waitingPart(model)}
${profilePart(model, frame)}${addressPart(model.address, frame)}${passwordPart(model, frame)}${model.passkeys && passkeysPart(model.passkeys, frame)}${factorsPart(model.factors, frame)}${sessionsPart(model.sessions, frame)}${identitiesPart(model, frame)}${connectedPart(model, frame)}${keysPart(model.keys, model.now, frame)}`
  const signOut = form(
    {
      action: '/sign-out',
      content: button({ text: 'Sign out', kind: 'quiet', label: 'Sign out of this browser' }),
    },
    frame,
  )
  return sheet(
    {
      title: titleOf(model),
      hasProblems: problems.length > 0,
      corner: [html`<span class="who">${named(account.name)}</span>`, signOut],
      body,
      reveals: true,
      ...(model.passkeys && { script: passkeyScript }),
    },
    frame,
  )
}

/** What was done comes first: a title is what a screen reader says of a page that has come anew. */
function titleOf({ done, refused }: AccountPageModel): string {
  const [said] = done === undefined || refused !== undefined ? [] : deeds[done].split(/[.:]/)
  return said === undefined ? 'Your account' : `${said} · Your account`
}

function waitingPart({ waiting }: AccountPageModel): Piece {
  if (waiting === 0) return nothing
  const [words, look] =
    waiting === 1 ? ['A request waits', 'Look at it'] : [`${waiting} requests wait`, 'Look at them']
  return notice(html`${words} for your answer. ${link('/approve', look)}`)
}

function problemsIn(model: AccountPageModel, name: 'profile' | 'password'): readonly Problem[] {
  return model.refused?.form === name ? model.refused.problems : []
}

function profilePart(model: AccountPageModel, frame: Frame): Html {
  const { account, refused } = model
  const typed = refused?.form === 'profile' ? refused.name : undefined
  const content = form(
    {
      action: '/account/profile',
      class: 'narrow',
      content: [
        field({
          name: 'name',
          label: 'Name',
          autocomplete: 'name',
          value: typed ?? account.name,
          problems: problemsIn(model, 'profile'),
          maxlength: 200,
        }),
        html`<div class="acts">${button({ text: 'Save name', kind: 'plain' })}</div>`,
      ],
    },
    frame,
  )
  const facts =
    account.username === null
      ? nothing
      : html`<dl class="facts"><dt>User name</dt><dd>${account.username}</dd></dl>`
  return part('profile', 'Profile', 'How applications that you allow it see you.', [facts, content])
}

function passwordPart(model: AccountPageModel, frame: Frame): Html {
  const { password, account } = model
  const problems = problemsIn(model, 'password')
  const content = form(
    {
      action: '/account/password',
      class: 'narrow',
      content: [
        html`<input type="text" name="username" value="${account.username ?? account.email ?? ''}" autocomplete="username" readonly hidden>`,
        password.exists
          ? field({
              name: 'current_password',
              label: 'Current password',
              type: 'password',
              autocomplete: 'current-password',
              problems,
            })
          : nothing,
        field({
          name: 'new_password',
          label: 'New password',
          type: 'password',
          autocomplete: 'new-password',
          problems,
          minlength: password.minimum,
          hint: `At least ${password.minimum} characters; a few words make a good one.`,
        }),
        html`<div class="acts">${button({ text: password.exists ? 'Change password' : 'Set password', kind: 'plain' })}</div>`,
      ],
    },
    frame,
  )
  const words = !password.exists
    ? 'You sign in without one. A password gives you a second way in.'
    : password.changedAt === null
      ? 'Changing it signs you out everywhere else.'
      : `Changed ${agoWords(password.changedAt, model.now, frame.lang)}. Changing it signs you out everywhere else.`
  return part('password', 'Password', words, content)
}

function identitiesPart(model: AccountPageModel, frame: Frame): Html {
  if (model.identities.length === 0 && model.linkable.length === 0) return nothing
  const linked = model.identities.map((identity) => {
    const { upstream } = identity
    const unlink = identity.mayUnlink
      ? form(
          {
            action: '/account/identities/unlink',
            hidden: { identity: identity.id },
            content: button({ text: 'Unlink', kind: 'quiet', label: `Unlink ${upstream.name}` }),
          },
          frame,
        )
      : html`<span class="quietly">Your only way to sign in</span>`
    return html`<li><div class="what with-glyph">${providerMark(upstream)}<div><strong>${named(upstream.name)}</strong><p class="quietly">${identity.label === null ? 'Linked' : html`${named(identity.label)}, linked`} ${agoWords(identity.linkedAt, model.now, frame.lang)}</p></div></div>${unlink}</li>`
  })
  const open = model.linkable.map((upstream) => {
    const link = form(
      {
        action: pathTo('/account/identities/link', upstream.id),
        content: button({ text: 'Link', kind: 'quiet', label: `Link ${upstream.name}` }),
      },
      frame,
    )
    return html`<li><div class="what with-glyph">${providerMark(upstream)}<div><strong>${named(upstream.name)}</strong><p class="quietly">Not linked</p></div></div>${link}</li>`
  })
  return part(
    'identities',
    'Linked sign-ins',
    'Accounts elsewhere that sign you in here.',
    html`<ul class="rows">${linked}${open}</ul>`,
  )
}

function connectedPart(model: AccountPageModel, frame: Frame): Html {
  const rows = model.connected.map((app) => {
    const remove = form(
      {
        action: '/account/connected/revoke',
        hidden: { client: app.clientId },
        content: button({ text: 'Withdraw access', kind: 'quiet', label: `Withdraw access of ${app.name}` }),
      },
      frame,
    )
    const open = form(
      {
        action: '/account/connected/open',
        hidden: { client: app.clientId },
        content: button({ text: 'Open', kind: 'quiet', label: `Open ${app.name}` }),
      },
      frame,
    )
    const may = app.may.length > 0 ? app.may : ['Know that it’s you']
    const since = `Allowed ${agoWords(app.since, model.now, frame.lang)}, last used ${agoWords(app.lastUsed, model.now, frame.lang)}${app.offline ? '. Keeps access while you are away' : ''}`
    return html`<li><div class="what with-glyph">${monogram(app.name)}<div><strong>${named(app.name)}</strong>${app.host === null ? nothing : html` <span class="quietly">${named(app.host)}</span>`}<ul class="may">${may.map((words) => html`<li>${words}</li>`)}</ul><p class="quietly">${since}</p></div></div>${app.opens === true ? open : nothing}${remove}</li>`
  })
  const content =
    rows.length === 0
      ? html`<p class="quietly">None. Applications that you give access to appear here.</p>`
      : html`<ul class="rows">${rows}</ul>`
  return part(
    'connected',
    'Connected applications',
    'What you have allowed to use your account. Withdrawing ends it at once.',
    content,
  )
}
