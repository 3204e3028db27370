// The same requests, right and wrong, to this server and to npm's oidc-provider: the same class of answer, or a clause that
// explains the difference.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { compare } from './differential/compare.ts'
import { differences } from './differential/differences.ts'

const count = 2500

test('two thousand five hundred requests are answered as another certified server does, or by a clause', async (t) => {
  // The peer tells of its defaults, and of what it fell over.
  for (const level of ['info', 'warn', 'error'] as const) t.mock.method(console, level, () => {})
  const { alike, explained, unexplained } = await compare(1, count)
  deepEqual(unexplained, [])
  const times = [...explained.values()].reduce((sum, one) => sum + one, 0)
  equal(alike + times, count)
  ok(alike > 0.8 * count, `only ${alike} alike`)
  const idle = differences.filter((row) => !explained.has(row))
  deepEqual(
    idle.map(({ at, change, why }) => `${at.join(' ')} ${change}: ${why}`),
    [],
  )
})
