// The engine for many workers and machines: PostgreSQL through `pg`. Statements are prepared once per connection;
// a batch of write sets is one transaction with a savepoint each.
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

/** An arbitrary constant that names our migration lock among the database's advisory locks. */
const migrationLock = 4_400_440_044

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    // int8: times and counters, all far below 2^53.
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format as 'text'),
}

/** @param url `postgres://…`; @param poolSize connections this process may hold. */
export function openPostgres(url: string, poolSize = 10): Engine {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 3000,
    statement_timeout: 3000,
    lock_timeout: 1000,
    idle_in_transaction_session_timeout: 10_000,
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
  const run = async (on: pg.Pool | pg.PoolClient, sql: string, values: readonly SqlValue[]) =>
    on.query({ name: named(sql), text: sql, values: [...values] })

  return {
    dialect: 'postgres',
    lanes: 4,
    isContention,
    read: async (sql, parameters) => (await reachable(run(pool, sql, parameters))).rows as Row[],
    apply: (sets) =>
      inTransaction(pool, async (client) => {
        if (!isDurable(sets)) await reachable(client.query('SET LOCAL synchronous_commit = off'))
        const outcomes: SetOutcome[] = []
        for (const set of sets) outcomes.push(await reachable(applySet(client, run, set)))
        return outcomes
      }),
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

async function applySet(
  client: pg.PoolClient,
  run: (on: pg.PoolClient, sql: string, values: readonly SqlValue[]) => Promise<pg.QueryResult>,
  set: readonly Write[],
): Promise<SetOutcome> {
  await client.query('SAVEPOINT one')
  let outcome: SetOutcome = { ok: true }
  let guard: string | undefined
  try {
    for (const write of set) {
      guard = write.exactlyOne
      const { rowCount } = await run(client, write.sql, write.parameters)
      if (write.exactlyOne !== undefined && rowCount !== (write.rows ?? 1)) {
        outcome = { ok: false, lost: write.exactlyOne }
        break
      }
    }
  } catch (error) {
    // A deadlock or a lost connection ends the transaction: the whole batch has to be decided anew.
    if (isConnectionFault(error) || isContention(error)) throw error
    outcome =
      guard !== undefined && sqlState(error) === '23505'
        ? { ok: false, lost: guard }
        : { error: error as Error }
  }
  if (!('ok' in outcome && outcome.ok)) await client.query('ROLLBACK TO SAVEPOINT one')
  await client.query('RELEASE SAVEPOINT one')
  return outcome
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

/** SQLSTATE classes 08 (connection), 53 (resources), 57 (operator intervention), 58 (system), 25006 (read only), or no SQLSTATE at all. */
function isConnectionFault(error: unknown): boolean {
  const state = sqlState(error)
  return state === '' || /^(08|53|57|58)/.test(state) || state === '25006'
}

function sqlState(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const code = (error as { code?: unknown }).code
  return error instanceof pg.DatabaseError && typeof code === 'string' ? code : ''
}
