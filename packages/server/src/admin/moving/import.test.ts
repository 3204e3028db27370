import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { rolesOf } from '../../access/roles.store.ts'
import { putPassword } from '../../accounts/credentials/passwords.store.ts'
import { identitiesOf } from '../../accounts/identities/identities.store.ts'
import { noLimits, openPeople, type People } from '../../accounts/people.fixture.ts'
import { byPassword } from '../../accounts/sessions/session.ts'
import { sessionsOf } from '../../accounts/sessions/sessions.store.ts'
import { openSession } from '../../accounts/sessions/sessions.ts'
import { eraseUser } from '../../accounts/users/erase.ts'
import { userByNumber } from '../../accounts/users/numbers.store.ts'
import { isJwtRevoked } from '../../oauth/tokens/access-tokens.store.ts'
import { whyForeignEnded } from '../../profiles/simplejwt/standing.store.ts'
import { hashBy, people, signsIn, take, userNamed } from './moving.fixture.ts'
import type { Found } from './records.ts'
import { sourceCalled } from './source-name.ts'

const [djangoPassword, djangoHash] = hashBy('django pbkdf2_sha256')
const [bcryptPassword, bcryptHash] = hashBy('bcrypt 2a')

onBothEngines('People who are brought', (open) => {
  const opened = async () => openPeople({ house: await open(), limits: noLimits })

  test('sign in with the password that they had and with no other', async () => {
    const to = await opened()
    const report = await take(
      to,
      people(
        { id: '7', username: 'ada', email: 'Ada@Example.test', passwordHash: djangoHash, roles: ['Editors'] },
        { id: '8', username: 'grace', passwordHash: bcryptHash },
      ),
    )
    assert.deepEqual([report.created, report.roles, report.conflicts], [2, 1, []])
    assert.equal(await signsIn(to, 'ada', djangoPassword), true)
    assert.equal(await signsIn(to, 'ada@example.test', djangoPassword), true)
    assert.equal(await signsIn(to, 'ada', `${bcryptPassword}x`), false)
    assert.equal(await signsIn(to, 'grace', bcryptPassword), true)
    const ada = (await userNamed(to, 'ada')) ?? assert.fail()
    assert.deepEqual(await rolesOf(to.house.database, ada.id), ['editors'])
    assert.equal((await userByNumber(to.house.database, 'simplejwt', 7))?.id, ada.id)
  })

  test('come in batches, also when something of each of them stays behind', async () => {
    const to = await opened()
    const { database } = to.house
    let commits = 0
    const commit: typeof database.commit = (writes) => {
      commits += 1
      return database.commit(writes)
    }
    const found = ['1', '2', '3'].flatMap((id): Found[] => [
      ...people({ id, username: `left${id}` }),
      { kind: 'left-behind', what: 'recovery codes', id },
      { kind: 'remark', text: 'said once' },
    ])
    const report = await take({ ...to, house: { ...to.house, database: { ...database, commit } } }, found)
    // The second tells the engine how big its tables are.
    assert.equal(commits, 2)
    assert.deepEqual([report.created, report.read, [...report.remarks]], [3, 6, ['said once']])
    assert.deepEqual([...report.leftBehind], [['recovery codes', 3]])
  })

  test('whose name somebody takes meanwhile is a conflict, and the others of the batch come; each is counted once', async () => {
    const to = await opened()
    const { database } = to.house
    let isFirst = true
    const commit: typeof database.commit = async (writes) => {
      if (isFirst) {
        isFirst = false
        await to.add({ username: 'wanted', email: 'first@example.test' })
      }
      return database.commit(writes)
    }
    const report = await take(
      { ...to, house: { ...to.house, database: { ...database, commit } } },
      people(
        { id: '1', username: 'early', roles: ['Editors'], passwordHash: bcryptHash },
        { id: '2', username: 'wanted', passwordHash: bcryptHash },
        { id: '3', username: 'late', roles: ['Editors'], passwordHash: bcryptHash },
      ),
    )
    assert.deepEqual([report.created, report.roles, [...report.passwords]], [2, 1, [['bcrypt', 2]]])
    assert.deepEqual(report.conflicts, [{ id: '2', because: 'the user name is somebody else’s here' }])
    const late = (await userNamed(to, 'late')) ?? assert.fail()
    assert.deepEqual(await rolesOf(database, late.id), ['editors'])
    assert.equal(await signsIn(to, 'wanted', bcryptPassword), false)
  })

  test('who change their password while they are brought again keep it', async () => {
    const to = await opened()
    const { database, runtime } = to.house
    await take(to, people({ id: '1', username: 'ada', passwordHash: djangoHash }))
    const ada = (await userNamed(to, 'ada')) ?? assert.fail()
    let isFirst = true
    const commit: typeof database.commit = async (writes) => {
      if (isFirst) {
        isFirst = false
        runtime.advance(10)
        const own = await to.passwords.protect(ada.id, 'analytical-engine-1843')
        await database.commit([putPassword(database, runtime.now(), ada.id, own)])
      }
      return database.commit(writes)
    }
    const report = await take(
      { ...to, house: { ...to.house, database: { ...database, commit } } },
      people({ id: '1', username: 'ada', passwordHash: bcryptHash }),
    )
    assert.deepEqual([report.updated, [...report.withoutPassword]], [1, [['changed here', 1]]])
    assert.equal(await signsIn(to, 'ada', 'analytical-engine-1843'), true)
  })

  test('C10, RT-09: a password that was changed there ends what began here by the one before', async () => {
    const to = await opened()
    const { database, runtime } = to.house
    await take(to, people({ id: '1', username: 'ada', passwordHash: djangoHash }))
    const ada = (await userNamed(to, 'ada')) ?? assert.fail()
    const arriving = { cookies: new Map(), headers: { get: () => undefined }, peer: '203.0.113.7' }
    const opening = { userId: ada.id, authentication: byPassword, remember: false }
    await database.commit([(await openSession(to.house, arriving, opening)).writes])
    await take(to, people({ id: '1', username: 'ada', name: 'Ada', passwordHash: djangoHash }))
    assert.equal((await sessionsOf(database, runtime.now(), ada.id)).length, 1)
    await take(to, people({ id: '1', username: 'ada', passwordHash: bcryptHash }))
    assert.deepEqual(await sessionsOf(database, runtime.now(), ada.id), [])
  })

  test('are brought once: a second run changes nothing, a run that was cut goes on where it was', async () => {
    const to = await opened()
    const all = people(
      ...Array.from({ length: 450 }, (_, index) => ({ id: String(index + 1), username: `p${index}` })),
    )
    await take(to, all.slice(0, 230))
    const whole = await take(to, all)
    assert.deepEqual([whole.created, whole.same], [220, 230])
    const again = await take(to, all)
    assert.deepEqual([again.created, again.updated, again.same], [0, 0, 450])
  })
})

describe('What becomes of people who are brought', () => {
  let to: People
  before(async () => {
    to = await openPeople({ limits: noLimits })
  })
  after(() => to.house.close())

  test('a try writes nothing, and says what would happen', async () => {
    const report = await take(to, people({ id: '1', username: 'tried' }), { apply: false })
    assert.equal(report.created, 1)
    assert.equal(await userNamed(to, 'tried'), null)
  })

  test('names that are somebody else’s, here or in the same file, are conflicts', async () => {
    await to.add({ username: 'here', email: 'here@example.test' })
    const report = await take(
      to,
      people(
        { id: '11', username: 'HERE', email: 'other@example.test' },
        { id: '12', username: 'twin', email: 'twin@example.test' },
        { id: '13', username: 'twin2', email: 'TWIN@example.test' },
        { id: '14', username: 'not a name!', email: null },
      ),
    )
    assert.equal(report.created, 1)
    assert.deepEqual(
      report.conflicts.map(({ id, because }) => [id, because]),
      [
        ['11', 'the user name is somebody else’s here'],
        ['13', 'the e-mail address is somebody else’s here'],
        ['14', 'neither a user name nor an e-mail address that can be used here'],
      ],
    )
  })

  test('an address in the place of the user name is an address, and nobody has verified it', async () => {
    await take(to, people({ id: '21', username: 'mail@example.test', emailVerified: true }))
    assert.equal((await userNamed(to, 'mail@example.test'))?.emailVerified, false)
    assert.equal((await userNamed(to, 'mail@example.test'))?.username, null)
  })

  test('what changed there changes here; a password that was changed here stays', async () => {
    const first = { id: '31', username: 'mover', passwordHash: djangoHash, name: 'Before' }
    await take(to, people(first))
    const user = (await userNamed(to, 'mover')) ?? assert.fail()
    await take(to, people({ ...first, name: 'After', passwordHash: bcryptHash }))
    assert.equal((await userNamed(to, 'mover'))?.name, 'After')
    assert.equal(await signsIn(to, 'mover', bcryptPassword), true)
    const { database, runtime } = to.house
    runtime.advance(10)
    const own = await to.passwords.protect(user.id, 'analytical-engine-1843')
    await database.commit([putPassword(database, runtime.now(), user.id, own)])
    const report = await take(to, people({ ...first, name: 'Again' }))
    assert.deepEqual([...report.withoutPassword], [['changed here', 1]])
    assert.equal(await signsIn(to, 'mover', 'analytical-engine-1843'), true)
  })

  test('hashes that cost too much, that nobody knows and that are broken are not taken, and whose is told', async () => {
    const [, md5] = hashBy('hex md5')
    const users = people(
      { id: '41', username: 'p41', passwordHash: `pbkdf2_sha256$9999999$salt$${'A'.repeat(43)}=` },
      { id: '42', username: 'p42', passwordHash: 'what is this' },
      { id: '43', username: 'p43', passwordHash: md5 },
      { id: '44', username: 'p44', passwordHash: '!unusable' },
      { id: '45', username: 'p45' },
    )
    const report = await take(to, users)
    assert.deepEqual(Object.fromEntries(report.withoutPassword), {
      costly: 1,
      unknown: 1,
      broken: 1,
      unusable: 1,
      none: 1,
    })
    assert.deepEqual(report.conflicts, [
      { id: '41', because: 'the password hash costs too much: they choose a new password' },
      { id: '42', because: 'nobody knows the password hash: they choose a new password' },
      {
        id: '43',
        because:
          'the password hash is guessed in no time: they choose a new password, unless --take-broken-hashes is said',
      },
    ])
    const insisting = await take(to, people({ id: '46', username: 'p46', passwordHash: md5 }), {
      broken: true,
    })
    assert.deepEqual([...insisting.passwords], [['md5', 1]])
    const later = await take(to, users, { broken: true })
    assert.deepEqual([later.updated, later.same, [...later.passwords]], [1, 4, [['md5', 1]]])
    assert.equal((await take(to, users, { broken: true })).same, 5)
  })

  test('who was deleted here is not brought again, whatever changed there', async () => {
    const read = { id: '91', username: 'gone', email: 'gone@example.test', passwordHash: djangoHash }
    await take(to, people(read))
    const user = (await userNamed(to, 'gone')) ?? assert.fail()
    await to.house.database.commit(eraseUser(to.house, user.id))
    for (const name of ['', 'Gone Girl']) {
      const report = await take(to, people({ ...read, name }))
      assert.deepEqual(
        [report.created, report.conflicts],
        [0, [{ id: '91', because: 'was brought before and deleted here since' }]],
      )
    }
    assert.equal(await userNamed(to, 'gone'), null)
  })

  test('roles of two names that are one here are told of, once', async () => {
    const because = 'is one role here with another: whoever has one has both'
    const role = (name: string) => ({ kind: 'role', name, description: '' }) as const
    const report = await take(to, [
      role('Clerks (day)'),
      role('clerks, day'),
      role('!!'),
      ...people({ id: '95', username: 'clerk', roles: ['clerks, day', 'Clerks-Day', 'Clerks-Day'] }),
    ])
    assert.deepEqual(report.conflicts, [{ id: 'Clerks-Day', because }])
    assert.deepEqual([...report.leftBehind], [['roles whose names can’t be used here', 1]])
  })

  test('C22: the admin of a second system is not taken for that of the first, though both are number 1 and called so', async () => {
    const first = { id: '2011', username: 'root-of-all', email: 'root@first.example', createdAt: 1000 }
    await take(to, people({ ...first, passwordHash: djangoHash }))
    const second = { ...first, email: 'root@second.example', createdAt: 2000, passwordHash: bcryptHash }
    const slip = await take(to, people({ ...second, roles: ['staff'] }))
    assert.deepEqual([slip.updated, slip.conflicts.length], [0, 1])
    assert.equal(await signsIn(to, 'root-of-all', djangoPassword), true)
    assert.equal(await userNamed(to, 'root@second.example'), null)
    // Of one system the same person, with another address.
    const moved = { ...first, email: 'root@elsewhere.example', passwordHash: djangoHash }
    assert.equal((await take(to, people(moved))).updated, 1)
    // Known by their address, whatever is said of their beginning.
    assert.equal((await take(to, people({ ...moved, username: 'other-root', createdAt: 3000 }))).updated, 1)
  })

  test('C22: people of two systems of a kind are told apart by what the second is called, and so are their keys and numbers', async () => {
    const { database } = to.house
    const first = { id: '2001', username: 'first', createdAt: 1000, passwordHash: djangoHash }
    const second = { id: '2001', username: 'second', createdAt: 2000, passwordHash: bcryptHash }
    const key = (letter: string): Found => ({
      kind: 'drf-key',
      userId: '2001',
      key: letter.repeat(40),
      createdAt: 1,
    })
    await take(to, [...people(first), key('a')])
    // By a slip under no name of its own: nothing of the first one's changes hands.
    const slip = await take(to, [...people({ ...second, roles: ['staff'] }), key('b')])
    assert.deepEqual([slip.created, slip.updated, slip.keys], [0, 0, 0])
    assert.deepEqual(slip.conflicts, [
      {
        id: '2001',
        because: 'is somebody else than who was brought under this id: name a second system with --source',
      },
    ])
    assert.deepEqual([...slip.leftBehind], [['API keys of people who are not here', 1]])
    assert.equal(await signsIn(to, 'first', djangoPassword), true)
    assert.equal(await userNamed(to, 'second'), null)

    const shop = { source: sourceCalled('django', 'shop') }
    const named = await take(to, [...people(second), key('b')], shop)
    assert.deepEqual([named.created, named.conflicts, named.keys], [1, [], 1])
    const again = await take(to, [...people(second), key('b')], shop)
    assert.deepEqual([again.same, again.keys], [1, 0])
    const [one, other] = [await userNamed(to, 'first'), await userNamed(to, 'second')]
    assert.equal((await userByNumber(database, 'simplejwt', 2001))?.id, one?.id)
    assert.equal((await userByNumber(database, 'simplejwt shop', 2001))?.id, other?.id)
    assert.equal(await signsIn(to, 'second', bcryptPassword), true)
    // Tokens of the first, of which this server has the key, name nobody of the second.
    assert.equal(await whyForeignEnded(database, one?.id ?? '', '2001'), null)
    assert.equal(await whyForeignEnded(database, other?.id ?? '', '2001'), 'account')
    // Whoever changed all names there is the same person by when they began.
    const renamed = { ...first, username: 'renamed', name: 'Renamed' }
    assert.equal((await take(to, people(renamed))).updated, 1)
    assert.equal((await userNamed(to, 'renamed'))?.id, one?.id)
  })

  test('an id that is there twice is brought once', async () => {
    const twice = people({ id: '71', username: 'one' }, { id: '71', username: 'two' })
    const report = await take(to, twice)
    assert.deepEqual([report.created, report.conflicts], [1, [{ id: '71', because: 'is there twice' }]])
  })

  test('an address that is proven there is proven here', async () => {
    const read = { id: '81', email: 'proven@example.test' }
    await take(to, people(read))
    await take(to, people({ ...read, emailVerified: true }))
    assert.equal((await userNamed(to, 'proven@example.test'))?.emailVerified, true)
  })

  test('tokens that were ended there are ended here, once, and those that have run out are forgotten', async () => {
    const expiresAt = to.house.runtime.now() + 60
    const ended = [
      { kind: 'revoked-token', jti: 'ended-there', expiresAt },
      { kind: 'revoked-token', jti: 'long-ago', expiresAt: 1 },
    ] as const
    assert.equal((await take(to, ended)).revokedTokens, 1)
    assert.equal((await take(to, ended)).revokedTokens, 0)
    assert.equal(await isJwtRevoked(to.house.database, 'ended-there'), true)
  })

  test('accounts elsewhere are linked, and one that is linked stays whose it is', async () => {
    const google = { upstream: 'google', issuer: 'https://accounts.google.com', subject: '1001', email: null }
    await take(
      to,
      people(
        { id: '51', username: 'linked', identities: [google] },
        { id: '52', username: 'late', identities: [google] },
      ),
    )
    const linked = (await userNamed(to, 'linked')) ?? assert.fail()
    const late = (await userNamed(to, 'late')) ?? assert.fail()
    assert.equal((await identitiesOf(to.house.database, linked.id)).length, 1)
    assert.equal((await identitiesOf(to.house.database, late.id)).length, 0)
  })

  test('who was disabled there is disabled here', async () => {
    await take(to, people({ id: '61', username: 'off', disabled: true }))
    assert.notEqual((await userNamed(to, 'off'))?.disabledAt, null)
  })
})
