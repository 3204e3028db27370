import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { limitPolicies } from '../../accounts/credentials/limit-policies.ts'
import { putPassword } from '../../accounts/credentials/passwords.store.ts'
import { type Armed, arm, totp, wrongCode } from '../../accounts/factors/factors.fixture.ts'
import { insertTotp, newRecoveryCodes, removeTotp } from '../../accounts/factors/factors.ts'
import { usualShape } from '../../accounts/factors/totp.ts'
import { noLimits, password } from '../../accounts/people.fixture.ts'
import { byPassword, byTotp, together } from '../../accounts/sessions/session.ts'
import { endAllSessions, sessionsOf } from '../../accounts/sessions/sessions.store.ts'
import { openDeviceSession, openProgramSession, openSession } from '../../accounts/sessions/sessions.ts'
import { disableUser, type User } from '../../accounts/users/users.store.ts'
import type { Answer, Visitor } from '../../platform/house.ts'
import { type Hall, openHall, problemsOn, signIn, whoIs } from '../signin.fixture.ts'

interface Place extends Hall {
  readonly ada: User
  readonly armed: Armed
}

onBothEngines('The second step', (open) => {
  const place = async (limits: Parameters<typeof openHall>[0] = { limits: noLimits }): Promise<Place> => {
    const hall = await openHall({ house: await open(), ...limits })
    const ada = await hall.add()
    return { ...hall, ada, armed: await arm(hall.house, ada.id) }
  }
  /** Goes as far as the page of the second step. @returns what names the sign-in there */
  const half = async (visitor: Visitor, form: Record<string, string> = {}): Promise<string> => {
    const answer = await signIn(visitor, { form })
    assert.match(answer.location ?? '', /^\/sign-in\/second\?step=/, answer.body.slice(0, 300))
    return (await visitor.visit(answer.location ?? '')).field('step') ?? ''
  }
  const give = (visitor: Visitor, step: string, otp: string): Promise<Answer> =>
    visitor.submit('/sign-in/second', { step, factor: 'totp', otp })
  const isOver = async (visitor: Visitor, answer: Answer): Promise<void> => {
    assert.equal(answer.location, '/sign-in?reason=expired')
    assert.equal(visitor.cookies.has('sid'), false)
  }

  test('MF-05: a code opens the session and leads where the person wanted to go; before it nothing is open', async () => {
    const { house, ada, armed, visitor: browser } = await place()
    const visitor = browser()
    const back = (await visitor.visit('/seal')).body
    const step = await half(visitor, { continue: back, remember: 'yes' })
    assert.equal(visitor.cookies.has('sid'), false)
    assert.equal(visitor.cookies.has('dev'), false)
    const wrong = await give(visitor, step, wrongCode(armed))
    assert.equal(wrong.status, 403)
    assert.match(problemsOn(wrong).join(), /isn’t right/)
    const empty = await give(visitor, step, '')
    assert.equal(empty.status, 422)
    const done = await give(visitor, step, armed.code())
    assert.equal(done.location, '/who?back=1')
    assert.equal(await whoIs(visitor), 'ada@example.test')
    assert.ok(visitor.cookies.has('dev'), 'the browser is known from now on')
    const [session] = await sessionsOf(house.database, house.runtime.now(), ada.id)
    assert.deepEqual(
      [session?.acr, session?.amr, session?.remembered],
      ['urn:countersign:acr:mfa', ['pwd', 'otp', 'mfa'], false],
    )
    assert.equal((session?.expiresAt ?? 0) - house.runtime.now(), 86_400)
  })

  test('MF-03: a recovery code does instead, once', async () => {
    const { house, ada, armed, visitor: browser } = await place()
    const visitor = browser()
    const step = await half(visitor)
    const [code = ''] = armed.recoveryCodes
    const page = await visitor.visit(`/sign-in/second?step=${step}&factor=recovery`)
    assert.match(page.body, /name="recovery_code"/)
    const form = { step, factor: 'recovery', recovery_code: ` ${code.toUpperCase()} ` }
    assert.equal((await visitor.submit('/sign-in/second', form)).location, '/account')
    const [session] = await sessionsOf(house.database, house.runtime.now(), ada.id)
    assert.deepEqual(session?.amr, ['pwd', 'recovery', 'mfa'])
    const other = browser()
    const again = await other.submit('/sign-in/second', { ...form, step: await half(other) })
    assert.equal(again.status, 403)
    assert.match(problemsOn(again).join(), /none of your recovery codes/)
  })

  test('C19: a partial sign-in is nothing in another browser, nor made up, nor after ten minutes', async () => {
    const { house, armed, visitor: browser } = await place()
    const visitor = browser()
    const step = await half(visitor)
    const thief = browser()
    await thief.visit('/sign-in')
    await isOver(thief, await give(thief, step, armed.code()))
    await isOver(thief, await thief.visit(`/sign-in/second?step=${step}`))
    for (const bad of ['', 'x', `x${step}`, step.slice(0, -3)]) {
      await isOver(visitor, await visitor.visit(`/sign-in/second?step=${bad}`))
      await isOver(visitor, await give(visitor, bad, armed.code()))
    }
    await isOver(visitor, await visitor.visit('/sign-in/second'))
    house.runtime.advance(600)
    await isOver(visitor, await give(visitor, step, armed.code()))
  })

  test('a partial sign-in becomes one session: not a second one later, nor two in two tabs at once', async () => {
    const { house, ada, armed, visitor: browser } = await place()
    const visitor = browser()
    const step = await half(visitor)
    const tab = browser()
    for (const [name, value] of visitor.cookies) tab.cookies.set(name, value)
    await tab.visit(`/sign-in/second?step=${step}`)
    const answers = await Promise.all([give(visitor, step, armed.code()), give(tab, step, armed.code(1))])
    // Where the newer code came first, the older one is over before the step is.
    const [, other] = answers.toSorted(
      (one, two) => Number(two.location === '/account') - Number(one.location === '/account'),
    )
    assert.deepEqual(answers.filter(({ location }) => location === '/account').length, 1)
    assert.ok(other?.location === '/sign-in?reason=expired' || other?.status === 403, `${other?.status}`)
    assert.equal((await sessionsOf(house.database, house.runtime.now(), ada.id)).length, 1)
    const cookies = new Map([...visitor.cookies].filter(([name]) => name !== 'sid'))
    const later = browser()
    for (const [name, value] of cookies) later.cookies.set(name, value)
    house.runtime.advance(60)
    await later.visit(`/sign-in/second?step=${step}`)
    await isOver(later, await give(later, step, armed.code()))
  })

  test('MF-01: one code opens one of two sign-ins at once', async () => {
    const { armed, visitor: browser } = await place()
    const visitors = [browser(), browser()]
    const steps = await Promise.all(visitors.map((visitor) => half(visitor)))
    await Promise.all(visitors.map((visitor, at) => give(visitor, steps[at] ?? '', armed.code())))
    const inside = await Promise.all(visitors.map(whoIs))
    assert.equal(inside.filter((one) => one === 'ada@example.test').length, 1)
  })

  const changes: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
    'the password is changed': async ({ house, passwords, ada }) => {
      house.runtime.advance(1)
      const hash = await passwords.protect(ada.id, 'another-difference-engine')
      return house.database.commit([putPassword(house.database, house.runtime.now(), ada.id, hash)])
    },
    'the second factor is taken away': ({ house, ada }) =>
      house.database.commit(removeTotp(house, ada.id, 'an operator')),
    'the second factor is another one': ({ house, ada }) =>
      house.database.commit([
        removeTotp(house, ada.id, 'the person'),
        insertTotp(house, ada.id, { ...usualShape, secret: Buffer.alloc(20, 7) }),
        newRecoveryCodes(house, ada.id).writes,
      ]),
    'the person is disabled': ({ house, ada }) =>
      house.database.commit([disableUser(house.database, house.runtime.now(), ada.id)]),
  }
  for (const [change, make] of Object.entries(changes)) {
    test(`a partial sign-in is void once ${change}`, async () => {
      const at = await place()
      const visitor = at.visitor()
      const step = await half(visitor)
      await make(at)
      await isOver(visitor, await visitor.visit(`/sign-in/second?step=${step}`))
      await isOver(visitor, await give(visitor, step, at.armed.code()))
    })
  }

  test('C12, C15: of those who sign in by a password at the moment in which a second factor is set up, none is left in', async () => {
    const hall = await openHall({ house: await open(), limits: noLimits })
    const { house } = hall
    const ada = await hall.add()
    const visitors = Array.from({ length: 12 }, () => hall.visitor())
    await Promise.all(visitors.map((visitor) => visitor.visit('/sign-in')))
    const form = { username: 'ada@example.test', password }
    const signingIn = visitors.map((visitor) => visitor.submit('/sign-in', form))
    const now = house.runtime.now()
    const setUp = house.database.commit([
      insertTotp(house, ada.id, totp),
      endAllSessions(house.database, now, ada.id),
    ])
    const answers = await Promise.all(signingIn)
    assert.ok((await setUp).ok)
    assert.deepEqual(await sessionsOf(house.database, now, ada.id), [])
    for (const { status } of answers) assert.ok([303, 503].includes(status), String(status))
  })

  test('C12: a session that was made ready before there was a second factor can’t begin after it', async () => {
    const hall = await openHall({ house: await open(), limits: noLimits })
    const { house } = hall
    const ada = await hall.add()
    const request = { cookies: new Map(), headers: { get: () => undefined }, peer: '192.0.2.1' }
    const by = { userId: ada.id, authentication: byPassword }
    const browser = await openSession(house, request, { ...by, remember: false })
    const program = openProgramSession(house, request, { ...by, clientId: 'any', seconds: 60 })
    const weak = await openSession(house, request, { ...by, remember: false })
    assert.ok((await house.database.commit(weak.writes)).ok)
    const there = { clientId: 'any', peer: '', userAgent: '', seconds: 60 }
    const device = openDeviceSession(house, { from: weak.session, ...there })
    await arm(house, ada.id)
    for (const { writes } of [browser, program, device]) {
      assert.deepEqual(await house.database.commit(writes), { ok: false, lost: 'second factor' })
    }
    const both = { ...by, authentication: together(byPassword, byTotp) }
    const sure = await openSession(house, request, { ...both, remember: false })
    assert.deepEqual(await house.database.commit(sure.writes), { ok: true })
  })

  test('MF-02: too many tries are said so, with how long to wait; the recovery codes are not locked out with them', async () => {
    const { armed, visitor: browser } = await place({ limits: { ...noLimits, codes: limitPolicies.codes } })
    const visitor = browser()
    const step = await half(visitor)
    for (let i = 0; i < 5; i++) assert.equal((await give(visitor, step, wrongCode(armed))).status, 403)
    const limited = await give(visitor, step, armed.code())
    assert.deepEqual([limited.status, limited.header('retry-after')], [429, '60'])
    assert.match(problemsOn(limited).join(), /Too many tries/)
    const form = { step, factor: 'recovery', recovery_code: armed.recoveryCodes[0] ?? '' }
    assert.equal((await visitor.submit('/sign-in/second', form)).location, '/account')
  })

  test('C32: no code, no recovery code and no secret reaches a log or the record of events', async () => {
    const { house, armed, visitor: browser } = await place()
    const visitor = browser()
    const step = await half(visitor)
    const wrong = wrongCode(armed)
    await give(visitor, step, wrong)
    await give(visitor, step, armed.code())
    const rows = await house.database.read('select detail from events', [])
    const all = JSON.stringify([house.logged, rows.map(({ detail }) => detail)])
    for (const secret of [wrong, armed.code(), step.slice(0, 40), ...armed.recoveryCodes]) {
      assert.ok(!all.includes(secret))
    }
  })
})
