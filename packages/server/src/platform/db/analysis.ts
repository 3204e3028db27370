// What PostgreSQL knows about tables that grow from nothing to a million rows within minutes. Its plans are made once for
// each connection: one that was made for an empty table reads all of it, for as long as nobody counts again.
import type { Database } from './database.ts'
import type { Write } from './engine.ts'

/** The writes that have tables counted again; none where the engine needs no such thing. */
export function analysis({ dialect }: Pick<Database, 'dialect'>, tables: readonly string[]): Write[] {
  return dialect === 'postgres' ? tables.map((table) => ({ sql: `analyze "${table}"`, parameters: [] })) : []
}
