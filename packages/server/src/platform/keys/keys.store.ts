// Rows of the signing keys.
import { sql } from 'kysely'
import type { Database, WriteSet } from '../db/database.ts'
import { rememberEach } from '../db/ended.ts'
import type { Write } from '../db/engine.ts'
import { query, write } from '../db/statement.ts'

/** A signing key as it lies in the table. */
export interface StoredKey {
  readonly kid: string
  readonly alg: string
  /** The public JWK as JSON. */
  readonly publicJwk: string
  /** The private JWK as JSON, sealed at `signing_keys/<kid>/private_jwk`. */
  readonly sealedPrivateJwk: string
  readonly createdAt: number
  readonly activeFrom: number
  /** When it leaves the JWKS; null while no successor has been made. */
  readonly publishedUntil: number | null
}

const columns = [
  'signing_keys.kid',
  'signing_keys.alg',
  'signing_keys.public_jwk',
  'signing_keys.sealed_private_jwk',
  'signing_keys.created_at',
  'signing_keys.active_from',
  'signing_keys.published_until',
] as const

const all = query((db, _: Record<string, never>) =>
  db.selectFrom('signing_keys').select(columns).orderBy('active_from').orderBy('kid'),
)

const insert = write(
  (
    db,
    p: { kid: string; alg: string; publicJwk: string; sealed: string; createdAt: number; activeFrom: number },
  ) =>
    db.insertInto('signing_keys').values({
      kid: p.kid,
      alg: p.alg,
      public_jwk: p.publicJwk,
      sealed_private_jwk: p.sealed,
      created_at: p.createdAt,
      active_from: p.activeFrom,
    }),
)

const unpublish = write((db, p: { alg: string; kid: string; until: number }) =>
  db
    .updateTable('signing_keys')
    .set({ published_until: p.until })
    .where('alg', '=', p.alg)
    .where('kid', '!=', p.kid)
    .where('published_until', 'is', null),
)

/** Every key ever made that was not deleted, oldest first. */
export async function allKeys(database: Database): Promise<StoredKey[]> {
  const rows = await all.all(database, {})
  return rows.map((row) => ({
    kid: row.kid,
    alg: row.alg,
    publicJwk: row.public_jwk,
    sealedPrivateJwk: row.sealed_private_jwk,
    createdAt: row.created_at,
    activeFrom: row.active_from,
    publishedUntil: row.published_until,
  }))
}

/** Adds a key. */
export function insertKey(database: Database, key: StoredKey): Write {
  return insert(database, {
    kid: key.kid,
    alg: key.alg,
    publicJwk: key.publicJwk,
    sealed: key.sealedPrivateJwk,
    createdAt: key.createdAt,
    activeFrom: key.activeFrom,
  })
}

const insertMoved = write(
  (
    db,
    p: {
      kid: string
      alg: string
      publicJwk: string
      sealed: string
      createdAt: number
      activeFrom: number
      until: number | null
    },
  ) =>
    db
      .insertInto('signing_keys')
      .values({
        kid: p.kid,
        alg: p.alg,
        public_jwk: p.publicJwk,
        sealed_private_jwk: p.sealed,
        created_at: p.createdAt,
        active_from: p.activeFrom,
        published_until: p.until,
      })
      .onConflict((conflict) => conflict.doNothing()),
  { exactlyOne: 'signing key' },
)

/** Adds a key of another server. INVARIANT: guarded by `signing key`: none of this kid is replaced. */
export function insertMovedKey(database: Database, key: StoredKey): Write {
  return insertMoved(database, {
    kid: key.kid,
    alg: key.alg,
    publicJwk: key.publicJwk,
    sealed: key.sealedPrivateJwk,
    createdAt: key.createdAt,
    activeFrom: key.activeFrom,
    until: key.publishedUntil,
  })
}

// PostgreSQL shows a statement what was committed before it began: whoever waited for the lock sees the other's key.
const lock = write((db, _: Record<string, never>) => ({
  compile: () => sql`lock table signing_keys in share row exclusive mode`.compile(db),
}))
const insertIfNone = write(
  (db, p: { kid: string; alg: string; publicJwk: string; sealed: string; now: number }) => {
    const one = db.selectNoFrom([
      sql<string>`cast(${p.kid} as text)`.as('kid'),
      sql<string>`cast(${p.alg} as text)`.as('alg'),
      sql<string>`cast(${p.publicJwk} as text)`.as('public_jwk'),
      sql<string>`cast(${p.sealed} as text)`.as('sealed_private_jwk'),
      sql<number>`cast(${p.now} as bigint)`.as('created_at'),
      sql<number>`cast(${p.now} as bigint)`.as('active_from'),
    ])
    const signing = db
      .selectFrom('signing_keys as others')
      .select('others.kid')
      .where('others.alg', '=', p.alg)
      .where('others.active_from', '<=', p.now)
      .where((eb) =>
        eb.or([eb('others.published_until', 'is', null), eb('others.published_until', '>', p.now)]),
      )
    return db
      .insertInto('signing_keys')
      .columns(['kid', 'alg', 'public_jwk', 'sealed_private_jwk', 'created_at', 'active_from'])
      .expression(one.where(({ not, exists }) => not(exists(signing))))
  },
  { exactlyOne: 'first key' },
)

/** A key that signs from now on. INVARIANT: guarded by `first key`: lost when there is one that signs already. */
export function insertFirstKey(database: Database, key: StoredKey): WriteSet {
  const { kid, alg, publicJwk, sealedPrivateJwk, activeFrom } = key
  return [
    database.dialect === 'postgres' ? lock(database, {}) : null,
    insertIfNone(database, { kid, alg, publicJwk, sealed: sealedPrivateJwk, now: activeFrom }),
  ]
}

/** Ends the publication of every other key of this algorithm at `until`. */
export function unpublishOthers(
  database: Database,
  values: { alg: string; kid: string; until: number },
): Write {
  return unpublish(database, values)
}

const remove = write((db, p: { before: number }) =>
  db.deleteFrom('signing_keys').where('published_until', '<', p.before),
)

// That there was one stays known where imports look: none that was retired here comes back.
const remember = rememberEach((db, p: { now: number; before: number }) =>
  db
    .selectFrom('signing_keys')
    .select(sql<string>`'signing-key ' || kid`.as('name'))
    .where('published_until', '<', p.before),
)

/** Forgets keys whose publication ended before a moment. */
export function deleteKeys(database: Database, before: number): WriteSet {
  return [remember(database, { before, now: before }), remove(database, { before })]
}

const unpublishOne = write((db, p: { kid: string; now: number }) =>
  db.updateTable('signing_keys').set({ published_until: p.now }).where('kid', '=', p.kid),
)

/** Takes one key out of the JWKS now. */
export function unpublishNow(database: Database, kid: string, now: number): Write {
  return unpublishOne(database, { kid, now })
}

const reseal = write((db, p: { kid: string; old: string; sealed: string }) =>
  db
    .updateTable('signing_keys')
    .set({ sealed_private_jwk: p.sealed })
    .where('kid', '=', p.kid)
    .where('sealed_private_jwk', '=', p.old),
)

/** Replaces a key's sealed private part by the same part under the newest secret. */
export function resealKey(database: Database, key: StoredKey, sealed: string): Write {
  return reseal(database, { kid: key.kid, old: key.sealedPrivateJwk, sealed })
}
