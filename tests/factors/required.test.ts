// Every way in where everybody needs a second factor, for somebody who has none.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { credentialByIdentifier } from '../../packages/server/src/accounts/credentials/passwords.store.ts'
import { base32Bytes } from '../../packages/server/src/accounts/factors/base32.ts'
import { codeAt, stepAt, usualShape } from '../../packages/server/src/accounts/factors/totp.ts'
import { byPassword } from '../../packages/server/src/accounts/sessions/session.ts'
import { openSession } from '../../packages/server/src/accounts/sessions/sessions.ts'
import { canonicalIdentifier } from '../../packages/server/src/accounts/users/identifiers.ts'
import { seededPassword } from '../../packages/server/src/app/seed.ts'
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

  test('a session from before that was so leads no application in, and its person to the second step', async () => {
    const { house } = whole
    const grace = await credentialByIdentifier(house.database, canonicalIdentifier('grace') ?? assert.fail())
    const visitor = whole.visitor()
    const opened = await openSession(
      house,
      { cookies: new Map(), headers: { get: () => undefined }, peer: peer() },
      { userId: grace?.user.id ?? '', authentication: byPassword, remember: true },
    )
    assert.ok((await house.database.commit([opened.writes])).ok)
    visitor.cookies.set('sid', /sid=([^;]*)/.exec(opened.cookies[0] ?? '')?.[1] ?? '')
    assert.equal((await visitor.visit('/account')).status, 200)
    const asked = new URLSearchParams({
      client_id: 'demo-spa',
      redirect_uri: `${bank}/callback`,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      code_challenge_method: 'S256',
    })
    assert.match((await visitor.visit(`/oauth/authorize?${asked}`)).location ?? '', /^\/sign-in\?/)
    asked.set('prompt', 'none')
    const silent = await visitor.visit(`/oauth/authorize?${asked}`)
    assert.equal(new URL(silent.location ?? '').searchParams.get('error'), 'login_required')
  })
})
