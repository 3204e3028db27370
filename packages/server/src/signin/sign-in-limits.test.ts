import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitPolicies } from '../accounts/credentials/limit-policies.ts'
import { passwordsOf } from '../accounts/credentials/passwords.ts'
import { type Slots, slotsOf } from '../accounts/credentials/slots.ts'
import { cheapest, noLimits, password } from '../accounts/people.fixture.ts'
import type { Answer, Visitor } from '../platform/house.ts'
import { openHall, problemsOn, seenOf, signIn, whoIs } from './signin.fixture.ts'

const wrong = 'wrong-analytical-engine'
/** Only what concerns one account, so that the network's limits don't speak first. */
const accountOnly = { ...noLimits, account: limitPolicies.account, device: limitPolicies.device }

function retryAfter(answer: Answer): number {
  assert.equal(answer.status, 429)
  return Number(answer.header('retry-after'))
}

test('PW-11: after five wrong passwords each further try has to wait, 1, 3, 5, 10 and again 10 seconds', async (t) => {
  const hall = await openHall({ limits: accountOnly })
  t.after(() => hall.house.close())
  await hall.add()
  const guess = () => signIn(hall.visitor(), { password: wrong })
  for (let i = 0; i < 5; i++) assert.equal((await guess()).status, 403)
  for (const wait of [1, 3, 5, 10, 10, 10]) {
    assert.equal(retryAfter(await guess()), wait)
    hall.house.runtime.advance(wait)
    assert.equal((await guess()).status, 403)
  }
})

test('PW-11: after a hundred failures in a day nothing is hashed for strangers, right or wrong', async (t) => {
  const hall = await openHall({ limits: accountOnly })
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  let refused = 0
  for (let i = 0; i < 100; i++) {
    if ((await signIn(hall.visitor(), { password: wrong })).status === 403) refused += 1
    house.runtime.advance(10)
  }
  assert.equal(refused, 100)
  const before = hall.hashes()
  const answer = await signIn(hall.visitor())
  assert.equal(retryAfter(answer), 86_400 - 1000)
  assert.deepEqual(problemsOn(answer), ['Too many tries. Please wait 1 day and try again'])
  assert.equal(hall.hashes(), before)
  house.runtime.advance(86_400 - 1000)
  assert.equal((await signIn(hall.visitor())).status, 303)
})

test('PW-18: a refused try tells nothing of the account, costs nothing, and success forgets the failures', async (t) => {
  const hall = await openHall({ limits: accountOnly })
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  const block = async (username: string) => {
    for (let i = 0; i < 5; i++) await signIn(hall.visitor(), { username, password: wrong })
    return signIn(hall.visitor(), { username, password })
  }
  const known = await block('ada@example.test')
  const unknown = await block('xyz@example.test')
  assert.equal(retryAfter(known), 1)
  assert.deepEqual(seenOf(known, 'ada@example.test'), seenOf(unknown, 'xyz@example.test'))
  for (let i = 0; i < 10; i++) await signIn(hall.visitor(), { password: wrong })
  house.runtime.advance(1)
  assert.equal((await signIn(hall.visitor())).status, 303)
  for (let i = 0; i < 5; i++) assert.equal((await signIn(hall.visitor(), { password: wrong })).status, 403)
})

test('PW-13, C14 (CVE-2025-24806): all names of a person share one bucket', async (t) => {
  const hall = await openHall({ limits: accountOnly })
  t.after(() => hall.house.close())
  await hall.add({ username: 'ada' })
  const names = ['ada', 'ada@example.test', 'ADA', 'Ada@Example.Test', 'ａｄａ']
  for (const username of names) {
    assert.equal((await signIn(hall.visitor(), { username, password: wrong })).status, 403)
  }
  for (const username of names) retryAfter(await signIn(hall.visitor(), { username }))
  assert.equal((await signIn(hall.visitor(), { username: 'grace', password: wrong })).status, 403)
})

test('PW-13: a name that nobody has is limited in every spelling just the same', async (t) => {
  const hall = await openHall({ limits: accountOnly })
  t.after(() => hall.house.close())
  for (const username of ['nobody', 'NOBODY', ' nobody', 'ｎobody', 'Nobody']) {
    assert.equal((await signIn(hall.visitor(), { username, password: wrong })).status, 403)
  }
  retryAfter(await signIn(hall.visitor(), { username: 'nobody' }))
})

test('PW-12: whoever guesses at an account can’t lock its owner out of a browser that they use', async (t) => {
  const hall = await openHall()
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  const owner = hall.visitor()
  assert.equal((await signIn(owner)).status, 303)
  await owner.submit('/sign-out', {})
  assert.equal(await whoIs(owner), undefined)
  for (let i = 0; i < 12; i++) await signIn(hall.visitor(), { password: wrong })
  retryAfter(await signIn(hall.visitor()))
  // The attacker sits in the same network as the owner, and has used up what both would share.
  const answer = await signIn(owner)
  assert.equal(answer.status, 303)
  retryAfter(await signIn(hall.visitor()))
})

test('PW-12: a device cookie is worth ten failures, and nothing to anybody else or after tampering', async (t) => {
  const hall = await openHall({ limits: accountOnly })
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  await hall.add({ email: 'eve@example.test' })
  const owner = hall.visitor()
  await signIn(owner)
  const cookie = owner.cookies.get('dev') ?? ''
  const eve = hall.visitor()
  await signIn(eve, { username: 'eve@example.test' })
  for (let i = 0; i < 5; i++) await signIn(hall.visitor(), { password: wrong })

  const trying = async (value: string) => {
    const thief = hall.visitor()
    thief.cookies.set('dev', value)
    return (await signIn(thief, { password: wrong })).status
  }
  const [name = '', at = '', mac = ''] = cookie.split('~')
  for (const forged of [
    eve.cookies.get('dev') ?? '',
    `${name}~${at}~${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`,
    `${'A'.repeat(22)}~${at}~${mac}`,
    name,
    `${name}~${mac}`,
    `~${at}~${mac}`,
    `${'x~1~y.'.repeat(200)}${cookie}`,
  ]) {
    assert.equal(await trying(forged), 429, forged.slice(0, 80))
  }
  for (let i = 0; i < 10; i++) assert.equal(await trying(cookie), 403)
  assert.equal(await trying(cookie), 429)
})

test('PW-12: a browser knows up to four people, and a new password makes it a stranger', async (t) => {
  const hall = await openHall({ limits: noLimits })
  const { house } = hall
  t.after(() => house.close())
  const family = ['ada', 'grace', 'tim', 'eve', 'bob']
  for (const name of family) await hall.add({ email: `${name}@example.test` })
  const shared = hall.visitor()
  for (const name of family) await signIn(shared, { username: `${name}@example.test` })
  const entries = (shared.cookies.get('dev') ?? '').split('.')
  assert.equal(entries.length, 4)
  await signIn(shared, { username: 'tim@example.test' })
  assert.equal((shared.cookies.get('dev') ?? '').split('.').length, 4)

  const limited = await openHall({ house, limits: accountOnly })
  for (let i = 0; i < 5; i++)
    await signIn(limited.visitor(), { username: 'bob@example.test', password: wrong })
  const bobs = limited.visitor()
  bobs.cookies.set('dev', shared.cookies.get('dev') ?? '')
  await bobs.visit('/account')
  assert.equal((await signIn(bobs, { username: 'bob@example.test' })).status, 303)
  const before = bobs.cookies.get('dev') ?? ''
  house.runtime.advance(1)
  await bobs.visit('/account')
  const changed = await bobs.submit('/account/password', {
    current_password: password,
    new_password: 'another-difference-engine',
  })
  assert.equal(changed.status, 303)
  for (let i = 0; i < 5; i++)
    await signIn(limited.visitor(), { username: 'bob@example.test', password: wrong })
  const old = limited.visitor()
  old.cookies.set('dev', before)
  const tried = await signIn(old, { username: 'bob@example.test', password: 'another-difference-engine' })
  assert.equal(tried.status, 429)
  const fresh = limited.visitor()
  fresh.cookies.set('dev', bobs.cookies.get('dev') ?? '')
  const known = await signIn(fresh, { username: 'bob@example.test', password: 'another-difference-engine' })
  assert.equal(known.status, 303)
})

test('PW-17: one network gets ten wrong passwords at once and few more, however many accounts it tries', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  let evaluated = 0
  for (let i = 0; i < 60; i++) {
    const answer = await signIn(hall.visitor(), { username: `user${i}`, password: wrong })
    if (answer.status === 403) evaluated += 1
  }
  assert.equal(evaluated, 10)
  for (let minute = 0; minute < 30; minute++) {
    hall.house.runtime.advance(60)
    for (let i = 0; i < 12; i++) {
      const answer = await signIn(hall.visitor(), { username: `user${minute}-${i}`, password: wrong })
      if (answer.status === 403) evaluated += 1
    }
  }
  // 20 in a row, and what three hours' worth of 20 gives back in half an hour.
  assert.ok(evaluated <= 20 + 4, String(evaluated))
  assert.equal((await signIn(hall.visitor(), { peer: '198.51.100.9' })).status, 303)
})

test('a network may try thirty sign-ins a minute, right ones too', async (t) => {
  const hall = await openHall({ limits: { ...noLimits, tries: limitPolicies.tries } })
  t.after(() => hall.house.close())
  await hall.add()
  for (let i = 0; i < 30; i++) assert.equal((await signIn(hall.visitor())).status, 303)
  assert.equal(retryAfter(await signIn(hall.visitor())), 2)
})

test('right passwords do not use up a network’s failures', async (t) => {
  const hall = await openHall({ limits: { ...limitPolicies, tries: noLimits.tries } })
  t.after(() => hall.house.close())
  await hall.add()
  for (let i = 0; i < 40; i++) assert.equal((await signIn(hall.visitor())).status, 303)
})

test('PW-14: what the client says about its own address changes nothing', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  for (let i = 0; i < 10; i++) await signIn(hall.visitor(), { username: `user${i}`, password: wrong })
  for (let i = 0; i < 5; i++) {
    const headers = {
      'x-forwarded-for': `10.0.0.${i}`,
      'x-real-ip': `10.0.1.${i}`,
      forwarded: `for=10.0.2.${i}`,
    }
    const answer = await signIn(hall.visitor(), { username: `other${i}`, password: wrong, headers })
    assert.equal(answer.status, 429)
  }
})

test('PW-15: addresses of one /64 count as one', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  for (let i = 0; i < 10; i++) {
    const attempt = { username: `user${i}`, password: wrong, peer: `2001:db8:0:1::${i + 1}` }
    assert.equal((await signIn(hall.visitor(), attempt)).status, 403)
  }
  const attempt = { username: 'other', password: wrong }
  retryAfter(await signIn(hall.visitor(), { ...attempt, peer: '2001:db8:0:1:ffff::1' }))
  assert.equal((await signIn(hall.visitor(), { ...attempt, peer: '2001:db8:0:2::1' })).status, 403)
})

test('PW-15: and the /56 around them is stopped too, later', async (t) => {
  const hall = await openHall({ limits: { ...noLimits, stuffingAround: limitPolicies.stuffingAround } })
  t.after(() => hall.house.close())
  const attempt = (i: number) =>
    signIn(hall.visitor(), {
      username: `user${i}`,
      password: wrong,
      peer: `2001:db8:0:1${(i % 100).toString(16).padStart(2, '0')}::1`,
    })
  for (let i = 0; i < 80; i++) assert.equal((await attempt(i)).status, 403)
  retryAfter(await attempt(81))
})

test('PW-16: of five hundred guesses at once, five are evaluated', async (t) => {
  const hall = await openHall({ limits: accountOnly, room: {} })
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  const unbounded: Slots = { run: (work) => work(), hasRoom: true }
  let hashes = 0
  const passwords = passwordsOf(house, {
    cost: cheapest,
    slots: unbounded,
    argon2: async (_message, _salt, _cost, length) => {
      hashes += 1
      return Buffer.alloc(length)
    },
  })
  const crowd = await openHall({ house, limits: accountOnly, room: { passwords } })
  const visitors: Visitor[] = Array.from({ length: 500 }, () => crowd.visitor())
  await Promise.all(visitors.map((visitor) => visitor.visit('/sign-in')))
  const answers = await Promise.all(
    visitors.map((visitor, i) =>
      visitor.submit('/sign-in', { username: 'ada@example.test', password: `${wrong}-${i}` }),
    ),
  )
  assert.equal(hashes, 5)
  assert.equal(answers.filter(({ status }) => status === 403).length, 5)
  assert.equal(answers.filter(({ status }) => status === 429).length, 495)
})

test('in a storm every sign-in is answered 303, or 503 with Retry-After, and the refused ones cost nothing', async (t) => {
  const hall = await openHall()
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  const waiting: (() => void)[] = []
  const slots = slotsOf(1, { elapsed: () => 0 })
  let taken = 0
  const passwords = passwordsOf(house, {
    cost: cheapest,
    slots: {
      run: (work) => {
        if (slots.hasRoom) taken += 1
        return slots.run(work)
      },
      get hasRoom() {
        return slots.hasRoom
      },
    },
    argon2: async (_message, _salt, _cost, length) => {
      await new Promise<void>((resume) => waiting.push(resume))
      return Buffer.alloc(length)
    },
  })
  const crowd = await openHall({ house, limits: noLimits, room: { passwords } })
  const visitors = Array.from({ length: 12 }, () => crowd.visitor())
  await Promise.all(visitors.map((visitor) => visitor.visit('/sign-in')))
  let answered = 0
  const storm = Promise.all(
    visitors.map(async (visitor) => {
      const answer = await visitor.submit('/sign-in', { username: 'ada@example.test', password: wrong })
      answered += 1
      return answer
    }),
  )
  // Nobody is let go on before all have come, however long the database takes.
  const releasing = (async () => {
    while (answered < 12) {
      if (taken + answered >= 12) waiting.shift()?.()
      await new Promise((resume) => setImmediate(resume))
    }
  })()
  const answers = await storm
  await releasing
  const busy = answers.filter(({ status }) => status === 503)
  assert.ok(busy.length > 0)
  assert.equal(answers.filter(({ status }) => status === 403).length + busy.length, 12)
  for (const answer of busy) {
    assert.equal(answer.header('retry-after'), '1')
    assert.match(problemsOn(answer).join(), /^Many people are signing in right now/)
  }
  const [row] = await house.database.read(
    "select failures from limits where bucket like 'sign-in/account/%'",
    [],
  )
  assert.equal(row?.['failures'], 12 - busy.length)
})
