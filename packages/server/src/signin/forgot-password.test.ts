import assert from 'node:assert/strict'
import { test } from 'node:test'
import { credentialOfUser, putPassword } from '../accounts/credentials/passwords.store.ts'
import { arm } from '../accounts/factors/factors.fixture.ts'
import { lettersTo, mailedLink, mailedSecret, noLimits, password } from '../accounts/people.fixture.ts'
import { drawForNobody } from '../accounts/proofs/proofs.ts'
import { resetOf } from '../accounts/recovery/reset-password.ts'
import { disableUser, userById } from '../accounts/users/users.store.ts'
import type { Write } from '../platform/db/engine.ts'
import { type Answer, openHouse } from '../platform/house.ts'
import { ada, another, choose, forget, hashOf } from './forgot-password.fixture.ts'
import { openHall, problemsOn, seenOf, signIn, whoIs } from './signin.fixture.ts'

test('PW-20, PW-21, SE-07: who forgot a password chooses another one by letter, is signed in nowhere, and signs in with it', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  const { id } = await hall.add()
  const [phone, visitor] = [hall.visitor(), hall.visitor()]
  await signIn(phone)
  assert.match((await visitor.visit('/sign-in')).body, /href="\/forgot-password"/)
  const sent = await forget(hall, visitor)
  assert.equal(sent.status, 200)
  assert.match(sent.body, /Look into your mailbox/)
  const link = await mailedLink(hall.house, ada)
  const page = await visitor.visit(link)
  assert.equal(page.field('username'), ada)
  const answer = await choose(visitor, page.field('secret') ?? '')
  assert.deepEqual([answer.status, answer.location], [303, '/sign-in?reason=password-set'])
  assert.match((await visitor.visit(answer.location ?? '')).body, /Your new password is set/)
  assert.deepEqual([await whoIs(visitor), await whoIs(phone)], [undefined, undefined])
  assert.equal((await signIn(visitor)).status, 403)
  assert.equal((await signIn(visitor, { password: another })).location, '/account')
  const events = await hall.house.database.read(
    `select type from events where user_id = '${id}' order by id`,
    [],
  )
  const types = events.map((row) => row['type'])
  assert.ok(types.includes('password.reset_requested') && types.includes('password.reset'))
})

test('PW-20: a link is good once, for thirty minutes, and only the newest is', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  await hall.add()
  const visitor = hall.visitor()
  await forget(hall, visitor)
  const first = await mailedSecret(hall.house, ada)
  await forget(hall, visitor)
  const second = await mailedSecret(hall.house, ada)
  assert.notEqual(first, second)
  assert.match(second, /^csmp_[A-Za-z0-9_-]{49}$/)
  const gone = await visitor.visit(`/reset-password?secret=${first}`)
  assert.equal(gone.status, 410)
  assert.equal((await choose(visitor, first)).status, 410)
  assert.equal((await choose(visitor, second)).status, 303)
  assert.equal((await choose(visitor, second, `${another}-2`)).status, 410)
  await forget(hall, visitor)
  const late = await mailedSecret(hall.house, ada)
  hall.house.runtime.advance(1799)
  assert.equal((await visitor.visit(`/reset-password?secret=${late}`)).status, 200)
  hall.house.runtime.advance(1)
  assert.equal((await visitor.visit(`/reset-password?secret=${late}`)).status, 410)
  assert.equal((await choose(visitor, late)).status, 410)
  for (const secret of [undefined, '', 'x', `${second}x`, second.toLowerCase()]) {
    const dead = await visitor.visit(`/reset-password${secret === undefined ? '' : `?secret=${secret}`}`)
    assert.equal(dead.status, 410)
  }
})

test('PW-20: a link dies with the password that it was asked for, in the same second too', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const { id } = await hall.add()
  const visitor = hall.visitor()
  await signIn(visitor)
  await forget(hall)
  const secret = await mailedSecret(hall.house, ada)
  await visitor.visit('/account')
  const form = { current_password: password, new_password: another }
  assert.equal((await visitor.submit('/account/password', form)).status, 303)
  assert.equal((await choose(visitor, secret, `${another}-2`)).status, 410)
  await forget(hall)
  const other = await mailedSecret(hall.house, ada)
  const { database, runtime } = hall.house
  const imported = await hall.passwords.protect(id, password)
  await database.commit([putPassword(database, runtime.now(), id, imported)])
  assert.equal((await choose(visitor, other, `${another}-3`)).status, 410)
  assert.equal(await hashOf(hall, id), imported)
})

test('C15: a secret that was mailed for something else, or to somebody else, sets no password', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const { id } = await hall.add({ emailVerified: false })
  const eve = await hall.add({ email: 'eve@example.test', name: 'Eve' })
  const before = await hashOf(hall, id)
  const visitor = hall.visitor()
  await signIn(visitor)
  await visitor.visit('/account')
  await visitor.submit('/account/email/verify', {})
  const verify = await mailedSecret(hall.house, ada)
  await visitor.submit('/account/email', { email: 'ada.lovelace@example.test' })
  const change = await mailedSecret(hall.house, 'ada.lovelace@example.test')
  await visitor.visit('/sign-up')
  await visitor.submit('/sign-up', { name: 'Grace', email: 'grace@example.test', password: another })
  const signUp = await mailedSecret(hall.house, 'grace@example.test')
  for (const secret of [verify, change, signUp]) {
    assert.equal((await choose(visitor, secret)).status, 410)
    assert.equal((await visitor.visit(`/reset-password?secret=${secret}`)).status, 410)
  }
  await forget(hall, visitor, 'eve@example.test')
  const evil = await mailedSecret(hall.house, 'eve@example.test')
  const posing = { secret: evil, new_password: another, username: ada, user: id, email: ada }
  assert.equal((await visitor.submit('/reset-password', posing)).status, 303)
  assert.equal(await hashOf(hall, id), before)
  assert.notEqual(await hashOf(hall, eve.id), undefined)
})

test('a link that scanners open and that is refused for a bad password is still good', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  await forget(hall)
  const link = await mailedLink(hall.house, ada)
  const secret = await mailedSecret(hall.house, ada)
  for (let i = 0; i < 5; i++) assert.equal((await hall.visitor().visit(link)).status, 200)
  const visitor = hall.visitor()
  const weak = await choose(visitor, secret, 'passwordpassword')
  assert.equal(weak.status, 422)
  assert.match(problemsOn(weak).join(), /one of the most used passwords/)
  assert.ok(weak.body.includes('id="new_password-problem"') && !weak.body.includes('passwordpassword'))
  assert.deepEqual(problemsOn(await choose(visitor, secret, '')), ['Choose a new password'])
  assert.match(problemsOn(await choose(visitor, secret, ada)).join(), /mostly your own name/)
  assert.equal((await choose(visitor, secret)).status, 303)
})

test('PW-10, C26 (CVE-2024-41952): one answer, after the same statements, for everybody and for nobody', async (t) => {
  const hall = await openHall({ limits: noLimits })
  const { database, runtime } = hall.house
  t.after(() => hall.house.close())
  await hall.add({ username: 'ada' })
  const off = await hall.add({ email: 'off@example.test', name: 'Off' })
  await database.commit([disableUser(database, runtime.now(), off.id)])
  await hall.add({ email: undefined, username: 'nameless', name: 'No Address' })
  const names = [ada, 'ada', 'xyz@example.test', 'xyz', 'off@example.test', 'nameless']
  const [first, ...others] = await Promise.all(names.map((name) => forget(hall, hall.visitor(), name)))
  for (const other of others) assert.deepEqual(seenOf(other, ''), seenOf(first as Answer, ''))
  assert.equal((await forget(hall, hall.visitor(), 'no name at all!')).status, 200)

  const half = await hall.add({ email: 'half@example.test', name: 'Half', emailVerified: false })
  await arm(hall.house, half.id)
  const work = async (name: string) => {
    const visitor = hall.visitor()
    await visitor.visit('/forgot-password')
    const said: string[] = []
    let [size, rows] = [0, 0]
    const { read, commit } = database
    Object.assign(database, {
      read: async (sql: string, parameters: never[]) => {
        said.push(sql)
        const found = await read(sql, parameters)
        rows += found.length
        return found
      },
      commit: (set: readonly (Write | null)[]) => {
        for (const write of [set].flat(9) as (Write | null)[]) {
          said.push(write?.sql ?? '')
          size += write?.parameters.join('').length ?? 0
        }
        return commit(set)
      },
    })
    await visitor.submit('/forgot-password', { username: name })
    Object.assign(database, { read, commit })
    // Names and identifiers differ by a few letters.
    return { said, rows, size: Math.round(size / 1000) }
  }
  // Who isn’t there is like who is next: as much is read of them.
  const ofNobody = await work('abc@example.test')
  assert.deepEqual(await work(ada), ofNobody)
  // Who gets a letter without a link.
  assert.deepEqual((await work('half@example.test')).said, ofNobody.said)
})

test('C15: what is stored for a name that nobody has gives nobody’s account away, were its secret known', async (t) => {
  const hall = await openHall({ limits: noLimits })
  const { house } = hall
  t.after(() => house.close())
  const user = await hall.add()
  const like = await credentialOfUser(house.database, user.id)
  const { secret, write } = drawForNobody(house, 'password.reset', 'abc@example.test', like)
  assert.ok((await house.database.commit([write])).ok)
  assert.equal(await resetOf(house, secret), null)
  assert.equal((await choose(hall.visitor(), secret)).status, 410)
  // Nor does it take the place of a link that somebody was sent.
  await forget(hall, hall.visitor(), ada)
  await forget(hall, hall.visitor(), 'abc@example.test')
  assert.equal((await choose(hall.visitor(), await mailedSecret(house, ada))).status, 303)
})

test('PW-24: the fourth letter in a quarter of an hour is not sent, and the answer is the same', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  await hall.add({ username: 'ada' })
  const answers: Answer[] = []
  for (const [i, name] of [ada, 'ada', 'ADA@example.test', ada, 'ada'].entries()) {
    answers.push(await forget(hall, hall.visitor(), name, `198.51.100.${i}`))
  }
  for (const answer of answers) assert.deepEqual(seenOf(answer, ''), seenOf(answers[0] as Answer, ''))
  assert.equal((await lettersTo(hall.house, ada)).length, 3)
  // What was sent last is still the one that works.
  assert.equal((await choose(hall.visitor(), await mailedSecret(hall.house, ada))).status, 303)
  for (let i = 0; i < 25; i++) await forget(hall, hall.visitor(), `p${i}@example.test`, '192.0.2.1')
  await hall.add({ email: 'grace@example.test' })
  await forget(hall, hall.visitor(), 'grace@example.test', '192.0.2.1')
  assert.equal((await lettersTo(hall.house, 'grace@example.test')).length, 0)
})

test('PW-22: asking changes nothing, and the link leads to the configured host, whatever the request says', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const { id } = await hall.add()
  const before = [await hashOf(hall, id), await userById(hall.house.database, id)]
  const phone = hall.visitor()
  await signIn(phone)
  const visitor = hall.visitor()
  await visitor.visit('/forgot-password')
  const headers = {
    'x-forwarded-host': 'evil.test',
    forwarded: 'host=evil.test;proto=https',
    'x-forwarded-proto': 'https',
    'x-original-url': 'https://evil.test/',
    referer: 'https://evil.test/',
  }
  await visitor.submit('/forgot-password', { username: ada }, { headers })
  const poisoned = { ...headers, host: 'evil.test' }
  assert.ok(
    (await visitor.submit('/forgot-password', { username: ada }, { headers: poisoned })).status >= 400,
  )
  const letters = await lettersTo(hall.house, ada)
  assert.equal(letters.length, 1)
  for (const { text, html } of letters) {
    assert.ok(!`${text}${html}`.includes('evil.test'))
    assert.ok(text.includes(`${hall.house.issuer.url}/reset-password?secret=`))
  }
  assert.deepEqual([await hashOf(hall, id), await userById(hall.house.database, id)], before)
  assert.equal(await whoIs(phone), ada)
  assert.equal((await signIn(hall.visitor())).status, 303)
})

test('PW-27: the person is told that their password was reset, and no letter or log has it', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  await forget(hall)
  const secret = await mailedSecret(hall.house, ada)
  await choose(hall.visitor(), secret)
  const [newest, older] = await lettersTo(hall.house, ada)
  assert.equal(newest?.kind, 'account.changed')
  assert.match(newest?.subject ?? '', /reset/)
  assert.ok(!newest?.text.includes(secret) && older?.text.includes(secret))
  for (const { text, html } of await hall.house.letters()) assert.ok(!`${text}${html}`.includes(another))
  const tables = ['events', 'mailed_proofs', 'letters', 'users', 'limits']
  for (const table of tables) {
    const rows = JSON.stringify(await hall.house.database.read(`select * from ${table}`, []))
    assert.ok(!rows.includes(secret) && !rows.includes(another), table)
  }
  assert.ok(!hall.house.logged.join().includes(secret))
})

test('PW-11: whom guesses have locked out comes back in by letter at once', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  for (let i = 0; i < 5; i++)
    await signIn(hall.visitor(), { password: 'wrong-analytical', peer: `198.51.100.${i}` })
  assert.equal((await signIn(hall.visitor(), { peer: '192.0.2.9' })).status, 429)
  await forget(hall)
  await choose(hall.visitor(), await mailedSecret(hall.house, ada))
  assert.equal((await signIn(hall.visitor(), { password: another, peer: '192.0.2.9' })).status, 303)
})

test('who was on the way somewhere goes on there, in the browser that asked', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  await hall.add()
  const visitor = hall.visitor()
  const sealed = (await visitor.visit('/seal')).body
  const there = await visitor.visit(`/sign-in?continue=${encodeURIComponent(sealed)}`)
  assert.match(there.body, /href="\/forgot-password\?continue=/)
  await visitor.visit(`/forgot-password?continue=${encodeURIComponent(sealed)}`)
  await visitor.submit('/forgot-password', { username: ada, continue: sealed })
  const secret = await mailedSecret(hall.house, ada)
  const answer = await choose(visitor, secret)
  const page = await visitor.visit(answer.location ?? '')
  assert.equal(page.field('continue'), sealed)
  hall.house.runtime.advance(1)
  await visitor.visit('/forgot-password')
  await visitor.submit('/forgot-password', { username: ada, continue: sealed })
  const elsewhere = await choose(hall.visitor(), await mailedSecret(hall.house, ada), `${another}-2`)
  assert.equal(elsewhere.location, '/sign-in?reason=password-set')
})

test('where no letter can be sent, none is promised', async (t) => {
  const hall = await openHall({ house: await openHouse({ mail: 'closed' }) })
  t.after(() => hall.house.close())
  await hall.add()
  const visitor = hall.visitor()
  assert.doesNotMatch((await visitor.visit('/sign-in')).body, /forgot-password/)
  const page = await visitor.visit('/forgot-password')
  assert.equal(page.status, 404)
  assert.match(page.body, /can’t send letters/)
  assert.equal((await visitor.submit('/forgot-password', { username: ada })).status, 404)
  assert.deepEqual(await hall.house.letters(), [])
})

test('HT-08: nobody is made to ask or to set a password from elsewhere', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  await forget(hall)
  const secret = await mailedSecret(hall.house, ada)
  const form = { secret, new_password: another }
  assert.equal((await hall.visitor().visit('/reset-password', { form })).status, 403)
  assert.equal((await hall.visitor().visit('/forgot-password', { form: { username: ada } })).status, 403)
  assert.equal((await choose(hall.visitor(), secret)).status, 303)
})
