// Refresh tokens at rest, by digest. A family's tokens are its generations, and (family, generation) is unique: the
// database itself refuses a second child. That a token is spent is not written anywhere: it is spent when its
// successor exists, so that a rotation is one row that is added and none that is changed. The successor's row holds
// what its own token follows from together with its predecessor, or that token sealed under a key that only its
// predecessor yields: so the predecessor's holder can be given it again and a stolen table gives nothing.
import { digest } from '@countersign/protocol'
import { type Expression, expressionBuilder, type SqlBool } from 'kysely'
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Schema } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import { datedDigest } from './dated-digest.ts'
import { familyColumns, type Judging, type LiveFamily, liveFamilyOf, lives } from './families.store.ts'

/** One generation of a family. */
export interface RefreshToken {
  readonly digest: string
  readonly familyId: string
  /** 0 for the first; each rotation adds one. */
  readonly generation: number
  readonly createdAt: number
  /** The idle end. */
  readonly expiresAt: number
  /** When its successor was made; null while it has none. */
  readonly spentAt: number | null
  /** Its successor, sealed under it, or the seed from which and it that one follows. */
  readonly sealedSuccessor: string | null
  /** How often the grace gave out its successor again. */
  readonly replays: number
  /** The thumbprint of the key that it is bound to (RFC 9449 §5); null for one that is not. */
  readonly boundTo: string | null
}

/** A refresh token as somebody presents it, with all that its fate depends on. */
export interface PresentedRefreshToken extends LiveFamily {
  readonly token: RefreshToken
  /** Whether the next generation has been used in its turn. */
  readonly successorSpent: boolean
  /** Null while it has no successor. */
  readonly successorDigest: string | null
  /** The key that its successor is bound to; null also while there is none. */
  readonly successorBoundTo: string | null
}

const byDigest = query((db, p: { digest: string; now: number }) =>
  db
    .selectFrom('refresh_tokens')
    .innerJoin('families', 'families.id', 'refresh_tokens.family_id')
    .innerJoin('sessions', 'sessions.id', 'families.session_id')
    .innerJoin('users', 'users.id', 'families.user_id')
    .innerJoin('clients', 'clients.id', 'families.client_id')
    .leftJoin('refresh_tokens as successors', (join) =>
      join
        .onRef('successors.family_id', '=', 'refresh_tokens.family_id')
        .on((eb) => eb('successors.generation', '=', eb('refresh_tokens.generation', '+', 1))),
    )
    .leftJoin('refresh_tokens as grandchildren', (join) =>
      join
        .onRef('grandchildren.family_id', '=', 'successors.family_id')
        .on((eb) => eb('grandchildren.generation', '=', eb('successors.generation', '+', 1))),
    )
    .select(familyColumns)
    .select([
      'refresh_tokens.generation',
      'refresh_tokens.created_at as token_created_at',
      'refresh_tokens.expires_at as token_expires_at',
      'refresh_tokens.replays',
      'refresh_tokens.bound_to',
      'successors.digest as successor_digest',
      'successors.created_at as spent_at',
      'successors.sealed_token as sealed_successor',
      'successors.bound_to as successor_bound_to',
      'grandchildren.generation as grandchild',
    ])
    .where('refresh_tokens.digest', '=', p.digest)
    .where(lives(p.now)),
)

/** The refresh token of this digest, spent or not; undefined when it is unknown or its family is not good. */
export async function refreshTokenByDigest(
  judging: Judging,
  digest: string,
): Promise<PresentedRefreshToken | undefined> {
  const { database, runtime } = judging
  const row = await byDigest.first(database, { digest, now: runtime.now() })
  if (row === undefined) return undefined
  const live = liveFamilyOf(judging, row)
  if (live === undefined) return undefined
  return {
    ...live,
    token: {
      digest,
      familyId: row.family_id,
      generation: row.generation,
      createdAt: row.token_created_at,
      expiresAt: row.token_expires_at,
      spentAt: row.spent_at,
      sealedSuccessor: row.sealed_successor,
      replays: row.replays,
      boundTo: row.bound_to,
    },
    successorSpent: row.grandchild !== null,
    successorDigest: row.successor_digest,
    successorBoundTo: row.successor_bound_to,
  }
}

/**
 * The refresh token of this text, one of our own, spent or not; undefined when it is unknown or its family is not
 * good. Those of versions that knew no dated digests are found as well.
 */
export async function refreshTokenByText(
  judging: Judging,
  text: string,
): Promise<PresentedRefreshToken | undefined> {
  return (
    (await refreshTokenByDigest(judging, datedDigest(text))) ?? refreshTokenByDigest(judging, digest(text))
  )
}

const insert = write(
  (
    db,
    p: {
      digest: string
      family: string
      generation: number
      sealed: string | null
      bound: string | null
      now: number
      expires: number
    },
  ) =>
    db.insertInto('refresh_tokens').values({
      digest: p.digest,
      family_id: p.family,
      generation: p.generation,
      created_at: p.now,
      expires_at: p.expires,
      sealed_token: p.sealed,
      bound_to: p.bound,
      replays: 0,
    }),
  { exactlyOne: 'refresh token' },
)

/** A generation as it begins. */
export interface NewRefreshToken
  extends Pick<RefreshToken, 'digest' | 'familyId' | 'generation' | 'createdAt' | 'expiresAt' | 'boundTo'> {
  /** What gives the token to the holder of its predecessor: a seed, or itself, sealed; null for the first of a family. */
  readonly sealedToken: string | null
}

/**
 * Stores a generation, and so spends the one before it. INVARIANT: guarded by `refresh token`: of all who spend a
 * token, one succeeds.
 */
export function insertRefreshToken(database: Database, token: NewRefreshToken): Write {
  return insert(database, {
    digest: token.digest,
    family: token.familyId,
    generation: token.generation,
    sealed: token.sealedToken,
    bound: token.boundTo,
    now: token.createdAt,
    expires: token.expiresAt,
  })
}

/** That a family has not come to a generation yet. */
function hasNo(family: string, generation: number): Expression<SqlBool> {
  const eb = expressionBuilder<Schema>()
  return eb.not(
    eb.exists(
      eb
        .selectFrom('refresh_tokens as later')
        .select('later.digest')
        .where('later.family_id', '=', family)
        .where('later.generation', '=', generation),
    ),
  )
}

const extend = write(
  (db, p: { digest: string; family: string; next: number; expires: number }) =>
    db
      .updateTable('refresh_tokens')
      .set({ expires_at: p.expires })
      .where('digest', '=', p.digest)
      .where(hasNo(p.family, p.next)),
  { exactlyOne: 'refresh token' },
)

/** Moves the idle end of a token. INVARIANT: guarded by `refresh token`: lost when it was spent meanwhile. */
export function extendRefreshToken(database: Database, token: RefreshToken, expires: number): Write {
  const { digest, familyId: family, generation } = token
  return extend(database, { digest, family, next: generation + 1, expires })
}

const countReplay = write(
  (db, p: { digest: string; family: string; grandchild: number; most: number }) =>
    db
      .updateTable('refresh_tokens')
      .set((eb) => ({ replays: eb('replays', '+', 1) }))
      .where('digest', '=', p.digest)
      .where('replays', '<', p.most)
      .where(hasNo(p.family, p.grandchild)),
  { exactlyOne: 'replay' },
)

/** INVARIANT: guarded by `replay`: lost when the successor was used meanwhile, or after `most` replays. */
export function replayRefreshToken(database: Database, token: RefreshToken, most: number): Write {
  return countReplay(database, {
    digest: token.digest,
    family: token.familyId,
    grandchild: token.generation + 2,
    most,
  })
}
