import assert from 'node:assert/strict'
import { test } from 'node:test'
import { usualSkew } from '@countersign/protocol'
import { onBothEngines } from '../../../../tests/harness/engines.ts'
import { type Once, takeOnce, wasTaken } from './once.store.ts'

const one: Once = { kind: 'assertion', name: ['client', 'one'], until: 100 }

onBothEngines('What is good once', (open) => {
  test('C11: of any number of uses at once, one is the first', async () => {
    const { database } = await open()
    const uses = Array.from({ length: 50 }, () => database.commit([takeOnce(database, one)]))
    const answers = await Promise.all(uses)
    assert.equal(answers.filter(({ ok }) => ok).length, 1)
    assert.deepEqual(
      answers.find(({ ok }) => !ok),
      { ok: false, lost: 'assertion' },
    )
  })

  test('is remembered until no clock takes it any more', async () => {
    const { database } = await open()
    await database.commit([takeOnce(database, { ...one, until: 99.5 })])
    const [row] = await database.read('select expires_at from seen_assertions', [])
    assert.equal(Number(row?.['expires_at']), 100 + usualSkew)
  })

  test('is another where its kind is, or whose it is, or what they call it', async () => {
    const { database } = await open()
    assert.equal(await wasTaken(database, one), false)
    await database.commit([takeOnce(database, one)])
    assert.equal(await wasTaken(database, one), true)
    const others: Once[] = [
      { ...one, kind: 'proof' },
      { ...one, name: ['another', 'one'] },
      { ...one, name: ['client', 'two'] },
      { ...one, name: ['clien', 'tone'] },
      { ...one, name: ['client one'] },
    ]
    for (const other of others) {
      assert.equal(await wasTaken(database, other), false)
      assert.deepEqual(await database.commit([takeOnce(database, other)]), { ok: true })
    }
  })
})
