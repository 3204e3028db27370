import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitPolicies } from '../accounts/credentials/limit-policies.ts'
import { noLimits, password } from '../accounts/people.fixture.ts'
import { userById } from '../accounts/users/users.store.ts'
import type { Answer, Visitor } from '../platform/house.ts'
import { openHall, problemsOn, signIn, whoIs } from './signin.fixture.ts'

const grace = { name: 'Grace Hopper', email: 'grace@example.test', password: 'nanoseconds of wire' }

async function signUp(visitor: Visitor, form: Record<string, string> = {}, peer?: string): Promise<Answer> {
  const from = peer === undefined ? {} : { peer }
  await visitor.visit('/sign-up', from)
  return visitor.submit('/sign-up', { ...grace, ...form }, from)
}

test('a new person is signed in at once, with an address that nobody has proven', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' } })
  const { house } = hall
  t.after(() => house.close())
  const visitor = hall.visitor()
  const answer = await signUp(visitor, { username: 'Grace' })
  assert.deepEqual([answer.status, answer.location], [303, '/account'])
  const user = (await visitor.visit('/who')).json()
  assert.deepEqual(
    [user['email'], user['username'], user['name'], user['emailVerified']],
    ['grace@example.test', 'grace', 'Grace Hopper', false],
  )
  assert.equal((await signIn(hall.visitor(), { username: 'grace', password: grace.password })).status, 303)
  const events = (await house.database.read('select type from events order by id', [])).map(
    (row) => row['type'],
  )
  assert.deepEqual(events.toSorted(), [
    'address.verification_requested',
    'user.signed_in',
    'user.signed_in',
    'user.signed_up',
  ])
})

test('a new person comes back to where they were sent from', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' } })
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  const sealed = (await visitor.visit('/seal')).body
  const page = await visitor.visit(`/sign-up?continue=${encodeURIComponent(sealed)}`)
  assert.match(page.body, /href="\/sign-in\?continue=/)
  assert.equal((await signUp(visitor, { continue: sealed })).location, '/who?back=1')
})

test('everything that is wrong is said at once, at its field, and the password is never sent back', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' } })
  t.after(() => hall.house.close())
  const answer = await signUp(hall.visitor(), {
    name: 'Grace\r\nSet-Cookie: x=1',
    email: 'grace@evil.test,grace@example.test',
    username: 'a b',
    password: 'short-and-sweet',
  })
  assert.equal(answer.status, 422)
  for (const field of ['name', 'email', 'username']) {
    assert.ok(answer.body.includes(`id="${field}-problem"`), field)
  }
  assert.ok(!answer.body.includes('short-and-sweet'))
  assert.equal(answer.field('username'), 'a b')
  const empty = await signUp(hall.visitor(), { name: '', email: '', password: '' })
  assert.deepEqual(problemsOn(empty), ['Enter your name', 'Enter your e-mail address', 'Choose a password'])
  assert.deepEqual(await hall.house.database.read('select id from users', []), [])
})

test('PW-05: a password from the blocklist is refused with the reason, at its field', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' }, limits: noLimits })
  t.after(() => hall.house.close())
  const refused: [password: string, reason: string][] = [
    ['passwordpassword', 'one of the most used passwords'],
    ['countersign-2026', 'the name of this service'],
    ['grace@example.test', 'mostly your own name'],
    ['Grace-Hopper-1906', 'mostly your own name'],
    ['aaaaaaaaaaaaaaaa', 'repeats or follows a pattern'],
    ['elephants', 'at least 15 characters'],
  ]
  for (const [bad, reason] of refused) {
    const answer = await signUp(hall.visitor(), { password: bad })
    assert.equal(answer.status, 422, bad)
    assert.ok(problemsOn(answer).join().includes(reason), bad)
    assert.ok(answer.body.includes('id="password-problem"'), bad)
  }
})

test('PW-10: a taken address and a taken user name get one sentence, after the same hashing as a success', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' }, limits: noLimits })
  t.after(() => hall.house.close())
  await hall.add({ email: 'ada@example.test', username: 'ada' })
  const start = hall.hashes()
  const address = await signUp(hall.visitor(), { email: 'ADA@example.test' })
  const name = await signUp(hall.visitor(), { username: 'Ada' })
  const both = await signUp(hall.visitor(), { email: 'ada@example.test', username: 'ada' })
  assert.equal(hall.hashes() - start, 3)
  for (const answer of [address, name, both]) {
    assert.equal(answer.status, 422)
    assert.deepEqual(problemsOn(answer), [
      'An account can’t be created with these details. If you have one already, please sign in instead',
    ])
    assert.ok(!answer.body.includes('-problem"'))
  }
  assert.equal((await signUp(hall.visitor())).status, 303)
  assert.equal(hall.hashes() - start, 4)
})

test('C16 (CVE-2026-53516): nobody signs up with a role, a verified address, an id or a foreign session', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' } })
  const { house } = hall
  t.after(() => house.close())
  const visitor = hall.visitor()
  await signUp(visitor, {
    role: 'admin',
    roles: 'admin',
    is_staff: '1',
    is_admin: 'true',
    id: 'usr_chosen',
    user_id: 'usr_chosen',
    email_verified: 'true',
    emailVerified: '1',
    disabled_at: '0',
    claims: '{"role":"admin"}',
    created_at: '1',
  })
  const [row] = await house.database.read('select * from users', [])
  assert.equal(row?.['email_verified'], 0)
  assert.equal(row?.['claims'], '{}')
  assert.notEqual(row?.['id'], 'usr_chosen')
  assert.equal(row?.['created_at'], house.runtime.now())
  assert.deepEqual(await house.database.read('select * from user_roles', []), [])
  assert.equal(await userById(house.database, 'usr_chosen'), null)
})

test('C24 (CVE-2019-8400): a name of markup is shown as text', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' }, limits: noLimits })
  t.after(() => hall.house.close())
  const corpus = [
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "'--><svg/onload=alert(1)>",
    '</title><script>alert(1)</script>',
    '</style><script>alert(1)</script>',
    '{{constructor.constructor("alert(1)")()}}',
    '<iframe src="javascript:alert(1)">',
    '&lt;script&gt;',
  ]
  for (const [i, name] of corpus.entries()) {
    const visitor = hall.visitor()
    assert.equal((await signUp(visitor, { name, email: `x${i}@example.test` })).status, 303, name)
    for (const path of ['/account', '/sign-out']) {
      const page = await visitor.visit(path)
      assert.equal(page.status, 200)
      if (name.includes('<')) assert.ok(!page.body.includes(name), `${path}: ${name}`)
    }
    const again = await signUp(hall.visitor(), { name, email: 'not an address' })
    if (name.includes('<')) assert.ok(!again.body.includes(name), name)
  }
})

test('HT-18: no name gets a line break into a header or a page of ours', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' }, limits: noLimits })
  t.after(() => hall.house.close())
  for (const name of ['a\r\nX: y', 'a\nX: y', 'a\rX: y', 'a\u2028b', 'a\u0085b', 'a\u0000b']) {
    const answer = await signUp(hall.visitor(), { name })
    assert.ok([400, 422].includes(answer.status), JSON.stringify(name))
    const values = Object.values(answer.headers).map(String)
    assert.ok(values.every((value) => !/[\r\n]/.test(value)))
  }
})

test('twenty accounts an hour from one network, refusals counted, malformed forms not', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' } })
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  for (let i = 0; i < 30; i++) assert.equal((await signUp(hall.visitor(), { email: 'x' })).status, 422)
  for (let i = 0; i < 10; i++) {
    assert.equal((await signUp(hall.visitor(), { email: `p${i}@example.test` })).status, 303)
    assert.equal((await signUp(hall.visitor(), { email: 'ada@example.test' })).status, 422)
  }
  const before = hall.hashes()
  const answer = await signUp(hall.visitor(), { email: 'last@example.test' })
  assert.equal(answer.status, 429)
  assert.equal(
    answer.header('retry-after'),
    String(limitPolicies.signUps.seconds / limitPolicies.signUps.burst),
  )
  assert.match(problemsOn(answer).join(), /Please wait 3 minutes/)
  assert.equal(hall.hashes(), before)
  assert.equal((await signUp(hall.visitor(), { email: 'last@example.test' }, '198.51.100.1')).status, 303)
})

test('of eight people who want one address at once, one gets an account', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' }, limits: noLimits })
  t.after(() => hall.house.close())
  const visitors = Array.from({ length: 8 }, () => hall.visitor())
  await Promise.all(visitors.map((visitor) => visitor.visit('/sign-up')))
  const answers = await Promise.all(visitors.map((visitor) => visitor.submit('/sign-up', grace)))
  assert.equal(answers.filter(({ status }) => status === 303).length, 1)
  assert.equal(answers.filter(({ status }) => status === 422).length, 7)
  const signedIn = await Promise.all(visitors.map(whoIs))
  assert.equal(signedIn.filter((email) => email === grace.email).length, 1)
  assert.equal((await hall.house.database.read('select id from sessions', [])).length, 1)
})

test('where sign-up is closed nobody gets in, and the sign-in page does not offer it', async (t) => {
  const hall = await openHall({ room: { signUp: 'closed' } })
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  assert.equal((await visitor.visit('/sign-up')).status, 403)
  assert.equal((await signUp(visitor)).status, 403)
  assert.doesNotMatch((await visitor.visit('/sign-in')).body, /sign-up/)
  assert.deepEqual(await hall.house.database.read('select id from users', []), [])
})

test('HT-08: nobody is made to sign up from elsewhere', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' } })
  t.after(() => hall.house.close())
  assert.equal((await hall.visitor().visit('/sign-up', { form: grace })).status, 403)
  assert.equal((await signUp(hall.visitor(), { form_token: 'x' })).status, 403)
})

test('the form remembers what was typed, but for the password', async (t) => {
  const hall = await openHall({ room: { signUp: 'open' } })
  t.after(() => hall.house.close())
  const answer = await signUp(hall.visitor(), { name: 'Grace', email: 'grace', username: 'gh', password })
  assert.deepEqual(
    [answer.field('name'), answer.field('email'), answer.field('username')],
    ['Grace', 'grace', 'gh'],
  )
  assert.ok(!answer.body.includes(password))
})
