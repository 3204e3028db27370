// Files that commands write: there when they are whole, and not before. Whoever breaks a command off, or runs out of disk,
// finds no half of a backup that looks like one.
import { existsSync, linkSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { keepNames, madeBeside } from '../beside.ts'
import { CommandFailed } from './context.ts'

/**
 * Makes a file, and gives it its name when it is done. One that is there is never written over: it might be the last copy
 * of something.
 *
 * @param make writes to the path that it is given, where there is nothing yet
 * @throws CommandFailed where there is such a file, or none can be
 */
export async function wholeFile(to: string, make: (beside: string) => Promise<void>): Promise<void> {
  if (existsSync(to)) throw isThere(to)
  await written(to, make, giveName)
}

/**
 * Writes a text that is at hand, likewise whole.
 *
 * @param how the permissions of the file; `mayReplace` where another one may be there, which is replaced
 * @throws CommandFailed as `wholeFile` does
 */
export async function wholeText(
  to: string,
  text: string,
  { mode = 0o666, mayReplace = false }: { readonly mode?: number; readonly mayReplace?: boolean } = {},
): Promise<void> {
  const make = async (beside: string): Promise<void> =>
    writeFileSync(beside, text, { mode, flag: 'wx', flush: true })
  if (!mayReplace) return wholeFile(to, make)
  // A link goes on leading to where it led.
  await written(existsSync(to) ? realpathSync(to) : to, make, renameSync)
}

async function written(
  to: string,
  make: (beside: string) => Promise<void>,
  give: (beside: string, to: string) => void,
): Promise<void> {
  try {
    await madeBeside(to, async (beside) => {
      await make(beside)
      give(beside, to)
    })
  } catch (error) {
    throw unwritable(to, error)
  }
  keepNames(dirname(to))
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

/** Before the first of several files is written. @throws CommandFailed where one is there, with all that are */
export function refuseTaken(files: readonly string[]): void {
  const taken = files.filter((file) => existsSync(file))
  if (taken.length === 0) return
  const message = 'This file exists already; move it away first.'
  throw new CommandFailed(
    'Nothing was written.',
    taken.map((path) => ({ path, code: 'exists', message })),
  )
}

function isThere(to: string): CommandFailed {
  return new CommandFailed(`${to} exists already; it is left as it is.`)
}

/** Why a system writes no file. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'the disk is read-only',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its links go in a circle',
  EFBIG: 'it would be larger than a file may be',
  EIO: 'the disk failed',
}

/** SQLITE_FULL of https://www.sqlite.org/rescode.html */
const databaseFull = 13

/** Whether a system says that a disk is full, or somebody's part of it. */
export function hasNoRoom(code: string): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT'
}

/** What stands in the way of writing a file, in words; any other error as it is. */
export function unwritable(to: string, error: unknown): unknown {
  const { code = '', errcode } = error as NodeJS.ErrnoException & { readonly errcode?: number }
  if (code === 'EEXIST') return isThere(to)
  if (hasNoRoom(code) || errcode === databaseFull)
    return new CommandFailed(`There is no room for ${to}: nothing was written.`)
  const reason = reasons[code]
  return reason === undefined ? error : new CommandFailed(`${to} can’t be written: ${reason}.`)
}
