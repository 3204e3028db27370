import { ok } from 'node:assert/strict'
import { test } from 'node:test'
import { described, killLoop } from './kill-loop.ts'

// Another seed in every run; a failure names it, and `npm run faults -- --seed` takes it again.
const seed = Date.now() % 1_000_000

test(`kill -9 on the embedded database loses nothing acknowledged and lets nobody in [F01 RT-14, seed ${seed}]`, async (t) => {
  const report = await killLoop({ kills: 12, engine: 'sqlite', seed })
  t.diagnostic(described(report))
  ok(report.graves > 60, 'hardly anything was buried')
  ok((report.done['refresh'] ?? 0) > 30, 'hardly anything was done')
})
