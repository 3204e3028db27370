import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vaultWith } from '../../platform/keys/vault.ts'
import { testRuntime } from '../../platform/runtime.ts'
import { proofNonces } from './nonces.ts'

const start = 1_800_000_000
const [secret, older] = ['a secret of this test, long enough', 'an older secret, as long as it has to be']

function worker(secrets: readonly string[] = [secret], at = start) {
  const runtime = testRuntime(at)
  return { runtime, ...proofNonces({ runtime, vault: vaultWith(secrets, runtime) }) }
}

test('a nonce stays for two minutes, is good for two more, and then for no more', () => {
  const here = worker()
  const first = here.current()
  here.runtime.advance(119)
  assert.equal(here.current(), first)
  here.runtime.advance(1)
  assert.notEqual(here.current(), first)
  assert.equal(here.accepts(first), true)
  here.runtime.advance(119)
  assert.equal(here.accepts(first), true)
  here.runtime.advance(1)
  assert.equal(here.accepts(first), false)
})

test('every worker takes every worker’s, also one whose clock is ahead', () => {
  const [here, there] = [worker(), worker([secret], start + 120)]
  assert.equal(here.accepts(there.current()), true)
  assert.equal(there.accepts(here.current()), true)
  there.runtime.advance(240)
  assert.equal(here.accepts(there.current()), false, 'one of a time that is not near can be made by nobody')
})

test('while a secret is replaced, nonces under either count', () => {
  const [before, after] = [worker([older]), worker([secret, older])]
  assert.equal(after.accepts(before.current()), true)
  assert.notEqual(after.current(), before.current())
})

test('nobody without the secret makes one', () => {
  const here = worker()
  const guesses = ['', 'x', String(start / 120), worker([older]).current(), `${here.current()}x`]
  for (const nonce of guesses) assert.equal(here.accepts(nonce), false)
})
