import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../../tests/harness/engines.ts'
import { migrate } from '../migrate.ts'

const before = [
  'drop table refresh_tokens',
  `create table refresh_tokens (digest text not null primary key, family_id text not null, generation bigint not null,
     created_at bigint not null, expires_at bigint not null, spent_at bigint, sealed_successor text,
     replays bigint not null)`,
  'create unique index refresh_tokens_by_family on refresh_tokens (family_id, generation)',
  `insert into refresh_tokens values
     ('a0', 'a', 0, 1, 9, 2, 'a1 under a0', 0), ('a1', 'a', 1, 2, 9, 3, 'a2 under a1', 1), ('a2', 'a', 2, 3, 9, null, null, 0),
     ('b0', 'b', 0, 1, 9, null, null, 0)`,
  `delete from migrations where name = '0004-refresh-line'`,
]

onBothEngines('Refresh tokens of an earlier version', (open) => {
  test('each takes over from its predecessor what is sealed for that, and no line is broken', async () => {
    const { database, runtime } = await open()
    await database.migrate(async (run) => {
      for (const sql of before) await run(sql)
    })
    assert.deepEqual(await migrate(database, runtime), ['0004-refresh-line'])
    const rows = await database.read('select * from refresh_tokens order by digest', [])
    assert.deepEqual(
      rows.map((row) => [row['digest'], row['sealed_token']]),
      [
        ['a0', null],
        ['a1', 'a1 under a0'],
        ['a2', 'a2 under a1'],
        ['b0', null],
      ],
    )
    assert.deepEqual(
      Object.keys(rows[0] ?? {}).sort(),
      ['created_at', 'digest', 'expires_at', 'family_id', 'generation', 'replays', 'sealed_token'].sort(),
    )
  })
})
