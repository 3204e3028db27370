import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lettersTo, mailedLink, mailedSecret, noLimits, password } from '../accounts/people.fixture.ts'
import type { Canonical } from '../accounts/users/identifiers.ts'
import { confirmEmail, userById } from '../accounts/users/users.store.ts'
import type { Write } from '../platform/db/engine.ts'
import { type Answer, openHouse, type Visitor } from '../platform/house.ts'
import { type Hall, openHall, problemsOn, seenOf, signIn, whoIs } from './signin.fixture.ts'

const grace = { name: 'Grace Hopper', email: 'grace@example.test', password: 'nanoseconds of wire' }

async function begin(
  hall: Hall,
  visitor: Visitor,
  form: Record<string, string> = {},
  peer = '203.0.113.7',
): Promise<Answer> {
  // Each letter in a second of its own, so that the newest is known.
  hall.house.runtime.advance(1)
  await visitor.visit('/sign-up', { peer })
  return visitor.submit('/sign-up', { ...grace, ...form }, { peer })
}

async function follow(visitor: Visitor, secret: string, form: Record<string, string> = {}): Promise<Answer> {
  // A page for a dead link has no form to send.
  await visitor.visit('/sign-up')
  await visitor.visit(`/sign-up/confirm?secret=${secret}`)
  return visitor.submit('/sign-up/confirm', { secret, ...form })
}

const usersOf = ({ house }: Hall) => house.database.read('select * from users order by id', [])

test('a new person follows the link in the browser in which they began, and is signed in with a proven address', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  const sent = await begin(hall, visitor, { username: 'Grace' })
  assert.equal(sent.status, 200)
  assert.match(sent.body, /Look into your mailbox/)
  assert.match(sent.body, /grace@example\.test/)
  assert.match(sent.body, /href="\/dev\/mailbox"/)
  assert.deepEqual(await usersOf(hall), [])
  const link = await mailedLink(hall.house, grace.email)
  const page = await visitor.visit(link)
  assert.ok(!page.body.includes('name="password"'))
  assert.deepEqual(await usersOf(hall), [])
  const answer = await visitor.submit('/sign-up/confirm', { secret: page.field('secret') ?? '' })
  assert.deepEqual([answer.status, answer.location], [303, '/account'])
  const user = (await visitor.visit('/who')).json()
  assert.deepEqual(
    [user['email'], user['username'], user['name'], user['emailVerified']],
    ['grace@example.test', 'grace', 'Grace Hopper', true],
  )
  const again = { username: 'grace', password: grace.password }
  assert.equal((await signIn(hall.visitor(), again)).status, 303)
  const events = await hall.house.database.read('select type from events order by at, id', [])
  const types = events.map((row) => row['type'])
  assert.ok(types.includes('user.sign_up_requested') && types.includes('user.signed_up'))
})

test('C16: whose address somebody else gave does not confirm that somebody’s password', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const eve = hall.visitor()
  await begin(hall, eve, { password: 'a password that eve knows' })
  const secret = await mailedSecret(hall.house, grace.email)
  // Grace follows the link in good faith: she is asked for a password that she never chose.
  const victim = hall.visitor()
  const page = await victim.visit(`/sign-up/confirm?secret=${secret}`)
  assert.ok(page.body.includes('name="password"'))
  assert.match(page.body, /Didn’t begin this\?/)
  assert.equal((await follow(victim, secret)).status, 422)
  assert.equal((await follow(victim, secret, { password: grace.password })).status, 403)
  assert.deepEqual(await usersOf(hall), [])
  // Her own sign-up is not disturbed, and Eve’s is worth nothing after it.
  await begin(hall, victim)
  await begin(hall, eve, { password: 'a password that eve knows' })
  const letters = await lettersTo(hall.house, grace.email)
  const [newest, own] = letters.map(({ text }) => /secret=(\S+)/.exec(text)?.[1] ?? '')
  assert.equal((await follow(victim, own ?? '')).status, 303)
  assert.equal(await whoIs(victim), grace.email)
  const late = await follow(eve, newest ?? '', { password: 'a password that eve knows' })
  assert.equal(late.status, 409)
  assert.equal(await whoIs(eve), undefined)
  assert.equal(
    (await signIn(eve, { username: grace.email, password: 'a password that eve knows' })).status,
    403,
  )
})

test('login CSRF: a link that somebody else sends signs nobody in to that somebody’s account', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await begin(hall, hall.visitor(), { email: 'eve@example.test' })
  const secret = await mailedSecret(hall.house, 'eve@example.test')
  const victim = hall.visitor()
  assert.equal((await follow(victim, secret)).status, 422)
  assert.equal(await whoIs(victim), undefined)
  assert.deepEqual(await usersOf(hall), [])
})

test('in another browser, or an hour later, the password finishes the account', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  await begin(hall, visitor)
  const phone = hall.visitor()
  const secret = await mailedSecret(hall.house, grace.email)
  assert.deepEqual(problemsOn(await follow(phone, secret, { password: 'wrong nanoseconds' })), [
    'This is not the password that was chosen',
  ])
  assert.equal((await follow(phone, secret, { password: grace.password })).location, '/account')
  assert.equal(await whoIs(phone), grace.email)

  await begin(hall, visitor, { email: 'late@example.test' })
  const late = await mailedSecret(hall.house, 'late@example.test')
  hall.house.runtime.advance(3600)
  assert.equal((await follow(visitor, late)).status, 422)
  assert.equal((await follow(visitor, late, { password: grace.password })).status, 303)
})

test('guesses at the password of a sign-up are limited like any', async (t) => {
  const hall = await openHall({ limits: { ...noLimits, account: (await openHall()).limits.account } })
  t.after(() => hall.house.close())
  await begin(hall, hall.visitor())
  const secret = await mailedSecret(hall.house, grace.email)
  const thief = hall.visitor()
  for (let i = 0; i < 5; i++)
    assert.equal((await follow(thief, secret, { password: `guess ${i}` })).status, 403)
  const before = hall.hashes()
  const limited = await follow(thief, secret, { password: grace.password })
  assert.equal(limited.status, 429)
  assert.ok(Number(limited.header('retry-after')) > 0)
  assert.equal(hall.hashes(), before)
})

test('a link is good once, for a day; the newest of one browser is', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  await begin(hall, visitor)
  const first = await mailedSecret(hall.house, grace.email)
  await begin(hall, visitor)
  const second = await mailedSecret(hall.house, grace.email)
  assert.equal((await follow(visitor, first)).status, 410)
  assert.equal((await follow(visitor, second)).status, 303)
  assert.equal((await follow(visitor, second)).status, 410)
  await begin(hall, visitor, { email: 'late@example.test' })
  const late = await mailedSecret(hall.house, 'late@example.test')
  hall.house.runtime.advance(86_400)
  assert.equal((await follow(visitor, late, { password: grace.password })).status, 410)
  assert.equal((await follow(visitor, 'x')).status, 410)
})

test('PW-10, C26 (CVE-2026-23511): a free address and a taken one get one answer, after the same statements', async (t) => {
  const hall = await openHall({ limits: noLimits })
  const { database } = hall.house
  t.after(() => hall.house.close())
  await hall.add({ username: 'ada' })
  const said: unknown[] = []
  const { read, commit } = database
  const answers: unknown[] = []
  const forms = [
    { email: 'xyz@example.test' },
    { email: 'ada@example.test' },
    { email: 'abc@example.test', username: 'ada' },
  ]
  for (const form of forms) {
    const visitor = hall.visitor()
    await visitor.visit('/sign-up')
    const hashes = hall.hashes()
    const done: string[] = []
    Object.assign(database, {
      read: (sql: string, parameters: never[]) => {
        done.push(sql)
        return read(sql, parameters)
      },
      commit: (set: readonly (Write | null)[]) => {
        done.push(...([set].flat(9) as (Write | null)[]).map((write) => write?.sql ?? ''))
        return commit(set)
      },
    })
    const answer = await visitor.submit('/sign-up', { ...grace, ...form })
    Object.assign(database, { read, commit })
    answers.push(seenOf(answer, form.email))
    said.push({ done, hashes: hall.hashes() - hashes })
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0])
  for (const one of said) assert.deepEqual(one, said[0])
  const [letter] = await lettersTo(hall.house, 'ada@example.test')
  assert.equal(letter?.kind, 'account.exists')
  assert.ok(!letter?.text.includes('secret='))
  assert.match(letter?.text ?? '', /\/sign-in[\s\S]+\/forgot-password/)
})

test('PW-24: the fourth letter to one address is not sent, and the answer is the same', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const answers: Answer[] = []
  for (let i = 0; i < 5; i++) answers.push(await begin(hall, hall.visitor(), {}, `198.51.100.${i}`))
  for (const answer of answers) assert.deepEqual(seenOf(answer, ''), seenOf(answers[0] as Answer, ''))
  assert.equal((await lettersTo(hall.house, grace.email)).length, 3)
})

test('whose user name is taken by then chooses another one, or none, with the same link', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  await hall.add({ username: 'grace' })
  const visitor = hall.visitor()
  await begin(hall, visitor, { username: 'grace' })
  const secret = await mailedSecret(hall.house, grace.email)
  const taken = await follow(visitor, secret)
  assert.equal(taken.status, 409)
  assert.equal(taken.field('username'), 'grace')
  assert.match(problemsOn(taken).join(), /user name is taken/)
  assert.equal((await follow(visitor, secret, { username: 'a b' })).status, 422)
  assert.equal((await follow(visitor, secret, { username: 'Grace.Hopper' })).status, 303)
  assert.equal((await visitor.visit('/who')).json()['username'], 'grace.hopper')

  const other = hall.visitor()
  await begin(hall, other, { username: 'grace', email: 'other@example.test' })
  const link = await mailedSecret(hall.house, 'other@example.test')
  assert.equal((await follow(other, link)).status, 409)
  assert.equal((await follow(other, link, { username: '' })).status, 303)
  assert.equal((await other.visit('/who')).json()['username'], null)
})

test('whose address got an account meanwhile is told so, kindly', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  await begin(hall, visitor)
  const secret = await mailedSecret(hall.house, grace.email)
  await hall.add({ email: grace.email })
  const answer = await follow(visitor, secret)
  assert.equal(answer.status, 409)
  assert.match(problemsOn(answer).join(), /There is an account with this address by now/)
  assert.equal(await whoIs(visitor), undefined)
})

test('the way that a person came survives the letter, in the browser that began', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  const sealed = (await visitor.visit('/seal')).body
  await begin(hall, visitor, { continue: sealed })
  assert.equal((await follow(visitor, await mailedSecret(hall.house, grace.email))).location, '/who?back=1')
  await begin(hall, visitor, { continue: sealed, email: 'other@example.test' })
  const elsewhere = await follow(hall.visitor(), await mailedSecret(hall.house, 'other@example.test'), {
    password: grace.password,
  })
  assert.equal(elsewhere.location, '/account')
  await begin(hall, visitor, { continue: 'https://evil.test/', email: 'third@example.test' })
  assert.equal(
    (await follow(visitor, await mailedSecret(hall.house, 'third@example.test'))).location,
    '/account',
  )
})

test('C16 (CVE-2026-53516): nothing but what the form asks for comes through the letter, and nothing of it lies in clear', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  await begin(hall, visitor, { role: 'admin', id: 'usr_chosen', email_verified: '0', claims: '{"a":1}' })
  const secret = await mailedSecret(hall.house, grace.email)
  const waiting = JSON.stringify(await hall.house.database.read('select * from mailed_proofs', []))
  assert.ok(!waiting.includes('Grace') && !waiting.includes(secret) && !waiting.includes('$argon2'))
  await follow(visitor, secret, { role: 'admin', user: 'usr_chosen', email: 'eve@example.test' })
  const [row, ...more] = await usersOf(hall)
  assert.deepEqual(more, [])
  assert.deepEqual([row?.['email'], row?.['claims']], [grace.email, '{}'])
  assert.notEqual(row?.['id'], 'usr_chosen')
  assert.deepEqual(await hall.house.database.read('select * from user_roles', []), [])
})

test('where sign-up was closed meanwhile, no link makes an account', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await begin(hall, hall.visitor())
  const secret = await mailedSecret(hall.house, grace.email)
  const closed = await openHall({ house: hall.house, room: { signUp: 'closed' } })
  const visitor = closed.visitor()
  await visitor.visit(`/sign-up/confirm?secret=${secret}`)
  assert.equal((await visitor.submit('/sign-up/confirm', { secret, password: grace.password })).status, 410)
  assert.deepEqual(await usersOf(hall), [])
})

test('where accounts begin at once, a letter asks to confirm the address, and without mail none does', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' } })
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  assert.equal((await begin(hall, visitor)).location, '/account')
  const link = await mailedLink(hall.house, grace.email)
  const page = await visitor.visit(link)
  const done = await visitor.submit('/account/email/confirm', { secret: page.field('secret') ?? '' })
  assert.equal(done.location, '/account?done=address-confirmed')
  const deaf = await openHall({ house: await openHouse({ mail: 'closed' }) })
  t.after(() => deaf.house.close())
  assert.equal((await begin(deaf, deaf.visitor(), { password })).location, '/account')
  assert.deepEqual(await deaf.house.letters(), [])
})

test('C16 (CVE-2026-53516): whoever names an address without proving it does not keep its owner out', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const { database, runtime } = hall.house
  const squatter = await hall.add({ email: grace.email, emailVerified: false, username: 'squatter' })
  const visitor = hall.visitor()
  await begin(hall, visitor)
  const [letter] = await lettersTo(hall.house, grace.email)
  assert.match(letter?.text ?? '', /names this address[\s\S]*\/forgot-password/)
  const link = await mailedSecret(hall.house, grace.email)
  assert.equal((await userById(database, squatter.id))?.email, grace.email)
  assert.equal((await follow(visitor, link)).status, 303)
  assert.equal(await whoIs(visitor), grace.email)
  assert.deepEqual([(await userById(database, squatter.id))?.email, (await usersOf(hall)).length], [null, 2])
  assert.equal((await signIn(hall.visitor(), { username: 'squatter' })).status, 303)

  // Not from who has proven it meanwhile, nor from who has no other name to sign in with.
  const late = await hall.add({ email: 'late@example.test', emailVerified: false, username: 'late' })
  await begin(hall, visitor, { email: 'late@example.test' })
  const secret = await mailedSecret(hall.house, 'late@example.test')
  await database.commit([confirmEmail(database, runtime.now(), late.id, 'late@example.test' as Canonical)])
  assert.equal((await follow(visitor, secret)).status, 409)
  await hall.add({ email: 'sole@example.test', emailVerified: false })
  await begin(hall, visitor, { email: 'sole@example.test' })
  assert.equal((await lettersTo(hall.house, 'sole@example.test'))[0]?.kind, 'account.exists')
})

test('no letter to a mailbox that nobody has proven says what a stranger typed', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const name = 'You have won, see https://evil.test'
  await hall.add({ email: 'eve@example.test', name })
  const visitor = hall.visitor()
  await begin(hall, visitor, { name, email: 'one@example.test' })
  await signIn(visitor, { username: 'eve@example.test' })
  await visitor.visit('/account/email')
  await visitor.submit('/account/email', { email: 'two@example.test' })
  await hall.add({ email: 'three@example.test', emailVerified: false, name })
  await visitor.visit('/forgot-password')
  await visitor.submit('/forgot-password', { username: 'three@example.test' })
  for (const to of ['one@example.test', 'two@example.test', 'three@example.test']) {
    const [letter] = await lettersTo(hall.house, to)
    assert.ok(letter, to)
    assert.ok(!`${letter.subject}${letter.text}${letter.html}`.includes('evil.'), to)
  }
})

test('MF-05: where everybody has to have a second factor, the link makes the account and leads to setting one up', async (t) => {
  const hall = await openHall({ secondFactor: 'required' })
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  await begin(hall, visitor)
  const answer = await follow(visitor, await mailedSecret(hall.house, grace.email))
  assert.match(answer.location ?? '', /^\/sign-in\/second/)
  assert.equal(await whoIs(visitor), undefined)
  assert.equal((await usersOf(hall)).length, 1)
})
