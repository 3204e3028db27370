// API keys at rest: by digest alone. Whether one holds is looked up and never copied: its API, its owner and what they may
// are asked together with it, in one read, so that ending or narrowing any of them needs no word about keys.
import type { ClientAuthenticationMethod, GrantType } from '@countersign/protocol'
import { sql } from 'kysely'
import {
  type JoinedUserRow,
  joinedUser,
  joinedUserOf,
  type User,
  userStands,
} from '../../accounts/users/users.store.ts'
import type { Database, WriteSet } from '../../platform/db/database.ts'
import { rememberEach } from '../../platform/db/ended.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { ApiKeyRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { ApiScope } from '../apis/api.ts'
import { readExtras } from '../clients/extras.ts'
import type { ApiKey, Holder, KeyOwner } from './api-key.ts'

const insert = write((db, p: { [K in keyof ApiKeyRow]: ApiKeyRow[K] }) =>
  db.insertInto('api_keys').values({
    id: p.id,
    digest: p.digest,
    name: p.name,
    client_id: p.client_id,
    user_id: p.user_id,
    audience: p.audience,
    scopes: p.scopes,
    created_at: p.created_at,
    expires_at: p.expires_at,
    last_used_at: p.last_used_at,
  }),
)

const clientStands = write(
  (db, p: { id: string }) =>
    db
      .updateTable('clients')
      .set((eb) => ({ revision: eb.ref('revision') }))
      .where('id', '=', p.id)
      .where('disabled_at', 'is', null),
  { exactlyOne: 'client' },
)
const apiStands = write(
  (db, p: { identifier: string }) =>
    db
      .updateTable('apis')
      .set((eb) => ({ name: eb.ref('name') }))
      .where('identifier', '=', p.identifier),
  { exactlyOne: 'api' },
)

/** Stores a key. INVARIANT: guarded by `client` or `user` and by `api`: whose key it is stands, and so does its API. */
export function insertKey(database: Database, key: ApiKey, digest: string): WriteSet {
  const { owner, audience } = key
  return [
    owner.kind === 'client'
      ? clientStands(database, { id: owner.clientId })
      : userStands(database, owner.userId),
    apiStands(database, { identifier: audience }),
    insertRow(database, key, digest),
  ]
}

function insertRow(database: Database, key: ApiKey, digest: string): Write {
  const { owner } = key
  return insert(database, {
    id: key.id,
    digest,
    name: key.name,
    client_id: owner.kind === 'client' ? owner.clientId : null,
    user_id: owner.kind === 'user' ? owner.userId : null,
    audience: key.audience,
    scopes: JSON.stringify(key.scopes),
    created_at: key.createdAt,
    expires_at: key.expiresAt,
    last_used_at: key.lastUsedAt,
  })
}

const columns = [
  'api_keys.id',
  'api_keys.name',
  'api_keys.client_id',
  'api_keys.user_id',
  'api_keys.audience',
  'api_keys.scopes',
  'api_keys.created_at',
  'api_keys.expires_at',
  'api_keys.last_used_at',
] as const

const good = query((db, p: { digest: string; audience: string; now: number }) =>
  db
    .selectFrom('api_keys')
    .innerJoin('apis', 'apis.identifier', 'api_keys.audience')
    .leftJoin('clients', 'clients.id', 'api_keys.client_id')
    .leftJoin('users', 'users.id', 'api_keys.user_id')
    .select([
      ...columns,
      'apis.scopes as api_scopes',
      'clients.authentication as client_authentication',
      'clients.grants as client_grants',
      'clients.scopes as client_scopes',
      'clients.dpop_bound_access_tokens as client_dpop',
      'clients.extras as client_extras',
      ...joinedUser,
    ])
    .where('api_keys.digest', '=', p.digest)
    .where('api_keys.audience', '=', p.audience)
    .where((eb) => eb.or([eb('api_keys.expires_at', 'is', null), eb('api_keys.expires_at', '>', p.now)]))
    .where('clients.disabled_at', 'is', null)
    .where('users.disabled_at', 'is', null),
)

/** A key that has not ended, with what is to be known of its API and of its owner, who stands. */
export interface StandingKey {
  readonly key: ApiKey
  /** Of the API as it is now. */
  readonly apiScopes: readonly string[]
  /** Null for a person's. */
  readonly client: Holder | null
  /** Null for a client's. */
  readonly user: User | null
}

/** The key of this digest for this API; undefined when it is unknown, over, for another API or its owner is gone. */
export async function standingKey(
  database: Database,
  digest: string,
  audience: string,
  now: number,
): Promise<StandingKey | undefined> {
  const row = await good.first(database, { digest, audience, now })
  if (row === undefined) return undefined
  return {
    key: fromRow(row),
    apiScopes: (JSON.parse(row.api_scopes) as ApiScope[]).map(({ name }) => name),
    client: holderOf(row),
    user: row.u_id === null ? null : joinedUserOf(row as JoinedUserRow),
  }
}

interface HolderRow {
  readonly client_authentication: string | null
  readonly client_grants: string | null
  readonly client_scopes: string | null
  readonly client_dpop: number | null
  readonly client_extras: string | null
}

function holderOf(row: HolderRow): Holder | null {
  const { client_authentication: authentication, client_grants: grants, client_scopes: scopes } = row
  if (authentication === null || grants === null || scopes === null) return null
  return {
    authentication: authentication as ClientAuthenticationMethod,
    grants: JSON.parse(grants) as GrantType[],
    scopes: JSON.parse(scopes) as string[],
    dpopBoundAccessTokens: row.client_dpop !== 0,
    certificateBoundAccessTokens: readExtras(row.client_extras).certificateBoundAccessTokens,
  }
}

const byDigest = query((db, p: { digest: string }) =>
  db.selectFrom('api_keys').select(columns).where('digest', '=', p.digest),
)
const byId = query((db, p: { id: string }) =>
  db.selectFrom('api_keys').select(columns).where('id', '=', p.id),
)
const page = query((db, p: { after: string; count: number }) =>
  db.selectFrom('api_keys').select(columns).where('id', '>', p.after).orderBy('id').limit(p.count),
)

/** The key of this digest, whether it holds or not. */
export async function keyByDigest(database: Database, digest: string): Promise<ApiKey | undefined> {
  const row = await byDigest.first(database, { digest })
  return row === undefined ? undefined : fromRow(row)
}

/** The key of this id, whether it holds or not. */
export async function keyById(database: Database, id: string): Promise<ApiKey | undefined> {
  const row = await byId.first(database, { id })
  return row === undefined ? undefined : fromRow(row)
}

/** Keys in the order in which they were made. @param after an id, '' for the first page */
export async function listKeys(database: Database, after = '', count = 100): Promise<ApiKey[]> {
  return (await page.all(database, { after, count })).map(fromRow)
}

const pageWithDigests = query((db, p: { after: string; count: number }) =>
  db
    .selectFrom('api_keys')
    .select([...columns, 'api_keys.digest'])
    .where('id', '>', p.after)
    .orderBy('id')
    .limit(p.count),
)

/** Keys in the order of their ids, each with the digest by which it is known: for whoever moves out. */
export async function keysWithDigests(database: Database, after = '', count = 100) {
  const rows = await pageWithDigests.all(database, { after, count })
  return rows.map((row) => ({ key: fromRow(row), digest: row.digest }))
}

const ofUser = query((db, p: { user: string }) =>
  db.selectFrom('api_keys').select(columns).where('user_id', '=', p.user).orderBy('created_at').orderBy('id'),
)

/** A person's own keys, oldest first. */
export async function keysOfUser(database: Database, userId: string): Promise<ApiKey[]> {
  return (await ofUser.all(database, { user: userId })).map(fromRow)
}

const remove = write((db, p: { id: string }) => db.deleteFrom('api_keys').where('id', '=', p.id), {
  exactlyOne: 'api key',
})
const touch = write(
  (db, p: { id: string; now: number; before: number }) =>
    db
      .updateTable('api_keys')
      .set({ last_used_at: p.now })
      .where('id', '=', p.id)
      .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', p.before)])),
  { mayBeLost: true },
)

// Nobody has the digest in their hands here.
const remember = rememberEach((db, p: { id: string; now: number }) =>
  db.selectFrom('api_keys').select(sql<string>`'api-key ' || digest`.as('name')).where('id', '=', p.id),
)

/** Ends a key, for good. INVARIANT: guarded by `api key`: of several who end it at once, one does. */
export function deleteKey(database: Database, id: string, now: number): WriteSet {
  return [remember(database, { id, now }), remove(database, { id })]
}

/** Notes that a key was used now, unless it was used since `before` as well. */
export function touchKey(database: Database, id: string, now: number, before: number): Write {
  return touch(database, { id, now, before })
}

function fromRow(row: Omit<ApiKeyRow, 'digest'>): ApiKey {
  return {
    id: row.id,
    name: row.name,
    owner: ownerOf(row),
    audience: row.audience,
    scopes: JSON.parse(row.scopes) as string[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  }
}

function ownerOf({
  client_id: clientId,
  user_id: userId,
}: Pick<ApiKeyRow, 'client_id' | 'user_id'>): KeyOwner {
  if (clientId !== null) return { kind: 'client', clientId }
  if (userId !== null) return { kind: 'user', userId }
  throw new Error('A key belongs to nobody.')
}
