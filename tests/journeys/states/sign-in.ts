// States of signing in, up and out.
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import type { Party } from '../../../packages/server/src/platform/html/party.ts'
import { tooManyTries } from '../../../packages/server/src/platform/html/problems.ts'
import {
  type SignInPageModel,
  signInPage,
  signInProblems,
} from '../../../packages/server/src/signin/sign-in.page.ts'
import { signedOutPage, signOutPage } from '../../../packages/server/src/signin/sign-out.page.ts'
import {
  type SignUpPageModel,
  signUpPage,
  signUpProblems,
} from '../../../packages/server/src/signin/sign-up.page.ts'
import { bank, type Say, type State, upstreams } from './state.ts'

export function signInStates(say: Say, frame: Frame): State[] {
  const { google, facebook, staff } = upstreams(say)
  const base: SignInPageModel = {
    continueTo: say('c2VhbGVkLXJldHVybi1hZGRyZXNz'),
    party: bank(say),
    passkey: { options: { rpId: 'id.example.com', challenge: 'AAAA' }, ticket: say('c2VhbGVk') },
    upstreams: [google, facebook],
    signUp: '/sign-up?continue=c2VhbGVk',
    forgot: '/forgot-password?continue=c2VhbGVk',
    problems: [],
  }
  const local: Party = { name: say('Ledger for the terminal'), host: null, runs: 'this-computer' }
  const own = { message: say('Something is wrong'), field: 'password' }
  return [
    ['sign-in', signInPage(base, frame)],
    ['sign-in-plain', signInPage({ upstreams: [], signUp: null, forgot: null, problems: [] }, frame)],
    ['sign-in-native', signInPage({ ...base, party: local, upstreams: [google, facebook, staff] }, frame)],
    ['sign-in-confirm', signInPage({ ...base, reason: 'confirm', username: say('ada@example.test') }, frame)],
    ['sign-in-password-set', signInPage({ ...base, reason: 'password-set' }, frame)],
    ['sign-in-cancelled', signInPage({ ...base, reason: 'upstream-cancelled' }, frame)],
    [
      'sign-in-refused',
      signInPage(
        { ...base, username: say('ada@example.test'), remember: true, problems: [signInProblems.refused] },
        frame,
      ),
    ],
    [
      'sign-in-empty',
      signInPage(
        { ...base, problems: [signInProblems.usernameMissing, signInProblems.passwordMissing] },
        frame,
      ),
    ],
    [
      'sign-in-too-many',
      signInPage({ ...base, username: say('ada'), problems: [tooManyTries(30), own] }, frame),
    ],
  ]
}

export function signUpStates(say: Say, frame: Frame): State[] {
  const { google, facebook } = upstreams(say)
  const base: SignUpPageModel = {
    continueTo: say('c2VhbGVkLXJldHVybi1hZGRyZXNz'),
    party: bank(say),
    upstreams: [google, facebook],
    signIn: '/sign-in?continue=c2VhbGVk',
    passwordMinimum: 15,
    problems: [],
  }
  const weak = { field: 'password', message: say('This password is too short: use at least 15 characters') }
  const malformed = { field: 'email', message: say('Enter an e-mail address such as ada@example.com') }
  const problems = [signUpProblems.refused, malformed, weak]
  const typed = { name: say('Ada Lovelace'), email: say('ada@'), username: say('a!') }
  return [
    ['sign-up', signUpPage(base, frame)],
    ['sign-up-problems', signUpPage({ ...base, ...typed, problems }, frame)],
  ]
}

export function signOutStates(say: Say, frame: Frame): State[] {
  const account = { name: say('Ada Lovelace'), email: say('ada@example.test') }
  const stay = '/account'
  return [
    ['sign-out', signOutPage({ account, stay }, frame)],
    ['sign-out-asked', signOutPage({ account, stay, party: bank(say), continueTo: say('c2VhbGVk') }, frame)],
    ['signed-out', signedOutPage({ signIn: '/sign-in', party: bank(say) }, frame)],
  ]
}
