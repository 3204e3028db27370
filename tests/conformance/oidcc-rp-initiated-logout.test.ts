// The conformance suite's plan oidcc-rp-initiated-logout (OpenID Connect RP-Initiated Logout 1.0), each test named after its
// module. Where the suite wants a picture of a page, its stable words are read.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as jose from 'jose'
import type { Person, Seen } from '../harness/person.ts'
import { serverOfThisFile } from '../harness/server.ts'
import { openTester, type Tester, type Tokens } from './oidcc-tester.ts'

const plan = 'oidcc-rp-initiated-logout'
const home = 'http://localhost:4402/'
let tester: Tester
const on = serverOfThisFile({
  prepare: async (server) => {
    tester = await openTester(server, 'query')
  },
})

interface Visit {
  readonly person: Person
  readonly tokens: Tokens
}

async function signedIn(): Promise<Visit> {
  const person = tester.person(home)
  return { person, tokens: await tester.signedIn(person) }
}

const endSession = (person: Person, asked: Readonly<Record<string, string>>): Promise<Seen> =>
  person.open(`${on.issuer}/oauth/logout?${new URLSearchParams(asked)}`)

async function isOut(person: Person): Promise<void> {
  const error = await tester.refusal(person, tester.asking({ prompt: 'none' }), {})
  assert.equal(error, 'login_required')
}

async function isIn(person: Person): Promise<void> {
  assert.ok((await tester.code(person, tester.asking({ prompt: 'none' }), {}))['code'])
}

/** Nobody is sent back, and nobody is signed out. */
async function isRefused({ person }: Visit, asked: Readonly<Record<string, string>>): Promise<void> {
  const seen = await endSession(person, asked)
  assert.deepEqual([seen.status, seen.left], [400, undefined])
  assert.match(seen.html, /You are still signed in/)
  await isIn(person)
}

/** Nobody proves to be a client: the person is asked, and stays here. */
async function isAsked({ person }: Visit, asked: Readonly<Record<string, string>>): Promise<void> {
  const question = await endSession(person, asked)
  assert.deepEqual([question.status, question.left], [200, undefined])
  assert.match(question.html, /<h1[^>]*>Sign out\?/)
  await isIn(person)
  const seen = await person.submit(question, { continue: continuation(question) })
  isGoodbye(seen)
  await isOut(person)
}

const continuation = ({ forms }: Seen): string =>
  forms.find(({ fields }) => fields.has('continue'))?.fields.get('continue') ?? ''

function isGoodbye(seen: Seen): void {
  assert.deepEqual([seen.status, seen.left], [200, undefined])
  assert.match(seen.html, /You are signed out/)
}

test(`${plan}-discovery-endpoint-verification: metadata names the endpoint`, async () => {
  assert.equal((await tester.metadata())['end_session_endpoint'], `${on.issuer}/oauth/logout`)
})

test(`${plan}: the session ends, and the person comes back with the state, whether it was asked by GET or by POST`, async () => {
  for (const method of ['GET', 'POST']) {
    const { person, tokens } = await signedIn()
    const asked = { id_token_hint: tokens.idToken, post_logout_redirect_uri: home, state: `by ${method}` }
    const seen =
      method === 'GET'
        ? await endSession(person, asked)
        : await person.open(`${on.issuer}/oauth/logout`, { method, body: new URLSearchParams(asked) })
    assert.equal(seen.left?.href, `${home}?state=by%20${method}`)
    await isOut(person)
  }
})

test(`${plan}-bad-post-logout-redirect-uri: nobody is sent to an address that is not registered`, async () => {
  const visit = await signedIn()
  const post_logout_redirect_uri = `${home}other`
  await isRefused(visit, { id_token_hint: visit.tokens.idToken, post_logout_redirect_uri, state: 's' })
})

test(`${plan}-query-added-to-post-logout-redirect-uri: an address with a query is another address`, async () => {
  const visit = await signedIn()
  const post_logout_redirect_uri = `${home}?foo=bar`
  await isRefused(visit, { id_token_hint: visit.tokens.idToken, post_logout_redirect_uri, state: 's' })
})

test(`${plan}-modified-id-token-hint: a hint that was made unsigned, or changed, is none`, async () => {
  const visit = await signedIn()
  const { idToken } = visit.tokens
  const [header, , signature] = idToken.split('.')
  const changed = Buffer.from(JSON.stringify({ ...jose.decodeJwt(idToken), sub: 'usr_grace' }))
  for (const id_token_hint of [
    new jose.UnsecuredJWT(jose.decodeJwt(idToken)).encode(),
    `${header}.${changed.toString('base64url')}.${signature}`,
  ])
    await isRefused(visit, { id_token_hint, post_logout_redirect_uri: home, state: 's' })
})

test(`${plan}-bad-id-token-hint: a hint that somebody else signed is none`, async () => {
  const visit = await signedIn()
  const { header, claims } = visit.tokens
  const { privateKey } = await jose.generateKeyPair(header.alg)
  const id_token_hint = await new jose.SignJWT(claims).setProtectedHeader(header).sign(privateKey)
  await isRefused(visit, { id_token_hint, post_logout_redirect_uri: home, state: 's' })
})

test(`${plan}-no-id-token-hint: without a hint the person is asked, and not sent back`, async () => {
  await isAsked(await signedIn(), { post_logout_redirect_uri: home, state: 's' })
})

test(`${plan}-no-params: without any parameter the person is asked, and then signed out`, async () => {
  await isAsked(await signedIn(), {})
})

test(`${plan}-only-state: a state alone changes nothing of that`, async () => {
  await isAsked(await signedIn(), { state: 's' })
})

test(`${plan}-no-post-logout-redirect-uri: with a hint alone the session ends, and a page says so`, async () => {
  const { person, tokens } = await signedIn()
  isGoodbye(await endSession(person, { id_token_hint: tokens.idToken, state: 's' }))
  await isOut(person)
})

test(`${plan}-no-state: without a state the person comes back without one`, async () => {
  const { person, tokens } = await signedIn()
  const asked = { id_token_hint: tokens.idToken, post_logout_redirect_uri: home }
  assert.equal((await endSession(person, asked)).left?.href, home)
  await isOut(person)
})
