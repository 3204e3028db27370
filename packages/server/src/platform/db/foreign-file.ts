// A file of somebody else's: what stands in the way of reading it is said in a sentence.
import { closeSync, openSync, readdirSync, readSync, type Stats, statSync } from 'node:fs'
import { ForeignUnreadable } from './foreign-rows.ts'

/** What is there, unless it is an empty file. @throws ForeignUnreadable where there is nothing that could be read */
export function statForeign(path: string): Stats {
  const stats = (() => {
    try {
      return statSync(path)
    } catch (error) {
      return unreadableFile(path, error)
    }
  })()
  if (stats.isFile() && stats.size === 0) throw new ForeignUnreadable(`${path} is empty.`)
  return stats
}

/** Whether there is a folder of that name. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** Names of what is in a folder. @throws ForeignUnreadable */
export function filesIn(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch (error) {
    return unreadableFile(path, error)
  }
}

/** The first bytes of a file, enough to see what it is. @throws ForeignUnreadable */
export function firstBytes(path: string): Buffer {
  if (statForeign(path).isDirectory()) throw new ForeignUnreadable(`${path} is a folder, not a file.`)
  try {
    const file = openSync(path, 'r')
    try {
      const head = Buffer.alloc(65_536)
      return head.subarray(0, readSync(file, head, 0, head.length, 0))
    } finally {
      closeSync(file)
    }
  } catch (error) {
    return unreadableFile(path, error)
  }
}

/** @throws ForeignUnreadable always: why a file could not be read, in words */
export function unreadableFile(path: string, error: unknown): never {
  if (error instanceof ForeignUnreadable) throw error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') throw new ForeignUnreadable(`There is no file ${path}.`)
  if (code === 'EACCES' || code === 'EPERM')
    throw new ForeignUnreadable(`${path} can’t be read: whoever runs this is not permitted to.`)
  if (code === 'EISDIR') throw new ForeignUnreadable(`${path} is a folder, not a file.`)
  throw new ForeignUnreadable(`${path} can’t be read: ${code ?? 'it broke off'}.`, { cause: error })
}
