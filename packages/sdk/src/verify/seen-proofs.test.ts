import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createSeenProofs } from './seen-proofs.ts'

test('a proof is remembered until its end, whatever else comes in between', () => {
  const step = fc.record({
    proof: fc.constantFrom('a', 'b', 'c', 'd'),
    made: fc.integer({ min: -15, max: 15 }),
    passes: fc.integer({ min: -5, max: 40 }),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const clock = { now: 1_800_000_000 }
      const { seen } = createSeenProofs(() => clock.now)
      const model = new Map<string, number>()
      for (const { proof, made, passes } of steps) {
        clock.now += passes
        // One proof has one end: its name stands for its time as well.
        const until = clock.now + made + 60
        const name = `${proof}${until}`
        const isSeen = seen(name, until)
        if (model.has(name)) assert.equal(isSeen, true)
        else assert.equal(isSeen, false)
        model.set(name, until)
      }
    }),
  )
})

test('there is an end to what is remembered, and nothing is forgotten early to make room', () => {
  const clock = { now: 1_800_000_000 }
  const { seen } = createSeenProofs(() => clock.now, 3)
  for (const proof of ['a', 'b', 'c']) assert.equal(seen(proof, clock.now + 60), false)
  assert.throws(() => seen('d', clock.now + 60), RangeError)
  assert.equal(seen('a', clock.now + 60), true)
  clock.now += 60
  assert.throws(
    () => seen('d', clock.now + 60),
    RangeError,
    'the last one may still be replayed in this second',
  )
  clock.now += 15
  for (const proof of ['d', 'e', 'f']) assert.equal(seen(proof, clock.now + 60), false)
  assert.throws(() => seen('g', clock.now + 60), RangeError)
})
