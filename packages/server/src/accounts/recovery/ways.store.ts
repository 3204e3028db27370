// What opens or guards an account beside its password: what a link to a mailbox that nobody has proven must not undo.
import type { Kysely } from 'kysely'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import { takeTurn, turnOf } from '../users/users.store.ts'

/** A way in, or a second factor, beside the password. */
export type OtherWay =
  /** `upstream` is the id of the provider. */
  { readonly kind: 'identity'; readonly upstream: string } | { readonly kind: 'passkey' | 'authenticator' }

const identities = (db: Kysely<Schema>, user: string) =>
  db.selectFrom('identities').select('upstream as name').where('user_id', '=', user)
const passkeys = (db: Kysely<Schema>, user: string) =>
  db.selectFrom('passkeys').select('id as name').where('user_id', '=', user)
const authenticators = (db: Kysely<Schema>, user: string) =>
  db.selectFrom('totp_factors').select('id as name').where('user_id', '=', user)

const linked = query((db, p: { user: string }) => identities(db, p.user).distinct().orderBy('name'))
const kept = query((db, p: { user: string }) => passkeys(db, p.user).limit(1))
const enrolled = query((db, p: { user: string }) => authenticators(db, p.user).limit(1))

/** Everything beside the password, each kind of it once. */
export async function otherWaysOf(database: Database, userId: string): Promise<readonly OtherWay[]> {
  const [upstreams, keys, factors] = await Promise.all([
    linked.all(database, { user: userId }),
    kept.all(database, { user: userId }),
    enrolled.all(database, { user: userId }),
  ])
  return [
    ...upstreams.map(({ name }) => ({ kind: 'identity', upstream: name }) as const),
    ...keys.map(() => ({ kind: 'passkey' }) as const),
    ...factors.map(() => ({ kind: 'authenticator' }) as const),
  ]
}

const none = write(
  (db, p: { user: string }) =>
    turnOf(db, p.user).where((eb) =>
      eb.not(
        eb.or([
          eb.exists(identities(db, p.user)),
          eb.exists(passkeys(db, p.user)),
          eb.exists(authenticators(db, p.user)),
        ]),
      ),
    ),
  { exactlyOne: 'ways' },
)

/** Changes nothing; loses `ways` when there is one by the time of the commit. */
export function hasNoOtherWay(database: Database, userId: string): WriteSet {
  return [takeTurn(database, userId), none(database, { user: userId })]
}

const forget = write((db, p: { user: string }) => db.deleteFrom('consents').where('user_id', '=', p.user))

/**
 * Forgets what the account agreed to for applications: whoever did so may have been another than who proves its address
 * now, and an application of theirs would be let in silently.
 */
export function forgetAgreements(database: Database, userId: string): Write {
  return forget(database, { user: userId })
}
