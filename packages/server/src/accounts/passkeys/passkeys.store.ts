// The store of passkeys. A credential id belongs to one person for good (MF-10), and whatever changes a passkey names its
// person too, so that nobody reaches somebody else's.
import type { Kysely } from 'kysely'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { PasskeyRow, Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Instant } from '../../platform/runtime.ts'
import { otherIdentities, otherPasskeys, passwordsWithName } from '../credentials/ways-in.store.ts'
import { joinedUser, joinedUserOf, lockUser, takeTurn, turnOf, type User } from '../users/users.store.ts'

/** A public key that signs a person in. */
export interface Passkey {
  /** `psk_…`, by which pages and operators name it. */
  readonly id: string
  readonly userId: string
  /** What the authenticator calls it: base64url, 1 to 1023 bytes. */
  readonly credentialId: string
  /** What the authenticator calls the person: base64url; null where a system before this one didn't tell. */
  readonly userHandle: string | null
  /** The domain that it was made for; it works for no other. */
  readonly rpId: string
  /** The public key as a COSE_Key (RFC 9052 §7). */
  readonly publicKey: Uint8Array<ArrayBuffer>
  /** As the authenticator counted when it signed last; 0 for the many that don't count. */
  readonly signCount: number
  /** How browsers may reach it: `internal`, `hybrid`, `usb`, … */
  readonly transports: readonly string[]
  /** Whether it can be copied to the person's other devices; null where nobody has said. */
  readonly backupEligible: boolean | null
  readonly backedUp: boolean | null
  /** Whether its authenticator has verified the person (by PIN, finger or face), and not just felt a touch. */
  readonly userVerified: boolean
  /** As its person calls it. */
  readonly name: string
  readonly createdAt: Instant
  readonly lastUsedAt: Instant | null
}

const columns = [
  'passkeys.id',
  'passkeys.credential_id',
  'passkeys.user_id',
  'passkeys.user_handle',
  'passkeys.rp_id',
  'passkeys.public_key',
  'passkeys.sign_count',
  'passkeys.transports',
  'passkeys.backup_eligible',
  'passkeys.backed_up',
  'passkeys.user_verified',
  'passkeys.name',
  'passkeys.created_at',
  'passkeys.last_used_at',
] as const

const byCredential = query((db, p: { credential: string }) =>
  db
    .selectFrom('passkeys')
    .innerJoin('users', 'users.id', 'passkeys.user_id')
    .select([...columns, ...joinedUser])
    .where('passkeys.credential_id', '=', p.credential),
)
const byUser = query((db, p: { user: string }) =>
  db.selectFrom('passkeys').select(columns).where('user_id', '=', p.user).orderBy('created_at').orderBy('id'),
)

/** The passkey of this credential id and whose it is, disabled or not; null when nobody has it. */
export async function passkeyByCredential(
  database: Database,
  credentialId: string,
): Promise<{ readonly passkey: Passkey; readonly user: User } | null> {
  const row = await byCredential.first(database, { credential: credentialId })
  return row === undefined ? null : { passkey: passkeyOf(row), user: joinedUserOf(row) }
}

/** A person's passkeys, the oldest first. */
export async function passkeysOf(database: Database, userId: string): Promise<Passkey[]> {
  return (await byUser.all(database, { user: userId })).map(passkeyOf)
}

const insert = write(
  (
    db,
    p: {
      id: string
      credential: string
      user: string
      handle: string | null
      rp: string
      key: string
      count: number
      transports: string
      eligible: number | null
      backedUp: number | null
      verified: number
      name: string
      now: number
      used: number | null
    },
  ) =>
    db.insertInto('passkeys').values({
      id: p.id,
      credential_id: p.credential,
      user_id: p.user,
      user_handle: p.handle,
      rp_id: p.rp,
      public_key: p.key,
      sign_count: p.count,
      transports: p.transports,
      backup_eligible: p.eligible,
      backed_up: p.backedUp,
      user_verified: p.verified,
      name: p.name,
      created_at: p.now,
      last_used_at: p.used,
    }),
  { exactlyOne: 'passkey' },
)

/** Adds a passkey; loses `passkey` when somebody, whoever, has this credential id already. */
export function insertPasskey(database: Database, passkey: Passkey): Write {
  return insert(database, {
    id: passkey.id,
    credential: passkey.credentialId,
    user: passkey.userId,
    handle: passkey.userHandle,
    rp: passkey.rpId,
    key: Buffer.from(passkey.publicKey).toString('base64url'),
    count: passkey.signCount,
    transports: JSON.stringify(passkey.transports),
    eligible: numberOf(passkey.backupEligible),
    backedUp: numberOf(passkey.backedUp),
    verified: passkey.userVerified ? 1 : 0,
    name: passkey.name,
    now: passkey.createdAt,
    used: passkey.lastUsedAt,
  })
}

const use = write(
  (
    db,
    p: {
      id: string
      user: string
      count: number
      eligible: number
      backedUp: number
      verified: number
      now: number
    },
  ) =>
    db
      .updateTable('passkeys')
      .set((eb) => ({
        sign_count: p.count,
        backup_eligible: p.eligible,
        backed_up: p.backedUp,
        user_verified: eb
          .case()
          .when('user_verified', '=', 1)
          .then(eb.ref('user_verified'))
          .else(eb.cast<number>(eb.val(p.verified), 'integer'))
          .end(),
        last_used_at: p.now,
      }))
      .where('id', '=', p.id)
      .where('user_id', '=', p.user)
      .where('sign_count', '<=', p.count)
      .where((eb) => eb.or([eb('sign_count', '<', p.count), eb('sign_count', '=', 0)])),
  { exactlyOne: 'signature' },
)

/** What an authenticator has said of itself together with its signature. */
export interface PasskeyUse {
  readonly signCount: number
  readonly backupEligible: boolean
  readonly backedUp: boolean
  readonly userVerified: boolean
}

/**
 * Remembers that a passkey has signed. Loses `signature` when it is gone, or when its count is not above that of the last
 * time, where anything was counted at all (WebAuthn §7.2: two authenticators may hold the key).
 */
export function passkeyUsed(
  database: Database,
  now: Instant,
  { id, userId }: Pick<Passkey, 'id' | 'userId'>,
  seen: PasskeyUse,
): Write {
  return use(database, {
    id,
    user: userId,
    count: seen.signCount,
    eligible: seen.backupEligible ? 1 : 0,
    backedUp: seen.backedUp ? 1 : 0,
    verified: seen.userVerified ? 1 : 0,
    now,
  })
}

const rename = write(
  (db, p: { id: string; user: string; name: string }) =>
    db.updateTable('passkeys').set({ name: p.name }).where('id', '=', p.id).where('user_id', '=', p.user),
  { exactlyOne: 'passkey' },
)
const removeUnlessLast = write(
  (db, p: { id: string; user: string; domain: string }) =>
    db
      .deleteFrom('passkeys')
      .where('id', '=', p.id)
      .where('user_id', '=', p.user)
      .where((eb) =>
        eb.or([
          // One that opens nothing here was no way in.
          eb('rp_id', '<>', p.domain),
          eb.exists(passwordsWithName(db, p.user)),
          eb.exists(otherIdentities(db, p.user, '')),
          eb.exists(otherPasskeys(db, p.user, p.domain, p.id)),
        ]),
      ),
  { exactlyOne: 'passkey' },
)
const remove = write(
  (db, p: { id: string; user: string }) =>
    db.deleteFrom('passkeys').where('id', '=', p.id).where('user_id', '=', p.user),
  { exactlyOne: 'passkey' },
)
const removeAll = write((db, p: { user: string }) => db.deleteFrom('passkeys').where('user_id', '=', p.user))

/** Loses `passkey` when it isn't this user's. */
export function renamePasskey(database: Database, userId: string, id: string, name: string): Write {
  return rename(database, { id, user: userId, name })
}

/**
 * Takes away one of a user's passkeys. INVARIANT: never the last way in, however many are taken away at once; loses
 * `passkey` then, and when it isn't this user's.
 *
 * @param domain that passkeys are bound to here (`Issuer.domain`)
 */
export function removePasskey(
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

const withFactor = write(
  (db, p: { user: string; domain: string }) =>
    turnOf(db, p.user).where((eb) => eb.exists(factorsBeside(db, p.user, p.domain))),
  { exactlyOne: 'second factor' },
)
const withoutFactor = write(
  (db, p: { user: string; domain: string }) =>
    turnOf(db, p.user).where((eb) => eb.not(eb.exists(factorsBeside(db, p.user, p.domain)))),
  { exactlyOne: 'second factor' },
)

/** An authenticator application, or a passkey that works here. */
function factorsBeside(db: Kysely<Schema>, userId: string, domain: string) {
  return db
    .selectFrom('users as whose')
    .leftJoin('totp_factors', 'totp_factors.user_id', 'whose.id')
    .leftJoin('passkeys as held', (join) =>
      join.onRef('held.user_id', '=', 'whose.id').on('held.rp_id', '=', domain),
    )
    .select('whose.id')
    .where('whose.id', '=', userId)
    .where((eb) => eb.or([eb('totp_factors.id', 'is not', null), eb('held.id', 'is not', null)]))
}

/** Changes nothing; loses `second factor` when the person has none (any more) by then. @param domain of passkeys here */
export function keepsFactor(database: Database, userId: string, domain: string): WriteSet {
  return [takeTurn(database, userId), withFactor(database, { user: userId, domain })]
}

/**
 * For whoever sets up their first second factor: loses `second factor` when the person has one by then, of whatever kind.
 *
 * @param domain that passkeys are bound to here (`Issuer.domain`)
 */
export function hasNoFactorYet(database: Database, userId: string, domain: string | null): WriteSet {
  return [takeTurn(database, userId), withoutFactor(database, { user: userId, domain: domain ?? '' })]
}

/** Takes it away, the last way in or not: for operators. Loses `passkey` when it isn't this user's. */
export function dropPasskey(database: Database, userId: string, id: string): Write {
  return remove(database, { id, user: userId })
}

/** Deletes every passkey of a user. */
export function deletePasskeyRows(database: Database, userId: string): Write {
  return removeAll(database, { user: userId })
}

function passkeyOf(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    userId: row.user_id,
    credentialId: row.credential_id,
    userHandle: row.user_handle,
    rpId: row.rp_id,
    publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64url')),
    signCount: row.sign_count,
    transports: JSON.parse(row.transports) as string[],
    backupEligible: truthOf(row.backup_eligible),
    backedUp: truthOf(row.backed_up),
    userVerified: row.user_verified === 1,
    name: row.name,
    createdAt: row.created_at as Instant,
    lastUsedAt: row.last_used_at as Instant | null,
  }
}

function numberOf(truth: boolean | null): number | null {
  return truth === null ? null : Number(truth)
}

function truthOf(number: number | null): boolean | null {
  return number === null ? null : number === 1
}
