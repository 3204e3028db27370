import { test } from 'node:test'
import type { Engine } from '../harness/installation.ts'
import { postgresSkip } from '../harness/postgres.ts'
import { killImport } from './import-killed.ts'

for (const [engine, name, people, kills] of [
  ['sqlite', 'SQLite', 8000, 1],
  ['postgres', 'PostgreSQL', 3000, 2],
] as const satisfies readonly (readonly [Engine, string, number, number])[]) {
  test(`an import that is killed and begun again comes to the same as one that was not, on ${name}`, {
    skip: engine === 'postgres' && postgresSkip(),
  }, async (t) => {
    const { left } = await killImport(engine, people, kills)
    t.diagnostic(`of ${people}, ${left.join(' and then ')} were there when it was killed`)
  })
}
