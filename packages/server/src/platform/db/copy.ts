// Whole copies of the embedded database: taken while servers go on writing, and looked through before anybody relies on
// one; and what has to hold before another file takes a database's place.
import { rmSync, writeFileSync } from 'node:fs'
import { backup, DatabaseSync } from 'node:sqlite'

/** Why a copy was not made, or a database not left. */
export type CopyFault =
  /** There is no such file, or it can’t be read. */
  | 'unreadable'
  /** The file is no database, or not whole. */
  | 'damaged'
  /** Something has the database open. */
  | 'in use'

/** A database can’t be copied, or can’t be replaced now. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused'
  readonly because: CopyFault

  constructor(because: CopyFault, options?: ErrorOptions) {
    super(`The database is ${because}.`, options)
    this.because = because
  }
}

/** Pages at a time, and how long others are waited for, in milliseconds. */
const pagesAtOnce = 500
const patienceMs = 5000

/**
 * Copies a database as it stands at one moment, whoever writes meanwhile, into a single file that only its owner reads.
 * INVARIANT: when this returns, the copy was read through and is whole; else there is none.
 *
 * @param to a file that is not there yet
 * @param told how many pages are done, and of how many
 * @throws CopyRefused; what the file system throws when `to` can’t be written
 */
export async function copyDatabase(
  from: string,
  to: string,
  told: (done: number, pages: number) => void = () => {},
): Promise<void> {
  const source = opened(from)
  try {
    writeFileSync(to, '', { mode: 0o600, flag: 'wx' })
    try {
      // What is read in one transaction is of one moment, so that nobody’s writes make the copy begin again.
      source.exec('BEGIN')
      source.prepare('PRAGMA schema_version').get()
      await backup(source, to, {
        rate: pagesAtOnce,
        progress: ({ totalPages, remainingPages }) => told(totalPages - remainingPages, totalPages),
      })
      checkWhole(to)
    } catch (error) {
      forgetDatabase(to)
      throw error
    }
  } catch (error) {
    throw damagedOr(error)
  } finally {
    source.close()
  }
}

/**
 * Makes one file of a database that stands still: nothing is left in a log beside it.
 *
 * @throws CopyRefused `in use` while anybody has it open
 */
export function settleDatabase(file: string): void {
  const connection = opened(file, false)
  try {
    connection.exec('PRAGMA journal_mode=DELETE')
  } catch (error) {
    if (primaryCode(error) === busy) throw new CopyRefused('in use', { cause: error })
    throw damagedOr(error)
  } finally {
    connection.close()
  }
}

/** The names beside a database's own under which something of it may be. */
export const companions = ['', '-wal', '-shm', '-journal'] as const

/** Takes away a database with all that is beside it. */
export function forgetDatabase(file: string): void {
  for (const beside of companions) rmSync(file + beside, { force: true })
}

function checkWhole(file: string): void {
  settleDatabase(file)
  const copy = opened(file)
  try {
    const answers = copy.prepare('PRAGMA integrity_check(1)').all()
    const strays = copy.prepare('PRAGMA foreign_key_check').all()
    if (answers.length !== 1 || answers[0]?.['integrity_check'] !== 'ok' || strays.length > 0)
      throw new CopyRefused('damaged')
  } finally {
    copy.close()
  }
}

function opened(file: string, readOnly = true): DatabaseSync {
  try {
    return new DatabaseSync(file, { readOnly, timeout: patienceMs })
  } catch (cause) {
    throw new CopyRefused('unreadable', { cause })
  }
}

// Primary result codes of https://www.sqlite.org/rescode.html
const busy = 5
const damaged: ReadonlySet<number> = new Set([11, 26])

function primaryCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : -1
}

function damagedOr(error: unknown): unknown {
  return damaged.has(primaryCode(error)) ? new CopyRefused('damaged', { cause: error }) : error
}
