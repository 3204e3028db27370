// The database: one schema on two engines. Reads are asynchronous; writes are values, and `commit` is the only way
// to apply them, so that atomicity can't be forgotten.
import { fileURLToPath } from 'node:url'
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { groupCommit } from './commit.ts'
import type { Committed, Engine, Row, SqlValue } from './engine.ts'
import type { PostgresOptions } from './postgres.ts'
import type { Schema } from './schema.ts'
import { openSqlite } from './sqlite.ts'
import { flat, type WriteSet } from './write-set.ts'

export type { WriteSet } from './write-set.ts'

/** Reads at once; writes by `commit` alone. */
export interface Database {
  readonly dialect: Engine['dialect']
  /** Builds and compiles SQL; never runs it. */
  readonly builder: Kysely<Schema>
  read(sql: string, parameters: readonly SqlValue[]): Promise<Row[]>
  /**
   * Applies all writes or none, durably, and answers after the engine has synced.
   * INVARIANT: when a write's guard is lost (it did not change exactly one row) nothing of the set remains.
   * @throws StorageUnavailable when the engine can't commit now.
   */
  commit(writes: WriteSet): Promise<Committed>
  /**
   * Gives `work` this database as it stands now: reads of it agree with each other, whoever writes meanwhile, and nobody
   * waits for them. Meant to be short of a day: until `work` ends, SQLite's log grows with what is written, and PostgreSQL
   * keeps dead rows.
   */
  atOneMoment<T>(work: (then: Database) => Promise<T>): Promise<T>
  readonly migrate: Engine['migrate']
  close(): Promise<void>
}

/** Opens the database named by a URL: `file:path`, `:memory:` or `postgres://…`. */
export async function openDatabase(url: string, options: PostgresOptions = {}): Promise<Database> {
  const engine = await openEngine(url, options)
  const commit = groupCommit(engine)
  const builder = builderFor(engine.dialect)
  return {
    dialect: engine.dialect,
    builder,
    read: engine.read,
    commit: (writes) => commit(flat(writes)),
    atOneMoment: (work) =>
      engine.atOneMoment((read) => work(ofThePast({ dialect: engine.dialect, builder, read }))),
    migrate: engine.migrate,
    close: engine.close,
  }
}

/** A database as it was: nothing can be changed there. */
function ofThePast(readable: Pick<Database, 'dialect' | 'builder' | 'read'>): Database {
  const refused = async (): Promise<never> => {
    throw new TypeError('What was can’t be changed.')
  }
  const past: Database = {
    ...readable,
    commit: refused,
    migrate: refused,
    atOneMoment: (work) => work(past),
    close: async () => {},
  }
  return past
}

/** A driver is loaded where it is used alone: that of PostgreSQL takes megabytes. */
async function openEngine(url: string, options: PostgresOptions): Promise<Engine> {
  if (!/^postgres(ql)?:/.test(url)) return openSqlite(sqlitePath(url))
  const { openPostgres } = await import('./postgres.ts')
  return openPostgres(url, options)
}

/** The file of an embedded database; null for one in memory, and for one that a server keeps. */
export function fileOf(url: string): string | null {
  if (/^postgres(ql)?:/.test(url)) return null
  const path = sqlitePath(url)
  return path === ':memory:' ? null : path
}

function sqlitePath(url: string): string {
  if (url === ':memory:' || url === 'file::memory:') return ':memory:'
  if (url.startsWith('file://')) return fileURLToPath(url)
  return url.replace(/^file:/, '')
}

function builderFor(dialect: Engine['dialect']): Kysely<Schema> {
  const createDriver = () => new DummyDriver()
  return new Kysely<Schema>({
    dialect:
      dialect === 'sqlite'
        ? {
            createDriver,
            createAdapter: () => new SqliteAdapter(),
            createIntrospector: (db) => new SqliteIntrospector(db),
            createQueryCompiler: () => new SqliteQueryCompiler(),
          }
        : {
            createDriver,
            createAdapter: () => new PostgresAdapter(),
            createIntrospector: (db) => new PostgresIntrospector(db),
            createQueryCompiler: () => new PostgresQueryCompiler(),
          },
  })
}
