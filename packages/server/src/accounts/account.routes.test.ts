import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest } from '@countersign/protocol'
import { type Answer, edgeOf, Visitor } from '../platform/house.ts'
import type { Route } from '../platform/http/exchange.ts'
import { type AccountRoom, accountRoutes } from './account.routes.ts'
import { limitPolicies } from './credentials/limit-policies.ts'
import { credentialOfUser, deletePasswordRow } from './credentials/passwords.store.ts'
import { identitiesOf, linkIdentity } from './identities/identities.store.ts'
import { noLimits, openPeople, password, wayIn } from './people.fixture.ts'
import { sessionsOf } from './sessions/sessions.store.ts'
import { type User, userById } from './users/users.store.ts'

const another = 'another-difference-engine'

async function openAccounts(room: Partial<AccountRoom> = {}) {
  const people = await openPeople({ limits: noLimits })
  const { house, passwords, limits } = people
  const routes: Route[] = [
    wayIn(house),
    ...accountRoutes(house, {
      passwords,
      limits,
      upstreams: [{ id: 'google', name: 'Google' }],
      devices: async () => [],
      connectedClients: async () => [],
      apiKeys: async () => [],
      waiting: async () => 0,
      ...room,
    }),
  ]
  const edge = edgeOf(house, routes)
  const enter = async (user: User): Promise<Visitor> => {
    const visitor = new Visitor(edge, house.issuer.origin)
    await visitor.visit(`/enter/${user.id}`)
    await visitor.visit('/account')
    return visitor
  }
  return { ...people, edge, enter, stranger: () => new Visitor(edge, house.issuer.origin) }
}

async function isIn(visitor: Visitor): Promise<boolean> {
  return (await visitor.visit('/account')).status === 200
}

function problemsOn(answer: Answer): string[] {
  const summary = /<div class="summary"[\s\S]*?<ul>([\s\S]*?)<\/ul>/.exec(answer.body)?.[1] ?? ''
  return [...summary.matchAll(/<li>([\s\S]*?)<\/li>/g)].map(([, item = '']) => item.replace(/<[^>]+>/g, ''))
}

const deeds = [
  '/account/profile',
  '/account/password',
  '/account/sessions/revoke',
  '/account/sessions/revoke-application',
  '/account/sessions/revoke-others',
  '/account/identities/unlink',
]

test('whoever is not signed in is sent to sign in first, and comes back', async (t) => {
  const { house, stranger } = await openAccounts()
  t.after(() => house.close())
  const answer = await stranger().visit('/account')
  assert.equal(answer.status, 303)
  assert.match(answer.location ?? '', /^\/sign-in\?continue=/)
})

test('HT-07, C21 (CVE-2025-61928): no deed is done from elsewhere, nor for nobody', async (t) => {
  const { house, add, enter, edge } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const visitor = await enter(ada)
  for (const path of deeds) {
    assert.equal((await visitor.visit(path, { form: { name: 'Eve' } })).status, 403, path)
    const headers = { origin: 'https://evil.test' }
    assert.equal((await visitor.submit(path, { name: 'Eve' }, { headers })).status, 403, path)
    const nobody = new Visitor(edge, house.issuer.origin)
    await nobody.visit('/account')
    assert.equal((await nobody.visit(path, { form: { name: 'Eve' } })).status, 403, path)
  }
  assert.deepEqual(await userById(house.database, ada.id), ada)
})

test('a person changes their name, and nothing else with it', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add({ username: 'ada' })
  const grace = await add({ email: 'grace@example.test', name: 'Grace' })
  const visitor = await enter(ada)
  house.runtime.advance(60)
  const answer = await visitor.submit('/account/profile', {
    name: '  Countess  of Lovelace ',
    user: grace.id,
    user_id: grace.id,
    id: grace.id,
    email: 'eve@example.test',
    email_verified: 'true',
    username: 'root',
    role: 'admin',
    is_staff: '1',
    claims: '{}',
  })
  assert.equal(answer.location, '/account?done=profile-saved')
  assert.deepEqual(await userById(house.database, ada.id), {
    ...ada,
    name: 'Countess of Lovelace',
    updatedAt: house.runtime.now(),
  })
  assert.deepEqual(await userById(house.database, grace.id), grace)
  assert.deepEqual(await house.database.read('select * from user_roles', []), [])
  assert.match((await visitor.visit('/account?done=profile-saved')).body, /Your profile is saved/)
})

test('HT-18, C24: a name that is none is refused at its field; one of markup is text', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const visitor = await enter(await add())
  for (const name of ['', '   ', 'a\r\nb', 'a\u202eb', 'x'.repeat(201)]) {
    const answer = await visitor.submit('/account/profile', { name })
    assert.equal(answer.status, 422, JSON.stringify(name))
    assert.ok(answer.body.includes('id="name-problem"'))
  }
  const markup = '"><script>alert(1)</script>'
  assert.equal((await visitor.submit('/account/profile', { name: markup })).status, 303)
  assert.ok(!(await visitor.visit('/account')).body.includes('<script>alert'))
})

test('what was done is said for deeds that there are, and nothing else is repeated', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const page = await (await enter(await add())).visit('/account?done=%3Cscript%3Ehello')
  assert.equal(page.status, 200)
  assert.ok(!page.body.includes('hello'))
})

test('PW-06: a new password needs the current one', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const before = await credentialOfUser(house.database, ada.id)
  const visitor = await enter(ada)
  const missing = await visitor.submit('/account/password', { new_password: another })
  assert.equal(missing.status, 403)
  assert.deepEqual(problemsOn(missing), ['Enter your current password'])
  const wrong = await visitor.submit('/account/password', {
    current_password: another,
    new_password: another,
  })
  assert.equal(wrong.status, 403)
  assert.deepEqual(problemsOn(wrong), ['This is not your current password'])
  assert.deepEqual(await credentialOfUser(house.database, ada.id), before)
})

test('PW-05: a new password is held against the policy, and the reason stands at its field', async (t) => {
  const { house, add, enter, hashes } = await openAccounts()
  t.after(() => house.close())
  const visitor = await enter(await add())
  const before = hashes()
  for (const bad of [
    '',
    'short',
    'passwordpassword',
    'ada@example.test',
    'Ada-Lovelace-1815',
    'countersign-1843',
  ]) {
    const answer = await visitor.submit('/account/password', {
      current_password: password,
      new_password: bad,
    })
    assert.equal(answer.status, 422, bad)
    assert.ok(answer.body.includes('id="new_password-problem"'), bad)
  }
  assert.equal(hashes(), before)
})

test('SE-07, RT-09: a new password ends every session everywhere, and begins one here', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const grace = await add({ email: 'grace@example.test' })
  const [here, elsewhere, hers] = [await enter(ada), await enter(ada), await enter(grace)]
  const before = here.cookies.get('sid') ?? ''
  const sessions = await sessionsOf(house.database, house.runtime.now(), ada.id)
  const answer = await here.submit('/account/password', { current_password: password, new_password: another })
  assert.equal(answer.location, '/account?done=password-changed')
  assert.equal(await isIn(here), true)
  assert.equal(await isIn(elsewhere), false)
  assert.equal(await isIn(hers), true)
  here.cookies.set('sid', before)
  assert.equal(await isIn(here), false)
  const live = await sessionsOf(house.database, house.runtime.now(), ada.id)
  assert.equal(live.length, 1)
  assert.ok(!sessions.some(({ id }) => id === live[0]?.id))
  const events = await house.database.read("select type from events where type = 'password.changed'", [])
  assert.equal(events.length, 1)
})

test('of two changes at once with the same current password, one wins', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const visitors = [await enter(ada), await enter(ada), await enter(ada)]
  const answers = await Promise.all(
    visitors.map((visitor, i) =>
      visitor.submit('/account/password', { current_password: password, new_password: `${another}-${i}` }),
    ),
  )
  assert.equal(answers.filter(({ location }) => location === '/account?done=password-changed').length, 1)
  const live = await sessionsOf(house.database, house.runtime.now(), ada.id)
  assert.equal(live.length, 1)
})

test('C14: guesses at the current password are counted on the person’s own bucket', async (t) => {
  const { house, add, enter } = await openAccounts({
    limits: { ...noLimits, account: limitPolicies.account },
  })
  t.after(() => house.close())
  const visitor = await enter(await add())
  const guess = () =>
    visitor.submit('/account/password', { current_password: another, new_password: `${another}!` })
  for (let i = 0; i < 5; i++) assert.equal((await guess()).status, 403)
  const answer = await guess()
  assert.equal(answer.status, 429)
  assert.equal(answer.header('retry-after'), '1')
  assert.deepEqual(problemsOn(answer), ['Too many tries. Please wait 1 second and try again'])
})

test('SE-08: a person sees their sessions and ends them, one or all others', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const [here, phone, library] = [await enter(ada), await enter(ada), await enter(ada)]
  const page = await here.visit('/account')
  const ids = [...page.body.matchAll(/name="session" value="(ses_[^"]+)"/g)].map(([, id = '']) => id)
  assert.equal(ids.length, 2)
  const [phones] = await sessionIdsOf(house, phone)
  assert.ok(phones !== undefined && ids.includes(phones))
  const answer = await here.submit('/account/sessions/revoke', { session: phones })
  assert.equal(answer.location, '/account?done=session-ended')
  assert.deepEqual([await isIn(here), await isIn(phone), await isIn(library)], [true, false, true])
  assert.equal(
    (await here.submit('/account/sessions/revoke-others', {})).location,
    '/account?done=others-ended',
  )
  assert.deepEqual([await isIn(here), await isIn(library)], [true, false])
  const events = await house.database.read("select detail from events where type = 'session.ended'", [])
  assert.deepEqual(
    events.map((row) => row['detail']),
    ['{"because":"revoked"}', '{"because":"revoked"}'],
  )
})

test('SE-08: nobody ends somebody else’s session', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await enter(await add())
  const eve = await enter(await add({ email: 'eve@example.test' }))
  const [adas = ''] = await sessionIdsOf(house, ada)
  for (const session of [adas, 'ses_none', '', "' or 1=1 --"]) {
    await eve.submit('/account/sessions/revoke', { session })
  }
  await eve.submit('/account/sessions/revoke-others', {})
  assert.equal(await isIn(ada), true)
  assert.equal(await isIn(eve), true)
})

test('SE-09: after ten minutes a sensitive change asks for the password, and then does what was asked', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  const phone = await enter(ada)
  const here = await enter(ada)
  const [phones = ''] = await sessionIdsOf(house, phone)
  house.runtime.advance(601)
  const asked = await here.submit('/account/sessions/revoke', { session: phones })
  assert.equal(asked.status, 403)
  assert.deepEqual(problemsOn(asked), [])
  assert.equal(asked.field('session'), phones)
  assert.ok(asked.body.includes('autocomplete="current-password"'))
  assert.equal(await isIn(phone), true)

  const again = { session: phones, username: 'ada@example.test' }
  const missing = await here.submit('/account/sessions/revoke', again)
  assert.deepEqual([missing.status, problemsOn(missing)], [403, ['Enter your password']])
  const wrong = await here.submit('/account/sessions/revoke', { ...again, password: another })
  assert.deepEqual([wrong.status, problemsOn(wrong)], [403, ['This is not your password']])
  assert.equal(await isIn(phone), true)

  const before = here.cookies.get('sid') ?? ''
  const done = await here.submit('/account/sessions/revoke', { ...again, password })
  assert.equal(done.location, '/account?done=session-ended')
  assert.deepEqual([await isIn(here), await isIn(phone)], [true, false])
  assert.notEqual(here.cookies.get('sid'), before)
  const old = here.cookies.get('sid') ?? ''
  here.cookies.set('sid', before)
  assert.equal(await isIn(here), false)
  here.cookies.set('sid', old)
  await here.visit('/account')
  assert.equal((await here.submit('/account/sessions/revoke-others', {})).status, 303)
})

test('SE-09: somebody without a password proves themself where they signed in', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  await house.database.commit([deletePasswordRow(house.database, ada.id)])
  const visitor = await enter(ada)
  house.runtime.advance(601)
  for (const path of ['/account/sessions/revoke-others', '/account/password']) {
    const answer = await visitor.submit(path, { new_password: another, password })
    assert.match(answer.location ?? '', /^\/sign-in\?reason=confirm&continue=/, path)
  }
  assert.equal((await credentialOfUser(house.database, ada.id))?.password, null)
})

test('SE-09: a first password is no proof: when somebody authenticated stays what it was', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  await house.database.commit([deletePasswordRow(house.database, ada.id)])
  const visitor = await enter(ada)
  const provenAt = house.runtime.now()
  house.runtime.advance(500)
  assert.equal((await visitor.submit('/account/password', { new_password: another })).status, 303)
  const [session, ...others] = await sessionsOf(house.database, house.runtime.now(), ada.id)
  assert.deepEqual([session?.authenticatedAt, session?.createdAt], [provenAt, provenAt + 500])
  assert.deepEqual(others, [])
  house.runtime.advance(101)
  assert.equal((await visitor.submit('/account/sessions/revoke-others', {})).status, 403)
})

test('somebody without a password sets their first one', async (t) => {
  const { house, add, enter } = await openAccounts()
  t.after(() => house.close())
  const ada = await add()
  await house.database.commit([deletePasswordRow(house.database, ada.id)])
  const visitor = await enter(ada)
  assert.ok((await visitor.visit('/account')).body.includes('Set password'))
  const answer = await visitor.submit('/account/password', { new_password: another })
  assert.equal(answer.location, '/account?done=password-changed')
  assert.notEqual((await credentialOfUser(house.database, ada.id))?.password, null)
})

test('a linked sign-in is unlinked, but never the last way in and never somebody else’s', async (t) => {
  const { house, add, enter } = await openAccounts()
  const { database, runtime } = house
  t.after(() => house.close())
  const ada = await add()
  const eve = await add({ email: 'eve@example.test' })
  const link = async (user: User, subject: string) => {
    const identity = {
      id: runtime.id('idn'),
      userId: user.id,
      upstream: 'google',
      issuer: 'https://idp.test',
      subject,
      email: null,
      createdAt: runtime.now(),
    }
    assert.ok((await database.commit([linkIdentity(database, identity)])).ok)
    return identity.id
  }
  const [first, second, eves] = [await link(ada, '1'), await link(ada, '2'), await link(eve, '3')]
  const visitor = await enter(ada)
  const unlink = (identity: string) => visitor.submit('/account/identities/unlink', { identity })
  assert.equal((await unlink(eves)).status, 404)
  assert.equal((await unlink('idn_none')).status, 404)
  assert.equal((await unlink(first)).location, '/account?done=unlinked')
  await database.commit([deletePasswordRow(database, ada.id)])
  const last = await unlink(second)
  assert.deepEqual(
    [last.status, problemsOn(last)],
    [409, ['This is the only way to sign in to your account. Set a password first']],
  )
  assert.equal((await identitiesOf(database, ada.id)).length, 1)
  assert.equal((await identitiesOf(database, eve.id)).length, 1)
})

async function sessionIdsOf(
  house: Awaited<ReturnType<typeof openAccounts>>['house'],
  visitor: Visitor,
): Promise<string[]> {
  const rows = await house.database.read('select id, digest from sessions', [])
  const own = digest(visitor.cookies.get('sid') ?? '')
  return rows.filter((row) => row['digest'] === own).map((row) => String(row['id']))
}

test('requests that wait for the person’s answer are told of, and led to', async (t) => {
  for (const [waiting, words] of [
    [1, 'A request waits for your answer'],
    [3, '3 requests wait for your answer'],
  ] as const) {
    const { house, add, enter } = await openAccounts({ waiting: async () => waiting })
    t.after(() => house.close())
    const page = await (await enter(await add())).visit('/account')
    assert.ok(page.body.includes(words))
    assert.ok(page.body.includes('href="/approve"'))
  }
})
