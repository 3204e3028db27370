// States of approving what an application asks from elsewhere: the list, the question, and how it ended.
import {
  type ApprovePageModel,
  approveOutcomePage,
  approvePage,
  waitingPage,
} from '../../../packages/server/src/oauth/ciba/approve.page.ts'
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import type { Party } from '../../../packages/server/src/platform/html/party.ts'
import { aboutMe, accounts, bankApi } from './boxes.ts'
import { day, now, type Say, type State } from './state.ts'

export function approveStates(say: Say, frame: Frame): State[] {
  const account = { name: say('Ada Lovelace'), email: say('ada@example.test'), notYou: '/sign-in?switch=yes' }
  const party: Party = {
    name: say('Harbour Street Bank, counter 4'),
    host: null,
    runs: 'elsewhere',
    policyUri: 'https://bank.example.com/privacy',
  }
  const base: ApprovePageModel = {
    request: say('c2VhbGVkLXRpY2tldA'),
    party,
    bindingMessage: say('W4SCT 12,50 €'),
    account,
    asked: { at: now - 70, peer: say('203.0.113.9'), until: now + 230 },
    now,
    confirms: false,
    parts: [aboutMe('openid', 'profile', 'offline_access'), { api: bankApi(say), boxes: [accounts(say)] }],
    lifetime: { accessSeconds: 300, offline: { idleSeconds: 14 * day, absoluteSeconds: 30 * day } },
  }
  const bare = {
    ...base,
    bindingMessage: null,
    confirms: true,
    asked: { ...base.asked, peer: say('2001:db8:85a3:8d3:1319:8a2e:370:7348') },
    parts: [aboutMe(say('custom'))],
    lifetime: { accessSeconds: 300, offline: null },
  }
  const longest = { ...base, bindingMessage: say('W'.repeat(64)) }
  const waiting = [
    {
      clientName: say('Harbour Street Bank, counter 4'),
      bindingMessage: say('W4SCT 12,50 €'),
      askedAt: now - 30,
      at: '/approve?request=one',
    },
    {
      clientName: say('Telephone Desk'),
      bindingMessage: null,
      askedAt: now - 200,
      at: '/approve?request=two',
    },
  ]
  return [
    ['approve-none', waitingPage({ account, now, waiting: [] }, frame)],
    ['approve-several', waitingPage({ account, now, waiting }, frame)],
    ['approve', approvePage(base, frame)],
    ['approve-bare', approvePage(bare, frame)],
    ['approve-longest', approvePage(longest, frame)],
    ['approve-allowed', approveOutcomePage('allowed', party, frame)],
    ['approve-denied', approveOutcomePage('denied', party, frame)],
    ['approve-gone', approveOutcomePage('gone', null, frame)],
  ]
}
