// What a command writes to whoever may have stopped reading, or to a disk that is full: neither ends in a stack trace.
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CommandFailed } from './context.ts'
import { terminal } from './terminal.ts'
import { hasNoRoom } from './whole-file.ts'

/** Whether somebody else hears of it, and tells. */
let isMinded = false

/**
 * Hears that standard output can't be written to. Whoever closed it (`| head`) wanted no more; of any other reason the caller
 * is told, and the exit code is 1.
 */
export function mindStandardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isMinded || error.code === 'EPIPE') return
    terminal(process.argv.includes('--json')).complain(reasonOf(error), [])
    process.exitCode = 1
  })
  // Then there is nobody left to tell.
  process.stderr.on('error', () => {})
}

/** Writes to standard output what is good for nothing unless it is whole. @throws CommandFailed where it isn't */
export async function writeWhole(lines: Readable): Promise<void> {
  isMinded = true
  let broken: NodeJS.ErrnoException | undefined
  const hear = (error: NodeJS.ErrnoException): void => {
    broken = error
  }
  process.stdout.on('error', hear)
  try {
    await pipeline(lines, process.stdout, { end: false })
  } catch (error) {
    throw broken === undefined ? error : new CommandFailed(reasonOf(broken))
  } finally {
    process.stdout.off('error', hear)
  }
}

function reasonOf({ code = '' }: NodeJS.ErrnoException): string {
  if (code === 'EPIPE') return 'Nobody reads on: what was written is not whole.'
  return hasNoRoom(code)
    ? 'There is no room for what goes to standard output: it is not whole.'
    : `Standard output can’t be written to (${code}): it is not whole.`
}
