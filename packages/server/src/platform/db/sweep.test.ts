import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { oldLimits } from '../limits/limits.store.ts'
import { mostSwept, sweepAll } from './sweep.ts'

onBothEngines('A sweep', (open) => {
  test('takes all that is due, a bounded number of rows at a time, and nothing else', async () => {
    const { database, runtime } = await open()
    const now = runtime.now()
    const rows = Array.from({ length: 2 * mostSwept + 1 }, (_, at) => `('old-${at}', 0, 0, ${now})`)
    rows.push(`('young', 0, 0, ${now + 1})`)
    const sql = `insert into limits (bucket, free_at_ms, failures, expires_at) values ${rows.join(',')}`
    await database.commit([{ sql, parameters: [] }])
    let commits = 0
    const counting: typeof database = {
      ...database,
      commit: async (writes) => {
        commits += 1
        return database.commit(writes)
      },
    }
    await sweepAll(counting, [oldLimits], now)
    assert.equal(commits, 3)
    assert.deepEqual(
      (await database.read('select bucket from limits', [])).map(({ bucket }) => bucket),
      ['young'],
    )
  })
})
