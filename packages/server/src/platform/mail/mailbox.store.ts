// The mailbox of the development server: what was sent, the newest letters of it. A table, so that every worker fills
// and shows the same one.
import type { Database, WriteSet } from '../db/database.ts'
import { query, write } from '../db/statement.ts'

/** A letter in the mailbox. */
export interface KeptLetter {
  readonly id: string
  readonly sentAt: number
  readonly sealed: string
}

/** Letters that are kept. */
const most = 200

const keep = write((db, p: { id: string; now: number; sealed: string }) =>
  db
    .insertInto('mailbox')
    .values({ id: p.id, sent_at: p.now, sealed: p.sealed })
    .onConflict((conflict) => conflict.column('id').doNothing()),
)
const dropOld = write((db, _p: Record<never, never>) =>
  db
    .deleteFrom('mailbox')
    .where('id', 'not in', (eb) => eb.selectFrom('mailbox').select('id').orderBy('id', 'desc').limit(most)),
)

/** Puts a letter in; one that is there already stays as it is. */
export function keepLetter(database: Database, letter: KeptLetter): WriteSet {
  const { id, sentAt, sealed } = letter
  return [keep(database, { id, now: sentAt, sealed }), dropOld(database, {})]
}

const kept = query((db, _p: Record<never, never>) =>
  db.selectFrom('mailbox').select(['id', 'sent_at', 'sealed']).orderBy('id', 'desc').limit(most),
)
const one = query((db, p: { id: string }) =>
  db.selectFrom('mailbox').select(['id', 'sent_at', 'sealed']).where('id', '=', p.id),
)

/** All of them, the newest first. */
export async function keptLetters(database: Database): Promise<KeptLetter[]> {
  return (await kept.all(database, {})).map(({ id, sent_at, sealed }) => ({ id, sentAt: sent_at, sealed }))
}

/** The one of this id; null when there is none. */
export async function keptLetter(database: Database, id: string): Promise<KeptLetter | null> {
  const row = await one.first(database, { id })
  return row === undefined ? null : { id: row.id, sentAt: row.sent_at, sealed: row.sealed }
}
