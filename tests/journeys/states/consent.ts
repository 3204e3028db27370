// States of giving an application access, and of the way back to it.
import {
  type ConsentPageModel,
  consentPage,
} from '../../../packages/server/src/oauth/authorize/consent.page.ts'
import { formPostPage } from '../../../packages/server/src/oauth/authorize/form-post.page.ts'
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import type { Party } from '../../../packages/server/src/platform/html/party.ts'
import { bank, day, type Say, type State } from './state.ts'

export function consentStates(say: Say, frame: Frame): State[] {
  const base: ConsentPageModel = {
    flow: say('c2VhbGVkLWZsb3c'),
    client: bank(say),
    account: { name: say('Ada Lovelace'), email: say('ada@example.test') },
    notYou: '/sign-in?switch=yes',
    identityScopes: ['openid', 'profile', 'email', 'offline_access'],
    apis: [
      {
        name: say('Bank API'),
        identifier: say('http://localhost:4401/api'),
        scopes: [
          { scope: say('accounts:read'), description: say('See your accounts and their balances') },
          { scope: say('transfers:write'), description: say('Transfer money from your accounts') },
        ],
      },
    ],
    lifetime: { accessSeconds: 300, offline: { idleSeconds: 14 * day, absoluteSeconds: 30 * day } },
    remembered: true,
  }
  const native: Party = {
    name: say('Ledger for the terminal'),
    host: say('127.0.0.1'),
    runs: 'this-computer',
  }
  const bare = {
    name: null,
    identifier: say('urn:ledger'),
    scopes: [{ scope: say('read'), description: null }],
  }
  return [
    ['consent', consentPage(base, frame)],
    [
      'consent-native',
      consentPage(
        {
          ...base,
          client: native,
          identityScopes: ['openid', 'address', 'phone', say('custom')],
          apis: [bare],
          lifetime: { accessSeconds: 300, offline: null },
          remembered: false,
        },
        frame,
      ),
    ],
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
  ]
}
