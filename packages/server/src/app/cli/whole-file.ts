// Files that commands write: there when they are whole, and not before. Whoever breaks a command off, or runs out of disk,
// finds no half of a backup that looks like one.
import { existsSync, linkSync, renameSync } from 'node:fs'
import { forgetDatabase } from '../../platform/db/copy.ts'
import { CommandFailed } from './context.ts'
import { whenBrokenOff } from './signals.ts'

/**
 * Makes a file, and gives it its name when it is done. One that is there is never written over: it might be the last copy
 * of something.
 *
 * @param make writes to the path that it is given, where there is nothing yet
 * @throws CommandFailed where there is such a file, or none can be
 */
export async function wholeFile(to: string, make: (beside: string) => Promise<void>): Promise<void> {
  const beside = `${to}.partial`
  // What is made may be a database, which has files of its own beside it.
  const forget = (): void => forgetDatabase(beside)
  const done = whenBrokenOff(forget)
  try {
    if (existsSync(to)) throw new CommandFailed(`${to} exists already; it is left as it is.`)
    // Of a process that was killed.
    forget()
    await make(beside)
    giveName(beside, to)
  } catch (error) {
    throw unwritable(to, error)
  } finally {
    forget()
    done()
  }
}

/** A link is refused where there is a file by now; some file systems have none. */
function giveName(beside: string, to: string): void {
  try {
    linkSync(beside, to)
  } catch (error) {
    if (existsSync(to)) throw error
    renameSync(beside, to)
  }
}

/** What stands in the way of writing a file, in words; any other error as it is. */
export function unwritable(to: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EEXIST') return new CommandFailed(`${to} exists already; it is left as it is.`)
  if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR')
    return new CommandFailed(`${to} can’t be written.`)
  if (code === 'ENOSPC') return new CommandFailed(`There is no room for ${to}: nothing was written.`)
  return error
}
