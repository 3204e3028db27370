import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { digest } from '@countersign/protocol'
import { coseKeyOf } from '../../../../../tests/harness/authenticator.ts'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { recoveryCodesOf, replaceRecoveryCodes, totpOf } from '../../accounts/factors/factors.store.ts'
import { insertTotp, openTotp, removeTotp } from '../../accounts/factors/factors.ts'
import { dropPasskey, passkeysOf } from '../../accounts/passkeys/passkeys.store.ts'
import { noLimits, openPeople } from '../../accounts/people.fixture.ts'
import { exportAll } from './export.ts'
import { people, take, userNamed } from './moving.fixture.ts'
import type { MovedRecord } from './records.ts'

const totp = { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', lastStep: 5 }
const publicKey = Buffer.from(
  coseKeyOf('ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey),
).toString('base64url')
const passkey = { credentialId: 'AAECAwQFBgcICQoLDA0ODw', publicKey, rpId: 'localhost', name: 'Key' }

onBothEngines('Second factors that are brought', (open) => {
  const opened = async () => openPeople({ house: await open(), limits: noLimits })

  test('go the whole way round, with recovery codes', async () => {
    const [from, to] = [await opened(), await opened()]
    const codes = [digest('one'), digest('two')].sort()
    await take(from, people({ id: '1', username: 'ada', totp, recoveryCodes: codes, passkeys: [passkey] }))
    const exported = async (of: typeof from) => {
      const lines: MovedRecord[] = []
      for await (const line of exportAll(of.house, of.passwords)) lines.push(line)
      return lines
    }
    const lines = await exported(from)
    await take(to, lines, { source: 'countersign', numbers: [], keepsIds: true })
    assert.deepEqual(await exported(to), lines)
    const ada = (await userNamed(to, 'ada')) ?? assert.fail()
    assert.deepEqual([...((await recoveryCodesOf(to.house.database, ada.id))?.digests ?? [])].sort(), codes)
  })

  test('never replace one that is here, and do not come back once they are taken away', async () => {
    const to = await opened()
    const { database } = to.house
    await take(
      to,
      people({ id: '1', username: 'ada' }, { id: '2', username: 'bea', totp, passkeys: [passkey] }),
    )
    const [ada, bea] = [await userNamed(to, 'ada'), await userNamed(to, 'bea')]
    if (ada === null || bea === null) assert.fail()
    const own = Buffer.from('an own secret of 20b')
    const shape = { algorithm: 'SHA-1', digits: 6, period: 30 } as const
    await database.commit(insertTotp(to.house, ada.id, { secret: own, ...shape }))
    await database.commit(removeTotp(to.house, bea.id, 'the person'))
    const key = (await passkeysOf(database, bea.id))[0] ?? assert.fail()
    await database.commit([dropPasskey(database, bea.id, key.id)])
    const report = await take(
      to,
      people(
        { id: '1', username: 'ada', name: 'Ada', totp },
        { id: '2', username: 'bea', name: 'Bea', totp, passkeys: [passkey] },
      ),
    )
    assert.deepEqual([report.updated, report.factors, report.passkeys], [2, 0, 0])
    const stored = (await totpOf(database, ada.id)) ?? assert.fail()
    assert.deepEqual(Buffer.from(openTotp(to.house, stored).secret), own)
    assert.equal(await totpOf(database, bea.id), null)
    assert.deepEqual(await passkeysOf(database, bea.id), [])
  })

  test('MF-01, MF-03: codes that were used there since they came are used here, and those that were made here stay', async () => {
    const to = await opened()
    const { database, runtime } = to.house
    const [one, two, three] = ['one', 'two', 'three'].map(digest)
    if (one === undefined || two === undefined || three === undefined) assert.fail()
    const bring = (recoveryCodes: string[], lastStep: number) =>
      take(to, people({ id: 'usr_1', username: 'ada', totp: { ...totp, lastStep }, recoveryCodes }), {
        source: 'countersign',
        keepsIds: true,
      })
    await bring([one, two], 5)
    await bring([two], 9)
    assert.equal((await totpOf(database, 'usr_1'))?.lastStep, 9)
    assert.deepEqual((await recoveryCodesOf(database, 'usr_1'))?.digests, [two])
    await bring([two], 7)
    assert.equal((await totpOf(database, 'usr_1'))?.lastStep, 9)
    const set = { userId: 'usr_1', setId: runtime.id('rcs'), now: runtime.now() }
    await database.commit([replaceRecoveryCodes(database, set, [three])])
    await bring([], 11)
    assert.deepEqual((await recoveryCodesOf(database, 'usr_1'))?.digests, [three])
  })

  test('codes that are said to be used, and are to come, keep nobody out for ever', async () => {
    const to = await opened()
    const { database, runtime } = to.house
    const ahead = { ...totp, lastStep: 1_700_000_000 }
    await take(to, people({ id: '1', username: 'ada', totp: ahead }))
    const ada = (await userNamed(to, 'ada')) ?? assert.fail()
    const usedUpTo = async () => (await totpOf(database, ada.id))?.lastStep
    const atMost = () => Math.floor(runtime.now() / 30) + 1
    assert.equal(await usedUpTo(), atMost())
    runtime.advance(60)
    await take(to, people({ id: '1', username: 'ada', name: 'Ada', totp: ahead }))
    assert.equal(await usedUpTo(), atMost())
  })

  test('passkeys of another domain, of none and with unsound keys stay out; told the domain, they come', async () => {
    const to = await opened()
    const { rpId: _, ...unsaid } = passkey
    const one = people({ id: '3', username: 'cay', passkeys: [unsaid] })
    const first = await take(to, one)
    assert.deepEqual([first.passkeys, [...first.leftBehind.keys()].length], [0, 1])
    const wrong = await take(to, one, { rpId: 'old.example' })
    assert.deepEqual([wrong.passkeys, wrong.same], [0, 1])
    assert.equal((await take(to, one, { rpId: 'localhost' })).passkeys, 1)
    const others = await take(
      to,
      people(
        { id: '4', username: 'dee', passkeys: [{ ...passkey, credentialId: 'CCCC', rpId: 'old.example' }] },
        { id: '5', username: 'eve', passkeys: [{ ...passkey, credentialId: 'BBBB', publicKey: 'AAAA' }] },
        { id: '6', username: 'fay', passkeys: [passkey] },
      ),
    )
    assert.equal(others.passkeys, 0)
    assert.match(others.conflicts[0]?.because ?? '', /another domain/)
    assert.equal(others.leftBehind.get('passkeys with keys that are not taken here'), 1)
  })
})
