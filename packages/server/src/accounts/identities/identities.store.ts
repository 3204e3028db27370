// The store of identities: accounts elsewhere that sign a person in here. The key is (upstream, issuer, subject) and
// never an e-mail address (C16, FD-04).
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { IdentityRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Instant } from '../../platform/runtime.ts'
import { otherIdentities, otherPasskeys, passwordsWithName } from '../credentials/ways-in.store.ts'
import { lockUser } from '../users/users.store.ts'

/** A person at an upstream provider, linked to a user here. */
export interface Identity {
  readonly id: string
  readonly userId: string
  /** Name of the configured provider. */
  readonly upstream: string
  readonly issuer: string
  readonly subject: string
  /** What the provider calls the person; for showing alone. */
  readonly email: string | null
  readonly createdAt: Instant
}

const columns = [
  'identities.id',
  'identities.user_id',
  'identities.upstream',
  'identities.issuer',
  'identities.subject',
  'identities.email',
  'identities.created_at',
] as const

const bySubject = query((db, p: { upstream: string; issuer: string; subject: string }) =>
  db
    .selectFrom('identities')
    .select(columns)
    .where('upstream', '=', p.upstream)
    .where('issuer', '=', p.issuer)
    .where('subject', '=', p.subject),
)
const byUser = query((db, p: { user: string }) =>
  db
    .selectFrom('identities')
    .select(columns)
    .where('user_id', '=', p.user)
    .orderBy('created_at')
    .orderBy('id'),
)

/** The identity of a provider’s subject; null when it is linked to nobody. */
export async function identityBySubject(
  database: Database,
  key: Pick<Identity, 'upstream' | 'issuer' | 'subject'>,
): Promise<Identity | null> {
  const { upstream, issuer, subject } = key
  const row = await bySubject.first(database, { upstream, issuer, subject })
  return row === undefined ? null : identityOf(row)
}

/** A person's identities, the oldest first. */
export async function identitiesOf(database: Database, userId: string): Promise<Identity[]> {
  return (await byUser.all(database, { user: userId })).map(identityOf)
}

const insert = write(
  (
    db,
    p: {
      id: string
      user: string
      upstream: string
      issuer: string
      subject: string
      email: string | null
      now: number
    },
  ) =>
    db.insertInto('identities').values({
      id: p.id,
      user_id: p.user,
      upstream: p.upstream,
      issuer: p.issuer,
      subject: p.subject,
      email: p.email,
      created_at: p.now,
    }),
  { exactlyOne: 'identity' },
)

/** Links an identity to a user; loses `identity` when it is linked already, to whomever. */
export function linkIdentity(database: Database, identity: Identity): Write {
  return insert(database, {
    id: identity.id,
    user: identity.userId,
    upstream: identity.upstream,
    issuer: identity.issuer,
    subject: identity.subject,
    email: identity.email,
    now: identity.createdAt,
  })
}

const stands = write(
  (db, p: { upstream: string; issuer: string; subject: string; user: string }) =>
    db
      .updateTable('identities')
      .set((eb) => ({ user_id: eb.ref('user_id') }))
      .where('upstream', '=', p.upstream)
      .where('issuer', '=', p.issuer)
      .where('subject', '=', p.subject)
      .where('user_id', '=', p.user),
  { exactlyOne: 'identity' },
)

/** Changes nothing; loses `identity` when it is not (any more) this user's by the time of the commit. */
export function identityStands(
  database: Database,
  { upstream, issuer, subject }: Pick<Identity, 'upstream' | 'issuer' | 'subject'>,
  userId: string,
): Write {
  return stands(database, { upstream, issuer, subject, user: userId })
}

const removeUnlessLast = write(
  (db, p: { id: string; user: string; domain: string }) =>
    db
      .deleteFrom('identities')
      .where('id', '=', p.id)
      .where('user_id', '=', p.user)
      .where((eb) =>
        eb.or([
          eb.exists(passwordsWithName(db, p.user)),
          eb.exists(otherIdentities(db, p.user, p.id)),
          eb.exists(otherPasskeys(db, p.user, p.domain, '')),
        ]),
      ),
  { exactlyOne: 'identity' },
)
const removeAll = write((db, p: { user: string }) =>
  db.deleteFrom('identities').where('user_id', '=', p.user),
)

/**
 * Unlinks one of a user's identities. INVARIANT: never the last way in, however many are unlinked at once; loses
 * `identity` then, and when it isn't this user's.
 *
 * @param domain that passkeys are bound to here (`Issuer.domain`)
 */
export function unlinkIdentity(
  database: Database,
  now: Instant,
  userId: string,
  id: string,
  domain: string | null,
): WriteSet {
  return [
    lockUser(database, now, userId),
    removeUnlessLast(database, { id, user: userId, domain: domain ?? '' }),
  ]
}

/** Unlinks everything of a user. */
export function deleteIdentityRows(database: Database, userId: string): Write {
  return removeAll(database, { user: userId })
}

function identityOf(row: IdentityRow): Identity {
  return {
    id: row.id,
    userId: row.user_id,
    upstream: row.upstream,
    issuer: row.issuer,
    subject: row.subject,
    email: row.email,
    createdAt: row.created_at as Instant,
  }
}
