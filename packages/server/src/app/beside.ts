// Files in the making: beside the place that they will have, under names of their own, so that two who make the same one
// don't meet, and what a killed process left there is known as its and taken away by the next.
import { closeSync, fsyncSync, openSync, readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { forgetDatabase } from '../platform/db/copy.ts'
import { systemRuntime } from '../platform/runtime.ts'
import { whenBrokenOff } from './signals.ts'

/** Of this process. What has its number and is not among them is of another one that had it before. */
const making = new Set<string>()

/**
 * Makes something beside the place that it will have. However that ends, also by a signal, nothing is left of it there.
 *
 * @param make gets a path that nobody else has, and gives what it made there its name
 */
export async function madeBeside<T>(path: string, make: (beside: string) => Promise<T>): Promise<T> {
  const beside = besideOf(path)
  const forget = (): void => forgetBeside(beside)
  const done = whenBrokenOff(forget)
  try {
    return await make(beside)
  } finally {
    forget()
    done()
  }
}

/** A path beside `path` that nobody else has; `forgetBeside` in the end. Takes away what killed processes left there. */
export function besideOf(path: string): string {
  const whole = resolve(path)
  forgetAbandoned(whole)
  const beside = `${whole}.partial-${process.pid}-${systemRuntime().secret(6)}`
  making.add(beside)
  return beside
}

/** Takes away what is still there of it: it may be a database, which has files of its own beside it. */
export function forgetBeside(beside: string): void {
  making.delete(beside)
  forgetDatabase(beside)
}

/**
 * Asks the disk to keep a folder as it is: else a power cut may undo the new name of a file. Never fails: the name is
 * given.
 */
export function keepNames(folder: string): void {
  try {
    const open = openSync(folder, 'r')
    try {
      fsyncSync(open)
    } finally {
      closeSync(open)
    }
  } catch {
    // Some systems don't know how, and a folder may be for writing alone.
  }
}

function forgetAbandoned(path: string): void {
  const folder = dirname(path)
  const beginning = `${basename(path)}.partial-`
  for (const name of namesIn(folder)) {
    if (!name.startsWith(beginning)) continue
    const [, own, pid] = /^((\d+)-[\w-]{8})(?:-wal|-shm|-journal)?$/.exec(name.slice(beginning.length)) ?? []
    if (own === undefined || making.has(join(folder, beginning + own)) || lives(Number(pid))) continue
    forgetDatabase(join(folder, beginning + own))
  }
}

function lives(pid: number): boolean {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    // Whoever writes there next is told why.
    return []
  }
}
