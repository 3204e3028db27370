// The engine for many workers and machines: PostgreSQL through `pg`. Statements are prepared once per connection;
// a batch of write sets is one transaction with a savepoint each, in as few round trips as that takes.
import { createHash } from 'node:crypto'
import pg from 'pg'
import {
  type Engine,
  isDurable,
  type Row,
  type SetOutcome,
  type SqlValue,
  StorageUnavailable,
  type Write,
} from './engine.ts'
import { gathered } from './gathered.ts'

/** An arbitrary constant that names our migration lock among the database's advisory locks. */
const migrationLock = 4_400_440_044

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    // int8: times and counters, all far below 2^53.
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
}

export interface PostgresOptions {
  /** Connections this process may hold (10). */
  readonly poolSize?: number
  /** Milliseconds that a statement may take, and that it may wait for a connection (3000); a third of them for a lock. */
  readonly patienceMs?: number
}

/** @param url `postgres://…` */
export function openPostgres(url: string, options: PostgresOptions = {}): Engine {
  const { poolSize = 10, patienceMs = 3000 } = options
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: patienceMs,
    statement_timeout: patienceMs,
    lock_timeout: Math.ceil(patienceMs / 3),
    idle_in_transaction_session_timeout: Math.max(10_000, patienceMs),
    application_name: 'countersign',
    types,
  })
  // An idle connection that breaks is replaced on the next use; without a listener it would end the process.
  pool.on('error', () => {})
  // So would one that breaks in use, between two queries; the next query on it fails, and that is enough.
  pool.on('connect', (client) => client.on('error', () => {}))
  const names = new Map<string, string>()
  const named = (sql: string): string => {
    let name = names.get(sql)
    if (name === undefined) {
      name = createHash('sha256').update(sql).digest('base64url').slice(0, 22)
      names.set(sql, name)
    }
    return name
  }
  const run: Run = async (on, sql, values) => on.query({ name: named(sql), text: sql, values: [...values] })

  return {
    dialect: 'postgres',
    lanes: 4,
    isContention,
    read: async (sql, parameters) => (await reachable(run(pool, sql, parameters))).rows as Row[],
    atOneMoment: (work) => asItStands(url, patienceMs, run, work),
    apply: async (sets) => {
      const [only] = sets
      if (sets.length === 1 && only !== undefined) return [await applyAlone(pool, run, only)]
      return inTransaction(pool, (client) => applyTogether(client, run, sets))
    },
    migrate: (work) =>
      inTransaction(pool, async (client) => {
        const ask = (sql: string, parameters: readonly SqlValue[] = []) =>
          reachable(client.query(sql, [...parameters]))
        await ask('SET LOCAL statement_timeout = 0')
        await ask('SET LOCAL lock_timeout = 0')
        await ask('SELECT pg_advisory_xact_lock($1)', [migrationLock])
        await work(async (sql, parameters) => (await ask(sql, parameters)).rows as Row[])
      }),
    close: () => pool.end(),
  }
}

/** REPEATABLE READ sees the moment of a transaction's first statement. */
async function asItStands<T>(
  url: string,
  patienceMs: number,
  run: Run,
  work: (read: Engine['read']) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: patienceMs,
    application_name: 'countersign',
    keepAlive: true,
    types,
  })
  // The next query on a connection that broke fails, and that is enough.
  client.on('error', () => {})
  try {
    await reachable(client.connect())
    await reachable(client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'))
    // Whoever takes what is read may be slow.
    await reachable(client.query('SET LOCAL statement_timeout = 0'))
    await reachable(client.query('SET LOCAL idle_in_transaction_session_timeout = 0'))
    await reachable(client.query('SELECT 1'))
    let before: Promise<unknown> = Promise.resolve()
    return await work((sql, parameters) => {
      // One connection answers one question after the other.
      const rows = before.then(async () => (await reachable(run(client, sql, parameters))).rows as Row[])
      before = rows.catch(() => {})
      return rows
    })
  } finally {
    await client.end().catch(() => {})
  }
}

/** What `work` throws of its own goes through as it is: only the database's absence is a `StorageUnavailable`. */
async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await reachable(pool.connect())
  let broken: Error | undefined
  try {
    await reachable(client.query('BEGIN'))
    const result = await work(client)
    await reachable(client.query('COMMIT'))
    return result
  } catch (error) {
    broken = await rollback(client)
    throw error
  } finally {
    client.release(broken)
  }
}

type Run = (on: pg.Pool | pg.ClientBase, sql: string, values: readonly SqlValue[]) => Promise<pg.QueryResult>

/** What became of a set that is to be undone as a whole. */
class Undone extends Error {
  override readonly name = 'Undone'
  readonly outcome: SetOutcome

  constructor(outcome: SetOutcome) {
    super('A write set is undone.')
    this.outcome = outcome
  }
}

/** A set that nobody shares a transaction with: the transaction is its savepoint, and one statement is its own. */
async function applyAlone(pool: pg.Pool, run: Run, set: readonly Write[]): Promise<SetOutcome> {
  const [write] = set
  if (set.length === 1 && write?.exactlyOne === undefined && isDurable([set]))
    return reachable(applyWrites(pool, run, set))
  try {
    return await inTransaction(pool, async (client) => {
      await relax(client, [set])
      const outcome = await reachable(applyWrites(client, run, set))
      if (!isApplied(outcome)) throw new Undone(outcome)
      return outcome
    })
  } catch (error) {
    if (error instanceof Undone) return error.outcome
    throw error
  }
}

async function applyTogether(
  client: pg.PoolClient,
  run: Run,
  sets: readonly (readonly Write[])[],
): Promise<SetOutcome[]> {
  await relax(client, sets)
  const outcomes = new Map<readonly Write[], SetOutcome>()
  const apply = async (writes: readonly Write[], begin: string): Promise<SetOutcome> => {
    await client.query(begin)
    const outcome = await applyWrites(client, run, writes)
    if (!isApplied(outcome)) await client.query('ROLLBACK TO SAVEPOINT one')
    return outcome
  }
  const first = 'SAVEPOINT one'
  const next = `RELEASE SAVEPOINT one; ${first}`
  let begin = first
  // Rows that each are a set of their own, as every event of a token that a client gets for itself: written at once, or
  // where one of them can't be, one by one.
  const rows = sets.filter((set) => set.length === 1 && set[0]?.exactlyOne === undefined)
  if (rows.length > 1) {
    const outcome = await reachable(apply(gathered(rows, []), begin))
    begin = next
    if (isApplied(outcome)) for (const row of rows) outcomes.set(row, outcome)
  }
  for (const set of sets) {
    if (outcomes.has(set)) continue
    outcomes.set(set, await reachable(apply(set, begin)))
    begin = next
  }
  return sets.map((set) => outcomes.get(set) ?? { error: new Error('A write set was forgotten.') })
}

/** What may be lost is not waited for on the disk. */
async function relax(client: pg.PoolClient, sets: readonly (readonly Write[])[]): Promise<void> {
  if (!isDurable(sets)) await reachable(client.query('SET LOCAL synchronous_commit = off'))
}

function isApplied(outcome: SetOutcome): boolean {
  return 'ok' in outcome && outcome.ok
}

/** Runs one write after the other until one is lost or fails; undoes nothing. */
async function applyWrites(
  on: pg.Pool | pg.PoolClient,
  run: Run,
  set: readonly Write[],
): Promise<SetOutcome> {
  let guard: string | undefined
  try {
    for (const write of set) {
      guard = write.exactlyOne
      const { rowCount } = await run(on, write.sql, write.parameters)
      if (write.exactlyOne !== undefined && rowCount !== (write.rows ?? 1))
        return { ok: false, lost: write.exactlyOne }
    }
    return { ok: true }
  } catch (error) {
    // A deadlock or a lost connection ends the transaction: the whole batch has to be decided anew.
    if (isConnectionFault(error) || isContention(error)) throw error
    return guard !== undefined && sqlState(error) === '23505'
      ? { ok: false, lost: guard }
      : { error: error as Error }
  }
}

async function rollback(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK')
    return undefined
  } catch (error) {
    return error as Error
  }
}

async function reachable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw isConnectionFault(error) ? new StorageUnavailable('PostgreSQL failed.', { cause: error }) : error
  }
}

/** Whether another transaction was in the way: deadlock, serialization failure or lock timeout. */
function isContention(error: unknown): boolean {
  return ['40P01', '40001', '55P03'].includes(sqlState(error))
}

/**
 * SQLSTATE classes 08 (connection), 53 (resources), 57 (operator intervention), 58 (system), 25006 (read only), or no
 * SQLSTATE at all.
 */
function isConnectionFault(error: unknown): boolean {
  const state = sqlState(error)
  return state === '' || /^(08|53|57|58)/.test(state) || state === '25006'
}

function sqlState(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const code = (error as { code?: unknown }).code
  return error instanceof pg.DatabaseError && typeof code === 'string' ? code : ''
}
