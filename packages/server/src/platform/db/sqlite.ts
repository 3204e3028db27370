// The embedded engine: `node:sqlite` in WAL mode with `synchronous=FULL`, so that what was acknowledged survives a
// power cut. One connection serves all: every call is synchronous and no transaction outlives its call.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import {
  type Engine,
  isDurable,
  type Row,
  type SetOutcome,
  type SqlValue,
  StorageUnavailable,
  type Write,
} from './engine.ts'

/** How long a writer waits for another process's transaction in all, in milliseconds. */
const lockPatienceMs = 5000
/** How long one attempt may block the event loop, in milliseconds. */
const lockAttemptMs = 20

/**
 * @param file a path, or `:memory:` for a database that dies with the process.
 * @throws StorageUnavailable when it can't be opened, or is no database
 */
export function openSqlite(file: string): Engine {
  const connection = connected(file)
  const { statements, prepare, read } = preparedOn(connection)
  const migrateNow = async (work: Parameters<Engine['migrate']>[0]): Promise<void> => {
    await withPatience(() => connection.exec('BEGIN IMMEDIATE'))
    try {
      await work(async (sql, parameters = []) => read(sql, parameters))
      connection.exec('COMMIT')
    } catch (error) {
      if (connection.isTransaction) connection.exec('ROLLBACK')
      throw isStorageFault(error) ? new StorageUnavailable('SQLite failed.', { cause: error }) : error
    }
  }
  let migrating: Promise<void> = Promise.resolve()

  return {
    dialect: 'sqlite',
    // Every call is synchronous, so two transactions could never overlap; who finds the lock taken waits for it.
    lanes: 1,
    isContention: () => false,
    read: async (sql, parameters) => unavailableOr(() => read(sql, parameters)),
    atOneMoment: (work) => asItStands(connection, file, work),
    apply: (sets) => withPatience(() => applyNow(connection, prepare, sets)),
    migrate: (work) => {
      // One connection has one transaction: a second migration of this process waits for the first.
      const before = migrating
      migrating = before.then(
        () => migrateNow(work),
        () => migrateNow(work),
      )
      return migrating
    },
    close: async () => {
      statements.clear()
      connection.close()
    },
  }
}

/** Each statement is prepared once. */
function preparedOn(connection: DatabaseSync) {
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = connection.prepare(sql)
      statements.set(sql, statement)
    }
    return statement
  }
  const read = (sql: string, parameters: readonly SqlValue[]): Row[] =>
    prepare(sql).all(...parameters) as Row[]
  return { statements, prepare, read }
}

/** In WAL mode a transaction that reads sees the moment when it began, and is in nobody's way. */
async function asItStands<T>(
  connection: DatabaseSync,
  file: string,
  work: (read: Engine['read']) => Promise<T>,
): Promise<T> {
  const another = unavailableOr(() => (file === ':memory:' ? copyInMemory(connection) : connectToRead(file)))
  try {
    const { read } = preparedOn(another)
    unavailableOr(() => {
      another.exec('BEGIN')
      // A transaction begins with what it reads first.
      read('PRAGMA schema_version', [])
    })
    return await work(async (sql, parameters) => unavailableOr(() => read(sql, parameters)))
  } finally {
    another.close()
  }
}

function connectToRead(file: string): DatabaseSync {
  const connection = new DatabaseSync(file, { readOnly: true, timeout: lockPatienceMs })
  connection.exec('PRAGMA cache_size=-16384')
  return connection
}

/** What is in memory is seen by one connection alone. */
function copyInMemory(connection: DatabaseSync): DatabaseSync {
  const copy = new DatabaseSync(':memory:')
  copy.deserialize(connection.serialize())
  return copy
}

function connected(file: string): DatabaseSync {
  try {
    return connect(file)
  } catch (cause) {
    throw new StorageUnavailable('SQLite can’t open the file.', { cause })
  }
}

function connect(file: string): DatabaseSync {
  if (file !== ':memory:') {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    if (!existsSync(file)) writeFileSync(file, '', { mode: 0o600, flag: 'a' })
    chmodSync(file, 0o600)
  }
  const connection = new DatabaseSync(file, { timeout: lockAttemptMs, enableForeignKeyConstraints: true })
  // Becoming WAL needs the file for itself for a moment; another process may be starting too.
  connection.exec(`PRAGMA busy_timeout=${lockPatienceMs}`)
  connection.exec('PRAGMA journal_mode=WAL')
  connection.exec('PRAGMA synchronous=FULL')
  connection.exec('PRAGMA secure_delete=ON')
  // A busy server changes the same pages again and again: four times rarer, a checkpoint copies each of them once.
  connection.exec('PRAGMA wal_autocheckpoint=4000')
  // It grows beyond that only while somebody reads what stood at one moment; afterwards it is cut to 64 MiB.
  connection.exec('PRAGMA journal_size_limit=67108864')
  // Room for what every lookup goes through, of every index, also where there are a million people: 16 MiB.
  connection.exec('PRAGMA cache_size=-16384')
  connection.exec(`PRAGMA busy_timeout=${lockAttemptMs}`)
  return connection
}

function applyNow(
  connection: DatabaseSync,
  prepare: (sql: string) => StatementSync,
  sets: readonly (readonly Write[])[],
): SetOutcome[] {
  const durable = isDurable(sets)
  if (!durable) connection.exec('PRAGMA synchronous=NORMAL')
  try {
    return applyAll(connection, prepare, sets)
  } finally {
    if (!durable) connection.exec('PRAGMA synchronous=FULL')
  }
}

function applyAll(
  connection: DatabaseSync,
  prepare: (sql: string) => StatementSync,
  sets: readonly (readonly Write[])[],
): SetOutcome[] {
  prepare('BEGIN IMMEDIATE').run()
  try {
    // Nearly always all of them can be: a savepoint for each is paid for only where one has to be undone by itself.
    if (sets.every((set) => isWhole(connection, prepare, set))) {
      prepare('COMMIT').run()
      return sets.map(() => ({ ok: true }))
    }
    prepare('ROLLBACK').run()
    prepare('BEGIN IMMEDIATE').run()
    const outcomes = sets.map((set) => applySet(connection, prepare, set))
    prepare('COMMIT').run()
    return outcomes
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK')
    throw error
  }
}

/** Runs a set. @returns false when something in it was refused: then the transaction has to be begun anew */
function isWhole(
  connection: DatabaseSync,
  prepare: (sql: string) => StatementSync,
  set: readonly Write[],
): boolean {
  try {
    return set.every(({ sql, parameters, exactlyOne, rows = 1 }) => {
      const { changes } = prepare(sql).run(...parameters)
      return exactlyOne === undefined || changes === rows
    })
  } catch (error) {
    if (!connection.isTransaction || isStorageFault(error)) throw error
    return false
  }
}

/** Runs a set in a savepoint, so that it can be undone by itself. */
function applySet(
  connection: DatabaseSync,
  prepare: (sql: string) => StatementSync,
  set: readonly Write[],
): SetOutcome {
  const [only] = set
  // One unguarded statement is whole or absent by itself.
  if (set.length === 1 && only !== undefined && only.exactlyOne === undefined)
    return applyOne(connection, prepare, only)
  prepare('SAVEPOINT one').run()
  let outcome: SetOutcome = { ok: true }
  let guard: string | undefined
  try {
    for (const write of set) {
      guard = write.exactlyOne
      const { changes } = prepare(write.sql).run(...write.parameters)
      if (write.exactlyOne !== undefined && changes !== (write.rows ?? 1)) {
        outcome = { ok: false, lost: write.exactlyOne }
        break
      }
    }
  } catch (error) {
    // A full disk or a failing one undoes the whole transaction by itself: then no set may be acknowledged.
    if (!connection.isTransaction || isStorageFault(error)) throw error
    outcome =
      guard !== undefined && isUniqueViolation(error) ? { ok: false, lost: guard } : { error: error as Error }
  }
  if (!('ok' in outcome && outcome.ok)) prepare('ROLLBACK TO one').run()
  prepare('RELEASE one').run()
  return outcome
}

function applyOne(
  connection: DatabaseSync,
  prepare: (sql: string) => StatementSync,
  write: Write,
): SetOutcome {
  try {
    prepare(write.sql).run(...write.parameters)
    return { ok: true }
  } catch (error) {
    if (!connection.isTransaction || isStorageFault(error)) throw error
    return { error: error as Error }
  }
}

/** Retries while another process holds the write lock, without blocking the event loop between attempts. */
async function withPatience<T>(attempt: () => T): Promise<T> {
  for (let waited = 0, pause = 2; ; pause = Math.min(pause * 2, 50)) {
    try {
      return attempt()
    } catch (error) {
      if (!isBusy(error))
        throw isStorageFault(error) ? new StorageUnavailable('SQLite failed.', { cause: error }) : error
      if (waited >= lockPatienceMs) throw new StorageUnavailable('SQLite stayed locked.', { cause: error })
      await new Promise((resume) => setTimeout(resume, pause))
      waited += pause + lockAttemptMs
    }
  }
}

function unavailableOr<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (isBusy(error) || isStorageFault(error))
      throw new StorageUnavailable('SQLite failed.', { cause: error })
    throw error
  }
}

// Primary result codes of https://www.sqlite.org/rescode.html
const busyCodes: ReadonlySet<number> = new Set([5, 6])
const faultCodes: ReadonlySet<number> = new Set([8, 10, 11, 13, 14, 26])

function primaryCode(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : -1
}

/** SQLITE_CONSTRAINT_UNIQUE and SQLITE_CONSTRAINT_PRIMARYKEY. */
function isUniqueViolation(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return code === 2067 || code === 1555
}

function isBusy(error: unknown): boolean {
  return busyCodes.has(primaryCode(error))
}

function isStorageFault(error: unknown): boolean {
  return faultCodes.has(primaryCode(error))
}
