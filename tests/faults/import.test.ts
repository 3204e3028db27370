import { test } from 'node:test'
import type { Engine } from '../harness/installation.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { killImport } from './import-killed.ts'

for (const [engine, name, people] of [
  ['sqlite', 'SQLite', 20_000],
  ['postgres', 'PostgreSQL', 1200],
] as const satisfies readonly (readonly [Engine, string, number])[]) {
  test(`an import that is killed twice and begun again comes to the same as one that was not, on ${name}`, {
    skip: engine === 'postgres' && postgresSkip(),
  }, async (t) => {
    const { left } = await killImport(engine, people, 2)
    t.diagnostic(`of ${people}, ${left.join(' and then ')} were there when it was killed`)
  })
}
