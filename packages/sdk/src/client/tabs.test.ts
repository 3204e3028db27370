import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { alone } from './tabs.ts'

test('what runs alone never overlaps, and knows whether it had to wait', async () => {
  let running = 0
  const waits: boolean[] = []
  const run = async (waited: boolean) => {
    equal(++running, 1)
    waits.push(waited)
    await new Promise((resolve) => setImmediate(resolve))
    running--
  }
  await Promise.all(Array.from({ length: 10 }, () => alone('lock', run)))
  deepEqual(waits, [false, ...Array(9).fill(true)])
})

test('a failure of what ran alone is its own, and frees the way', async () => {
  await rejects(
    alone('lock', () => Promise.reject(new Error('mine'))),
    /mine/,
  )
  let ran = false
  await alone('lock', async () => {
    ran = true
  })
  equal(ran, true)
})

test('where the platform has no locks, it simply runs', async (t) => {
  t.mock.getter(navigator, 'locks', () => undefined)
  let ran = false
  await alone('lock', async (waited) => {
    ran = !waited
  })
  equal(ran, true)
})

test('a tab asleep with the lock in its hands holds nobody up for ever', async (t) => {
  t.mock.method(AbortSignal, 'timeout', () => AbortSignal.abort())
  const { promise, resolve } = Promise.withResolvers<void>()
  const asleep = alone('lock', () => promise)
  let runs = 0
  await alone('lock', async (waited) => {
    equal(waited, true)
    runs++
  })
  equal(runs, 1)
  resolve()
  await asleep
})
