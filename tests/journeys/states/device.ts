// States of connecting a device: entering its code, being asked, and how it ended.
import {
  codePage,
  codeProblems,
  type DevicePageModel,
  devicePage,
  outcomePage,
} from '../../../packages/server/src/oauth/device/device.page.ts'
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import type { Party } from '../../../packages/server/src/platform/html/party.ts'
import { tooManyTries } from '../../../packages/server/src/platform/html/problems.ts'
import { aboutMe, accounts, bankApi } from './boxes.ts'
import { day, now, type Say, type State } from './state.ts'

export function deviceStates(say: Say, frame: Frame): State[] {
  const account = { name: say('Ada Lovelace'), email: say('ada@example.test'), notYou: '/sign-in?switch=yes' }
  const party: Party = {
    name: say('Harbour Street Television'),
    host: null,
    runs: 'device',
    policyUri: 'https://tv.example.com/privacy',
  }
  const base: DevicePageModel = {
    request: say('c2VhbGVkLXRpY2tldA'),
    party,
    code: say('WDJB-MJHT'),
    account,
    asked: { at: now - 70, peer: say('203.0.113.9'), userAgent: say('Mozilla/5.0 (Linux) Chrome/140') },
    now,
    sameNetwork: true,
    parts: [aboutMe('openid', 'profile', 'offline_access'), { api: bankApi(say), boxes: [accounts(say)] }],
    lifetime: { accessSeconds: 300, offline: { idleSeconds: 14 * day, absoluteSeconds: 30 * day } },
  }
  const elsewhere = {
    ...base,
    asked: { ...base.asked, peer: say('2001:db8:85a3:8d3:1319:8a2e:370:7348'), userAgent: null },
    sameNetwork: false,
    parts: [aboutMe(say('custom'))],
    lifetime: { accessSeconds: 300, offline: null },
  }
  const { missing, wrong } = codeProblems
  const code = say('WDJB-MJHT')
  return [
    ['device', codePage({ account, problems: [] }, frame)],
    ['device-prefilled', codePage({ code, account, problems: [] }, frame)],
    ['device-empty', codePage({ account, problems: [missing] }, frame)],
    ['device-wrong', codePage({ code, account, problems: [wrong] }, frame)],
    ['device-limited', codePage({ code, account, problems: [tooManyTries(54)] }, frame)],
    ['device-confirm', devicePage(base, frame)],
    ['device-confirm-elsewhere', devicePage(elsewhere, frame)],
    ['device-allowed', outcomePage('allowed', party, frame)],
    ['device-denied', outcomePage('denied', party, frame)],
    ['device-expired', outcomePage('gone', null, frame)],
  ]
}
