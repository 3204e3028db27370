// What a server remembers of what was: numbers that were given, who and what was brought from where, and what happened.
import type { Kysely } from 'kysely'
import { ourOwn } from '../../accounts/users/moved.store.ts'
import type { Database } from '../../platform/db/database.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query } from '../../platform/db/statement.ts'

const most = 500

const counters = query((db) => db.selectFrom('number_counters').select(['source', 'last']).orderBy('source'))

/** The last numbers that were given. */
export function allCounters(database: Database) {
  return counters.all(database, {})
}

const people = query((db, p: { source: string; id: string; count: number }) =>
  db
    .selectFrom('moved_users')
    .select(['source', 'foreign_id', 'user_id', 'digest', 'password_digest', 'moved_at'])
    .where('source', 'not in', ourOwn)
    .where((eb) => eb(eb.refTuple('source', 'foreign_id'), '>', eb.tuple(p.source, p.id)))
    .orderBy('source')
    .orderBy('foreign_id')
    .limit(p.count),
)
const things = query((db, p: { source: string; id: string; count: number }) =>
  db
    .selectFrom('moved_things')
    .select(['source', 'foreign_id', 'moved_at'])
    .where('source', 'not in', ourOwn)
    .where((eb) => eb(eb.refTuple('source', 'foreign_id'), '>', eb.tuple(p.source, p.id)))
    .orderBy('source')
    .orderBy('foreign_id')
    .limit(p.count),
)

/** Who was brought from other systems. */
export function movedPeopleAfter(database: Database, source: string, id: string) {
  return people.all(database, { source, id, count: most })
}

/** What was brought from other systems beside people. */
export function movedThingsAfter(database: Database, source: string, id: string) {
  return things.all(database, { source, id, count: most })
}

const events = (db: Kysely<Schema>, p: { after: string; count: number }) =>
  db
    .selectFrom('events')
    .select(['id', 'at', 'type', 'user_id', 'client_id', 'session_id', 'family_id', 'peer', 'detail'])
    .where('id', '>', p.after)
    .orderBy('id')
    .limit(p.count)
const everyEvent = query((db, p: { after: string; count: number }) => events(db, p))
const deletions = query((db, p: { after: string; count: number; since: number }) =>
  events(db, p).where('type', 'in', ['user.deleted', 'client.deleted']).where('at', '>', p.since),
)

/** Everything that happened, the first thing first. */
export function eventsAfter(database: Database, after: string) {
  return everyEvent.all(database, { after, count: most })
}

/** Who was deleted since: all that is left of them. */
export function deletionsAfter(database: Database, since: number, after: string) {
  return deletions.all(database, { after, since, count: most })
}
