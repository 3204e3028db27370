// States of the error and welcome pages, of the mailbox, and of the token inspector before a token is pasted.
import { inspectorPage } from '../../../packages/server/src/app/inspector/inspector.page.ts'
import { mailboxPage } from '../../../packages/server/src/app/mailbox.page.ts'
import { welcomePage } from '../../../packages/server/src/app/welcome.page.ts'
import { errorPage } from '../../../packages/server/src/platform/html/error.page.ts'
import type { Frame } from '../../../packages/server/src/platform/html/layout.ts'
import { day, now, type Say, type State } from './state.ts'

export function errorStates(say: Say, frame: Frame): State[] {
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
        },
        frame,
      ),
    ],
  ]
}

export function inspectorStates(say: Say, frame: Frame): State[] {
  const own = { issuer: say('http://localhost:4400'), keys: say('{"keys":[]}') }
  return [['inspector', inspectorPage('', own, frame)]]
}

export function mailboxStates(say: Say, frame: Frame): State[] {
  const letter = (id: string, to: string, subject: string, sentAt: number) => ({
    id,
    to: say(to),
    from: say('Countersign <no-reply@localhost>'),
    subject: say(subject),
    text: say('Words.'),
    html: '',
    messageId: `<${id}@localhost>`,
    date: sentAt,
    kind: 'password.reset',
    sentAt,
  })
  const letters = [
    letter('ltr_2', 'ada@example.test', 'Choose a new password', now - 90),
    letter('ltr_1', 'grace@example.test', 'A request waits for your answer', now - day),
  ]
  return [
    ['mailbox', mailboxPage({ letters, goesElsewhere: false, now }, frame)],
    ['mailbox-empty', mailboxPage({ letters: [], goesElsewhere: false, now }, frame)],
    ['mailbox-elsewhere', mailboxPage({ letters: [], goesElsewhere: true, now }, frame)],
  ]
}

export function welcomeStates(say: Say, frame: Frame): State[] {
  return [
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
