// Numbers of people who are brought, beside those that were given here.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { noLimits, openPeople, type People } from '../../accounts/people.fixture.ts'
import { numberOf, userByNumber } from '../../accounts/users/numbers.store.ts'
import { people, take, userNamed } from './moving.fixture.ts'

let to: People
before(async () => {
  to = await openPeople({ limits: noLimits })
})
after(() => to.house.close())

test('C4: somebody whose number was given here before is not taken, and that is said; nobody is after them', async () => {
  const { database } = to.house
  const early = await to.add({ username: 'early', email: 'early@example.test' })
  assert.equal(await numberOf(database, 'simplejwt', early.id), 1)
  const report = await take(to, people({ id: '1', username: 'first' }, { id: '2', username: 'second' }))
  assert.deepEqual(report.conflicts, [{ id: '1', because: 'the number is somebody else’s here' }])
  assert.equal(report.created, 1)
  assert.equal(await userNamed(to, 'first'), null)
  assert.equal((await userByNumber(database, 'simplejwt', 2))?.username, 'second')
  const late = await to.add({ username: 'late', email: 'late@example.test' })
  assert.equal(await numberOf(database, 'simplejwt', late.id), 1_000_000_001)
  const next = await take(to, people({ id: '3', username: 'third' }))
  assert.deepEqual(next.conflicts, [])
  assert.equal((await userByNumber(database, 'simplejwt', 3))?.username, 'third')
})
