// Names that nobody chooses here, and people from elsewhere have: every way in takes them.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { noLimits, openPeople, type People } from '../../accounts/people.fixture.ts'
import { canonicalEmail } from '../../accounts/users/identifiers.ts'
import { changeEmail, changeUsername } from '../../accounts/users/users.store.ts'
import { openHouse } from '../../platform/house.ts'
import { openSimpleJwt } from '../../profiles/profile.fixture.ts'
import { openHall, signIn } from '../../signin/signin.fixture.ts'
import { hashBy, people, signsIn, take, userNamed } from './moving.fixture.ts'

const [djangoPassword, djangoHash] = hashBy('django pbkdf2_sha256')

async function openedFor(t: TestContext): Promise<People> {
  const to = await openPeople({ limits: noLimits })
  t.after(() => to.house.close())
  return to
}

test('C16: names with an @, a space or an apostrophe come in by the page and by a wire, and no name is another’s address', async (t) => {
  const [password, hash] = hashBy('bcrypt 2a')
  const house = await openHouse()
  t.after(() => house.close())
  const hall = await openHall({ house, limits: noLimits })
  const wire = await openSimpleJwt({}, { house })
  const names = ['@maria', 'maria@home', 'Maria  López', 'O’Brien', "D'Arcy"]
  const found = names.map((username, at) => ({ id: `${at + 1}`, username, passwordHash: hash }))
  const owner = { id: '9', username: 'owner', email: 'maria@example.test' }
  const { created, conflicts } = await take(
    hall,
    people(
      owner,
      ...found,
      // Without an address of their own it would be the owner's, who signs in by it.
      { id: '10', username: 'maria@example.test', passwordHash: hash },
      { id: '11', username: 'd’arcy', passwordHash: hash },
    ),
  )
  assert.equal(created, names.length + 1)
  assert.deepEqual(
    conflicts.map(({ id, because }) => [id, because]),
    [
      ['10', 'the e-mail address is somebody else’s here'],
      ['11', 'the user name is somebody else’s here'],
    ],
  )
  for (const typed of [...names, 'maria lópez', "o'brien", 'D’ARCY', '＠maria']) {
    const visitor = hall.visitor()
    await signIn(visitor, { username: typed, password: `${password}x` })
    assert.equal((await visitor.visit('/who')).json()['id'], undefined, typed)
    assert.equal((await signIn(visitor, { username: typed, password })).status, 303, typed)
    const who = (await visitor.visit('/who')).json()
    assert.equal(who['id'], (await userNamed(hall, typed))?.id, typed)
    const tokens = await wire.send('/api/token/', { username: typed, password })
    assert.equal(tokens.status, 200, typed)
    assert.equal((await wire.send('/api/token/', { username: typed, password: 'wrong' })).status, 401)
  }
  const stranger = hall.visitor()
  await signIn(stranger, { username: 'maria@example.test', password })
  assert.equal((await stranger.visit('/who')).json()['id'], undefined)
})

test('somebody comes under a name in any script, and signs in by it however it is typed', async (t) => {
  const to = await openedFor(t)
  const names = ['Jürgen', 'maria+shop', '日本語', 'x', '@maria', 'Maria@home', 'maria lópez', "o'brien"]
  const found = names.map((username, at) => ({ id: `9${at}`, username, passwordHash: djangoHash }))
  assert.deepEqual((await take(to, people(...found))).conflicts, [])
  for (const name of [...names, 'JU\u0308RGEN', 'O’Brien']) {
    assert.equal(await signsIn(to, name, djangoPassword), true, name)
    assert.equal(await signsIn(to, name, 'wrong'), false, name)
  }
})

test('somebody whose name can’t be used here is told, for they come by their address alone from now on', async (t) => {
  const to = await openedFor(t)
  const because = 'the user name can’t be used here: they sign in by their e-mail address'
  const report = await take(
    to,
    people(
      { id: '25', username: 'jürgen!', email: 'juergen@example.test' },
      { id: '26', username: 'old@example.test', email: 'new@example.test' },
      { id: '27', username: 'Own@example.test', email: 'own@example.test' },
      { id: '28', username: 'аdа@example.test', email: 'cyrillic@example.test' },
    ),
  )
  assert.deepEqual(report.conflicts, [
    { id: '25', because },
    { id: '26', because },
    { id: '28', because },
  ])
  assert.equal((await userNamed(to, 'juergen@example.test'))?.username, null)
})

test('somebody whose address can’t be used here is told, and comes by it as by a name where they have no other', async (t) => {
  const to = await openedFor(t)
  const because = 'the e-mail address is none that can be used here: they come without it'
  const found = people(
    { id: '1001', username: 'local', email: 'local@localhost', emailVerified: true },
    { id: '1002', email: 'Root@localhost', emailVerified: true, passwordHash: djangoHash },
    { id: '1003', username: 'blank', email: ' ' },
  )
  const report = await take(to, found)
  assert.equal(report.created, 3)
  assert.deepEqual(report.conflicts, [
    { id: '1001', because },
    { id: '1002', because },
  ])
  const root = await userNamed(to, 'root@localhost')
  assert.deepEqual([root?.username, root?.email, root?.emailVerified], ['root@localhost', null, false])
  assert.equal(await signsIn(to, 'root@localhost', djangoPassword), true)
  assert.equal((await take(to, found)).same, 3)
})

test('somebody who came without the name that they have gets it by a later run, and keeps what they changed here', async (t) => {
  const to = await openedFor(t)
  const found = people(
    { id: '1011', username: '@late', email: 'late1@example.test' },
    { id: '1012', username: '@later', email: 'later1@example.test' },
  )
  await take(to, found)
  const { database, runtime } = to.house
  const [late, later] = [await userNamed(to, '@late'), await userNamed(to, '@later')]
  for (const { id } of [late ?? assert.fail(), later ?? assert.fail()])
    await database.commit([changeUsername(database, runtime.now(), id, null)])
  const own = canonicalEmail('own-choice@example.test')
  await database.commit([changeEmail(database, runtime.now(), later?.id ?? '', own, true)])
  const report = await take(to, found)
  assert.deepEqual([report.updated, report.same], [1, 1])
  assert.equal((await userNamed(to, '@late'))?.id, late?.id)
  assert.equal((await userNamed(to, 'own-choice@example.test'))?.id, later?.id)
})
