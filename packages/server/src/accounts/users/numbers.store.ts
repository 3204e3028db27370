// The numbers by which other systems know people: a primary key of theirs, brought along by an import, or given here
// to somebody who came later, for programs that hold a number where we hold an id.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'
import { ourOwn } from './moved.store.ts'
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
const facts = query((db, p: { source: string }) =>
  db
    .selectFrom('user_numbers')
    .select((eb) => [
      eb.fn.coalesce(eb.fn.max('number'), eb.lit(0)).as('most'),
      // Another server of this kind brings its counters along.
      eb
        .selectFrom('moved_users')
        .select('user_id')
        .where('source', 'not in', ourOwn)
        .limit(1)
        .as('somebody_brought'),
    ])
    .where('source', '=', p.source),
)
const count = write((db, p: { source: string; next: number }) =>
  db
    .insertInto('number_counters')
    .values({ source: p.source, last: p.next })
    .onConflict((conflict) =>
      conflict.column('source').doUpdateSet({
        last: (eb) =>
          eb
            .case()
            .when('excluded.last', '>', eb.ref('number_counters.last'))
            .then(eb.ref('excluded.last'))
            .else(eb('number_counters.last', '+', eb.lit(1)))
            .end(),
      }),
    ),
)
const give = write((db, p: { source: string; user: string }) =>
  db
    .insertInto('user_numbers')
    .columns(['source', 'number', 'user_id'])
    .expression((eb) =>
      eb
        .selectFrom('number_counters')
        .select((of) => ['source', 'last', of.val(p.user).as('user_id')])
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

/** The first number that is given here once people were brought: above all that another system will give meanwhile. */
const aboveOthers = 1_000_000_001

/**
 * What a system calls a person; who has no number there gets the next one, which nobody had before.
 *
 * @param source the system, such as `simplejwt`
 * @param from the first that is given; unless stated 1, or far above those of before where people were brought
 */
export async function numberOf(
  database: Database,
  source: string,
  userId: string,
  from?: number,
): Promise<number> {
  // An import may take the number meanwhile, or another request of the same person be first.
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const row = await byUser.first(database, { source, user: userId })
    if (row !== undefined) return row.number
    const known = await facts.first(database, { source })
    const brought = known !== undefined && known.somebody_brought !== null
    const first = from ?? (brought ? aboveOthers : 1)
    const next = Math.max(Number(known?.most ?? 0) + 1, first)
    await database.commit([count(database, { source, next }), give(database, { source, user: userId })])
  }
  throw new Error('No number could be given.')
}

const keep = write((db, p: { user: string }) =>
  db
    .insertInto('number_counters')
    .columns(['source', 'last'])
    .expression((eb) =>
      eb.selectFrom('user_numbers').select(['source', 'number as last']).where('user_id', '=', p.user),
    )
    .onConflict((conflict) =>
      conflict
        .column('source')
        .doUpdateSet({ last: (eb) => eb.ref('excluded.last') })
        .whereRef('excluded.last', '>', 'number_counters.last'),
    ),
)

/**
 * Remembers the numbers of a person who is being deleted, brought ones too: programs of others still hold them, so nobody
 * after them is given one (C22).
 */
export function keepNumbersGiven(database: Database, userId: string): Write {
  return keep(database, { user: userId })
}

/** The person of a number, disabled or not; null when it is nobody's. */
export async function userByNumber(database: Database, source: string, number: number): Promise<User | null> {
  const row = await byNumber.first(database, { source, number })
  return row === undefined ? null : userById(database, row.user_id)
}
