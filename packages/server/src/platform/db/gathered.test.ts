import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { gathered } from './gathered.ts'
import { write } from './statement.ts'

const parent = write(
  (db, p: { name: string }) =>
    db
      .insertInto('roles')
      .values({ name: p.name, description: p.name })
      .onConflict((conflict) => conflict.doNothing()),
  { exactlyOne: 'role' },
)
const child = write((db, p: { user: string; role: string }) =>
  db.insertInto('user_roles').values({ user_id: p.user, role: p.role }),
)
const rename = write((db, p: { name: string; to: string }) =>
  db.updateTable('roles').set({ description: p.to }).where('name', '=', p.name),
)
const user = write((db, p: { id: string }) =>
  db.insertInto('users').values({
    id: p.id,
    username: p.id,
    email: null,
    email_verified: 0,
    name: p.id,
    claims: '{}',
    disabled_at: null,
    created_at: 1,
    updated_at: 1,
  }),
)

onBothEngines('Rows that are written together', (open) => {
  test('are those that were written one by one, in a few statements, parents first', async () => {
    const { database } = await open()
    const names = Array.from({ length: 150 }, (_, at) => `r${at}`)
    const one = names.map((name) => [
      user(database, { id: `usr_${name}` }),
      rename(database, { name, to: 'renamed' }),
      parent(database, { name }),
      child(database, { user: `usr_${name}`, role: name }),
    ])
    const few = gathered(one, ['users', 'roles'])
    // 64 + 64 + 16 + 4 + 2 rows of each table, and what is no row.
    assert.equal(few.length, 3 * 5 + 150)
    assert.equal((await database.commit(few)).ok, true)
    const rows = await database.read(
      'select count(*) as n, max(r.description) as d from user_roles u join roles r on r.name = u.role',
      [],
    )
    assert.deepEqual({ ...rows[0] }, { n: 150, d: 'renamed' })
  })

  test('are lost together where one of them is lost', async () => {
    const { database } = await open()
    const first = ['a', 'b', 'c', 'd']
    assert.equal((await database.commit([parent(database, { name: 'c' })])).ok, true)
    const committed = await database.commit(
      gathered(
        first.map((name) => parent(database, { name })),
        ['roles'],
      ),
    )
    assert.deepEqual(committed, { ok: false, lost: 'role' })
    assert.equal((await database.read('select name from roles', [])).length, 1)
  })
})
