// Forgetting what time has ended: a bounded number of rows in each commit, so that nobody waits long behind one, and as
// many commits as it takes, since what comes faster than it is forgotten would fill the disk.
import { type Compilable, type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Database } from './database.ts'
import type { Write } from './engine.ts'
import type { Schema } from './schema.ts'
import { type Query, query, write } from './statement.ts'

/** Most rows that one commit deletes. */
export const mostSwept = 500

/** Rows that may be told from others by one column. */
export type Keys<T extends keyof Schema> = SelectQueryBuilder<Schema, T, { key: string }>

/** What of a table may go, and when. */
export interface Sweep {
  /** Seconds past its end that a row is kept. */
  readonly keepSeconds: number
  /** Some row that may go, if there is one. */
  readonly due: Query<{ before: number }, { key: string }>
  readonly remove: (database: Database, values: { before: number; most: number }) => Write
}

/** States a sweep by its rows, and by how rows of these keys are deleted. */
export function sweepOf<T extends keyof Schema>(
  keepSeconds: number,
  due: (db: Kysely<Schema>, before: number) => Keys<T>,
  remove: (db: Kysely<Schema>, keys: Keys<T>) => Compilable,
): Sweep {
  return {
    keepSeconds,
    due: query((db, p: { before: number }) => due(db, p.before).limit(1)),
    remove: write((db, p: { before: number; most: number }) => remove(db, due(db, p.before).limit(p.most))),
  }
}

/** Of a table whose rows say themselves when they end. @param key tells one of its rows from the others */
export function sweepOfEnded(
  table: 'finished_sign_ins' | 'letters' | 'limits' | 'mailed_proofs' | 'sessions' | 'upstream_attempts',
  key: string,
  { end = 'expires_at', keepSeconds = 0 } = {},
): Sweep {
  return sweepOf<typeof table>(
    keepSeconds,
    (db, before) =>
      db.selectFrom(table).select(sql.ref<string>(key).as('key')).where(sql.ref(end), '<=', before),
    (db, keys) => db.deleteFrom(table).where(sql.ref(key), 'in', keys),
  )
}

/** Forgets everything that is due, in this order. Safe from several processes at once. */
export async function sweepAll(database: Database, sweeps: readonly Sweep[], now: number): Promise<void> {
  for (const { keepSeconds, due, remove } of sweeps) {
    const before = now - keepSeconds
    while ((await due.first(database, { before })) !== undefined) {
      await database.commit([remove(database, { before, most: mostSwept })])
    }
  }
}
