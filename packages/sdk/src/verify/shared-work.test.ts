import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedWork } from './shared-work.ts'

/** Work that ends when it is told; `done` counts how often it was begun. */
function workToTell() {
  const begun: PromiseWithResolvers<string>[] = []
  const work = () => {
    const one = Promise.withResolvers<string>()
    begun.push(one)
    return one.promise
  }
  return { begun, work }
}

test('all who want something at the same time have it done once, and whoever comes later has it done again', async () => {
  const { begun, work } = workToTell()
  const shared = sharedWork(work, 60_000)
  const all = Promise.all([shared(), shared(), shared()])
  assert.equal(shared.isUnderWay(), true)
  begun[0]?.resolve('one')
  assert.deepEqual(await all, ['one', 'one', 'one'])
  assert.equal(shared.isUnderWay(), false)
  const later = shared()
  begun[1]?.resolve('two')
  assert.equal(await later, 'two')
  assert.equal(begun.length, 2)
})

test('whoever has waited too long for somebody else’s work does it, once for all who wait', async () => {
  const { begun, work } = workToTell()
  const shared = sharedWork(work, 20)
  void shared()
  const waiting = Promise.all([shared(), shared(), shared()])
  const deadline = Date.now() + 60_000
  while (begun.length < 2 && Date.now() < deadline) await new Promise(setImmediate)
  begun[1]?.resolve('mine')
  assert.deepEqual(await waiting, ['mine', 'mine', 'mine'])
  assert.equal(begun.length, 2)
  assert.equal(shared.isUnderWay(), false)
})

test('a promise that the platform lets nobody wait for is as good as none', async () => {
  const { begun, work } = workToTell()
  const shared = sharedWork(work, 60_000)
  const first = shared()
  const second = shared()
  begun[0]?.reject(new Error('created by a request that has since ended'))
  await assert.rejects(first)
  begun[1]?.resolve('mine')
  assert.equal(await second, 'mine')
})
