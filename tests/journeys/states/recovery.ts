// States of coming back in with a letter, and of signing up with one.
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import {
  deadLinkPage,
  forgotPasswordPage,
  forgotProblems,
  forgotSent,
  newPasswordPage,
  noLettersPage,
} from '../../../packages/server/src/signin/forgot-password.page.ts'
import { mailboxPage } from '../../../packages/server/src/signin/mailbox.page.ts'
import { partyStub } from '../../../packages/server/src/signin/sign-in.page.ts'
import { signUpSent } from '../../../packages/server/src/signin/sign-up.page.ts'
import {
  confirmProblems,
  signUpConfirmPage,
} from '../../../packages/server/src/signin/sign-up-confirm.page.ts'
import type { Say, State } from './state.ts'

export function recoveryStates(say: Say, frame: Frame): State[] {
  const continueTo = say('c2VhbGVkLXJldHVybi1hZGRyZXNz')
  const secret = say('csmp_c2VjcmV0')
  const forgot = { continueTo, signIn: '/sign-in?continue=c2VhbGVk', problems: [] }
  const choose = { secret, username: say('ada@example.test'), hasPassword: true, minimum: 15, problems: [] }
  const finish = {
    secret,
    name: say('Ada Lovelace'),
    email: say('ada@example.test'),
    asksPassword: false,
    problems: [],
  }
  const letter = { stub: partyStub('', null, frame), again: '/forgot-password', development: true }
  const weak = { field: 'new_password', message: say('This password is known from leaks') }
  return [
    ['forgot-password', forgotPasswordPage(forgot, frame)],
    [
      'forgot-password-empty',
      forgotPasswordPage(
        { ...forgot, username: say('ada'), problems: [forgotProblems.usernameMissing] },
        frame,
      ),
    ],
    ['forgot-password-sent', mailboxPage({ ...letter, words: forgotSent(1800) }, frame)],
    ['forgot-password-closed', noLettersPage('/sign-in', frame)],
    ['new-password', newPasswordPage(choose, frame)],
    ['new-password-refused', newPasswordPage({ ...choose, hasPassword: false, problems: [weak] }, frame)],
    ['dead-link', deadLinkPage({ href: '/forgot-password', text: 'Send me another link' }, frame)],
    [
      'sign-up-sent',
      mailboxPage(
        { ...letter, words: signUpSent(say('ada@example.test'), 86_400), development: false },
        frame,
      ),
    ],
    ['sign-up-confirm', signUpConfirmPage(finish, frame)],
    [
      'sign-up-confirm-elsewhere',
      signUpConfirmPage({ ...finish, asksPassword: true, problems: [confirmProblems.passwordWrong] }, frame),
    ],
    [
      'sign-up-confirm-taken',
      signUpConfirmPage(
        { ...finish, username: say('ada'), problems: [confirmProblems.usernameTaken] },
        frame,
      ),
    ],
  ]
}
