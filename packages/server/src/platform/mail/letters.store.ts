// Letters that wait to be carried. A row is there from the commit of the change that it tells of until it was carried or
// given up; then it is gone, and the event alone is left.
import type { Database } from '../db/database.ts'
import { query, write } from '../db/statement.ts'
import type { LetterKind } from './letter.ts'

/** One that waits. */
export interface WaitingLetter {
  readonly id: string
  readonly kind: LetterKind
  readonly userId: string | null
  readonly sealed: string
  readonly createdAt: number
  readonly until: number
  /** How often it was tried. */
  readonly attempts: number
}

/** Queues a letter; it is due at once. */
export const insertLetter = write(
  (db, p: { id: string; kind: string; user: string | null; sealed: string; now: number; until: number }) =>
    db.insertInto('letters').values({
      id: p.id,
      kind: p.kind,
      user_id: p.user,
      sealed: p.sealed,
      created_at: p.now,
      until: p.until,
      next_at: p.now,
      attempts: 0,
    }),
)

const columns = ['id', 'kind', 'user_id', 'sealed', 'created_at', 'until', 'attempts'] as const

const waiting = query((db, _p: Record<never, never>) =>
  db.selectFrom('letters').select(columns).orderBy('created_at').orderBy('id'),
)

/** Every letter that waits, in the order in which they were written. For tests. */
export async function waitingLetters(database: Database): Promise<WaitingLetter[]> {
  return (await waiting.all(database, {})).map(letterOf)
}

interface Row {
  id: string
  kind: string
  user_id: string | null
  sealed: string
  created_at: number
  until: number
  attempts: number
}

function letterOf(row: Row): WaitingLetter {
  return {
    id: row.id,
    kind: row.kind as LetterKind,
    userId: row.user_id,
    sealed: row.sealed,
    createdAt: row.created_at,
    until: row.until,
    attempts: row.attempts,
  }
}
