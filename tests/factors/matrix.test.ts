// Every way in, for somebody with a second factor (C12, MF-05). Which ways there are is found out: each route of the whole
// server is posted a right name and password, under every name that a wire has for them. One that lets somebody in and
// stands in none of the tables below fails.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { codeChallenge, digest, peekUnverified } from '@countersign/protocol'
import { base32Bytes } from '../../packages/server/src/accounts/factors/base32.ts'
import { type Armed, arm, wrongCode } from '../../packages/server/src/accounts/factors/factors.fixture.ts'
import { codeAt, stepAt, usualShape } from '../../packages/server/src/accounts/factors/totp.ts'
import { canonicalUsername } from '../../packages/server/src/accounts/users/identifiers.ts'
import { userByIdentifier } from '../../packages/server/src/accounts/users/users.store.ts'
import { seededPassword } from '../../packages/server/src/app/seed.ts'
import { createClient } from '../../packages/server/src/oauth/clients/registration.ts'
import type { Answer, Visitor } from '../../packages/server/src/platform/house.ts'
import { openReturn } from '../../packages/server/src/platform/http/return.ts'
import { bank, openWhole, type Whole } from '../harness/whole.ts'
import { bare, knockAt, letsIn, postsOf, tokensIn, wires } from './ways-in.ts'

/** Pages that take them and give a session. */
const pages = ['/sign-in']

const verifier = 'a-verifier-of-the-matrix-of-ways-in-0123456789-0'
const callback = `${bank}/callback`
const right = { username: 'grace', password: seededPassword }

describe('MF-05, C12 (CVE-2024-45042, CVE-2025-64103): every way in asks for the second factor', () => {
  let whole: Whole
  let grace: Armed
  let peers = 0
  const peer = () => `127.0.${1 + Math.floor(++peers / 200)}.${1 + (peers % 200)}`

  before(async () => {
    whole = await openWhole({ development: true, upstreams: {} })
    const user = await userNamed(whole, 'grace')
    grace = await arm(whole.house, user)
    const made = await createClient(whole.house, {
      id: 'house-app',
      name: 'The App',
      authentication: 'none',
      firstParty: true,
      redirectUris: [callback],
      scopes: ['openid'],
    })
    assert.ok(made.ok)
  })
  after(() => whole[Symbol.asyncDispose]())
  // Codes are good once and tries are few: each test has a time of its own.
  beforeEach(() => whole.house.runtime.advance(86_400))

  const posts = () => postsOf(whole.routes)

  test('no route lets anybody in by a password but those that this file walks', async () => {
    const found = new Set<string>()
    for (const route of posts()) {
      const answer = await knockAt(route, whole.visitor(), { ...right, username: 'ada' }, peer())
      if (letsIn(answer)) found.add(bare(route.path))
    }
    assert.deepEqual([...found].sort(), [...pages, ...Object.keys(wires)].sort())
  })

  test('by none of them does a right password alone let in who has a second factor', async () => {
    for (const route of posts()) {
      const visitor = whole.visitor()
      const answer = await knockAt(route, visitor, right, peer())
      assert.equal(letsIn(answer), false, `${route.path} let her in: ${answer.body.slice(0, 300)}`)
      assert.equal(visitor.cookies.has('sid'), false, route.path)
    }
  })

  for (const [path, status] of Object.entries(wires)) {
    test(`${path}: without a code it says so, a wrong one is none, a right one is good once`, async () => {
      const ask = async (otp?: string) => {
        const route = posts().find((one) => bare(one.path) === path)
        assert.ok(route)
        return knockAt(route, whole.visitor(), { ...right, ...(otp !== undefined && { otp }) }, peer())
      }
      const bareAnswer = await ask()
      assert.equal(bareAnswer.status, status, bareAnswer.body)
      assert.match(bareAnswer.body, /"second_factor_required"/)
      const wrong = await ask(wrongCode(grace))
      assert.equal(wrong.status, status, wrong.body)
      assert.match(wrong.body, /"second_factor_invalid"/)
      assert.deepEqual(tokensIn(wrong), [])
      const code = grace.code()
      const [one, other] = await Promise.all([ask(code), ask(code)])
      assert.equal([one, other].filter(letsIn).length, 1, `${one.body} and ${other.body}`)
      assert.equal(letsIn(await ask(code)), false)
    })
  }

  test('MF-02: the tries of all wires together are five in five minutes', async () => {
    let looked = 0
    const ways = Object.keys(wires)
    for (let i = 0; i < 21; i++) {
      const route = posts().find((one) => bare(one.path) === ways[i % ways.length])
      assert.ok(route)
      const answer = await knockAt(route, whole.visitor(), { ...right, otp: wrongCode(grace) }, peer())
      if (answer.body.includes('second_factor_invalid')) looked += 1
      else assert.equal(answer.status, 429, answer.body)
    }
    assert.equal(looked, 5)
  })

  test('MF-03: a recovery code does instead of a code, on a wire too', async () => {
    const route = posts().find(({ path }) => bare(path) === '/api/token')
    assert.ok(route)
    const otp = grace.recoveryCodes[9] ?? ''
    assert.equal(letsIn(await knockAt(route, whole.visitor(), { ...right, otp }, peer())), true)
    assert.equal(letsIn(await knockAt(route, whole.visitor(), { ...right, otp }, peer())), false)
  })

  test('a name and a password with each request are nobody’s who has a second factor; a token’s are hers', async () => {
    const basic = (name: string) => `Basic ${Buffer.from(`${name}:${seededPassword}`).toString('base64')}`
    const verified = (authorization: string) =>
      whole.visitor().visit('/auth/verify', {
        peer: '127.0.0.1',
        headers: {
          authorization,
          'x-original-method': 'GET',
          'x-original-url': 'http://localhost:4400/private',
          'x-forwarded-method': 'GET',
          'x-forwarded-uri': '/private',
          'x-forwarded-host': 'localhost:4400',
          'x-forwarded-proto': 'http',
        },
      })
    assert.equal((await verified(basic('ada'))).status, 200)
    for (let i = 0; i < 2; i++) assert.equal((await verified(basic('grace'))).status, 401)
    const byHeader = await whole.visitor().visit('/get_access_token', {
      method: 'POST',
      peer: '127.0.0.1',
      headers: { authorization: basic('grace') },
    })
    assert.match(byHeader.body, /second_factor_required/)
  })

  test('the authorization challenge endpoint asks for a code, and the code that it gives says so (MF-11)', async () => {
    const ask = async (form: Record<string, string>) =>
      whole.visitor().visit('/oauth/challenge', { form: { client_id: 'house-app', ...form }, peer: peer() })
    const first = {
      response_type: 'code',
      scope: 'openid',
      code_challenge: codeChallenge(verifier),
      code_challenge_method: 'S256',
      redirect_uri: callback,
    }
    const lacking = await ask({ ...first, ...right })
    assert.equal(lacking.json()['reason'], 'second_factor_required')
    assert.deepEqual(lacking.json()['fields'], ['username', 'password', 'otp'])
    const again = (answer: Answer, otp: string) =>
      ask({ auth_session: String(answer.json()['auth_session']), ...right, otp })
    const wrong = await again(lacking, wrongCode(grace))
    assert.equal(wrong.json()['reason'], 'second_factor_invalid')
    const given = await again(wrong, grace.code())
    assert.equal(given.status, 200, given.body)
    const tokens = await whole.visitor().visit('/oauth/token', {
      form: {
        grant_type: 'authorization_code',
        client_id: 'house-app',
        code: String(given.json()['authorization_code']),
        code_verifier: verifier,
      },
    })
    const { acr, amr } = identityIn(tokens)
    assert.deepEqual([acr, amr], ['urn:countersign:acr:mfa', ['pwd', 'otp', 'mfa']])
  })

  /** Signs in with the password. @param asked the address that an application's request led to */
  const withPassword = async (visitor: Visitor, asked?: string): Promise<Answer> => {
    await visitor.visit(asked ?? '/sign-in', { peer: peer() })
    const back = asked === undefined ? null : new URL(asked, 'http://x').searchParams.get('continue')
    const form = { ...right, remember: 'yes', ...(back !== null && { continue: back }) }
    return visitor.submit('/sign-in', form, { peer: peer() })
  }
  /** Gives the code of the page that a first factor leads to. */
  const withCode = async (visitor: Visitor, half: Answer, otp = grace.code()): Promise<Answer> => {
    assert.match(
      half.location ?? '',
      /^\/sign-in\/second\?step=/,
      `${half.status} ${half.body.slice(0, 200)}`,
    )
    const step = (await visitor.visit(half.location ?? '')).field('step') ?? ''
    return visitor.submit('/sign-in/second', { step, factor: 'totp', otp })
  }

  test('on the page: nothing is open before the code, and everything is told after it (MF-11)', async () => {
    const visitor = whole.visitor()
    const half = await withPassword(visitor, (await visitor.visit(authorize())).location)
    await closedTo(visitor)
    assert.equal((await withCode(visitor, half, wrongCode(grace))).status, 403)
    await closedTo(visitor)
    const done = await withCode(visitor, half)
    assert.match(done.location ?? '', /^\/oauth\/authorize\?flow=/)
    const cookie = [done.headers['set-cookie'] ?? []].flat().find((line) => line.startsWith('sid='))
    assert.ok(cookie !== undefined && !/max-age/i.test(cookie), 'two factors are not remembered for a month')
    const { acr, amr } = identityIn(await codeAndTokens(visitor, done.location ?? ''))
    assert.deepEqual([acr, amr], ['urn:countersign:acr:mfa', ['pwd', 'otp', 'mfa']])
    assert.equal((await visitor.visit('/account')).status, 200)
  })

  /** What somebody finds who has proven one factor in this browser. */
  async function closedTo(visitor: Visitor): Promise<void> {
    assert.equal(visitor.cookies.has('sid'), false)
    const silent = await visitor.visit(authorize({ prompt: 'none' }))
    assert.equal(new URL(silent.location ?? '').searchParams.get('error'), 'login_required')
    for (const path of ['/account', '/device?user_code=BCDF-GHJK', '/approve']) {
      const answer = await visitor.visit(path)
      assert.match(answer.location ?? String(answer.status), /^\/sign-in/, path)
    }
    for (const path of [
      '/account/factors/remove',
      '/account/password',
      '/device',
      '/account/passkeys/begin',
    ]) {
      const answer = await visitor.submit(path, { user_code: 'BCDF-GHJK' })
      assert.match(answer.location ?? String(answer.status), /^\/sign-in/, path)
    }
  }

  test('prompt=login and max_age ask for both again, and what was open stays until then', async () => {
    const visitor = await signedIn()
    const before = visitor.cookies.get('sid')
    for (const more of [{ prompt: 'login' }, { max_age: '0' }, { max_age: '300' }]) {
      whole.house.runtime.advance(600)
      const asked = await visitor.visit(authorize(more))
      assert.match(asked.location ?? '', /^\/sign-in\?/)
      const sid = visitor.cookies.get('sid')
      const half = await withPassword(visitor, asked.location)
      assert.equal(visitor.cookies.get('sid'), sid)
      const done = await withCode(visitor, half)
      assert.match(done.location ?? '', /^\/oauth\/authorize\?flow=/)
      assert.notEqual(visitor.cookies.get('sid'), sid)
    }
    assert.notEqual(visitor.cookies.get('sid'), before)
  })

  test('MF-06: ten minutes later a change asks for both again; a password alone changes nothing', async () => {
    const visitor = await signedIn()
    whole.house.runtime.advance(601)
    await visitor.visit('/account')
    const deeds = [
      '/account/factors/remove',
      '/account/factors/codes',
      '/account/factors/set-up',
      '/account/sessions/revoke-others',
    ]
    for (const path of deeds) {
      const asked = await visitor.submit(path, {})
      assert.equal(asked.status, 403, path)
      assert.match(asked.body, /name="code"/, path)
      const half = await visitor.submit(path, { ...right })
      assert.equal(half.status, 403, path)
    }
    const wrong = await visitor.submit('/account/factors/remove', { ...right, code: wrongCode(grace) })
    assert.equal(wrong.status, 403)
    const done = await visitor.submit('/account/sessions/revoke-others', { ...right, code: grace.code() })
    assert.equal(done.location, '/account?done=others-ended')
  })

  test('a new password by mail opens nothing by itself, and the code is asked for after it', async () => {
    const visitor = whole.visitor()
    await visitor.visit('/forgot-password')
    await visitor.submit(
      '/forgot-password',
      { username: 'grace@example.test', email: 'grace@example.test' },
      { peer: peer() },
    )
    const letters = (await whole.house.letters()).filter(({ to }) => to === 'grace@example.test')
    const link = /http:\/\/localhost:4400(\/reset-password\S*)/.exec(letters.at(-1)?.text ?? '')?.[1]
    assert.ok(link, 'no letter came')
    const page = await visitor.visit(link)
    const secret = page.field('secret') ?? ''
    const set = await visitor.submit(
      '/reset-password',
      { secret, new_password: seededPassword },
      { peer: peer() },
    )
    assert.match(set.location ?? '', /^\/sign-in/, set.body.slice(0, 300))
    assert.equal(visitor.cookies.has('sid'), false)
    assert.match((await withPassword(visitor)).location ?? '', /^\/sign-in\/second/)
    assert.equal(visitor.cookies.has('sid'), false)
  })

  test('AZ-14, SE-09: setting a second factor up is no sign-in: prompt=login and max_age ask for one after it', async () => {
    const visitor = whole.visitor()
    await visitor.visit('/sign-in', { peer: peer() })
    await visitor.submit('/sign-in', { ...right, username: 'ada' }, { peer: peer() })
    whole.house.runtime.advance(300)
    const waiting = await Promise.all(
      [{ prompt: 'login' }, { max_age: '60' }].map((more) => visitor.visit(authorize(more))),
    )
    await visitor.visit('/account')
    const shown = await visitor.submit('/account/factors/set-up', {})
    const key = /class="key digits">([A-Z2-7 ]+)</.exec(shown.body)?.[1] ?? ''
    const shape = { ...usualShape, secret: base32Bytes(key.replaceAll(' ', '')) ?? new Uint8Array() }
    const otp = codeAt(shape, stepAt(shape, whole.house.runtime.now()))
    const done = await visitor.submit('/account/factors/confirm', {
      ticket: shown.field('ticket') ?? '',
      otp,
    })
    assert.equal(done.status, 200)
    for (const { location = '' } of waiting) {
      const back = new URL(location, 'http://x').searchParams.get('continue') ?? ''
      const sealed = openReturn(whole.house.vault, browserOf(visitor), back)
      assert.match(String((await visitor.visit(String(sealed))).location), /^\/sign-in\?/)
    }
  })

  async function signedIn(): Promise<Visitor> {
    const visitor = whole.visitor()
    const done = await withCode(visitor, await withPassword(visitor))
    assert.equal(done.location, '/account', done.body.slice(0, 300))
    return visitor
  }

  async function codeAndTokens(visitor: Visitor, location: string): Promise<Answer> {
    let answer = await visitor.visit(location)
    const flow = answer.field('flow')
    if (flow !== undefined) answer = await visitor.submit('/oauth/authorize', { flow, decision: 'allow' })
    const code = new URL(answer.location ?? '').searchParams.get('code') ?? ''
    return whole.visitor().visit('/oauth/token', {
      form: {
        grant_type: 'authorization_code',
        client_id: 'house-app',
        code,
        redirect_uri: callback,
        code_verifier: verifier,
      },
    })
  }
})

/** The browser's identity, as the edge reads it. */
function browserOf(visitor: Visitor) {
  return { digest: digest(visitor.cookies.get('browser') ?? ''), formToken: '', nonce: '' }
}

function authorize(more: Record<string, string> = {}): string {
  return `/oauth/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: 'house-app',
    redirect_uri: callback,
    scope: 'openid',
    state: 's',
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  })}`
}

function identityIn(tokens: Answer): Record<string, unknown> {
  assert.equal(tokens.status, 200, tokens.body)
  return { ...peekUnverified(String(tokens.json()['id_token']))?.claims }
}

async function userNamed({ house }: Whole, name: string): Promise<string> {
  const value = canonicalUsername(name)
  const user = value === null ? null : await userByIdentifier(house.database, { kind: 'username', value })
  assert.ok(user)
  return user.id
}
