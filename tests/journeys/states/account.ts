// States of a person's own account.
import {
  type AccountPageModel,
  accountPage,
  accountProblems,
  type ConnectedClient,
} from '../../../packages/server/src/accounts/account.page.ts'
import {
  addressProblems,
  changeAddressPage,
  confirmAddressPage,
  deadAddressLinkPage,
} from '../../../packages/server/src/accounts/addresses/addresses.page.ts'
import type { OwnKey } from '../../../packages/server/src/accounts/api-keys.page.ts'
import { reauthenticatePage } from '../../../packages/server/src/accounts/reauthenticate.page.ts'
import type { SessionsPartModel } from '../../../packages/server/src/accounts/sessions.page.ts'
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import { passkeysModel } from './passkeys.ts'
import { day, hour, now, type Say, type State, upstreams } from './state.ts'

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1'

function accountModel(say: Say): AccountPageModel {
  const { google, facebook, staff } = upstreams(say)
  const linked = {
    upstream: google,
    label: say('ada@example.test'),
    linkedAt: now - 9 * day,
    mayUnlink: true,
  }
  return {
    now,
    account: {
      name: say('Ada Lovelace'),
      email: say('ada@example.test'),
      username: say('ada'),
    },
    address: {
      now,
      email: say('ada@example.test'),
      emailVerified: true,
      waiting: { address: say('ada.lovelace@example.test'), until: now + day },
      mailOpen: true,
    },
    password: { exists: true, changedAt: now - 40 * day, minimum: 15 },
    factors: { now, totpSince: now - 3 * day, codesLeft: 7, required: false },
    passkeys: passkeysModel(say),
    sessions: sessions(say),
    identities: [
      { ...linked, id: say('idn_1') },
      {
        ...linked,
        id: say('idn_2'),
        upstream: staff,
        label: null,
        linkedAt: now - 90 * day,
        mayUnlink: false,
      },
    ],
    linkable: [facebook],
    connected: connected(say),
    keys: keys(say),
    waiting: 0,
  }
}

function sessions(say: Say): SessionsPartModel {
  const here = {
    id: say('ses_1'),
    current: true,
    userAgent: say(firefox),
    peer: say('203.0.113.9'),
    signedInAt: now - 2 * hour,
    lastUsedAt: now,
    remembered: true,
    upstream: null,
  }
  const there = { ...here, current: false, signedInAt: now - 3 * day, lastUsedAt: now - day }
  const held = (index: number) => ({
    id: say(`ses_1${index}`),
    userAgent: index === 1 ? null : safari,
    peer: say('2001:db8:85a3:8d3:1319:8a2e:370:7348'),
    allowedAt: now - index * day,
    lastUsedAt: now - index * hour,
  })
  const [first, second, third] = [held(1), held(2), held(3)]
  return {
    now,
    browsers: [
      here,
      { ...there, id: say('ses_2'), userAgent: safari, upstream: say('Google') },
      { ...there, id: say('ses_3'), userAgent: null, peer: null, remembered: false },
    ],
    applications: [
      {
        clientId: say('tv'),
        name: say('Harbour Street Television'),
        count: 1,
        newest: [{ ...first, id: say('ses_4') }],
      },
      {
        clientId: say('~knock'),
        name: say('Harbour Street for phones'),
        count: 243,
        newest: [second, third],
      },
    ],
  }
}

function keys(say: Say): OwnKey[] {
  return [
    {
      id: say('key_1'),
      name: say('The nightly report'),
      api: say('Harbour Street Bank'),
      may: [say('See your accounts and their balances')],
      createdAt: now - 30 * day,
      expiresAt: now + 60 * day,
      lastUsedAt: now - 5 * hour,
    },
    {
      id: say('key_2'),
      name: say('Backup of the ledger'),
      api: say('https://ledger.example/'),
      may: [],
      createdAt: now - day,
      expiresAt: null,
      lastUsedAt: null,
    },
  ]
}

function connected(say: Say): ConnectedClient[] {
  return [
    {
      clientId: say('demo-web'),
      name: say('Harbour Street Bank'),
      host: say('bank.example.com'),
      may: [say('See your accounts and their balances'), say('Transfer money from your accounts')],
      since: now - 20 * day,
      lastUsed: now - 3 * hour,
      offline: true,
    },
    {
      clientId: say('demo-native'),
      name: say('Ledger'),
      host: null,
      may: [],
      since: now - 60,
      lastUsed: now - 30,
      offline: false,
    },
  ]
}

/** Of somebody who has a dozen of everything, with names as people give them. */
function full(model: AccountPageModel, say: Say): AccountPageModel {
  const names = ['בנק רחוב הנמל (תל אביב)', '👩‍👩‍👧‍👦🏦 Lædger', 'A'.repeat(64), 'Harbour Street']
  const dozen = <T>(make: (name: string, at: number) => T): T[] =>
    Array.from({ length: 12 }, (_, at) => make(say(names[at % names.length] ?? ''), at))
  const [client, key] = [model.connected[0], model.keys[0]]
  const [browser, other] = model.sessions.browsers
  const [television, phones] = model.sessions.applications
  if (!client || !key || !browser || !other || !television || !phones)
    throw new Error('There is nothing to copy.')
  return {
    ...model,
    sessions: {
      now,
      browsers: [browser, ...dozen((_, at) => ({ ...other, id: `ses_b${at}` }))],
      applications: dozen((name, at) => ({
        ...(at % 2 === 0 ? phones : television),
        clientId: `app_${at}`,
        name,
      })),
    },
    connected: dozen((name, at) => ({ ...client, clientId: `client_${at}`, name, host: say(name) })),
    keys: dozen((name, at) => ({ ...key, id: `key_${at}`, name, api: say(name) })),
  }
}

export function accountStates(say: Say, frame: Frame): State[] {
  const model = accountModel(say)
  const account = { name: say('Ada Lovelace'), username: say('ada') }
  const reauthenticate = {
    account,
    purpose: say('unlink Google'),
    action: '/account/confirm',
    cancel: '/account',
    needsPassword: true,
    needsCode: false,
    passkey: null,
  }
  const nameless = { field: 'name', message: say('Enter your name') }
  const weak = { field: 'new_password', message: say('This password is known from leaks') }
  return [
    ['account', accountPage(model, frame)],
    [
      'account-new',
      accountPage(
        {
          ...model,
          account: { ...model.account, username: null },
          address: { ...model.address, emailVerified: false, waiting: null },
          password: { exists: false, changedAt: null, minimum: 15 },
          factors: { now, totpSince: null, codesLeft: 0, required: false },
          passkeys: { ...passkeysModel(say), passkeys: [] },
          sessions: { now, browsers: model.sessions.browsers.slice(0, 1), applications: [] },
          identities: [],
          linkable: [],
          connected: [],
          waiting: 2,
          done: 'profile-saved',
        },
        frame,
      ),
    ],
    ['account-full', accountPage(full(model, say), frame)],
    ...addressStates(say, frame),
    [
      'account-password-refused',
      accountPage(
        { ...model, refused: { form: 'password', problems: [accountProblems.currentWrong, weak] } },
        frame,
      ),
    ],
    [
      'account-name-refused',
      accountPage({ ...model, refused: { form: 'profile', name: say(' '), problems: [nameless] } }, frame),
    ],
    ['reauthenticate', reauthenticatePage({ ...reauthenticate, problems: [] }, frame)],
    [
      'reauthenticate-wrong',
      reauthenticatePage(
        { ...reauthenticate, problems: [{ field: 'password', message: say('Wrong') }] },
        frame,
      ),
    ],
  ]
}

function addressStates(say: Say, frame: Frame): State[] {
  const name = say('Ada Lovelace')
  const [present, wanted] = [say('ada@example.test'), say('ada.lovelace@example.test')]
  const link = { name, address: wanted, secret: say('csmp_secret') }
  return [
    ['account-email', changeAddressPage({ account: { name, email: present }, problems: [] }, frame)],
    [
      'account-email-refused',
      changeAddressPage(
        { account: { name, email: null }, typed: wanted, problems: [addressProblems.malformed] },
        frame,
      ),
    ],
    ['account-email-confirm', confirmAddressPage(link, frame)],
    ['account-email-use', confirmAddressPage({ ...link, replaces: present }, frame)],
    ['account-email-over', deadAddressLinkPage('over', name, frame)],
  ]
}
