import { ok } from 'node:assert/strict'
import { test } from 'node:test'
import { postgresSkip } from '../harness/postgres.ts'
import { described, killLoop } from './kill-loop.ts'

const seed = Date.now() % 1_000_000

test(`kill -9 of a server on PostgreSQL loses nothing acknowledged and lets nobody in [F14, seed ${seed}]`, {
  skip: postgresSkip(),
}, async (t) => {
  const report = await killLoop({ kills: 4, engine: 'postgres', seed })
  t.diagnostic(described(report))
  ok(report.graves > 20, 'hardly anything was buried')
})
