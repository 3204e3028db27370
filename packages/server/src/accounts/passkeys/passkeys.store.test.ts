import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import type { House } from '../../platform/house.ts'
import { putPassword } from '../credentials/passwords.store.ts'
import { linkIdentity, unlinkIdentity } from '../identities/identities.store.ts'
import { canonicalUsername } from '../users/identifiers.ts'
import { addSomeone } from '../users/someone.fixture.ts'
import { changeUsername } from '../users/users.store.ts'
import {
  dropPasskey,
  hasNoFactorYet,
  insertPasskey,
  keepsFactor,
  type Passkey,
  passkeyByCredential,
  passkeysOf,
  passkeyUsed,
  removePasskey,
  renamePasskey,
} from './passkeys.store.ts'

function passkey(house: House, userId: string, changes: Partial<Passkey> = {}): Passkey {
  return {
    id: house.runtime.id('psk'),
    userId,
    credentialId: house.runtime.secret(16),
    userHandle: house.runtime.secret(),
    rpId: 'localhost',
    publicKey: new Uint8Array([165, 1, 2, 255]),
    signCount: 0,
    transports: ['internal', 'hybrid'],
    backupEligible: true,
    backedUp: false,
    userVerified: true,
    name: 'Passkey of a telephone',
    createdAt: house.runtime.now(),
    lastUsedAt: null,
    ...changes,
  }
}

const use = { signCount: 0, backupEligible: true, backedUp: true, userVerified: true }

onBothEngines('The store of passkeys', (open) => {
  test('a passkey comes back as it was put, with the person whose it is', async () => {
    const house = await open()
    const user = await addSomeone(house)
    const one = passkey(house, user.id)
    house.runtime.advance(1)
    const two = passkey(house, user.id, { userHandle: null, backupEligible: null, backedUp: null })
    assert.deepEqual(await house.database.commit([insertPasskey(house.database, one)]), { ok: true })
    assert.deepEqual(await house.database.commit([insertPasskey(house.database, two)]), { ok: true })
    assert.deepEqual(await passkeyByCredential(house.database, one.credentialId), { passkey: one, user })
    assert.deepEqual(await passkeysOf(house.database, user.id), [one, two])
    assert.equal(await passkeyByCredential(house.database, 'nobody-has-this'), null)
  })

  test('MF-10: one credential id belongs to one person, whoever registers it at once', async () => {
    const house = await open()
    const people = await Promise.all(Array.from({ length: 10 }, () => addSomeone(house)))
    const outcomes = await Promise.all(
      people.map(({ id }) =>
        house.database.commit([insertPasskey(house.database, passkey(house, id, { credentialId: 'same' }))]),
      ),
    )
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    assert.deepEqual(
      outcomes.find(({ ok }) => !ok),
      { ok: false, lost: 'passkey' },
    )
  })

  test('MF-10: nobody renames, uses or takes away the passkey of somebody else', async () => {
    const house = await open()
    const { database, runtime } = house
    const [hers, stranger] = [await addSomeone(house), await addSomeone(house)]
    const one = passkey(house, hers.id)
    await database.commit([insertPasskey(database, one), insertPasskey(database, passkey(house, hers.id))])
    const lost = { ok: false, lost: 'passkey' }
    const now = runtime.now()
    assert.deepEqual(await database.commit([renamePasskey(database, stranger.id, one.id, 'Mine')]), lost)
    assert.deepEqual(
      await database.commit(removePasskey(database, now, stranger.id, one.id, 'localhost')),
      lost,
    )
    assert.deepEqual(await database.commit([dropPasskey(database, stranger.id, one.id)]), lost)
    const theirs = { id: one.id, userId: stranger.id }
    assert.equal((await database.commit([passkeyUsed(database, now, theirs, use)])).ok, false)
    assert.equal((await passkeysOf(database, hers.id)).length, 2)
  })

  test('MF-09: a count has to rise, unless nothing was ever counted', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    const one = passkey(house, user.id, { userVerified: false, backupEligible: null })
    await database.commit([insertPasskey(database, one)])
    const count = async (signCount: number) =>
      (await database.commit([passkeyUsed(database, runtime.now(), one, { ...use, signCount })])).ok
    assert.deepEqual(
      [await count(0), await count(0), await count(7), await count(7), await count(6), await count(0)],
      [true, true, true, false, false, false],
    )
    assert.equal(await count(8), true)
    const [kept] = await passkeysOf(database, user.id)
    assert.deepEqual(kept, {
      ...one,
      signCount: 8,
      backupEligible: true,
      backedUp: true,
      userVerified: true,
      lastUsedAt: runtime.now(),
    })
  })

  test('MF-09: of twenty that sign with the same count at once, one is believed', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    const one = passkey(house, user.id, { signCount: 3 })
    await database.commit([insertPasskey(database, one)])
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () =>
        database.commit([passkeyUsed(database, runtime.now(), one, { ...use, signCount: 4 })]),
      ),
    )
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
  })

  test('the last way in is never taken away, however many are taken away at once', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    const all = Array.from({ length: 6 }, () => passkey(house, user.id))
    const weak = passkey(house, user.id, { userVerified: false })
    await database.commit([...all, weak].map((one) => insertPasskey(database, one)))
    const removed = await Promise.all(
      all.map(({ id }) => database.commit(removePasskey(database, runtime.now(), user.id, id, 'localhost'))),
    )
    assert.equal(removed.filter(({ ok }) => ok).length, 5, 'one that verifies nobody is no way in')
    assert.deepEqual(
      await database.commit(removePasskey(database, runtime.now(), user.id, weak.id, 'localhost')),
      {
        ok: true,
      },
    )
    const [last] = await passkeysOf(database, user.id)
    const removeLast = () =>
      database.commit(removePasskey(database, runtime.now(), user.id, last?.id ?? '', 'localhost'))
    await database.commit([putPassword(database, runtime.now(), user.id, 'sealed')])
    assert.deepEqual(
      await removeLast(),
      { ok: false, lost: 'passkey' },
      'a password without a name opens nothing',
    )
    await database.commit([changeUsername(database, runtime.now(), user.id, canonicalUsername('ada'))])
    assert.deepEqual(await removeLast(), { ok: true })
  })

  test('a passkey of another domain is no way in: it counts for nobody’s last one, and can itself be taken away', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    const [here, before, imported] = [
      passkey(house, user.id),
      passkey(house, user.id, { rpId: 'old.example.com' }),
      passkey(house, user.id, { rpId: 'elsewhere.example' }),
    ]
    await database.commit([here, before, imported].map((one) => insertPasskey(database, one)))
    const remove = ({ id }: Passkey, domain: string | null = 'localhost') =>
      database.commit(removePasskey(database, runtime.now(), user.id, id, domain))
    assert.deepEqual(await remove(here), { ok: false, lost: 'passkey' })
    assert.deepEqual(await remove(before, 'old.example.com'), { ok: false, lost: 'passkey' })
    assert.deepEqual(await remove(before), { ok: true })
    const linked = {
      id: runtime.id('idn'),
      userId: user.id,
      upstream: 'oidc',
      issuer: 'https://idp.test',
      subject: 'ada',
      email: null,
      createdAt: runtime.now(),
    }
    await database.commit([linkIdentity(database, linked)])
    assert.deepEqual(await remove(here), { ok: true })
    assert.deepEqual(
      await database.commit(unlinkIdentity(database, runtime.now(), user.id, linked.id, 'localhost')),
      { ok: false, lost: 'identity' },
    )
    assert.deepEqual(await remove(imported), { ok: true })
  })

  test('MF-06: where one has to stay, the last second factor is never taken away, however many are at once', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    await database.commit([changeUsername(database, runtime.now(), user.id, canonicalUsername('ada'))])
    await database.commit([putPassword(database, runtime.now(), user.id, 'sealed')])
    const all = [
      ...Array.from({ length: 5 }, () => passkey(house, user.id)),
      passkey(house, user.id, { rpId: 'old.example.com' }),
    ]
    await database.commit(all.map((one) => insertPasskey(database, one)))
    const remove = ({ id }: Passkey) =>
      database.commit([
        removePasskey(database, runtime.now(), user.id, id, 'localhost'),
        keepsFactor(database, user.id, 'localhost'),
      ])
    const removed = await Promise.all(all.map(remove))
    assert.equal(removed.filter(({ ok }) => ok).length, 5)
    assert.deepEqual(
      removed.find(({ ok }) => !ok),
      { ok: false, lost: 'second factor' },
    )
    assert.deepEqual(
      (await passkeysOf(database, user.id)).map(({ rpId }) => rpId),
      ['localhost'],
    )
    assert.deepEqual(await database.commit(hasNoFactorYet(database, user.id, 'localhost')), {
      ok: false,
      lost: 'second factor',
    })
    assert.deepEqual(await database.commit(hasNoFactorYet(database, user.id, 'elsewhere.example')), {
      ok: true,
    })
  })

  test('a linked sign-in and a passkey are each other’s other way in, and never both taken away', async () => {
    const house = await open()
    const { database, runtime } = house
    const user = await addSomeone(house)
    const one = passkey(house, user.id)
    const linked = {
      id: runtime.id('idn'),
      userId: user.id,
      upstream: 'oidc',
      issuer: 'https://idp.test',
      subject: 'ada',
      email: null,
      createdAt: runtime.now(),
    }
    await database.commit([insertPasskey(database, one), linkIdentity(database, linked)])
    const outcomes = await Promise.all([
      database.commit(removePasskey(database, runtime.now(), user.id, one.id, 'localhost')),
      database.commit(unlinkIdentity(database, runtime.now(), user.id, linked.id, 'localhost')),
    ])
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
  })
})
