// For whom a database is: for people, or for whoever develops. A development server puts people with public passwords into
// its own, and has doors that a production server lacks: neither serves what is the other’s.
import type { Database } from '../platform/db/database.ts'
import { query, write } from '../platform/db/statement.ts'
import { seededPeople } from './seed.ts'
import type { Mode } from './settings.ts'

const name = 'served_as'
const read = query((db, _: Record<string, never>) =>
  db.selectFrom('meta').select('value').where('name', '=', name),
)
const insert = write((db, p: { mode: string }) =>
  db
    .insertInto('meta')
    .values({ name, value: p.mode })
    .onConflict((conflict) => conflict.column('name').doNothing()),
)
const anybody = query((db, _: Record<string, never>) => db.selectFrom('users').select('id').limit(1))
const ofSeed = query((db, _: Record<string, never>) =>
  db
    .selectFrom('users')
    .select('id')
    .where(
      'id',
      'in',
      seededPeople.map(({ username }) => `usr_${username}`),
    )
    .limit(1),
)

/** A database belongs to a server of the other kind; the message is a sentence for a person. */
export class ServedOtherwise extends Error {
  override readonly name = 'ServedOtherwise'
}

/** @throws ServedOtherwise where a server of the other kind serves it; changes nothing */
export async function refuseServedOtherwise(database: Database, mode: Mode): Promise<void> {
  const known = (await read.first(database, {}))?.value
  if (known === undefined || known === mode) return
  throw new ServedOtherwise(
    mode === 'development'
      ? 'A production server serves this database: people with public passwords have no place in it. Leave DATABASE_URL out, or name another one.'
      : 'This database was made by a development server: there are people with public passwords in it. Name another one by DATABASE_URL.',
  )
}

/** States for whom a new database is; one that has been stated stays. */
export async function stateServedAs(database: Database, mode: Mode): Promise<void> {
  await database.commit([insert(database, { mode })])
}

/**
 * Takes a database for a server of this kind, once and for all.
 *
 * @throws ServedOtherwise, also where somebody is in it whom no development server has put there, and one would seed it
 */
export async function serveAs(database: Database, mode: Mode): Promise<void> {
  const isKnown = (await read.first(database, {})) !== undefined
  if (mode === 'development' && !isKnown && (await isOfStrangers(database)))
    throw new ServedOtherwise(
      'There are people in this database whom no development server has put there: those with public passwords have no place among them. Leave DATABASE_URL out, or name another one.',
    )
  await stateServedAs(database, mode)
  await refuseServedOtherwise(database, mode)
}

async function isOfStrangers(database: Database): Promise<boolean> {
  return (await anybody.first(database, {})) !== undefined && (await ofSeed.first(database, {})) === undefined
}
