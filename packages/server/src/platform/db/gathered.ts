// Many rows in few statements: for whoever writes thousands at once, and waits for a server with every statement.
import type { Write } from './engine.ts'
import { flat, type WriteSet } from './write-set.ts'

/** Rows of one statement: a power of two, so that few texts are compiled however many rows there are. */
const mostRows = 64

/** One row, every value of it a parameter, and nothing behind it that has one. */
const insertOfOneRow =
  /^(insert into "(\w+)" \([^()]*\) values )\(((?:\$\d+|\?)(?:, (?:\$\d+|\?))*)\)((?: on conflict [^$?]*)?)$/

/**
 * The same writes in fewer statements: rows that go into one table in one way go there together. Tables that others point
 * to are named first, in the order in which they need each other; all that is no such row is written between them and
 * the rest, as it was. A guard then means all of the rows.
 *
 * @param first names of tables whose rows come before everything else
 */
export function gathered(writes: WriteSet, first: readonly string[]): readonly Write[] {
  const early = new Map<string, Write[]>()
  const late = new Map<string, Write[]>()
  const between: Write[] = []
  for (const write of flat(writes)) {
    const [, , table = ''] = insertOfOneRow.exec(write.sql) ?? []
    if (table === '') {
      between.push(write)
      continue
    }
    const groups = first.includes(table) ? early : late
    const name = `${write.exactlyOne ?? ''} ${write.sql}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [write])
    else group.push(write)
  }
  const rank = ([, [write]]: [string, Write[]]): number =>
    first.indexOf(insertOfOneRow.exec(write?.sql ?? '')?.[2] ?? '')
  const ordered = [...early].sort((a, b) => rank(a) - rank(b))
  return [
    ...ordered.flatMap(([, group]) => together(group)),
    ...between,
    ...[...late.values()].flatMap(together),
  ]
}

function together(group: readonly Write[]): Write[] {
  const made: Write[] = []
  for (let at = 0; at < group.length; ) {
    const count = Math.min(mostRows, 2 ** Math.floor(Math.log2(group.length - at)))
    made.push(joined(group.slice(at, at + count)))
    at += count
  }
  return made
}

/** INVARIANT: all of them have one text. */
function joined(rows: readonly Write[]): Write {
  const [row] = rows
  const [, head, , places, tail = ''] = insertOfOneRow.exec(row?.sql ?? '') ?? []
  if (row === undefined || head === undefined || places === undefined) throw new TypeError('No row to join.')
  if (rows.length === 1) return row
  const width = row.parameters.length
  const isNumbered = places.startsWith('$')
  const values = rows.map((_, index) => {
    const own = Array.from({ length: width }, (_, column) =>
      isNumbered ? `$${index * width + column + 1}` : '?',
    )
    return `(${own.join(', ')})`
  })
  return {
    ...row,
    sql: `${head}${values.join(', ')}${tail}`,
    parameters: rows.flatMap(({ parameters }) => parameters),
    ...(row.exactlyOne !== undefined && { rows: rows.length }),
  }
}
