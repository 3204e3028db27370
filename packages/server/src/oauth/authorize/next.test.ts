import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuthorizationRequest } from '@countersign/protocol'
import fc from 'fast-check'
import type { Session } from '../../accounts/sessions/session.ts'
import type { Instant } from '../../platform/runtime.ts'
import { apisOf } from '../apis/catalogue.ts'
import { aClient } from '../clients/client.fixture.ts'
import type { Client } from '../clients/client.ts'
import type { AskedFor } from './asked.ts'
import type { Consent } from './consents.store.ts'
import { next, type Situation, toldClass } from './next.ts'
import { rememberedOf } from './offer.ts'

const byPassword = 'urn:countersign:acr:password'
const client = aClient({
  authentication: 'client_secret_basic',
  secretDigest: 'd',
  redirectUris: ['https://web.example/cb', 'http://localhost:5001/cb', 'http://127.0.0.1/cb'],
  scopes: ['openid', 'accounts:read'],
})
const request: AuthorizationRequest = {
  clientId: 'web',
  redirectUri: 'https://web.example/cb',
  redirectUriWasSent: true,
  responseMode: 'query',
  scope: ['openid', 'accounts:read'],
  codeChallenge: 'c',
  prompt: [],
  uiLocales: [],
  acrValues: [],
  resources: [],
}
const asked: AskedFor = { scope: request.scope, resources: ['urn:bank'], disclosed: [] }
const session: Session = {
  id: 'ses_1',
  proof: 'proof 1',
  userId: 'usr_ada',
  createdAt: 900 as Instant,
  authenticatedAt: 900 as Instant,
  amr: ['pwd'],
  acr: byPassword,
  remembered: false,
  lastSeenAt: 990 as Instant,
  idleSeconds: 3600,
  expiresAt: 90_000 as Instant,
  peer: '',
  userAgent: '',
}
const consent: Consent = {
  userId: 'usr_ada',
  clientId: 'web',
  redirectUri: request.redirectUri,
  scope: asked.scope,
  resources: asked.resources,
  sessionId: 'ses_1',
  grantedAt: 900,
  details: [],
  declined: [],
  usedAt: 900,
}
const apis = apisOf([
  {
    identifier: 'urn:bank',
    name: 'Bank',
    scopes: [{ name: 'accounts:read', description: '' }],
    tokenFormat: 'jwt',
    accessTokenSeconds: 300,
    encryption: null,
    details: [],
  },
])
const ready: Situation = {
  request,
  asked,
  client,
  session,
  subject: 'usr_ada',
  consent,
  remembered: asked,
  agreed: false,
  startedAt: 1000,
  priorProof: undefined,
  hintedSubject: null,
  reachable: [byPassword],
}

/** The answer, with the error's code in place of `fail`. */
function after(more: Partial<Situation>): string {
  const situation = { ...ready, ...more }
  const answer = next({ ...situation, remembered: rememberedOf(situation.asked, situation.consent, apis) })
  return answer.step === 'fail' ? answer.error.code : answer.step
}
const asking = (more: Partial<AuthorizationRequest>): Pick<Situation, 'request'> => ({
  request: { ...request, ...more },
})
const publicClient: Client = { ...client, authentication: 'none', secretDigest: null }
const silent = { prompt: ['none'] } as const
/** A request that came before this person proved themself anew. */
const signedInAnew = { priorProof: 'proof 0' }

test('who is signed in and has agreed goes straight on', () => {
  assert.equal(after({}), 'issue')
})

test('who is not signed in signs in', () => {
  assert.equal(after({ session: null }), 'signIn')
})

test('who has not agreed is asked', () => {
  assert.equal(after({ consent: null }), 'askConsent')
  assert.equal(after({ consent: null, agreed: true }), 'issue')
})

test('an agreement speaks for what it was about and no more', () => {
  assert.equal(after({ consent: { ...consent, scope: ['openid'] } }), 'askConsent')
  assert.equal(after({ consent: { ...consent, resources: [] } }), 'askConsent')
  assert.equal(after({ asked: { ...asked, disclosed: ['email'] } }), 'askConsent')
  assert.equal(after({ consent: { ...consent, scope: [...consent.scope, 'more'] } }), 'issue')
})

test('AZ-13: prompt=none is answered without a page', () => {
  assert.equal(after(asking(silent)), 'issue')
  assert.equal(after({ ...asking(silent), session: null }), 'login_required')
  assert.equal(after({ ...asking(silent), consent: null }), 'consent_required')
  assert.equal(after(asking({ ...silent, maxAge: 50 })), 'login_required')
  assert.equal(after({ ...asking(silent), hintedSubject: 'usr_grace' }), 'login_required')
})

test('AZ-14: prompt=login and select_account ask for a proof that is newer than the request', () => {
  for (const prompt of ['login', 'select_account'] as const) {
    assert.equal(after(asking({ prompt: [prompt] })), 'signIn')
    assert.equal(after({ ...asking({ prompt: [prompt] }), priorProof: session.proof }), 'signIn')
    assert.equal(after({ ...asking({ prompt: [prompt] }), ...signedInAnew }), 'issue')
    assert.equal(after({ ...asking({ prompt: [prompt] }), priorProof: null }), 'issue')
  }
})

test('AZ-14: a session that began anew without a proof is no answer to prompt=login', () => {
  const carried = { ...session, createdAt: 950 as Instant, authenticatedAt: 900 as Instant }
  const asked = asking({ prompt: ['login'] })
  assert.equal(after({ ...asked, ...signedInAnew, session: carried }), 'signIn')
  assert.equal(after({ ...asking({ maxAge: 50 }), ...signedInAnew, session: carried }), 'signIn')
})

test('AZ-14: max_age counts from the last proof to the request', () => {
  assert.equal(after(asking({ maxAge: 100 })), 'issue')
  assert.equal(after(asking({ maxAge: 99 })), 'signIn')
  assert.equal(after({ ...asking({ maxAge: 99 }), ...signedInAnew }), 'issue')
})

test('max_age=0 asks for a proof of its own, even in the same second', () => {
  const now = { ...session, authenticatedAt: 1000 as Instant }
  assert.equal(after({ ...asking({ maxAge: 0 }), session: now }), 'signIn')
  assert.equal(after({ ...asking({ maxAge: 0 }), session: now, ...signedInAnew }), 'issue')
})

test('prompt=consent asks again whatever was agreed before', () => {
  assert.equal(after(asking({ prompt: ['consent'] })), 'askConsent')
  assert.equal(after({ ...asking({ prompt: ['consent'] }), agreed: true }), 'issue')
})

test('an id_token_hint of somebody else asks that one to sign in, and fails when another one did', () => {
  assert.equal(after({ hintedSubject: 'usr_ada' }), 'issue')
  assert.equal(after({ hintedSubject: 'usr_grace' }), 'signIn')
  assert.equal(after({ hintedSubject: 'usr_grace', priorProof: session.proof }), 'signIn')
  assert.equal(after({ hintedSubject: 'usr_grace', ...signedInAnew }), 'login_required')
})

test('so does a subject asked for by value', () => {
  const sub = (value: string) => asking({ claims: { idToken: { sub: { value } } } })
  assert.equal(after(sub('usr_ada')), 'issue')
  assert.equal(after(sub('usr_grace')), 'signIn')
  assert.equal(after({ ...sub('usr_grace'), ...signedInAnew }), 'login_required')
})

test('acr_values is a wish; an essential acr claim must be met or fails', () => {
  const acr = (...values: string[]) => asking({ claims: { idToken: { acr: { essential: true, values } } } })
  const bronze = { session: { ...session, acr: 'bronze' } }
  assert.equal(after(asking({ acrValues: ['gold'] })), 'issue')
  assert.equal(after(acr(byPassword)), 'issue')
  assert.equal(after(acr('gold')), 'unmet_authentication_requirements')
  assert.equal(after({ ...acr('gold', byPassword), ...bronze }), 'stepUp')
  assert.equal(after({ ...acr(byPassword), ...bronze, ...signedInAnew }), 'unmet_authentication_requirements')
  const claims = { idToken: { acr: { essential: true, value: byPassword } } }
  assert.equal(after({ ...asking({ ...silent, claims }), ...bronze }), 'login_required')
})

test('who can sign in more surely is led to it, by a wish too; who can’t goes on with what they have', () => {
  const mfa = 'urn:countersign:acr:mfa'
  const reachable = [byPassword, mfa]
  const wish = asking({ acrValues: ['gold', mfa] })
  assert.equal(after({ ...wish, reachable }), 'stepUp')
  assert.equal(after({ ...wish, reachable, ...signedInAnew }), 'issue')
  assert.equal(after({ ...asking({ ...silent, acrValues: [mfa] }), reachable }), 'issue')
  assert.equal(after(wish), 'issue')
  const passkey = { ...session, acr: 'urn:countersign:acr:passkey' }
  assert.equal(after({ ...wish, reachable, session: passkey }), 'issue')
  const essential = { idToken: { acr: { essential: true, values: [mfa] } } }
  assert.equal(after(asking({ claims: essential })), 'unmet_authentication_requirements')
  assert.equal(after({ ...asking({ claims: essential }), reachable }), 'stepUp')
})

test('MF-11: what a client is told is what was done, or what it asked for where that is less', () => {
  const [mfa, passkey] = ['urn:countersign:acr:mfa', 'urn:countersign:acr:passkey']
  const told = (acr: string, ...acrValues: string[]) => toldClass({ ...request, acrValues }, acr)
  assert.equal(told(byPassword), byPassword)
  assert.equal(told(byPassword, mfa), byPassword)
  assert.equal(told(passkey, mfa), mfa)
  assert.equal(told(passkey, mfa, passkey), passkey)
  assert.equal(told('0', byPassword), '0')
})

test('AZ-20: the consent of a client of unproven identity is asked for every time', () => {
  const unproven = { redirectUri: 'http://127.0.0.1:49152/cb' }
  assert.equal(after({ ...asking(unproven), client: publicClient }), 'askConsent')
  assert.equal(after({ ...asking({ ...unproven, ...silent }), client: publicClient }), 'consent_required')
})

test('AZ-20: a page on a fixed local port may renew silently in the same session, and starts anew with a question', () => {
  const local = { redirectUri: 'http://localhost:5001/cb' }
  const agreed = { ...consent, ...local }
  const at = (more: Partial<AuthorizationRequest>, given: Consent = agreed) =>
    after({ ...asking({ ...local, ...more }), client: publicClient, consent: given })
  assert.equal(at({}), 'askConsent')
  assert.equal(at(silent), 'issue')
  assert.equal(at(silent, { ...agreed, sessionId: 'ses_0' }), 'consent_required')
  assert.equal(at(silent, { ...agreed, redirectUri: request.redirectUri }), 'consent_required')
})

test('AZ-20: a public client that https proves is remembered', () => {
  assert.equal(after({ client: publicClient }), 'issue')
})

test('AZ-13: whatever the situation, prompt=none never shows anything, and nothing is issued to nobody', () => {
  const prompt = fc.constantFrom(
    [],
    ['none'],
    ['login'],
    ['consent'],
    ['select_account'],
    ['login', 'consent'],
  )
  const situations = fc.record({
    prompt: prompt as fc.Arbitrary<AuthorizationRequest['prompt']>,
    maxAge: fc.option(fc.nat(200), { nil: undefined }),
    session: fc.constantFrom(null, session),
    consent: fc.constantFrom(null, consent, { ...consent, scope: [] }),
    client: fc.constantFrom(client, publicClient),
    priorProof: fc.constantFrom(undefined, null, 'proof 0', 'proof 1'),
    hintedSubject: fc.constantFrom(null, 'usr_ada', 'usr_grace'),
    agreed: fc.boolean(),
  })
  fc.assert(
    fc.property(situations, ({ prompt: prompts, maxAge, ...situation }) => {
      const wish = { prompt: prompts, ...(maxAge !== undefined && { maxAge }) }
      const remembered = rememberedOf(asked, situation.consent, apis)
      const answer = next({ ...ready, ...asking(wish), ...situation, remembered })
      if (prompts.includes('none')) assert.ok(answer.step === 'issue' || answer.step === 'fail')
      if (answer.step !== 'issue') return
      assert.ok(situation.session !== null)
      assert.notEqual(situation.hintedSubject, 'usr_grace')
      assert.ok(situation.agreed || situation.consent !== null)
    }),
  )
})
