// What clients see of a passkey: they ask for the class, the person shows one, and the tokens say so (MF-11, RFC 9470).
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Answer, Visitor } from '../../packages/server/src/platform/house.ts'
import { Authenticator, addPasskey, askedOn } from '../harness/authenticator.ts'
import { password } from '../harness/server.ts'
import { bank, openWhole } from '../harness/whole.ts'

const passkeyClass = 'urn:countersign:acr:passkey'
const verifier = 'a-verifier-of-a-test-that-is-long-enough-0123456789'
const client = {
  client_id: 'demo-spa',
  redirect_uri: `${bank}/callback`,
  response_type: 'code',
  scope: 'openid',
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
}

/** Goes on to the client, and allows what is asked on the way. @returns the address there */
async function goOn(visitor: Visitor, from: Answer): Promise<URL> {
  let answer = from
  for (let hops = 0; hops < 8; hops++) {
    const location = answer.location ?? ''
    if (location.startsWith(client.redirect_uri)) return new URL(location)
    answer = await visitor.visit(location)
    if (answer.status !== 200) continue
    answer = await visitor.submit('/oauth/authorize', { flow: answer.field('flow') ?? '', decision: 'allow' })
  }
  throw new Error('The way to the client has no end.')
}

test('MF-11: a client that asks for the passkey class gets tokens that say it, whether by the key alone or as a second step', async () => {
  await using whole = await openWhole({ development: true })
  const visitor = whole.visitor()
  await visitor.visit('/sign-in')
  await visitor.submit('/sign-in', { username: 'ada', password })
  const key = new Authenticator()
  assert.equal((await addPasskey(visitor, key)).location, '/account?done=passkey-added')

  const query = new URLSearchParams({ ...client, acr_values: passkeyClass })
  for (const way of ['alone', 'second'] as const) {
    whole.house.runtime.advance(60)
    const browser = whole.visitor()
    const asked = await browser.visit(`/oauth/authorize?${query}`)
    const page = await browser.visit(asked.location ?? '')
    const [level, back] = [page.field('level') ?? '', page.field('continue') ?? '']
    assert.equal(level, 'mfa')
    const proven =
      way === 'alone' ? await alone(browser, page, key, back) : await second(browser, key, back, level)
    const code = (await goOn(browser, proven)).searchParams.get('code') ?? ''
    const tokens = await browser.visit('/oauth/token', {
      form: { grant_type: 'authorization_code', code, ...client, code_verifier: verifier },
    })
    const claims = String(tokens.json()['id_token']).split('.')[1] ?? ''
    const { acr, amr } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
    const first = way === 'alone' ? [] : ['pwd']
    assert.deepEqual([acr, amr], [passkeyClass, [...first, 'hwk', 'user', 'mfa']], way)
  }
})

async function alone(browser: Visitor, page: Answer, key: Authenticator, back: string): Promise<Answer> {
  const { options, ticket } = askedOn(page)
  const fields = { method: 'passkey', passkey: key.get(options), passkey_ticket: ticket, continue: back }
  return browser.submit('/sign-in', fields)
}

async function second(browser: Visitor, key: Authenticator, back: string, level: string): Promise<Answer> {
  const half = await browser.submit('/sign-in', { username: 'ada', password, continue: back, level })
  assert.match(half.location ?? '', /^\/sign-in\/second\?/, 'the password alone is not enough')
  const page = await browser.visit(half.location ?? '')
  const { options, ticket } = askedOn(page)
  const step = page.field('step') ?? ''
  const fields = { step, factor: 'passkey', passkey: key.get(options), passkey_ticket: ticket }
  return browser.submit('/sign-in/second', fields)
}
