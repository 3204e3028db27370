import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  changePassword,
  credentialOfUser,
  deletePasswordRow,
  putPassword,
} from '../accounts/credentials/passwords.store.ts'
import { type Passwords, passwordsOf } from '../accounts/credentials/passwords.ts'
import { noLimits, password } from '../accounts/people.fixture.ts'
import { endAllSessions } from '../accounts/sessions/sessions.store.ts'
import { disableUser, enableUser, type User } from '../accounts/users/users.store.ts'
import { vaultWith } from '../platform/keys/vault.ts'
import { type Hall, openHall, problemsOn, seenOf, signIn, whoIs } from './signin.fixture.ts'

test('a person signs in with e-mail or user name, however it is spelled, and lands on their account', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  await hall.add({ username: 'ada' })
  for (const username of ['ada@example.test', 'ADA@Example.test ', 'ada', ' Ada', 'ＡＤＡ']) {
    const visitor = hall.visitor()
    const answer = await signIn(visitor, { username })
    assert.deepEqual([answer.status, answer.location], [303, '/account'], username)
    assert.equal(await whoIs(visitor), 'ada@example.test')
  }
})

test('AZ-15: after the right password the browser goes on with GET: 303', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  assert.equal((await signIn(hall.visitor())).status, 303)
})

test('a person comes back to where they were sent from, and to nowhere else', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  await hall.add()
  const visitor = hall.visitor()
  const sealed = (await visitor.visit('/seal')).body
  const page = await visitor.visit(`/sign-in?continue=${encodeURIComponent(sealed)}`)
  assert.equal(page.field('continue'), sealed)
  assert.match(page.body, /href="\/sign-up\?continue=/)
  assert.equal((await signIn(visitor, { form: { continue: sealed } })).location, '/who?back=1')

  const stranger = hall.visitor()
  for (const foreign of [
    sealed,
    'https://evil.test/',
    '//evil.test',
    '/\\evil.test',
    'javascript:alert(1)',
    `${sealed.slice(0, -2)}xx`,
    '/who?back=1',
    'x'.repeat(5000),
  ]) {
    const shown = await stranger.visit(`/sign-in?continue=${encodeURIComponent(foreign)}`)
    assert.equal(shown.field('continue'), undefined)
    assert.equal((await signIn(stranger, { form: { continue: foreign } })).location, '/account')
  }
})

test('somebody who is signed in and just walks in is shown their account; whoever is sent here proves again', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  const visitor = hall.visitor()
  await signIn(visitor)
  assert.deepEqual((await visitor.visit('/sign-in')).location, '/account')
  const sealed = (await visitor.visit('/seal')).body
  const page = await visitor.visit(`/sign-in?continue=${encodeURIComponent(sealed)}&reason=confirm`)
  assert.equal(page.status, 200)
  assert.equal(page.field('username'), 'ada@example.test')
  assert.match(page.body, /confirm that it’s you/)
})

test('the hint fills in the name, as text and nothing else', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  const hint = '"><script>alert(1)</script>'
  const page = await hall.visitor().visit(`/sign-in?hint=${encodeURIComponent(hint)}&reason=%3Cb%3E`)
  assert.equal(page.status, 200)
  assert.ok(!page.body.includes('<script>alert'))
  const long = await hall.visitor().visit(`/sign-in?hint=${'x'.repeat(400)}`)
  assert.equal(long.field('username'), undefined)
})

test('an incomplete form says what is missing and tries nothing', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  const before = hall.hashes()
  const visitor = hall.visitor()
  const answer = await signIn(visitor, { username: '', password: '' })
  assert.equal(answer.status, 422)
  assert.deepEqual(problemsOn(answer), ['Enter your e-mail address or user name', 'Enter your password'])
  const half = await signIn(visitor, { password: '' })
  assert.equal(half.field('username'), 'ada@example.test')
  assert.equal(hall.hashes(), before)
})

test('HT-08, HT-07: a sign-in from elsewhere, or without this browser’s form token, is refused', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  await hall.add()
  const before = hall.hashes()
  const form = { username: 'ada@example.test', password }
  assert.equal((await hall.visitor().visit('/sign-in', { form })).status, 403)
  const visitor = hall.visitor()
  assert.equal((await signIn(visitor, { form: { form_token: 'wrong' } })).status, 403)
  assert.equal((await signIn(visitor, { headers: { origin: 'https://evil.test' } })).status, 403)
  assert.equal((await signIn(visitor, { headers: { 'sec-fetch-site': 'cross-site' } })).status, 403)
  const other = hall.visitor()
  const token = (await other.visit('/sign-in')).field('form_token') ?? ''
  assert.equal((await signIn(visitor, { form: { form_token: token } })).status, 403)
  assert.equal(hall.hashes(), before)
  assert.equal((await signIn(visitor)).status, 303)
})

test('HT-06: showing the page changes nothing', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  const counts = async () =>
    Promise.all(
      ['users', 'sessions', 'events', 'limits'].map(async (table) =>
        hall.house.database.read(`select count(*) as n from ${table}`, []),
      ),
    )
  const before = JSON.stringify(await counts())
  for (const path of ['/sign-in', '/sign-up', '/sign-out', '/account']) await hall.visitor().visit(path)
  assert.equal(JSON.stringify(await counts()), before)
})

test('PW-08, PW-09, C26 (CVE-2026-23511): unknown, wrong, disabled and without a password: one answer, and one hash each', async (t) => {
  const hall = await openHall({ limits: noLimits })
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  const disabled = await hall.add({ email: 'bob@example.test' })
  const bare = await hall.add({ email: 'eve@example.test' })
  await house.database.commit([
    disableUser(house.database, house.runtime.now(), disabled.id),
    deletePasswordRow(house.database, bare.id),
  ])
  const cases: [email: string, password: string][] = [
    ['ada@example.test', 'wrong-analytical-engine'],
    ['xyz@example.test', 'wrong-analytical-engine'],
    ['xyz@example.test', password],
    ['bob@example.test', password],
    ['bob@example.test', 'wrong-analytical-engine'],
    ['eve@example.test', password],
    ['n@b@dy', 'wrong-analytical-engine'],
  ]
  const answers: unknown[] = []
  for (const [username, tried] of cases) {
    const before = hall.hashes()
    const answer = await signIn(hall.visitor(), { username, password: tried })
    assert.equal(hall.hashes() - before, 1, username)
    assert.equal(answer.status, 403)
    assert.deepEqual(problemsOn(answer), ['No account matches this name and password'])
    answers.push(seenOf(answer, username))
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0])
})

test('PW-09: the same statements run for a name that somebody has and for one that nobody has', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  await hall.add()
  const statements = async (username: string): Promise<string[]> => {
    const visitor = hall.visitor()
    await visitor.visit('/sign-in')
    const { database } = hall.house
    const said: string[] = []
    const { read, commit } = database
    Object.assign(database, {
      read: (sql: string, parameters: never[]) => {
        said.push(sql)
        return read(sql, parameters)
      },
      commit: (writes: never[]) => {
        said.push('commit')
        return commit(writes)
      },
    })
    await visitor.submit('/sign-in', { username, password: 'wrong-analytical-engine' })
    Object.assign(database, { read, commit })
    return said
  }
  assert.deepEqual(await statements('ada@example.test'), await statements('xyz@example.test'))
})

test('PW-03: no password is truncated: 200 characters that differ in the last one are two passwords', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const phrase = 'the difference engine weaves numbers as the loom weaves leaves; '.repeat(4).slice(0, 199)
  await hall.add({ password: `${phrase}x` })
  assert.equal((await signIn(hall.visitor(), { password: `${phrase}y` })).status, 403)
  assert.equal((await signIn(hall.visitor(), { password: phrase })).status, 403)
  assert.equal((await signIn(hall.visitor(), { password: `${phrase}x` })).status, 303)
})

test('PW-04: a password is compared after NFKC and nothing else', async (t) => {
  const hall = await openHall({ limits: noLimits })
  t.after(() => hall.house.close())
  const composed = 'l\u00e9on\u00ado et le m\u00e9tier'
  await hall.add({ password: composed })
  assert.equal((await signIn(hall.visitor(), { password: composed.normalize('NFD') })).status, 303)
  for (const other of [
    ` ${composed}`,
    `${composed} `,
    composed.toUpperCase(),
    composed.replace('\u00ad', ''),
  ]) {
    assert.equal((await signIn(hall.visitor(), { password: other })).status, 403, JSON.stringify(other))
  }
})

test('PW-07: what is stored is an argon2id hash under a seal that only this row opens', async (t) => {
  const hall = await openHall()
  const { house } = hall
  t.after(() => house.close())
  const ada = await hall.add()
  const stored = (await credentialOfUser(house.database, ada.id))?.password?.sealedHash ?? ''
  assert.ok(!stored.includes('argon2'))
  assert.match(
    house.vault.open(`passwords/${ada.id}/hash`, stored),
    /^\$argon2id\$v=19\$m=8,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/,
  )
  assert.throws(() => house.vault.open('passwords/usr_other/hash', stored))
})

test('PW-07: a sign-in hashes anew when the parameters have risen, once', async (t) => {
  const hall = await openHall()
  const { house } = hall
  t.after(() => house.close())
  const ada = await hall.add()
  const stronger = passwordsOf(house, { cost: { memoryKib: 16, passes: 2, lanes: 1 } })
  const later = await openHall({ house, room: { passwords: stronger } })
  const stored = async () => (await credentialOfUser(house.database, ada.id))?.password
  const before = await stored()
  assert.equal((await signIn(later.visitor())).status, 303)
  const after = await stored()
  assert.match(house.vault.open(`passwords/${ada.id}/hash`, after?.sealedHash ?? ''), /m=16,t=2,p=1/)
  assert.equal(after?.changedAt, before?.changedAt)
  assert.equal((await signIn(later.visitor())).status, 303)
  assert.deepEqual(await stored(), after)
})

test('PW-07: a sign-in seals anew when there is a newer secret', async (t) => {
  const hall = await openHall()
  const { house } = hall
  t.after(() => house.close())
  const ada = await hall.add()
  const old = 'a secret of this test house, long enough'
  const vault = vaultWith(['another secret of this test house, newer', old], house.runtime)
  const later = await openHall({ house: { ...house, vault } })
  assert.equal((await signIn(later.visitor())).status, 303)
  const stored = (await credentialOfUser(house.database, ada.id))?.password?.sealedHash ?? ''
  assert.equal(vault.isStale(stored), false)
  assert.throws(() => house.vault.open(`passwords/${ada.id}/hash`, stored))
  assert.equal((await signIn(later.visitor())).status, 303)
})

test('a password that was changed while it was tried does not come back', async (t) => {
  const hall = await openHall()
  const { house } = hall
  t.after(() => house.close())
  const ada = await hall.add()
  const old = (await credentialOfUser(house.database, ada.id))?.password?.sealedHash ?? ''
  const change = (to: string) =>
    house.database.commit([changePassword(house.database, house.runtime.now(), ada.id, { from: old, to })])
  assert.deepEqual(await change('one'), { ok: true })
  assert.deepEqual(await change('two'), { ok: false, lost: 'password' })
})

test('nothing else in the form is looked at', async (t) => {
  const hall = await openHall()
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  const visitor = hall.visitor()
  const extra = { role: 'admin', roles: 'admin', is_staff: 'true', user_id: 'usr_1', amr: 'mfa', acr: 'high' }
  assert.equal((await signIn(visitor, { form: extra })).status, 303)
  assert.deepEqual(await house.database.read('select * from user_roles', []), [])
  const [session] = await house.database.read('select amr, acr from sessions', [])
  assert.deepEqual({ ...session }, { amr: '["pwd"]', acr: 'urn:countersign:acr:password' })
})

test('HT-16: a field that is sent twice is refused', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  const visitor = hall.visitor()
  const token = (await visitor.visit('/sign-in')).field('form_token') ?? ''
  const answer = await visitor.visit('/sign-in', {
    form: [
      ['form_token', token],
      ['username', 'ada@example.test'],
      ['username', 'eve@example.test'],
      ['password', password],
    ],
  })
  assert.equal(answer.status, 400)
})

const meanwhile: Record<string, (hall: Hall, user: User, sealed: string) => Promise<unknown>> = {
  'its password is changed': ({ house: { database, runtime } }, { id }, sealed) =>
    database.commit([
      putPassword(database, runtime.now(), id, sealed),
      endAllSessions(database, runtime.now(), id),
    ]),
  'it is disabled, be it enabled again': async ({ house: { database, runtime } }, { id }) => {
    const now = runtime.now()
    await database.commit([disableUser(database, now, id), endAllSessions(database, now, id)])
  },
}
for (const [name, change] of Object.entries(meanwhile)) {
  test(`C15, C10 (CVE-2026-32700): nobody comes in whose account changes while they wait: ${name}`, async (t) => {
    const { house, passwords, add } = await openHall()
    t.after(() => house.close())
    const ada = await add()
    const sealed = await passwords.protect(ada.id, 'another-difference-engine')
    // The password is right; by the time that this is known, it is too late.
    const slow: Passwords = {
      ...passwords,
      matches: async (...all) => {
        const match = await passwords.matches(...all)
        await change(hall, ada, sealed)
        return match
      },
    }
    const hall = await openHall({ house, room: { passwords: slow } })
    const visitor = hall.visitor()
    assert.equal((await signIn(visitor)).status, 503)
    await house.database.commit([enableUser(house.database, house.runtime.now(), ada.id)])
    assert.equal(await whoIs(visitor), undefined)
    assert.equal((await house.database.read('select * from sessions where ended_at is null', [])).length, 0)
  })
}

test('C32: neither the password nor a name that was typed reaches a log or the record of events', async (t) => {
  const hall = await openHall({ limits: noLimits })
  const { house } = hall
  t.after(() => house.close())
  await hall.add()
  await signIn(hall.visitor(), { username: 'my-secret-typed-as-name', password: 'canary-password-42' })
  await signIn(hall.visitor(), { password: 'canary-password-42' })
  await signIn(hall.visitor())
  const events = JSON.stringify(await house.database.read('select * from events', []))
  assert.match(events, /user.sign_in_failed/)
  assert.match(events, /user.signed_in/)
  for (const secret of ['canary-password-42', 'my-secret-typed-as-name', password]) {
    assert.ok(!events.includes(secret))
    assert.ok(!house.logged.join().includes(secret))
  }
})
