// Writes that nobody waits for: when something was last used. That it can't be written down is no reason to refuse it.
import type { WriteSet } from './db/database.ts'
import type { Platform } from './platform.ts'

/**
 * Commits beside the answer that is being given. Never throws; a failure is logged.
 *
 * @param of whose use it is, for the log: identifiers alone
 * @param what was used, in words: `an API key`
 */
export function noteBeside(
  { database, log }: Pick<Platform, 'database' | 'log'>,
  writes: WriteSet,
  of: Readonly<Record<string, string>>,
  what: string,
): void {
  database.commit(writes).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : 'unknown'
    log.warn({ ...of, reason }, `the use of ${what} was not written down`)
  })
}
