// The secret that names of people are made with. One for the life of a database, sealed by the vault: a server secret may
// be replaced without anybody's name changing.
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Platform } from '../../platform/platform.ts'

const place = 'meta/subject_secret'

const read = query((db, _: Record<string, never>) =>
  db.selectFrom('meta').select('value').where('name', '=', 'subject_secret'),
)
const insert = write((db, p: { value: string }) =>
  db
    .insertInto('meta')
    .values({ name: 'subject_secret', value: p.value })
    .onConflict((conflict) => conflict.column('name').doNothing()),
)
const replace = write((db, p: { value: string; before: string }) =>
  db
    .updateTable('meta')
    .set({ value: p.value })
    .where('name', '=', 'subject_secret')
    .where('value', '=', p.before),
)

type Shelf = Pick<Platform, 'database' | 'vault' | 'runtime'>

/** The secret, made at the first need. INVARIANT: the same for whoever asks, also when several ask first at once. */
export async function subjectSecret({ database, vault, runtime }: Shelf): Promise<string> {
  const known = (await read.first(database, {}))?.value
  if (known !== undefined) return vault.open(place, known)
  await database.commit([insert(database, { value: vault.seal(place, runtime.secret()) })])
  const kept = (await read.first(database, {}))?.value
  if (kept === undefined) throw new Error('The secret of subjects was not kept.')
  return vault.open(place, kept)
}

/** Seals the secret under the newest server secret, where it is sealed under an older one. */
export async function resealSubjectSecret({ database, vault }: Shelf): Promise<void> {
  const before = (await read.first(database, {}))?.value
  if (before === undefined || !vault.isStale(before)) return
  await database.commit([replace(database, { before, value: vault.seal(place, vault.open(place, before)) })])
}

/** The secret in the clear, for whoever takes people elsewhere; null where nobody has needed one yet. */
export async function revealSubjectSecret({ database, vault }: Shelf): Promise<string | null> {
  const kept = (await read.first(database, {}))?.value
  return kept === undefined ? null : vault.open(place, kept)
}

/** Keeps the secret of another server, so that people keep their names; does nothing where there is one. */
export function adoptSubjectSecret({ database, vault }: Shelf, secret: string): Write {
  return insert(database, { value: vault.seal(place, secret) })
}
