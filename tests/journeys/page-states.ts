// Every state that a page can be in, with its words passed through `say`: as they are for looking at pages, hostile
// for proving that nothing a page is told can become markup.
import {
  type AccountPageModel,
  accountPage,
  accountProblems,
} from '../../packages/server/src/accounts/account.page.ts'
import { reauthenticatePage } from '../../packages/server/src/accounts/reauthenticate.page.ts'
import { welcomePage } from '../../packages/server/src/app/welcome.page.ts'
import { type ConsentPageModel, consentPage } from '../../packages/server/src/oauth/authorize/consent.page.ts'
import { formPostPage } from '../../packages/server/src/oauth/authorize/form-post.page.ts'
import { errorPage } from '../../packages/server/src/platform/html/error.page.ts'
import type { Frame } from '../../packages/server/src/platform/html/layout.ts'
import type { Party } from '../../packages/server/src/platform/html/party.ts'
import {
  type SignInPageModel,
  signInPage,
  signInProblems,
} from '../../packages/server/src/signin/sign-in.page.ts'
import { signedOutPage, signOutPage } from '../../packages/server/src/signin/sign-out.page.ts'
import {
  type SignUpPageModel,
  signUpPage,
  signUpProblems,
} from '../../packages/server/src/signin/sign-up.page.ts'
import { linkPage } from '../../packages/server/src/signin/upstreams/link.page.ts'
import { simulatorPage } from '../../packages/server/src/signin/upstreams/simulators/simulator.page.ts'
import {
  type UpstreamErrorCause,
  upstreamErrorPage,
} from '../../packages/server/src/signin/upstreams/upstream-error.page.ts'

export type Say = (words: string) => string

const now = 1_790_000_000
const hour = 3_600
const day = 86_400

/** The page of every state, by the state's name; all free text has gone through `say`. */
export function pageStates(say: Say = (words) => words, nonce = 'bm9uY2U'): ReadonlyMap<string, string> {
  const frame: Frame = {
    nonce,
    lang: 'en',
    csrf: say('Zm9ybS10b2tlbi1mb3ItdGhpcy1icm93c2VyLW9ubHk'),
    product: say('Countersign'),
    host: say('localhost:4400'),
  }
  const states = [
    ...signInStates(say, frame),
    ...signUpStates(say, frame),
    ...signOutStates(say, frame),
    ...upstreamStates(say, frame),
    ...consentStates(say, frame),
    ...accountStates(say, frame),
    ...otherStates(say, frame),
  ]
  return new Map(states.map(([name, page]) => [name, String(page)]))
}

type State = readonly [name: string, page: { toString(): string }]

const bank = (say: Say): Party => ({
  name: say('Harbour Street Bank'),
  host: say('bank.example.com'),
  runs: 'web',
  policyUri: say('https://bank.example.com/privacy'),
  termsUri: say('https://bank.example.com/terms'),
})
const upstreams = (say: Say) => [
  { id: 'google', name: say('Google') },
  { id: 'facebook', name: say('Facebook') },
  { id: say('harbour'), name: say('Harbour Staff') },
]

function signInStates(say: Say, frame: Frame): State[] {
  const base: SignInPageModel = {
    continueTo: say('c2VhbGVkLXJldHVybi1hZGRyZXNz'),
    party: bank(say),
    upstreams: upstreams(say).slice(0, 2),
    signUp: '/sign-up?continue=c2VhbGVk',
    problems: [],
  }
  const local: Party = { name: say('Ledger for the terminal'), host: null, runs: 'this-computer' }
  const own = { message: say('Something is wrong'), field: 'password' }
  return [
    ['sign-in', signInPage(base, frame)],
    ['sign-in-plain', signInPage({ upstreams: [], signUp: null, problems: [] }, frame)],
    ['sign-in-native', signInPage({ ...base, party: local, upstreams: upstreams(say) }, frame)],
    ['sign-in-confirm', signInPage({ ...base, reason: 'confirm', username: say('ada@example.test') }, frame)],
    ['sign-in-signed-out', signInPage({ ...base, reason: 'signed-out' }, frame)],
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
      signInPage({ ...base, username: say('ada'), problems: [signInProblems.tooMany(30), own] }, frame),
    ],
  ]
}

function signUpStates(say: Say, frame: Frame): State[] {
  const base: SignUpPageModel = {
    continueTo: say('c2VhbGVkLXJldHVybi1hZGRyZXNz'),
    party: bank(say),
    upstreams: upstreams(say).slice(0, 2),
    signIn: '/sign-in?continue=c2VhbGVk',
    passwordMinimum: 15,
    problems: [],
  }
  const weak = { field: 'password', message: say('This password is too short: use at least 15 characters') }
  const problems = [signUpProblems.emailMalformed, signUpProblems.usernameMalformed, weak]
  const typed = { name: say('Ada Lovelace'), email: say('ada@'), username: say('a!') }
  return [
    ['sign-up', signUpPage(base, frame)],
    ['sign-up-problems', signUpPage({ ...base, ...typed, problems }, frame)],
  ]
}

function signOutStates(say: Say, frame: Frame): State[] {
  const account = { name: say('Ada Lovelace'), email: say('ada@example.test') }
  const stay = '/account'
  return [
    ['sign-out', signOutPage({ account, stay }, frame)],
    ['sign-out-asked', signOutPage({ account, stay, party: bank(say), continueTo: say('c2VhbGVk') }, frame)],
    ['signed-out', signedOutPage({ signIn: '/sign-in', party: bank(say) }, frame)],
  ]
}

function upstreamStates(say: Say, frame: Frame): State[] {
  const google = { id: 'google', name: say('Google') }
  const link = {
    upstream: google,
    email: say('ada@example.test'),
    action: '/sign-in/link',
    hidden: { flow: say('c2VhbGVk') },
    cancel: '/sign-in',
    problems: [],
  }
  const wrong = { field: 'password', message: say('This is not the password of this account') }
  const causes: UpstreamErrorCause[] = [
    'denied',
    'unreachable',
    'invalid',
    'expired',
    'no-email',
    'linked-elsewhere',
    'disabled',
  ]
  const people = [
    { id: say('ada'), name: say('Ada Lovelace'), email: say('ada@example.test') },
    { id: say('grace'), name: say('Grace Hopper'), email: say('grace@example.test') },
    { id: say('alan'), name: say('Alan Turing'), email: null },
  ]
  const simulator = { returnsTo: say('localhost:4400'), people, hidden: { state: say('c3RhdGU') } }
  return [
    ['link', linkPage(link, frame)],
    ['link-wrong', linkPage({ ...link, problems: [wrong] }, frame)],
    ...causes.map(
      (cause): State => [
        `upstream-${cause}`,
        upstreamErrorPage(
          {
            upstream: google,
            cause,
            continueTo: say('c2Vh'),
            signIn: '/sign-in',
            requestId: say('req_01K6'),
          },
          frame,
        ),
      ],
    ),
    [
      'simulator-google',
      simulatorPage({ ...simulator, provider: google, action: '/dev/idp/google/authorize' }, frame),
    ],
    [
      'simulator-facebook',
      simulatorPage(
        {
          ...simulator,
          provider: { id: 'facebook', name: say('Facebook') },
          action: '/dev/idp/facebook/authorize',
        },
        frame,
      ),
    ],
  ]
}

function consentStates(say: Say, frame: Frame): State[] {
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

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1'

function accountModel(say: Say): AccountPageModel {
  const session = {
    userAgent: say(firefox),
    signedInAt: now - 2 * hour,
    lastSeenAt: now,
    remembered: true,
    upstream: null,
  }
  const [google, facebook, staff] = upstreams(say)
  return {
    now,
    account: {
      name: say('Ada Lovelace'),
      email: say('ada@example.test'),
      emailVerified: true,
      username: say('ada'),
    },
    password: { exists: true, changedAt: now - 40 * day, minimum: 15 },
    sessions: [
      { ...session, id: say('ses_1'), current: true },
      {
        ...session,
        id: say('ses_2'),
        current: false,
        userAgent: safari,
        signedInAt: now - 3 * day,
        lastSeenAt: now - day,
        upstream: say('Google'),
      },
      {
        ...session,
        id: say('ses_3'),
        current: false,
        userAgent: null,
        signedInAt: now - 5 * hour,
        lastSeenAt: now - 3 * hour,
        remembered: false,
      },
    ],
    identities: [
      {
        id: say('idn_1'),
        upstream: google ?? { id: '', name: '' },
        label: say('ada@example.test'),
        linkedAt: now - 9 * day,
        mayUnlink: true,
      },
      {
        id: say('idn_2'),
        upstream: staff ?? { id: '', name: '' },
        label: null,
        linkedAt: now - 90 * day,
        mayUnlink: false,
      },
    ],
    linkable: facebook === undefined ? [] : [facebook],
    connected: [
      {
        clientId: say('demo-web'),
        name: say('Harbour Street Bank'),
        host: say('bank.example.com'),
        may: [say('See your accounts and their balances'), say('Transfer money from your accounts')],
        since: now - 20 * day,
        offline: true,
      },
      {
        clientId: say('demo-native'),
        name: say('Ledger'),
        host: null,
        may: [],
        since: now - 60,
        offline: false,
      },
    ],
  }
}

function accountStates(say: Say, frame: Frame): State[] {
  const model = accountModel(say)
  const account = { name: say('Ada Lovelace'), username: say('ada') }
  const reauthenticate = {
    account,
    purpose: say('unlink Google'),
    action: '/account/confirm',
    cancel: '/account',
  }
  const weak = { field: 'new_password', message: say('This password is known from leaks') }
  return [
    ['account', accountPage(model, frame)],
    [
      'account-new',
      accountPage(
        {
          ...model,
          account: { ...model.account, emailVerified: false, username: null },
          password: { exists: false, changedAt: null, minimum: 15 },
          sessions: model.sessions.slice(0, 1),
          identities: [],
          linkable: [],
          connected: [],
          done: 'profile-saved',
        },
        frame,
      ),
    ],
    [
      'account-password-refused',
      accountPage(
        { ...model, refused: { form: 'password', problems: [accountProblems.currentWrong, weak] } },
        frame,
      ),
    ],
    [
      'account-name-refused',
      accountPage(
        { ...model, refused: { form: 'profile', name: say(' '), problems: [accountProblems.nameMissing] } },
        frame,
      ),
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

function otherStates(say: Say, frame: Frame): State[] {
  const requestId = say('req_01k6v4y2t9')
  return [
    ...[401, 403, 404, 405, 413, 418, 429, 500, 503].map(
      (status): State => [
        `error-${status}`,
        errorPage({ status, requestId, ...(status === 503 ? { retryAfter: 2 } : {}) }, frame),
      ],
    ),
    [
      'error-400',
      errorPage(
        {
          status: 400,
          code: say('invalid_request'),
          message: say('The redirect_uri is not registered for this client.'),
          requestId,
          goOn: { href: '/', text: say('To the start page') },
        },
        frame,
      ),
    ],
    [
      'welcome-production',
      welcomePage({ mode: 'production', account: '/account', signIn: '/sign-in' }, frame),
    ],
    [
      'welcome-signed-in',
      welcomePage(
        { mode: 'production', account: '/account', signIn: '/sign-in' },
        { ...frame, signedInAs: { name: say('Ada Lovelace') } },
      ),
    ],
    [
      'welcome-development',
      welcomePage(
        {
          mode: 'development',
          issuer: say('http://localhost:4400'),
          bank: say('http://localhost:4401'),
          people: [
            { username: say('ada'), email: say('ada@example.test'), role: say('customer') },
            { username: say('grace'), email: say('grace@example.test'), role: say('customer') },
            { username: say('tim'), email: say('tim@example.test'), role: say('teller') },
            { username: say('admin'), email: say('admin@example.test'), role: say('administrator') },
          ],
          password: say('analytical-engine-1843'),
          clients: [
            { clientId: say('demo-spa'), what: say('Single-page application; public, PKCE') },
            { clientId: say('demo-native'), what: say('Native application; public, loopback on any port') },
            { clientId: say('demo-web'), what: say('Web application; confidential') },
            { clientId: say('demo-machine'), what: say('Service; client credentials') },
          ],
          addresses: [
            { href: '/.well-known/openid-configuration', what: say('OpenID Connect metadata') },
            { href: '/oauth/jwks', what: say('the public keys') },
            { href: '/dev/mailbox', what: say('mail that was sent') },
          ],
        },
        frame,
      ),
    ],
  ]
}
