// Puts a copy of the embedded database in its place. The copy is made beside the database, looked through, opened with the
// secret and brought to this version; only then do names change, so that whatever goes wrong before leaves all as it was.
import { createHash } from 'node:crypto'
import {
  chownSync,
  copyFileSync,
  createReadStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { endSessionsOfEverybody } from '../accounts/sessions/everybody.store.ts'
import { CopyRefused, companions, copyDatabase, settleDatabase } from '../platform/db/copy.ts'
import { type MigrationState, migrate, migrationState } from '../platform/db/migrate.ts'
import { event } from '../platform/events/events.ts'
import { checkSecret } from '../platform/keys/secret-check.store.ts'
import { Secret } from '../platform/secret.ts'
import { besideOf, forgetBeside, keepNames, madeBeside } from './beside.ts'
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
 * INVARIANT: under its name there is the one database or the other, whole, at every moment; whoever is killed in between
 * restores again.
 *
 * @param told how many pages are copied, and of how many
 * @throws CopyRefused, SchemaTooNew, WrongSecret; then nothing has changed
 */
export async function restoreDatabase(
  settings: Settings,
  { from, file: named, keepsSessions }: Restoration,
  told?: (done: number, pages: number) => void,
): Promise<Restored> {
  const file = behindLinks(named)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  return madeBeside(file, async (made) => {
    await copyDatabase(from, made, told)
    const prepared = await prepare({ ...settings, database: new Secret(`file:${made}`) }, keepsSessions)
    settleDatabase(made)
    giveToOwner(made, file)
    forgetSecondNames(file)
    const kept = keep(file, prepared.at)
    renameSync(made, file)
    keepNames(dirname(file))
    return { kept, applied: prepared.applied }
  })
}

/** Where a database is that a link leads to: there are its logs, and there belongs what takes its place. */
function behindLinks(file: string): string {
  if (existsSync(file)) return realpathSync(file)
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true
  return isLink ? resolve(dirname(file), readlinkSync(file)) : file
}

/** Who restores as root would leave a database that its server may not open. */
function giveToOwner(made: string, file: string): void {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = statSync(file, { throwIfNoEntry: false }) ?? statSync(dirname(file))
  chownSync(made, uid, gid)
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

/** The logs of a database: what is in them is no less of it. */
const [, ...logs] = companions

/**
 * Gives what is there a second name. It keeps its own until the other takes it: whatever ends this process here, no server
 * finds none, and begins anew.
 *
 * @returns that name; null where nothing was @throws CopyRefused `in use`
 */
function keep(file: string, at: number): string | null {
  if (existsSync(file)) settleOrLeave(file)
  // Nothing, or what can't be read: its logs must not be taken for those of the database that comes.
  const there = ['', ...logs].filter((beside) => existsSync(file + beside))
  if (there.length === 0) return null
  const kept = freeName(`${file}.${new Date(at * 1000).toISOString().replace(/[-:]|\.000/g, '')}`)
  for (const log of there) giveSecondName(file + log, kept + log, besideOf(file))
  keepNames(dirname(file))
  for (const log of there) if (log !== '') rmSync(file + log)
  return existsSync(kept) ? kept : null
}

/** What can’t be read any more is a reason to restore: it is kept as it is, with what is beside it. */
function settleOrLeave(file: string): void {
  try {
    settleDatabase(file)
  } catch (error) {
    if (!(error instanceof CopyRefused) || error.because === 'in use') throw error
  }
}

function freeName(name: string): string {
  let free = name
  for (let count = 2; ['', ...logs].some((beside) => existsSync(free + beside)); count += 1)
    free = `${name}-${count}`
  return free
}

/** @param beside where it may be made */
function giveSecondName(file: string, name: string, beside: string): void {
  try {
    linkSync(file, name)
  } catch {
    // Some file systems have no links. A copy takes longer, and has its name when it is whole.
    copyFileSync(file, beside)
    renameSync(beside, name)
  } finally {
    forgetBeside(beside)
  }
}

/** What `keep` adds to a name. */
const dated = /^\d{8}T\d{6}Z(?:-\d+)?(-wal|-shm|-journal)?$/

/** Of one who was killed before the other database took its place: a database must have one name alone while it is served. */
function forgetSecondNames(file: string): void {
  const folder = dirname(file)
  const before = `${basename(file)}.`
  for (const name of readdirSync(folder)) {
    const own = name.startsWith(before) ? dated.exec(name.slice(before.length)) : null
    if (own !== null && isSameFile(join(folder, name), file + (own[1] ?? ''))) rmSync(join(folder, name))
  }
}

function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path): Stats | undefined =>
    statSync(path, { throwIfNoEntry: false }),
  )
  return first !== undefined && second !== undefined && first.ino === second.ino && first.dev === second.dev
}

/** How long a file is, and by what its copies are known. */
export async function fileFacts(file: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const sum = createHash('sha256')
  await pipeline(createReadStream(file), sum)
  return { bytes: (await stat(file)).size, sha256: sum.digest('hex') }
}
