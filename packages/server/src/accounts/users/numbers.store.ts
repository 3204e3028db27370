// The numbers by which other systems know people: a primary key of theirs, brought along by an import, or given here
// to somebody who came later, for programs that hold a number where we hold an id.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'
import { type User, userById } from './users.store.ts'

const byUser = query((db, p: { source: string; user: string }) =>
  db.selectFrom('user_numbers').select('number').where('source', '=', p.source).where('user_id', '=', p.user),
)
const byNumber = query((db, p: { source: string; number: number }) =>
  db
    .selectFrom('user_numbers')
    .select('user_id')
    .where('source', '=', p.source)
    .where('number', '=', p.number),
)
const give = write((db, p: { source: string; user: string }) =>
  db
    .insertInto('user_numbers')
    .columns(['source', 'number', 'user_id'])
    .expression((eb) =>
      eb
        .selectFrom('user_numbers')
        .select((of) => [
          of.val(p.source).as('source'),
          of(of.fn.coalesce(of.fn.max('number'), of.lit(0)), '+', of.lit(1)).as('number'),
          of.val(p.user).as('user_id'),
        ])
        .where('source', '=', p.source),
    )
    .onConflict((conflict) => conflict.doNothing()),
)
const put = write(
  (db, p: { source: string; number: number; user: string }) =>
    db
      .insertInto('user_numbers')
      .values({ source: p.source, number: p.number, user_id: p.user })
      .onConflict((conflict) => conflict.doNothing()),
  { exactlyOne: 'number' },
)

/** States what a system calls a person. INVARIANT: guarded by `number`: each number is one person's. */
export function putNumber(database: Database, source: string, number: number, userId: string): Write {
  return put(database, { source, number, user: userId })
}

/**
 * What a system calls a person; who has no number there gets the next one.
 *
 * @param source the system, such as `simplejwt`
 */
export async function numberOf(database: Database, source: string, userId: string): Promise<number> {
  // Two who come at once want the same number, and one of them the one after it.
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const row = await byUser.first(database, { source, user: userId })
    if (row !== undefined) return row.number
    await database.commit([give(database, { source, user: userId })])
  }
  throw new Error('No number could be given.')
}

/** The person of a number, disabled or not; null when it is nobody's. */
export async function userByNumber(database: Database, source: string, number: number): Promise<User | null> {
  const row = await byNumber.first(database, { source, number })
  return row === undefined ? null : userById(database, row.user_id)
}
