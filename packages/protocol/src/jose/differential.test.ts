import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparison, differences } from '../../../../tests/harness/differential.ts'
import { chanceFrom } from '../../../../tests/harness/mutants.ts'

const seed = Number(process.env['COUNTERSIGN_SEED'] ?? 20261121)

test('JW-20: ten thousand mutated tokens are judged as others judge them, or more strictly for a known reason', async (t) => {
  const compared = comparison(seed)
  await compared.run(10_000)
  const counts = Object.fromEntries(compared.counts)
  t.diagnostic(JSON.stringify(counts))
  // So that the agreement says something: every verdict and every reason came up.
  const reasons = Object.keys(differences).map((reason) => `stricter: ${reason}`)
  for (const outcome of ['all accept', 'all refuse', ...reasons]) {
    assert.ok((counts[outcome] ?? 0) > 5, `${outcome}: ${counts[outcome] ?? 0}`)
  }
})

test('the same seed makes the same mutants, and another seed others', () => {
  const draw = (from: number) => Array.from({ length: 50 }, chanceFrom(from).bind(null, 1000))
  assert.deepEqual(draw(seed), draw(seed))
  assert.notDeepEqual(draw(seed), draw(seed + 1))
})
