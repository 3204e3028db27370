import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { sweepAll } from '../../platform/db/sweep.ts'
import type { House } from '../../platform/house.ts'
import type { Instant } from '../../platform/runtime.ts'
import {
  finishAttempt,
  insertAttempt,
  oldAttempts,
  openAttempt,
  type StoredAttempt,
} from './attempts.store.ts'

function attempt(house: House, digest: string): StoredAttempt {
  const now = house.runtime.now()
  return {
    digest,
    upstream: 'google',
    browserDigest: 'browser',
    sealedSecrets: 'sealed',
    continueTo: null,
    createdAt: now,
    expiresAt: (now + 600) as Instant,
  }
}

onBothEngines('The store of upstream attempts', (open) => {
  test('FD-01: an attempt is found only by its secret, at its provider and in its browser', async () => {
    const house = await open()
    const { database, runtime } = house
    const kept = { ...attempt(house, 'digest'), continueTo: 'sealed return' }
    assert.deepEqual(await database.commit([insertAttempt(database, kept)]), { ok: true })
    const find = (binding: Partial<StoredAttempt>) =>
      openAttempt(database, runtime.now(), { ...kept, ...binding })
    assert.deepEqual(await find({}), kept)
    assert.equal(await find({ digest: 'Digest' }), null)
    assert.equal(await find({ upstream: 'facebook' }), null)
    assert.equal(await find({ browserDigest: 'another' }), null)
    runtime.advance(600)
    assert.equal(await find({}), null)
    assert.deepEqual(await database.commit([finishAttempt(database, runtime.now(), kept)]), {
      ok: false,
      lost: 'attempt',
    })
  })

  test('FD-01: of fifty answers to one attempt at once, one counts', async () => {
    const house = await open()
    const { database, runtime } = house
    const kept = attempt(house, 'digest')
    await database.commit([insertAttempt(database, kept)])
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => database.commit([finishAttempt(database, runtime.now(), kept)])),
    )
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
    assert.equal(await openAttempt(database, runtime.now(), kept), null)
    const [row] = await database.read('select sealed_secrets from upstream_attempts', [])
    assert.equal(row?.['sealed_secrets'], '')
  })

  test('attempts are deleted when their time is over, and not before', async () => {
    const house = await open()
    const { database, runtime } = house
    const count = async () => (await database.read('select digest from upstream_attempts', [])).length
    await database.commit([insertAttempt(database, attempt(house, 'one'))])
    runtime.advance(599)
    await database.commit([insertAttempt(database, attempt(house, 'two'))])
    await sweepAll(database, [oldAttempts], runtime.now())
    assert.equal(await count(), 2)
    runtime.advance(1)
    await sweepAll(database, [oldAttempts], runtime.now())
    assert.equal(await count(), 1)
  })
})
