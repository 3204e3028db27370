// Puts a copy of the embedded database in its place. The copy is made beside the database, looked through, opened with the
// secret and brought to this version; only then do names change, so that whatever goes wrong before leaves all as it was.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, linkSync, mkdirSync, renameSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { endSessionsOfEverybody } from '../accounts/sessions/everybody.store.ts'
import { CopyRefused, companions, copyDatabase, forgetDatabase, settleDatabase } from '../platform/db/copy.ts'
import { type MigrationState, migrate, migrationState } from '../platform/db/migrate.ts'
import { event } from '../platform/events/events.ts'
import { checkSecret } from '../platform/keys/secret-check.store.ts'
import { Secret } from '../platform/secret.ts'
import { openPlatform } from './foundation.ts'
import { endTokensOfClients, spendWhatWasBegun } from './restored.store.ts'
import type { Settings } from './settings.ts'

/** What is restored, and what of it. */
export interface Restoration {
  readonly from: string
  /** The database that it takes the place of. */
  readonly file: string
  /** Whether sessions stay that stood then. */
  readonly keepsSessions: boolean
}

/** What was done. */
export interface Restored {
  /** Where the database is now that was there before; null where there was none. */
  readonly kept: string | null
  /** Migrations that the copy lacked. */
  readonly applied: readonly string[]
}

/**
 * Restores a database.
 *
 * @throws CopyRefused, SchemaTooNew, WrongSecret; then nothing has changed
 */
export async function restoreDatabase(
  settings: Settings,
  { from, file, keepsSessions }: Restoration,
): Promise<Restored> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const made = `${file}.restoring`
  forgetDatabase(made)
  await copyDatabase(from, made)
  try {
    const prepared = await prepare({ ...settings, database: new Secret(`file:${made}`) }, keepsSessions)
    settleDatabase(made)
    const kept = setAside(file, prepared.at)
    renameSync(made, file)
    return { kept, applied: prepared.applied }
  } catch (error) {
    forgetDatabase(made)
    throw error
  }
}

async function prepare(
  settings: Settings,
  keepsSessions: boolean,
): Promise<{ readonly applied: readonly string[]; readonly at: number }> {
  const { close, ...platform } = await openPlatform(settings, 'ignore')
  try {
    const { database, runtime } = platform
    if (isOfNobody(await migrationState(database))) throw new CopyRefused('damaged')
    const applied = await migrate(database, runtime)
    const at = runtime.now()
    await checkSecret(platform)
    await database.commit([
      spendWhatWasBegun(database, at),
      keepsSessions ? null : [endSessionsOfEverybody(database, at), endTokensOfClients(database, at)],
      event(database, runtime, { type: 'database.restored' }),
    ])
    return { applied, at }
  } finally {
    await close()
  }
}

/** A database that no server of ours has begun is none of ours. */
function isOfNobody({ applied }: MigrationState): boolean {
  return applied.length === 0
}

/** @returns where it is now @throws CopyRefused `in use` */
function setAside(file: string, at: number): string | null {
  if (!existsSync(file)) return null
  try {
    settleDatabase(file)
  } catch (error) {
    // What can’t be read any more is a reason to restore: it is kept as it is, with what is beside it.
    if (!(error instanceof CopyRefused) || error.because === 'in use') throw error
  }
  const dated = `${file}.${new Date(at * 1000).toISOString().replace(/[-:]|\.000/g, '')}`
  let kept = dated
  for (let count = 2; existsSync(kept); count += 1) kept = `${dated}-${count}`
  const [, ...logs] = companions
  for (const beside of logs) if (existsSync(file + beside)) renameSync(file + beside, kept + beside)
  giveSecondName(file, kept)
  return kept
}

/** It keeps its own until the other takes it: whatever ends this process here, no server finds none, and begins anew. */
function giveSecondName(file: string, kept: string): void {
  try {
    linkSync(file, kept)
  } catch {
    // Some file systems have no links.
    renameSync(file, kept)
  }
}

/** How long a file is, and by what its copies are known. */
export async function fileFacts(file: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const sum = createHash('sha256')
  await pipeline(createReadStream(file), sum)
  return { bytes: (await stat(file)).size, sha256: sum.digest('hex') }
}
