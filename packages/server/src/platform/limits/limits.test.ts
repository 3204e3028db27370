import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { sweepAll } from '../db/sweep.ts'
import { oldLimits } from './limits.store.ts'
import { giveBack, type Ladder, reserve, reserveAll, settle } from './limits.ts'

const flow = { burst: 3, seconds: 30 }
const ladder: Ladder = { free: 5, delays: [1, 3, 5, 10], cap: 12, seconds: 86_400 }

onBothEngines('Limits', (open) => {
  test('a flow admits its burst, then one per interval', async () => {
    const house = await open()
    const take = () => reserve(house, 'flow', flow)
    for (let i = 0; i < 3; i++) assert.deepEqual(await take(), { ok: true })
    assert.deepEqual(await take(), { ok: false, retryAfter: 10 })
    house.runtime.advance(9)
    assert.deepEqual(await take(), { ok: false, retryAfter: 1 })
    house.runtime.advance(1)
    assert.deepEqual(await take(), { ok: true })
    assert.deepEqual(await take(), { ok: false, retryAfter: 10 })
  })

  test('a flow left alone regains its burst and not more', async () => {
    const house = await open()
    for (let i = 0; i < 3; i++) await reserve(house, 'flow', flow)
    house.runtime.advance(10_000)
    const taken = await Promise.all(Array.from({ length: 9 }, () => reserve(house, 'flow', flow)))
    assert.equal(taken.filter(({ ok }) => ok).length, 3)
  })

  test('a flow gets back what was given back', async () => {
    const house = await open()
    for (let i = 0; i < 3; i++) await reserve(house, 'flow', flow)
    await house.database.commit([giveBack(house, [{ bucket: 'flow', policy: flow }])])
    assert.deepEqual(await reserve(house, 'flow', flow), { ok: true })
    assert.equal((await reserve(house, 'flow', flow)).ok, false)
  })

  test('PW-11: a ladder gives five failures free, then waits of 1, 3, 5, 10, 10 … seconds', async () => {
    const house = await open()
    for (let i = 0; i < 5; i++) assert.deepEqual(await reserve(house, 'who', ladder), { ok: true })
    for (const wait of [1, 3, 5, 10, 10, 10]) {
      assert.deepEqual(await reserve(house, 'who', ladder), { ok: false, retryAfter: wait })
      house.runtime.advance(wait - 1)
      if (wait > 1) assert.deepEqual(await reserve(house, 'who', ladder), { ok: false, retryAfter: 1 })
      house.runtime.advance(1)
      assert.deepEqual(await reserve(house, 'who', ladder), { ok: true })
    }
  })

  test('PW-11: after its cap a ladder admits nobody until its day has passed', async () => {
    const house = await open()
    const start = house.runtime.now()
    let admitted = 0
    while (house.runtime.now() < start + ladder.seconds) {
      if ((await reserve(house, 'who', ladder)).ok) admitted += 1
      house.runtime.advance(admitted < ladder.cap ? 10 : 21_600)
    }
    assert.equal(admitted, ladder.cap)
    assert.deepEqual(await reserve(house, 'who', ladder), { ok: true })
  })

  test('PW-18: refused tries do not make the wait longer', async () => {
    const house = await open()
    for (let i = 0; i < 6; i++) await reserve(house, 'who', ladder)
    for (let i = 0; i < 20; i++)
      assert.deepEqual(await reserve(house, 'who', ladder), { ok: false, retryAfter: 1 })
    house.runtime.advance(1)
    assert.deepEqual(await reserve(house, 'who', ladder), { ok: true })
    assert.deepEqual(await reserve(house, 'who', ladder), { ok: false, retryAfter: 3 })
  })

  test('PW-18: success forgets a ladder', async () => {
    const house = await open()
    for (let i = 0; i < 5; i++) await reserve(house, 'who', ladder)
    await house.database.commit([settle(house, [{ bucket: 'who', policy: ladder }])])
    for (let i = 0; i < 5; i++) assert.deepEqual(await reserve(house, 'who', ladder), { ok: true })
  })

  test('PW-16: of 500 tries at once no more pass than one after the other', async () => {
    const house = await open()
    const taken = await Promise.all(Array.from({ length: 500 }, () => reserve(house, 'who', ladder)))
    assert.equal(taken.filter(({ ok }) => ok).length, 5)
    const flowed = await Promise.all(Array.from({ length: 500 }, () => reserve(house, 'flow', flow)))
    assert.equal(flowed.filter(({ ok }) => ok).length, 3)
  })

  test('when one of several buckets is full, none is charged', async () => {
    const house = await open()
    const small = { bucket: 'small', policy: { burst: 1, seconds: 60 } }
    const large = { bucket: 'large', policy: { burst: 2, seconds: 60 } }
    assert.deepEqual(await reserveAll(house, [large, small]), { ok: true })
    assert.deepEqual(await reserveAll(house, [large, small]), { ok: false, retryAfter: 60 })
    assert.deepEqual(await reserve(house, 'large', large.policy), { ok: true })
  })

  test('a try whose work was never done costs nothing', async () => {
    const house = await open()
    const charge = [{ bucket: 'who', policy: ladder }]
    for (let i = 0; i < 20; i++) {
      assert.deepEqual(await reserveAll(house, charge), { ok: true })
      await house.database.commit([giveBack(house, charge)])
    }
  })

  test('buckets that limit nothing any more are forgotten, the others kept', async () => {
    const house = await open()
    await reserve(house, 'flow', flow)
    await reserve(house, 'who', ladder)
    house.runtime.advance(60)
    await sweepAll(house.database, [oldLimits], house.runtime.now())
    const rows = await house.database.read('select bucket from limits', [])
    assert.deepEqual(
      rows.map((row) => row['bucket']),
      ['who'],
    )
  })
})
