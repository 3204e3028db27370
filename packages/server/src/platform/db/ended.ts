// What was ended here and leaves no row behind is remembered among what was brought, so that no export from before brings it
// back: under the name by which servers of this kind bring what they hold.
import { type AliasableExpression, type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'
import type { Write } from './engine.ts'
import type { Schema } from './schema.ts'
import { write } from './statement.ts'

/** The name of this kind of server, as a source. */
export const ours = 'countersign'

/**
 * States the memory of rows that are being deleted.
 *
 * @param find gives each of them as `name`: what it is, and by what it is known, as `api-key <digest>`
 */
export function rememberEach<P extends Record<string, string | number | null> & { readonly now: number }>(
  find: (db: Kysely<Schema>, values: P) => AliasableExpression<{ name: string }>,
): (database: Database, values: P) => Write {
  return write((db, p: P) =>
    db
      .insertInto('moved_things')
      .columns(['source', 'foreign_id', 'moved_at'])
      .expression(
        db
          .selectFrom(find(db, p).as('ended'))
          .select((row) => [
            row.cast<string>(row.val(ours), 'text').as('source'),
            'ended.name',
            row.cast<number>(row.val(p.now), 'bigint').as('moved_at'),
          ])
          // Without a condition SQLite takes what follows for one of a join.
          .where(sql<boolean>`true`),
      )
      .onConflict((conflict) => conflict.doNothing()),
  )
}

const one = rememberEach((db, p: { name: string; now: number }) =>
  db.selectNoFrom((row) => row.cast<string>(row.val(p.name), 'text').as('name')),
)

/** Remembers that something was ended here. @param name as of whatever was brought: `client <id>` */
export function rememberEnded(database: Database, name: string, now: number): Write {
  return one(database, { name, now })
}
