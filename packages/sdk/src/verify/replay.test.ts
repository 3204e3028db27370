import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { memoryReplay, ReplayMemoryFull } from './replay.ts'

test('what was taken is remembered until its end, whatever else comes in between', () => {
  const step = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    lasts: fc.integer({ min: 1, max: 75 }),
    passes: fc.integer({ min: 0, max: 40 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = { now: 1_800_000_000 }
      const store = memoryReplay({ now: () => clock.now })
      const ends = new Map<string, number>()
      for (const { id, lasts, passes } of steps) {
        clock.now += passes
        const isFirst = store.consume(id, clock.now + lasts)
        if ((ends.get(id) ?? Number.NEGATIVE_INFINITY) > clock.now) assert.equal(isFirst, false)
        if (isFirst) ends.set(id, clock.now + lasts)
      }
    }),
  )
})

test('there is an end to what is remembered, and nothing is forgotten early to make room', () => {
  const clock = { now: 1_800_000_000 }
  const store = memoryReplay({ most: 3, now: () => clock.now })
  for (const id of ['a', 'b', 'c']) assert.equal(store.consume(id, clock.now + 60), true)
  assert.throws(() => store.consume('d', clock.now + 60), ReplayMemoryFull)
  assert.equal(store.consume('a', clock.now + 60), false)
  clock.now += 59
  assert.throws(() => store.consume('d', clock.now + 60), ReplayMemoryFull)
  clock.now += 1
  for (const id of ['d', 'e', 'f']) assert.equal(store.consume(id, clock.now + 60), true)
  assert.throws(() => store.consume('g', clock.now + 60), ReplayMemoryFull)
})

test('what is over is forgotten, however little there is', () => {
  const clock = { now: 1_800_000_000 }
  const store = memoryReplay({ most: 1, now: () => clock.now })
  for (let turn = 0; turn < 100; turn += 1) {
    assert.equal(store.consume(`id ${turn}`, clock.now + 1), true)
    clock.now += 1
  }
})

test('a clock that is set back a little lets nothing come again', () => {
  const clock = { now: 1_800_000_000 }
  const store = memoryReplay({ now: () => clock.now })
  assert.equal(store.consume('a', clock.now + 60), true)
  clock.now += 65
  assert.equal(store.consume('b', clock.now + 60), true)
  clock.now -= 10
  assert.equal(store.consume('a', clock.now + 60), false)
})
