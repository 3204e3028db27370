import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CookieSessionOptions, cookieSession } from '../frameworks/cookie-session.ts'
import { knock } from '../knock/index.ts'
import { createPartners, type PartnersOptions } from '../partners/index.ts'
import { createSignOutReceiver, type SignOutReceiverOptions } from '../sign-out/index.ts'
import { simpleJwt } from '../simplejwt/index.ts'
import { attach, requireAuth } from './attached.ts'
import { type AuthOptions, createGuard } from './guard.ts'
import { authOptionsAmong } from './known-options.ts'
import { createVerifier } from './verifier.ts'

const place = { issuer: 'https://id.test', audience: 'https://api.test' }
const misspelt = (name: string): object => ({ [name]: 'x' })

test('a misspelt option stops the start instead of asking for nothing', () => {
  for (const [name, meant] of [
    ['scopes', 'scope'],
    ['roles', 'role'],
    ['max_age', 'maxAge'],
    ['Scope', 'scope'],
  ] as const) {
    const message = `auth() has no option ${name}: did you mean ${meant}?`
    assert.throws(() => createGuard({ ...place, ...misspelt(name) }), { name: 'TypeError', message })
  }
  assert.throws(() => createGuard({ ...place, ...misspelt('permission') }), {
    message: 'auth() has no option permission',
  })
  assert.throws(() => createVerifier({ ...place, ...misspelt('modes') }), {
    message: 'createVerifier() has no option modes: did you mean mode?',
  })
  assert.throws(() => createVerifier({ ...place, ...misspelt('scope') }), TypeError)
})

test('whoever takes options refuses a misspelt one, and says which was meant', async () => {
  const dpop = misspelt('replays')
  assert.throws(() => createVerifier({ ...place, dpop }), {
    message: 'dpop has no option replays: did you mean replay?',
  })
  assert.throws(() => knock(misspelt('token_audience')), {
    message: 'knock() has no option token_audience: did you mean tokenAudience?',
  })
  assert.throws(() => simpleJwt(misspelt('signing_key')), {
    message: 'simpleJwt() has no option signing_key: did you mean signingKey?',
  })
  assert.throws(() => cookieSession(misspelt('secrets') as CookieSessionOptions), {
    message: 'cookieSession() has no option secrets: did you mean secret?',
  })
  assert.throws(() => createSignOutReceiver(misspelt('onSignout') as SignOutReceiverOptions), {
    message: 'createSignOutReceiver() has no option onSignout: did you mean onSignOut?',
  })
  await assert.rejects(createPartners(misspelt('replays') as PartnersOptions), {
    message: 'createPartners() has no option replays: did you mean replay?',
  })
})

test('an option that every object seems to have is none', () => {
  assert.throws(() => createGuard({ ...place, ...misspelt('toString') }), TypeError)
})

test('a requirement that is misspelt inside a route refuses everybody', () => {
  const request = {}
  const principal = { subject: 'usr_ada', clientId: 'bank', roles: ['customer'], scope: [], claims: {} }
  attach(request, { principal, now: () => 0, terms: {} })
  assert.equal(requireAuth(request).subject, 'usr_ada')
  assert.throws(() => requireAuth(request, misspelt('roles')), {
    message: 'requireAuth() has no option roles: did you mean role?',
  })
})

test('of options that are also a framework’s, ours are taken', () => {
  const given = { session: false, prefix: '/v1', scope: 'a', hide: true }
  const ours: AuthOptions = authOptionsAmong(given)
  assert.deepEqual(ours, { scope: 'a', hide: true })
})
