// Hot statements: built with Kysely once per dialect, then only given values. Compiling a query costs more than
// running it on the embedded engine, so every store states its SQL this way.
import type { Compilable, Kysely } from 'kysely'
import type { Database } from './database.ts'
import type { SqlValue, Write } from './engine.ts'
import type { Schema } from './schema.ts'

type Values = Record<string, SqlValue>

/** Stands in a compiled statement for a value that is known only when it runs. */
class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

interface Compiled {
  readonly sql: string
  readonly parameters: readonly (SqlValue | Slot)[]
}

/** A read that was compiled once. `first` gives the first row or undefined; `all` every row, in the query's order. */
export interface Query<P, R> {
  first(database: Database, values: P): Promise<R | undefined>
  all(database: Database, values: P): Promise<R[]>
}

/** States a read. `values` inside `build` are placeholders: they may be compared with and inserted, not looked at. */
export function query<P extends Values, R>(
  build: (db: Kysely<Schema>, values: P) => Compilable<R>,
): Query<P, R> {
  const compile = compiledOnce(build)
  const all = async (database: Database, values: P): Promise<R[]> => {
    const { sql, parameters } = compile(database)
    return (await database.read(sql, filled(parameters, values))) as R[]
  }
  return { all, first: async (database, values) => (await all(database, values))[0] }
}

/** States a write; calling the result makes a `Write` value and touches nothing. */
export function write<P extends Values>(
  build: (db: Kysely<Schema>, values: P) => Compilable,
  options: Pick<Write, 'exactlyOne' | 'mayBeLost'> = {},
): (database: Database, values: P) => Write {
  const compile = compiledOnce(build)
  return (database, values) => {
    const { sql, parameters } = compile(database)
    return { sql, parameters: filled(parameters, values), ...options }
  }
}

function compiledOnce<P extends Values>(
  build: (db: Kysely<Schema>, values: P) => Compilable,
): (database: Database) => Compiled {
  const perDialect = new Map<Database['dialect'], Compiled>()
  return (database) => {
    let compiled = perDialect.get(database.dialect)
    if (compiled === undefined) {
      const slots = new Proxy({}, { get: (_, name) => new Slot(String(name)) }) as P
      const { sql, parameters } = build(database.builder, slots).compile()
      compiled = { sql, parameters: parameters as readonly (SqlValue | Slot)[] }
      perDialect.set(database.dialect, compiled)
    }
    return compiled
  }
}

function filled(parameters: readonly (SqlValue | Slot)[], values: Values): SqlValue[] {
  return parameters.map((parameter) => {
    if (!(parameter instanceof Slot)) return parameter
    const value = values[parameter.name]
    if (value === undefined) throw new TypeError(`The statement needs a value for “${parameter.name}”.`)
    return value
  })
}
