// Django's UUIDs in a database that has no type for them: 32 digits without dashes in a column `char(32)` there, which no
// other field of Django makes, and with dashes wherever Django shows them, as in the tokens of whom they name.
import type { ForeignRow } from '../../../platform/db/foreign-rows.ts'
import type { Tables } from './belonging.ts'

/** These tables, with each UUID as Django shows it. */
export function withDashes(tables: Tables): Tables {
  const known = new Map<string, Promise<readonly string[]>>()
  const bare = (table: string): Promise<readonly string[]> => {
    const names = known.get(table) ?? bareColumns(tables, table)
    known.set(table, names)
    return names
  }
  return {
    ...tables,
    rows: async function* (table, key) {
      const columns = await bare(table)
      for await (const row of tables.rows(table, key)) yield dashed(row, columns)
    },
    matching: async (table, column, values) => {
      const columns = await bare(table)
      const stored = columns.includes(column) ? values.map((value) => value.replaceAll('-', '')) : values
      return (await tables.matching(table, column, stored)).map((row) => dashed(row, columns))
    },
  }
}

async function bareColumns(tables: Tables, table: string): Promise<readonly string[]> {
  return [...(await tables.columns(table))].filter(([, type]) => type === 'char(32)').map(([name]) => name)
}

function dashed(row: ForeignRow, columns: readonly string[]): ForeignRow {
  if (columns.length === 0) return row
  return { ...row, ...Object.fromEntries(columns.map((name) => [name, uuidOf(row[name])])) }
}

function uuidOf(value: unknown): unknown {
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(String(value))
  return parts === null ? value : parts.slice(1).join('-')
}
