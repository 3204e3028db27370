// States of second factors: setting one up, recovery codes, and the second step of signing in.

import { accountProblems } from '../../../packages/server/src/accounts/account.page.ts'
import {
  codesPage,
  setUpPage,
  setUpProblems,
} from '../../../packages/server/src/accounts/factors/factors.page.ts'
import { otpauthAddress, readableSecret } from '../../../packages/server/src/accounts/factors/otpauth.ts'
import { usualShape } from '../../../packages/server/src/accounts/factors/totp.ts'
import { reauthenticatePage } from '../../../packages/server/src/accounts/reauthenticate.page.ts'
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import { tooManyTries } from '../../../packages/server/src/platform/html/problems.ts'
import { codeProblems } from '../../../packages/server/src/signin/second/code-problems.ts'
import {
  recoveryShown,
  secondPage,
  totpShown,
} from '../../../packages/server/src/signin/second/second.page.ts'
import { bank, type Say, type State } from './state.ts'

const instead = { address: '/sign-in/second', text: 'Use a passkey instead' }

export function factorStates(say: Say, frame: Frame): State[] {
  const account = { name: say('Ada Lovelace'), username: say('ada@example.test') }
  const secret = Buffer.from('12345678901234567890')
  const enrolment = {
    ticket: say('c2VhbGVk'),
    secret: say(readableSecret(secret)),
    address: otpauthAddress({ ...usualShape, secret }, 'Countersign id.example.com', 'ada@example.test'),
  }
  const setUp = {
    account,
    enrolment,
    action: '/account/factors/confirm',
    hidden: { step: say('c2VhbGVk') },
    cancel: '/account',
    problems: [],
  }
  const codes = Array.from({ length: 10 }, (_, at) => say(`7k3d-9xqm-4fwt-h2r${at}`))
  const confirm = {
    account,
    purpose: say('turn off your second factor'),
    action: '/account/factors/remove',
    cancel: '/account',
    needsPassword: true,
    needsCode: true,
    passkey: null,
  }
  return [
    ['factor-set-up', setUpPage(setUp, frame)],
    ['factor-set-up-wrong', setUpPage({ ...setUp, problems: [setUpProblems.wrong] }, frame)],
    ['factor-set-up-required', setUpPage({ ...setUp, cancel: null, instead }, frame)],
    ['recovery-codes', codesPage({ account, codes, next: '/account', turnedOn: true }, frame)],
    ['recovery-codes-new', codesPage({ account, codes, next: '/account', turnedOn: false }, frame)],
    ...secondStates(say, frame),
    ['reauthenticate-code', reauthenticatePage({ ...confirm, problems: [] }, frame)],
    [
      'reauthenticate-code-wrong',
      reauthenticatePage({ ...confirm, problems: [accountProblems.codeWrong] }, frame),
    ],
  ]
}

/** The second step of signing in. */
function secondStates(say: Say, frame: Frame): State[] {
  const second = {
    action: '/sign-in/second',
    hidden: { step: say('c2VhbGVk'), factor: 'totp' },
    party: bank(say),
    others: [{ address: '/sign-in/second?step=x&factor=recovery', text: say('Use a recovery code') }],
    signIn: '/sign-in',
    problems: [],
  }
  const { wrong, missing, recoveryWrong } = codeProblems
  return [
    ['second-code', secondPage({ ...second, shown: totpShown([]) }, frame)],
    ['second-code-wrong', secondPage({ ...second, shown: totpShown([wrong]), problems: [wrong] }, frame)],
    [
      'second-code-missing',
      secondPage({ ...second, shown: totpShown([missing]), problems: [missing] }, frame),
    ],
    [
      'second-too-many',
      secondPage(
        { ...second, party: null, shown: totpShown([tooManyTries(60)]), problems: [tooManyTries(60)] },
        frame,
      ),
    ],
    ['second-recovery', secondPage({ ...second, shown: recoveryShown([]) }, frame)],
    [
      'second-recovery-wrong',
      secondPage({ ...second, shown: recoveryShown([recoveryWrong]), problems: [recoveryWrong] }, frame),
    ],
  ]
}
