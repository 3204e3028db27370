// Names that people are shown by.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { computingMs } from '../../../../../tests/harness/own-time.ts'
import { displayName } from './display-name.ts'

test('HT-15: a name of nothing but marks takes no time to refuse', async () => {
  const marks = `a${'\u0315'.repeat(16_000)}${'\u0334'.repeat(16_000)}`
  const took = await computingMs(() => {
    assert.deepEqual(displayName(marks), { ok: false, because: 'too_long' })
  })
  assert.ok(took < 100, `It took ${took} ms of the processor.`)
})

test('a name is kept composed, however it was typed, up to its longest', () => {
  const decomposed = '\u03b1\u0313\u0300\u0345'.repeat(200)
  assert.deepEqual(displayName(decomposed), { ok: true, name: '\u1f82'.repeat(200) })
  assert.deepEqual(displayName(`${decomposed}a`), { ok: false, because: 'too_long' })
})
