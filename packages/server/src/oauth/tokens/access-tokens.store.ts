// Access tokens that are known here: opaque and encrypted ones by digest, with their claims, and JWTs that were revoked
// one by one (RFC 7009), by `jti` until they would have expired anyway.
import type { AccessClaims } from '@countersign/protocol'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { AccessTokenRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import {
  familyColumns,
  type Judging,
  type LiveFamily,
  type LiveFamilyRow,
  liveFamilyOf,
  lives,
} from './families.store.ts'

const insert = write(
  (
    db,
    p: {
      digest: string
      jti: string
      family: string | null
      client: string
      user: string | null
      audience: string
      claims: string
      now: number
      expires: number
      idle: number | null
    },
  ) =>
    db.insertInto('access_tokens').values({
      digest: p.digest,
      jti: p.jti,
      family_id: p.family,
      client_id: p.client,
      user_id: p.user,
      audience: p.audience,
      claims: p.claims,
      created_at: p.now,
      expires_at: p.expires,
      revoked_at: null,
      idle_seconds: p.idle,
    }),
)

/**
 * @param userId null when the client acts for itself
 * @param idleSeconds how long each use lets it live; null for one that ends when it says
 */
export function insertAccessToken(
  database: Database,
  digest: string,
  claims: AccessClaims,
  userId: string | null,
  idleSeconds: number | null = null,
): Write {
  return insert(database, {
    digest,
    jti: claims.jti,
    family: claims.fam ?? null,
    client: claims.client_id,
    user: userId,
    audience: String(claims.aud),
    claims: JSON.stringify(claims),
    now: claims.iat,
    expires: claims.exp,
    idle: idleSeconds,
  })
}

/** An access token that is good now, and whose it is. */
export interface StoredToken {
  readonly claims: AccessClaims
  /** Null for a token that a client got for itself. */
  readonly live: LiveFamily | null
}

/** One that is kept here. */
export interface KeptToken extends StoredToken {
  readonly digest: string
  /** When the program that holds its session was last seen; null where a browser does, or a client acts for itself. */
  readonly seenAt: number | null
  /** How its use prolongs it; null for one that ends when it said. */
  readonly sliding: Sliding | null
}

/** Of a token that lives by its use. */
export interface Sliding {
  /** Seconds that each use lets it live. */
  readonly idleSeconds: number
  /** Where it ends whatever happens: with its session. */
  readonly atLatest: number
}

const byDigest = query((db, p: { digest: string; now: number }) =>
  db
    .selectFrom('access_tokens')
    .innerJoin('clients', 'clients.id', 'access_tokens.client_id')
    .leftJoin('families', 'families.id', 'access_tokens.family_id')
    .leftJoin('sessions', 'sessions.id', 'families.session_id')
    .leftJoin('users', 'users.id', 'families.user_id')
    .select([
      'access_tokens.claims',
      'access_tokens.expires_at',
      'access_tokens.idle_seconds',
      'sessions.held_by',
      'sessions.last_seen_at',
      'sessions.expires_at as session_expires_at',
    ])
    .select(familyColumns)
    .where('access_tokens.digest', '=', p.digest)
    .where('access_tokens.expires_at', '>', p.now)
    .where('access_tokens.revoked_at', 'is', null)
    .where('clients.disabled_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb('access_tokens.family_id', 'is', null),
        eb.and([eb('sessions.id', 'is not', null), eb('users.id', 'is not', null), lives(p.now)]),
      ]),
    ),
)

/**
 * The opaque or encrypted access token of this digest; undefined when it is unknown, expired, revoked or its family is
 * not good.
 */
export async function accessTokenByDigest(judging: Judging, digest: string): Promise<KeptToken | undefined> {
  const { database, runtime } = judging
  const row = await byDigest.first(database, { digest, now: runtime.now() })
  if (row === undefined) return undefined
  const claims = claimsOf(row)
  if (row.family_id === null) return { claims, live: null, digest, seenAt: null, sliding: null }
  const live = liveFamilyOf(judging, row as LiveFamilyRow)
  const { idle_seconds: idleSeconds, session_expires_at: atLatest } = row
  const sliding = idleSeconds === null || atLatest === null ? null : { idleSeconds, atLatest }
  return live && { claims, live, digest, seenAt: row.held_by === null ? null : row.last_seen_at, sliding }
}

/** What a token says, and until when it is good by now. */
export function claimsOf(row: Pick<AccessTokenRow, 'claims' | 'expires_at'>): AccessClaims {
  return { ...(JSON.parse(row.claims) as AccessClaims), exp: row.expires_at }
}

const ofDisabled = query((db, p: { digest: string; now: number }) =>
  db
    .selectFrom('access_tokens')
    .innerJoin('families', 'families.id', 'access_tokens.family_id')
    .innerJoin('users', 'users.id', 'families.user_id')
    .select('users.id')
    .where('access_tokens.digest', '=', p.digest)
    .where('access_tokens.expires_at', '>', p.now)
    .where('access_tokens.revoked_at', 'is', null)
    .where('families.revoked_at', 'is', null)
    .where('users.disabled_at', 'is not', null),
)

/** Whether a token that is good no more was given to somebody who has been disabled since. */
export async function isOfDisabledUser({ database, runtime }: Judging, digest: string): Promise<boolean> {
  return (await ofDisabled.first(database, { digest, now: runtime.now() })) !== undefined
}

const whetherRunOut = query((db, p: { digest: string; now: number }) =>
  db
    .selectFrom('access_tokens')
    .select('jti')
    .where('digest', '=', p.digest)
    .where('expires_at', '<=', p.now)
    .where('revoked_at', 'is', null),
)

/** Whether a token that is good no more has run out: known while it is not forgotten. */
export async function hasRunOut({ database, runtime }: Judging, digest: string): Promise<boolean> {
  return (await whetherRunOut.first(database, { digest, now: runtime.now() })) !== undefined
}

const liveOfClient = query((db, p: { after: string; client: string; now: number; count: number }) =>
  db
    .selectFrom('access_tokens')
    .innerJoin('clients', 'clients.id', 'access_tokens.client_id')
    .innerJoin('families', 'families.id', 'access_tokens.family_id')
    .innerJoin('sessions', 'sessions.id', 'families.session_id')
    .innerJoin('users', 'users.id', 'families.user_id')
    .select(['access_tokens.digest', 'users.id as user_id', 'access_tokens.claims'])
    .where('access_tokens.digest', '>', p.after)
    .where('access_tokens.client_id', '=', p.client)
    .where('access_tokens.expires_at', '>', p.now)
    .where('access_tokens.revoked_at', 'is', null)
    .where('clients.disabled_at', 'is', null)
    .where(lives(p.now))
    .orderBy('access_tokens.digest')
    .limit(p.count),
)

/** The opaque tokens of a client that are good now, in the order of their digests: for whoever moves out. */
export async function liveTokensOf(
  database: Database,
  client: string,
  now: number,
  after = '',
): Promise<
  readonly { readonly digest: string; readonly userId: string; readonly authenticatedAt: number }[]
> {
  const rows = await liveOfClient.all(database, { after, client, now, count: 500 })
  return rows.map(({ digest, user_id: userId, claims }) => ({
    digest,
    userId,
    authenticatedAt: (JSON.parse(claims) as AccessClaims).auth_time ?? 0,
  }))
}

const ofLiveClient = query((db, p: { client: string; jti: string; issued: number }) =>
  db
    .selectFrom('clients')
    .leftJoin('revoked_tokens', (join) => join.on('revoked_tokens.jti', '=', p.jti))
    .select('clients.id')
    .where('clients.id', '=', p.client)
    .where('clients.disabled_at', 'is', null)
    // Another client may have been given the name of a deleted one since.
    .where('clients.created_at', '<=', p.issued)
    .where('revoked_tokens.jti', 'is', null),
)

/** Whether a JWT that a client got for itself still stands. */
export async function isClientTokenLive(
  database: Database,
  { client_id: client, jti, iat }: Pick<AccessClaims, 'client_id' | 'jti' | 'iat'>,
): Promise<boolean> {
  return (await ofLiveClient.first(database, { client, jti, issued: Math.floor(iat) })) !== undefined
}

const revokeRow = write((db, p: { jti: string; now: number }) =>
  db
    .updateTable('access_tokens')
    .set({ revoked_at: p.now })
    .where('jti', '=', p.jti)
    .where('revoked_at', 'is', null),
)
const revokeByJti = write((db, p: { jti: string; expires: number; now: number }) =>
  db
    .insertInto('revoked_tokens')
    .values({ jti: p.jti, expires_at: p.expires, revoked_at: p.now })
    .onConflict((conflict) => conflict.doNothing()),
)

const revokedByJti = query((db, p: { jti: string }) =>
  db.selectFrom('revoked_tokens').select('jti').where('jti', '=', p.jti),
)

/** Whether a JWT was ended by `revokeJwt`. */
export async function isJwtRevoked(database: Database, jti: string): Promise<boolean> {
  return (await revokedByJti.first(database, { jti })) !== undefined
}

const prolongRow = write(
  (db, p: { digest: string; until: number; now: number }) =>
    db
      .updateTable('access_tokens')
      .set({ expires_at: p.until })
      .where('digest', '=', p.digest)
      .where('revoked_at', 'is', null)
      .where('expires_at', '>', p.now)
      .where('expires_at', '<', p.until),
  { exactlyOne: 'token', mayBeLost: true },
)

/**
 * Lets a token that is in use live until a later moment. INVARIANT: guarded by `token`, which one that was revoked or has run
 * out loses, and one that lives as long already.
 */
export function prolongToken(database: Database, digest: string, now: number, until: number): Write {
  return prolongRow(database, { digest, now, until })
}

/** Ends one access token as it is kept here: an opaque or an encrypted one. */
export function revokeStored(database: Database, { jti }: Pick<AccessClaims, 'jti'>, now: number): Write {
  return revokeRow(database, { jti, now })
}

/** Ends one JWT wherever it is looked up, for as long as it would have lived. */
export function revokeJwt(database: Database, claims: Pick<AccessClaims, 'jti' | 'exp'>, now: number): Write {
  return revokeByJti(database, { jti: claims.jti, expires: Math.ceil(claims.exp), now })
}
