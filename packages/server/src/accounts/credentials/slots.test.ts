import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Busy } from '../../platform/http/failure.ts'
import { slotsFor, slotsOf } from './slots.ts'

/** Work that ends when told to, and a clock that moves when told to. */
function bench(count: number) {
  let now = 0
  const slots = slotsOf(count, { elapsed: () => now })
  const running: (() => void)[] = []
  const start = () => slots.run(() => new Promise<void>((resolve) => running.push(resolve)))
  const turn = () => new Promise<void>((resume) => setImmediate(resume))
  const finish = async (ms = 0) => {
    now += ms
    running.shift()?.()
    await turn()
  }
  return { slots, start, finish, running, turn }
}

test('one core and one thread of the pool stay free', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 8, 64].map((cores) => slotsFor(cores)),
    [1, 1, 2, 3, 3, 3],
  )
  assert.equal(slotsFor(16, 16), 15)
})

test('no more runs at once than there are slots', async () => {
  const { start, finish, running, turn } = bench(2)
  const all = Array.from({ length: 6 }, start)
  await turn()
  assert.equal(running.length, 2)
  for (let i = 0; i < 6; i++) {
    assert.ok(running.length <= 2)
    await finish()
  }
  await Promise.all(all)
})

test('before anything was measured, four may wait for each slot, and the next is refused at once', async () => {
  const { slots, start, finish, running } = bench(1)
  const all = Array.from({ length: 5 }, start)
  assert.equal(slots.hasRoom, false)
  await assert.rejects(start(), Busy)
  await finish()
  assert.equal(slots.hasRoom, true)
  const sixth = start()
  while (running.length > 0) await finish()
  await Promise.all([...all, sixth])
})

test('the queue is as long as a second’s worth of the work, as measured', async () => {
  const { slots, start, finish } = bench(1)
  const measure = async (ms: number) => {
    for (let i = 0; i < 200; i++) {
      const one = start()
      await finish(ms)
      await one
    }
  }
  const queued = async () => {
    const all: Promise<void>[] = []
    while (slots.hasRoom) all.push(start())
    for (let i = 0; i < all.length; i++) await finish()
    await Promise.all(all)
    return all.length - 1
  }
  await measure(24)
  assert.equal(await queued(), 41)
  await measure(600)
  assert.equal(await queued(), 1)
  await measure(5000)
  assert.equal(await queued(), 0)
  await measure(0)
  assert.equal(await queued(), 100)
})

test('a slot goes to whoever waited longest, and is given back by work that fails', async () => {
  const slots = slotsOf(1, { elapsed: () => 0 })
  const order: number[] = []
  const failing = slots.run(async () => {
    order.push(0)
    throw new Error('broken')
  })
  const others = [1, 2, 3].map((n) =>
    slots.run(async () => {
      order.push(n)
    }),
  )
  await assert.rejects(failing, /broken/)
  await Promise.all(others)
  assert.deepEqual(order, [0, 1, 2, 3])
  assert.equal(slots.hasRoom, true)
})
