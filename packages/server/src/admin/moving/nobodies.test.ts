import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { likenessOf } from '../../accounts/credentials/hashes/likeness.ts'
import { nobodiesOf } from '../../accounts/credentials/nobodies.ts'
import { credentialOfUser, refreshHash } from '../../accounts/credentials/passwords.store.ts'
import { noLimits, openPeople } from '../../accounts/people.fixture.ts'
import { hashBy, people, signsIn, take, userNamed } from './moving.fixture.ts'

const [djangoPassword, djangoHash] = hashBy('django pbkdf2_sha256')
const [, bcryptHash] = hashBy('bcrypt 2a')
const names = Array.from({ length: 2000 }, (_, at) => `nobody${at}`)

onBothEngines('Names that nobody has', (open) => {
  test('PW-09: are slow as often as those of people who were brought, always the same ones, until those have come', async () => {
    const to = await openPeople({ house: await open(), limits: noLimits })
    const nobodies = nobodiesOf(to.house)
    await nobodies.refresh()
    assert.equal(nobodies.likenessFor('nobody1'), null)
    await to.add({ username: 'own', email: 'own@example.test' })
    await take(
      to,
      people(
        { id: '1', username: 'ada', passwordHash: djangoHash },
        { id: '2', username: 'bea', passwordHash: djangoHash },
        { id: '3', username: 'cay', passwordHash: bcryptHash },
      ),
    )
    await nobodies.refresh()
    const kinds = new Map(names.map((name) => [name, nobodies.likenessFor(name)]))
    const part = (hash: string | null) =>
      [...kinds.values()].filter((kind) => kind === hash).length / names.length
    for (const [hash, share] of [
      [likenessOf(djangoHash), 0.5],
      [likenessOf(bcryptHash), 0.25],
      [null, 0.25],
    ] as const)
      assert.ok(Math.abs(part(hash) - share) < 0.06, `${part(hash)} of ${share}`)
    for (const [name, kind] of kinds) assert.equal(nobodies.likenessFor(name.toUpperCase()), kind)

    // Whoever comes has our hash from then on, and as many names become quick.
    for (const name of ['ada', 'bea']) {
      const user = (await userNamed(to, name)) ?? assert.fail()
      const { password } = (await credentialOfUser(to.house.database, user.id)) ?? assert.fail()
      assert.equal(await signsIn(to, name, djangoPassword), true)
      const renewed = await to.passwords.protect(user.id, djangoPassword)
      await to.house.database.commit([
        refreshHash(to.house.database, user.id, password?.sealedHash ?? '', renewed),
      ])
    }
    await nobodies.refresh()
    const later = names.filter((name) => nobodies.likenessFor(name) !== null)
    assert.ok(Math.abs(later.length / names.length - 0.25) < 0.06)
    for (const name of later) assert.notEqual(kinds.get(name), null)
  })
})
