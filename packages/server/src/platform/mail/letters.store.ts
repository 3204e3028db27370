// Letters that wait to be carried. A row is there from the commit of the change that it tells of until it was carried or
// given up; then it is gone, and the event alone is left.
import type { Database } from '../db/database.ts'
import type { Write } from '../db/engine.ts'
import { query, write } from '../db/statement.ts'
import { sweepOfEnded } from '../db/sweep.ts'
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

const due = query((db, p: { now: number; count: number }) =>
  db
    .selectFrom('letters')
    .select(columns)
    .where('next_at', '<=', p.now)
    .orderBy('next_at')
    .orderBy('id')
    .limit(p.count),
)

/** What is due, who has waited longest first. */
export async function dueLetters(database: Database, now: number, count: number): Promise<WaitingLetter[]> {
  return (await due.all(database, { now, count })).map(letterOf)
}

const all = query((db, _p: Record<never, never>) =>
  db.selectFrom('letters').select(columns).orderBy('created_at').orderBy('id'),
)

/** Every letter that waits, due or not, in the order in which they were written. */
export async function waitingLetters(database: Database): Promise<WaitingLetter[]> {
  return (await all.all(database, {})).map(letterOf)
}

type Place = { id: string; attempts: number }

const claim = write(
  (db, p: Place & { now: number; next: number }) =>
    db
      .updateTable('letters')
      .set((eb) => ({ next_at: p.next, attempts: eb('attempts', '+', 1) }))
      .where('id', '=', p.id)
      .where('attempts', '=', p.attempts)
      .where('next_at', '<=', p.now),
  { exactlyOne: 'letter' },
)

/**
 * Takes one attempt for whoever commits this; nobody else takes it before `next`, when it is due again, also if whoever
 * took it has died. INVARIANT: guarded by `letter`: of all processes one alone wins it.
 */
export function claimLetter(database: Database, letter: WaitingLetter, now: number, next: number): Write {
  return claim(database, { id: letter.id, attempts: letter.attempts, now, next })
}

const postpone = write((db, p: Place & { next: number }) =>
  db
    .updateTable('letters')
    .set({ next_at: p.next })
    .where('id', '=', p.id)
    .where('attempts', '=', p.attempts),
)

/** Makes it due at another moment; nothing when somebody took another attempt meanwhile. @param letter as it is now */
export function postponeLetter(database: Database, letter: WaitingLetter, next: number): Write {
  return postpone(database, { id: letter.id, attempts: letter.attempts, next })
}

const forget = write(
  (db, p: Place) => db.deleteFrom('letters').where('id', '=', p.id).where('attempts', '=', p.attempts),
  { exactlyOne: 'letter' },
)

/** Nothing is left to do. Loses `letter` to whoever took another attempt meanwhile. @param letter as it is now */
export function forgetLetter(database: Database, letter: WaitingLetter): Write {
  return forget(database, { id: letter.id, attempts: letter.attempts })
}

const forgetOf = write((db, p: { user: string }) => db.deleteFrom('letters').where('user_id', '=', p.user))

/** Forgets every letter about a person. */
export function forgetLettersAbout(database: Database, userId: string): Write {
  return forgetOf(database, { user: userId })
}

/** Seconds that whoever carries has for giving a late letter up properly. */
const graceSeconds = 86_400

/** Letters that nobody gave up in time, since there is nobody who carries. */
export const lateLetters = sweepOfEnded('letters', 'id', { end: 'until', keepSeconds: graceSeconds })

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
