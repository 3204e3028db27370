// Names that nobody chooses here, and people from elsewhere have: every way in takes them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noLimits } from '../../accounts/people.fixture.ts'
import { openHouse } from '../../platform/house.ts'
import { openSimpleJwt } from '../../profiles/profile.fixture.ts'
import { openHall, signIn } from '../../signin/signin.fixture.ts'
import { hashBy, people, take, userNamed } from './moving.fixture.ts'

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
