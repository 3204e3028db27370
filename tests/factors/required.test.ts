// Every way in where everybody needs a second factor, for somebody who has none.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { credentialByIdentifier } from '../../packages/server/src/accounts/credentials/passwords.store.ts'
import { base32Bytes } from '../../packages/server/src/accounts/factors/base32.ts'
import { codeAt, stepAt, usualShape } from '../../packages/server/src/accounts/factors/totp.ts'
import { byPassword, type Session } from '../../packages/server/src/accounts/sessions/session.ts'
import { sessionsOf } from '../../packages/server/src/accounts/sessions/sessions.store.ts'
import { openDeviceSession, openSession } from '../../packages/server/src/accounts/sessions/sessions.ts'
import { canonicalIdentifier } from '../../packages/server/src/accounts/users/identifiers.ts'
import { seededPassword } from '../../packages/server/src/app/seed.ts'
import type { Visitor } from '../../packages/server/src/platform/house.ts'
import { bank, openWhole, type Whole } from '../harness/whole.ts'
import { bare, knockAt, letsIn, postsOf, wires } from './ways-in.ts'

describe('MF-05: where everybody needs a second factor, nobody comes in without one', () => {
  let whole: Whole
  let peers = 0
  const peer = () => `127.0.0.${1 + (++peers % 250)}`
  const ada = { username: 'ada', password: seededPassword }

  before(async () => {
    whole = await openWhole({ development: true, secondFactor: 'required' })
  })
  after(() => whole[Symbol.asyncDispose]())
  beforeEach(() => whole.house.runtime.advance(600))

  test('by no route does a right password alone let in who has none', async () => {
    for (const route of postsOf(whole.routes)) {
      const visitor = whole.visitor()
      const answer = await knockAt(route, visitor, ada, peer())
      assert.equal(letsIn(answer), false, `${route.path} let her in: ${answer.body.slice(0, 300)}`)
      assert.equal(visitor.cookies.has('sid'), false, route.path)
      if (bare(route.path) in wires) assert.match(answer.body, /"second_factor_required"/, route.path)
    }
    const authorization = `Basic ${Buffer.from(`ada:${seededPassword}`).toString('base64')}`
    const headers = {
      authorization,
      'x-original-method': 'GET',
      'x-original-url': 'http://localhost:4400/private',
    }
    assert.equal((await whole.visitor().visit('/auth/verify', { peer: '127.0.0.1', headers })).status, 401)
  })

  test('who signs in sets one up first, and is in with it; from then on it is asked for', async () => {
    const visitor = whole.visitor()
    await visitor.visit('/sign-in')
    const half = await visitor.submit('/sign-in', ada, { peer: peer() })
    const page = await visitor.visit(half.location ?? '')
    assert.match(page.body, /<svg class="qr"/)
    assert.match((await visitor.visit('/account')).location ?? '', /^\/sign-in/)
    const [step = '', ticket = ''] = [page.field('step'), page.field('ticket')]
    const secret = base32Bytes(
      /class="key digits">([A-Z2-7 ]+)</.exec(page.body)?.[1]?.replaceAll(' ', '') ?? '',
    )
    assert.ok(secret !== null && secret.length === 20)
    const code = (steps = 0) => {
      const shape = { ...usualShape, secret }
      return codeAt(shape, stepAt(shape, whole.house.runtime.now()) + steps)
    }
    const wrong = await visitor.submit('/sign-in/second/set-up', { step, ticket, otp: code(5) })
    assert.deepEqual([wrong.status, visitor.cookies.has('sid'), wrong.field('ticket')], [403, false, ticket])
    const done = await visitor.submit('/sign-in/second/set-up', { step, ticket, otp: code() })
    assert.equal(done.status, 200, done.body.slice(-600))
    assert.equal([...done.body.matchAll(/<li>([0-9a-z]{4}-){3}[0-9a-z]{4}<\/li>/g)].length, 10)
    assert.equal((await visitor.visit('/account')).status, 200)
    const again = await visitor.submit('/sign-in/second/set-up', { step, ticket, otp: code(1) })
    assert.match(again.location ?? '', /^\/sign-in/, 'a sign-in becomes one session')

    const other = whole.visitor()
    await other.visit('/sign-in')
    const next = await other.visit((await other.submit('/sign-in', ada, { peer: peer() })).location ?? '')
    assert.equal(next.field('ticket'), undefined)
    const used = await other.submit('/sign-in/second', {
      step: next.field('step') ?? '',
      factor: 'totp',
      otp: code(),
    })
    assert.equal(used.status, 403, 'the code that set it up is no second proof')
    const fresh = await other.submit('/sign-in/second', {
      step: next.field('step') ?? '',
      factor: 'totp',
      otp: code(1),
    })
    assert.equal(fresh.location, '/account')
    const removed = await other.submit('/account/factors/remove', {})
    assert.equal(removed.status, 403)
  })

  describe('a token from before that was so', () => {
    const tim = { username: 'tim', password: seededPassword }
    let old: Visitor

    before(async () => {
      old = await whole.visitorBefore()
    })

    const post = (visitor: Visitor, path: string, members: object, authorization?: string) =>
      visitor.visit(path, {
        method: 'POST',
        body: JSON.stringify(members),
        headers: {
          'content-type': 'application/json',
          ...(authorization !== undefined && { authorization }),
        },
        peer: peer(),
      })
    const given = async (path: string, name: string, more: object = {}) =>
      String((await post(old, path, { ...tim, ...more })).json()[name])
    const seen = (visitor: Visitor, path: string, authorization: string) =>
      visitor.visit(path, { headers: { authorization }, peer: '127.0.0.1' })

    test('C12: opens nothing, whichever wire gave it, and is no token to whoever asks about it', async () => {
      const [opaque, key, access, refresh] = await Promise.all([
        given('/get_access_token', 'access_token'),
        given('/api-token-auth/', 'token'),
        given('/api/token/', 'access'),
        given('/api/token/', 'refresh'),
      ])
      const shown = [
        ['/api/account', `Bearer ${opaque}`],
        ['/oauth/userinfo', `Bearer ${opaque}`],
        ['/auth/users/me/', `Token ${key}`],
        ['/auth/users/me/', `JWT ${access}`],
        ['/dj-rest-auth/user/', `Token ${key}`],
      ] as const
      for (const [path, authorization] of shown) {
        assert.equal((await seen(old, path, authorization)).status, 200, path)
        assert.equal((await seen(whole.visitor(), path, authorization)).status, 401, path)
      }
      for (const [path, members] of [
        ['/api/token/verify/', { token: access }],
        ['/api/token/refresh/', { refresh }],
      ] as const) {
        assert.equal((await post(old, path, members)).status, 200, path)
        const answer = await post(whole.visitor(), path, members)
        assert.deepEqual(
          [answer.status, answer.body],
          [401, '{"detail":"No active account found for the given token."}'],
        )
      }
    })

    test('ends for good when its person signs out by it all the same', async () => {
      const refresh = await given('/api/token/', 'refresh')
      const ways = [
        ['/auth/token/logout/', `Token ${await given('/auth/token/login/', 'auth_token')}`],
        ['/dj-rest-auth/logout/', `Token ${await given('/dj-rest-auth/login/', 'key')}`],
      ] as const
      for (const [path, authorization] of ways) {
        await post(whole.visitor(), path, {}, authorization)
        assert.equal((await seen(old, '/auth/users/me/', authorization)).status, 401, path)
      }
      await post(whole.visitor(), '/api/token/blacklist/', { refresh })
      assert.equal((await post(old, '/api/token/refresh/', { refresh })).status, 401)
    })
  })

  describe('a session from before that was so', () => {
    let visitor: Visitor
    let session: Session

    before(async () => {
      const { house } = whole
      const grace = await credentialByIdentifier(
        house.database,
        canonicalIdentifier('grace') ?? assert.fail(),
      )
      const opened = await openSession(
        // The server as it was set up before.
        { ...house, secondFactor: 'optional' },
        { cookies: new Map(), headers: { get: () => undefined }, peer: peer() },
        { userId: grace?.user.id ?? '', authentication: byPassword, remember: true },
      )
      assert.ok((await house.database.commit([opened.writes])).ok)
      session = opened.session
      visitor = whole.visitor()
      visitor.cookies.set('sid', /sid=([^;]*)/.exec(opened.cookies[0] ?? '')?.[1] ?? '')
    })

    // The sign-in page tells why it is shown, and the pages of sign-out are to be had.
    const open = ['/sign-in', '/sign-out']

    test('C12: opens nothing that is closed to a stranger, by no route, but signing out', async () => {
      const stranger = whole.visitor()
      for (const one of [visitor, stranger]) await one.visit('/sign-in', { peer: peer() })
      const routes = whole.routes.filter(({ caller }) => caller === 'browser' || caller === 'redirect')
      assert.ok(routes.length > 60, String(routes.length))
      for (const { method, path } of routes.filter((route) => !open.includes(route.path))) {
        const target = path.replaceAll(/:\w+/g, 'x')
        const [hers, theirs] = await Promise.all(
          [visitor, stranger].map(async (one) => {
            const from = { peer: peer() }
            const answer = await (method === 'GET'
              ? one.visit(target, from)
              : one.submit(target, { user_code: 'BCDF-GHJK', decision: 'allow', client: 'demo-spa' }, from))
            return [answer.status, answer.location?.split('?')[0]]
          }),
        )
        assert.deepEqual(hers, theirs, `${method} ${path}`)
      }
    })

    test('leads no application in, behind a proxy either, and its person to the second step', async () => {
      const asked = new URLSearchParams({
        client_id: 'demo-spa',
        redirect_uri: `${bank}/callback`,
        response_type: 'code',
        scope: 'openid',
        code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
        code_challenge_method: 'S256',
      })
      const led = await visitor.visit(`/oauth/authorize?${asked}`)
      assert.match(led.location ?? '', /^\/sign-in\?/)
      const page = await visitor.visit(led.location ?? '')
      assert.match(page.body, /takes a second step by now/)
      assert.equal(page.field('username'), 'grace@example.test')
      asked.set('prompt', 'none')
      const silent = await visitor.visit(`/oauth/authorize?${asked}`)
      assert.equal(new URL(silent.location ?? '').searchParams.get('error'), 'login_required')
      const headers = { 'x-original-method': 'GET', 'x-original-url': 'http://localhost:4400/private' }
      assert.equal((await visitor.visit('/auth/verify', { peer: '127.0.0.1', headers })).status, 401)
    })

    test('lets no device in, and nothing renews it but a surer sign-in', async () => {
      const { house } = whole
      const device = { clientId: 'demo-native', peer: '', userAgent: '', seconds: 60 }
      const lost = { ok: false, lost: 'second factor' }
      const { writes } = openDeviceSession(house, { from: session, ...device })
      assert.deepEqual(await house.database.commit([writes]), lost)
      const again = await openSession(
        house,
        { cookies: visitor.cookies, headers: { get: () => undefined }, peer: peer() },
        { userId: session.userId, authentication: byPassword, remember: false },
      )
      assert.equal(again.renewed, true)
      assert.deepEqual(await house.database.commit([again.writes]), lost)
    })

    test('can be signed out of', async () => {
      const asked = await visitor.visit('/sign-out')
      assert.match(asked.body, /grace@example\.test/)
      await visitor.submit('/sign-out', {})
      const left = await sessionsOf(whole.house.database, whole.house.runtime.now(), session.userId)
      assert.deepEqual(left, [])
    })
  })
})
