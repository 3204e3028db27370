import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparison } from '../../../../tests/harness/differential.ts'
import { chanceFrom } from '../../../../tests/harness/mutants.ts'

const seed = Number(process.env['COUNTERSIGN_SEED'] ?? 20261121)

test('JW-20: ten thousand mutated tokens are judged as others judge them, or more strictly for a known reason', async (t) => {
  const compared = comparison(seed)
  await compared.run(10_000)
  const counts = Object.fromEntries(compared.counts)
  t.diagnostic(JSON.stringify(counts))
  // So that the agreement says something: every verdict and every reason came up.
  for (const outcome of [
    'all accept',
    'all refuse',
    'stricter: another spelling',
    'stricter: byte order mark',
    'stricter: extension',
    'stricter: header types',
    'stricter: strict JSON',
    'stricter: duplicate members',
    'stricter: claims of another kind',
    'stricter: claim types',
    'stricter: more than one audience',
    'stricter: issued in the future',
  ]) {
    assert.ok((counts[outcome] ?? 0) > 5, `${outcome}: ${counts[outcome] ?? 0}`)
  }
})

test('the same seed makes the same mutants, and another seed others', () => {
  const draw = (from: number) => Array.from({ length: 50 }, chanceFrom(from).bind(null, 1000))
  assert.deepEqual(draw(seed), draw(seed))
  assert.notDeepEqual(draw(seed), draw(seed + 1))
})
