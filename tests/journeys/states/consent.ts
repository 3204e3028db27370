// States of giving an application access, and of the way back to it.
import type { Box } from '../../../packages/server/src/oauth/authorize/boxes.ts'
import {
  type ConsentPageModel,
  consentPage,
} from '../../../packages/server/src/oauth/authorize/consent.page.ts'
import { formPostPage } from '../../../packages/server/src/oauth/authorize/form-post.page.ts'
import { leavePage } from '../../../packages/server/src/oauth/authorize/leave.page.ts'
import { farewellPage } from '../../../packages/server/src/oauth/sign-out/farewell.page.ts'
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import type { Party } from '../../../packages/server/src/platform/html/party.ts'
import { localPath } from '../../../packages/server/src/platform/http/exchange.ts'
import { aboutMe, accounts, bankApi, bare, transfers } from './boxes.ts'
import { bank, day, type Say, type State } from './state.ts'

function payment(say: Say): Box {
  return {
    ...bare,
    key: 'detail:0',
    title: say('Pay 123.50 EUR to Merchant A'),
    detail: 'You’re asked about this each time',
    eachTime: true,
    facts: [
      { label: say('Account'), text: say('DE02 1001 0010 9307 1186 03') },
      { label: say('Reference'), text: say('Order 7') },
    ],
  }
}

function access(say: Say): Box {
  const ibans = [
    'DE02 1001 0010 9307 1186 03',
    'DE75 5121 0800 1245 1261 99',
    'FR14 2004 1010 0505 0001 3M02 606',
  ]
  return {
    ...bare,
    key: 'detail:1',
    title: say('See the balances of these accounts'),
    detail: null,
    lists: [
      {
        label: say('Accounts'),
        elements: ibans.map((iban, index) => ({ key: `detail:1:accounts:${index}`, text: say(iban) })),
      },
    ],
  }
}

function usual(say: Say): ConsentPageModel {
  return {
    flow: say('c2VhbGVkLWZsb3c'),
    client: { ...bank(say), vouched: 'operator' },
    account: { name: say('Ada Lovelace'), email: say('ada@example.test') },
    notYou: '/sign-in?switch=yes',
    parts: [
      aboutMe('openid', 'profile', 'email', 'offline_access'),
      { api: bankApi(say), boxes: [accounts(say), transfers(say)] },
    ],
    already: [],
    lifetime: { accessSeconds: 300, offline: { idleSeconds: 14 * day, absoluteSeconds: 30 * day } },
    remembers: true,
  }
}

function models(say: Say): Readonly<Record<string, ConsentPageModel>> {
  const base = usual(say)
  const program: Party = {
    name: say('Ledger for the terminal'),
    host: say('127.0.0.1'),
    runs: 'this-computer',
  }
  const online = { accessSeconds: 300, offline: null }
  const nameless = { name: null, identifier: say('urn:ledger') }
  const read: Box = { ...bare, key: 'scope:read', title: say('read'), detail: null, ticked: false }
  return {
    consent: base,
    'consent-more': {
      ...base,
      parts: [{ api: bankApi(say), boxes: [transfers(say)] }],
      already: ['Know that it’s you', 'See your profile', say('See your accounts and their balances')],
    },
    'consent-details': {
      ...base,
      parts: [aboutMe('openid'), { api: bankApi(say), boxes: [payment(say), access(say)] }],
      lifetime: online,
    },
    'consent-native': {
      ...base,
      client: { ...program, host: null, vouched: 'operator' },
      parts: [aboutMe('openid', 'address', 'phone', say('custom')), { api: nameless, boxes: [read] }],
      lifetime: online,
      remembers: false,
    },
    'consent-localhost': {
      ...base,
      client: { ...program, name: say('Ledger, in development'), host: say('localhost:5001') },
      parts: [aboutMe('openid', 'profile')],
      lifetime: online,
      remembers: false,
    },
    'consent-house': {
      ...base,
      client: { ...bank(say), vouched: 'house' },
      parts: [aboutMe('openid', 'email')],
      lifetime: online,
    },
    'consent-itself': {
      ...base,
      client: {
        ...bank(say),
        name: say('Unheard-of Savings'),
        host: say('savings.example'),
        vouched: 'itself',
      },
      parts: [aboutMe('openid', 'email')],
      lifetime: online,
    },
  }
}

export function consentStates(say: Say, frame: Frame): State[] {
  const farewell = { frames: [], next: localPath('/sign-out') }
  const host = say('savings.example')
  const party: Party = { ...bank(say), name: say('Unheard-of Savings'), host, vouched: 'itself' }
  const leaving = { party, host, code: 'invalid_scope' }
  const fields = { error: 'invalid_scope', state: say('xyz'), iss: say('http://localhost:4400') }
  return [
    ...Object.entries(models(say)).map(([name, model]): State => [name, consentPage(model, frame)]),
    [
      'form-post',
      formPostPage(
        {
          action: 'https://bank.example.com/callback',
          fields: { code: say('csac_x'), state: say('xyz'), iss: say('http://localhost:4400') },
          client: say('Harbour Street Bank'),
        },
        frame,
      ),
    ],
    ['farewell', farewellPage(farewell, frame)],
    ['leave', leavePage({ ...leaving, way: 'https://savings.example/cb?error=invalid_scope' }, frame)],
    ['leave-form', leavePage({ ...leaving, way: { action: 'https://savings.example/cb', fields } }, frame)],
  ]
}
