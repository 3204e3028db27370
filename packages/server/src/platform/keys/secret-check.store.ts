// One sealed word in the database tells whether this server holds the secret that the rest was sealed with. A server
// with the wrong one must not start: it would mint new keys beside unreadable ones (SC-03).
import { query, write } from '../db/statement.ts'
import type { Platform } from '../platform.ts'
import { SealBroken } from './vault.ts'

const place = 'meta/secret_check'
const word = 'countersign'

const read = query((db, _: Record<string, never>) =>
  db.selectFrom('meta').select('value').where('name', '=', 'secret_check'),
)
const insert = write((db, p: { value: string }) =>
  db
    .insertInto('meta')
    .values({ name: 'secret_check', value: p.value })
    .onConflict((conflict) => conflict.column('name').doNothing()),
)
const replace = write((db, p: { value: string }) =>
  db.updateTable('meta').set({ value: p.value }).where('name', '=', 'secret_check'),
)

/** The configured secret is not the one that this database was written with. */
export class WrongSecret extends Error {
  override readonly name = 'WrongSecret'
}

/** Leaves the word on a new database, checks it on a known one. @throws WrongSecret */
export async function checkSecret(platform: Pick<Platform, 'database' | 'vault'>): Promise<void> {
  const { database, vault } = platform
  const sealed = (await read.first(database, {}))?.value
  if (sealed === undefined) {
    await database.commit([insert(database, { value: vault.seal(place, word) })])
    return
  }
  try {
    vault.open(place, sealed)
  } catch (error) {
    if (!(error instanceof SealBroken)) throw error
    throw new WrongSecret('COUNTERSIGN_SECRET is not the secret that this database was written with.', {
      cause: error,
    })
  }
  if (vault.isStale(sealed)) await database.commit([replace(database, { value: vault.seal(place, word) })])
}
