// States of passkeys: their part of the account page, the pages that make and change one, and those that ask for one.
import {
  newPasskeyPage,
  type PasskeyRowModel,
  type PasskeysPartModel,
  passkeyPage,
  passkeyProblems,
} from '../../../packages/server/src/accounts/passkeys/passkeys.page.ts'
import { reauthenticatePage } from '../../../packages/server/src/accounts/reauthenticate.page.ts'
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import {
  passkeyFactorProblems,
  passkeyShown,
  secondPage,
} from '../../../packages/server/src/signin/second/second.page.ts'
import { day, hour, now, type Say, type State } from './state.ts'

/** What an authenticator is asked for. */
const asked = (say: Say) => ({
  options: { rpId: say('id.example.com'), challenge: say('c29tZS1jaGFsbGVuZ2U') },
  ticket: say('c2VhbGVkLXRpY2tldA'),
})

function rows(say: Say): [PasskeyRowModel, PasskeyRowModel, PasskeyRowModel] {
  const telephone: PasskeyRowModel = {
    id: say('psk_1'),
    name: say('Passkey of Safari on iPhone, Nov 22, 2026'),
    addedAt: now - 40 * day,
    lastUsedAt: now - hour,
    synced: true,
    userVerified: true,
    otherDomain: null,
    mayRemove: true,
  }
  const key = { ...telephone, id: say('psk_2'), name: say('The blue key'), synced: false, lastUsedAt: null }
  return [
    telephone,
    key,
    { ...key, id: say('psk_3'), name: say('An old key'), synced: null, userVerified: false },
  ]
}

// Where everybody needs a second factor, and a passkey is what is set up.
const required = {
  cancel: null,
  instead: { address: '/sign-in/second', text: 'Set up an authenticator app instead' },
} as const

/** The part of the account page. */
export function passkeysModel(say: Say): PasskeysPartModel {
  const whose = { rpId: say('id.example.com'), userId: say('aGFuZGxl') }
  return { now, passkeys: rows(say), told: { accepted: whose, details: { name: say('ada') } } }
}

export function passkeyStates(say: Say, frame: Frame): State[] {
  const account = { name: say('Ada Lovelace'), username: say('ada@example.test') }
  const [telephone, key, old] = rows(say)
  const fresh = {
    account,
    ...asked(say),
    name: say('Passkey of Firefox on Linux, Nov 22, 2026'),
    action: '/account/passkeys/add',
    hidden: {},
    cancel: '/account',
    problems: [],
  }
  const one = { now, account, passkey: telephone, problems: [] }
  const confirm = {
    account,
    purpose: say('add a passkey'),
    action: '/account/passkeys/begin',
    cancel: '/account',
    needsPassword: false,
    needsCode: false,
    passkey: asked(say),
    problems: [],
  }
  const second = {
    action: '/sign-in/second',
    hidden: { step: say('c2VhbGVk'), factor: 'passkey' },
    party: null,
    shown: passkeyShown(asked(say)),
    others: [{ address: '/sign-in/second?factor=totp', text: say('Use your authenticator app') }],
    signIn: '/sign-in',
    problems: [],
  }
  const unnamed = { field: 'name', message: say('Give it a name') }
  return [
    ['passkey-new', newPasskeyPage(fresh, frame)],
    ['passkey-new-required', newPasskeyPage({ ...fresh, ...required }, frame)],
    ['passkey-new-refused', newPasskeyPage({ ...fresh, problems: [passkeyProblems.unsound] }, frame)],
    ['passkey', passkeyPage(one, frame)],
    ['passkey-last', passkeyPage({ ...one, passkey: { ...key, mayRemove: false } }, frame)],
    [
      'passkey-old-unnamed',
      passkeyPage({ ...one, passkey: old, typed: say(' '), problems: [unnamed] }, frame),
    ],
    ['reauthenticate-passkey', reauthenticatePage(confirm, frame)],
    [
      'reauthenticate-either',
      reauthenticatePage({ ...confirm, needsPassword: true, needsCode: true }, frame),
    ],
    ['second-passkey', secondPage(second, frame)],
    ['second-passkey-refused', secondPage({ ...second, problems: [passkeyFactorProblems.refused] }, frame)],
  ]
}
