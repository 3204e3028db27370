// Who was brought from where: the id that they had there, and digests of what was read.
import { digest } from '@countersign/protocol'
import type { Database } from '../../platform/db/database.ts'
import { ours } from '../../platform/db/ended.ts'
import type { Write } from '../../platform/db/engine.ts'
import { filling, listLength, places } from '../../platform/db/listed.ts'
import { query, write } from '../../platform/db/statement.ts'

/** A person who was brought before. */
export interface Moved {
  readonly userId: string
  readonly digest: string
  /** Of their hash as it was there; null where none was taken. */
  readonly passwordDigest: string | null
  readonly movedAt: number
}

const byId = query((db, p: { source: string; id: string }) =>
  db
    .selectFrom('moved_users')
    .select(['user_id', 'digest', 'password_digest', 'moved_at'])
    .where('source', '=', p.source)
    .where('foreign_id', '=', p.id),
)

/** Who a person of another system became here; null for those who were not brought yet. */
export async function movedById(database: Database, source: string, id: string): Promise<Moved | null> {
  const row = await byId.first(database, { source, id })
  if (row === undefined) return null
  const { user_id: userId, digest, password_digest: passwordDigest, moved_at: movedAt } = row
  return { userId, digest, passwordDigest, movedAt }
}

const byUser = query((db, p: { user: string }) =>
  db.selectFrom('moved_users').select('user_id').where('user_id', '=', p.user).limit(1),
)

/** Whether somebody was brought from another system. */
export async function wasMoved(database: Database, userId: string): Promise<boolean> {
  return (await byUser.first(database, { user: userId })) !== undefined
}

const ofUser = query((db, p: { source: string; user: string }) =>
  db
    .selectFrom('moved_users')
    .select('foreign_id')
    .where('source', '=', p.source)
    .where('user_id', '=', p.user),
)

/** What another system calls a person who was brought from there; null for who was not. */
export async function foreignIdOf(
  database: Database,
  source: string,
  userId: string,
): Promise<string | null> {
  return (await ofUser.first(database, { source, user: userId }))?.foreign_id ?? null
}

const put = write(
  (
    db,
    p: {
      source: string
      id: string
      user: string
      digest: string
      password: string | null
      now: number
    },
  ) =>
    db
      .insertInto('moved_users')
      .values({
        source: p.source,
        foreign_id: p.id,
        user_id: p.user,
        digest: p.digest,
        password_digest: p.password,
        moved_at: p.now,
      })
      .onConflict((conflict) =>
        conflict.columns(['source', 'foreign_id']).doUpdateSet((eb) => ({
          digest: eb.ref('excluded.digest'),
          password_digest: eb.ref('excluded.password_digest'),
          moved_at: eb.ref('excluded.moved_at'),
        })),
      ),
)

const putFirst = write(
  (db, p: { source: string; id: string; user: string; now: number }) =>
    db
      .insertInto('moved_users')
      .values({
        source: p.source,
        foreign_id: p.id,
        user_id: p.user,
        digest: '',
        password_digest: null,
        moved_at: p.now,
      })
      .onConflict((conflict) => conflict.doNothing()),
  { exactlyOne: 'moved' },
)

/** Remembers who somebody of another system becomes. INVARIANT: guarded by `moved`: one person there is one person here. */
export function rememberFirst(
  database: Database,
  source: string,
  id: string,
  { userId, movedAt }: Pick<Moved, 'userId' | 'movedAt'>,
): Write {
  return putFirst(database, { source, id, user: userId, now: movedAt })
}

const thing = query((db, p: { source: string; id: string }) =>
  db
    .selectFrom('moved_things')
    .select('moved_at')
    .where('source', '=', p.source)
    .where('foreign_id', '=', p.id),
)
const putThing = write((db, p: { source: string; id: string; now: number }) =>
  db
    .insertInto('moved_things')
    .values({ source: p.source, foreign_id: p.id, moved_at: p.now })
    .onConflict((conflict) => conflict.doNothing()),
)

/** Whether something beside people was brought before, be it here still or not. @param id says what it is too, as `client 7` */
export async function isThingMoved(database: Database, source: string, id: string): Promise<boolean> {
  return (await thing.first(database, { source, id })) !== undefined
}

/** Remembers that something was brought, so that it does not come back once it is ended here. */
export function rememberThing(database: Database, source: string, id: string, now: number): Write {
  return putThing(database, { source, id, now })
}

/** Every source that is a server of this kind: whoever came from there comes from here from now on. */
export const ourOwn: readonly string[] = [ours, `${ours} key`]

const goneHere = write((db, p: { user: string; now: number }) =>
  db
    .insertInto('moved_users')
    .values({
      source: ours,
      foreign_id: p.user,
      user_id: p.user,
      digest: '',
      password_digest: null,
      moved_at: p.now,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** Remembers that somebody was deleted here, so that no export from before brings them back. */
export function rememberGone(database: Database, userId: string, now: number): Write {
  return goneHere(database, { user: userId, now })
}

/** As a source of things: what was taken from people here. It moves along with them. */
const here = 'here'
const taken = query((db, p: Record<string, string> & { source: string }) =>
  db
    .selectFrom('moved_things')
    .select('foreign_id')
    .where('source', '=', p.source)
    .where('foreign_id', 'in', places(p)),
)

/**
 * Remembers that something was taken from a person here, so that no import gives it to them again.
 *
 * @param thing such as `role editors`
 */
export function rememberTaken(database: Database, userId: string, thing: string, now: number): Write {
  return putThing(database, { source: here, id: `${userId} ${thing}`, now })
}

/**
 * What an account elsewhere is called where it is taken: by digest, for issuers and subjects may be longer than an
 * index holds.
 */
export function identityThing({ upstream, issuer, subject }: IdentityNames): string {
  return `identity ${digest(JSON.stringify([upstream, issuer, subject]))}`
}

interface IdentityNames {
  readonly upstream: string
  readonly issuer: string
  readonly subject: string
}

/** What a role is called where it is taken. */
export function roleThing(role: string): string {
  return `role ${role}`
}

/** What of this was taken from people here. @param wanted as in `rememberTaken` */
export async function takenFrom(
  database: Database,
  wanted: readonly { readonly userId: string; readonly thing: string }[],
): Promise<(userId: string, thing: string) => boolean> {
  const found = new Set<string>()
  const ids = [...new Set(wanted.map(({ userId, thing: name }) => `${userId} ${name}`))]
  for (let from = 0; from < ids.length; from += listLength) {
    const values = filling(ids.slice(from, from + listLength))
    if (values === null) break
    for (const { foreign_id } of await taken.all(database, { ...values, source: here })) found.add(foreign_id)
  }
  return (userId, name) => found.has(`${userId} ${name}`)
}

const forget = write((db, p: { user: string }) =>
  db.updateTable('moved_users').set({ digest: '', password_digest: null }).where('user_id', '=', p.user),
)

/** Forgets what was read of a person who is deleted; that they were here stays known, so that nobody brings them again. */
export function forgetMoved(database: Database, userId: string): Write {
  return forget(database, { user: userId })
}

/** Remembers what was read of a person. */
export function rememberMoved(database: Database, source: string, id: string, moved: Moved): Write {
  const { userId, digest, passwordDigest, movedAt } = moved
  return put(database, { source, id, user: userId, digest, password: passwordDigest, now: movedAt })
}
