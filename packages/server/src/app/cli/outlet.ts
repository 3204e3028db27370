// What a command writes to whoever may have stopped reading, or to a disk that is full: neither ends in a stack trace.
import { CommandFailed } from './context.ts'
import { terminal } from './terminal.ts'

/**
 * Hears that standard output can't be written to. Whoever closed it (`| head`) wanted no more; of any other reason the caller
 * is told, and the exit code is 1.
 */
export function mindStandardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return
    terminal(process.argv.includes('--json')).complain(`${words(error)} What was to be done may be done.`, [])
    process.exitCode = 1
  })
  // Then there is nobody left to tell.
  process.stderr.on('error', () => {})
}

/** A broken standard output as what the command failed with: for whoever writes there what must be whole. */
export function notWhole(error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ERR_STREAM_DESTROYED')
    return new CommandFailed('Nobody reads on: what was written is not whole.')
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'EIO'
    ? new CommandFailed(words(error as NodeJS.ErrnoException))
    : error
}

function words({ code = '' }: NodeJS.ErrnoException): string {
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? 'There is no room for what goes to standard output: it is not whole.'
    : `Standard output can’t be written to (${code}): it is not whole.`
}
