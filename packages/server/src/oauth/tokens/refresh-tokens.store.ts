// Refresh tokens at rest, by digest. A family's tokens are its generations, and (family, generation) is unique: the
// database itself refuses a second child. A spent token keeps its successor sealed under a key that only the spent
// token yields, so that its direct holder can be given the same successor again and a stolen table gives nothing.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'
import { familyColumns, type LiveFamily, liveFamilyOf, lives } from './families.store.ts'

/** One generation of a family. */
export interface RefreshToken {
  readonly digest: string
  readonly familyId: string
  /** 0 for the first; each rotation adds one. */
  readonly generation: number
  readonly createdAt: number
  /** The idle end. */
  readonly expiresAt: number
  readonly spentAt: number | null
  readonly sealedSuccessor: string | null
  /** How often the grace gave out its successor again. */
  readonly replays: number
}

/** A refresh token as somebody presents it, with all that its fate depends on. */
export interface PresentedRefreshToken extends LiveFamily {
  readonly token: RefreshToken
  /** Whether the next generation has been used in its turn. */
  readonly successorSpent: boolean
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
    .select(familyColumns)
    .select([
      'refresh_tokens.generation',
      'refresh_tokens.created_at as token_created_at',
      'refresh_tokens.expires_at as token_expires_at',
      'refresh_tokens.spent_at',
      'refresh_tokens.sealed_successor',
      'refresh_tokens.replays',
      'successors.spent_at as successor_spent_at',
    ])
    .where('refresh_tokens.digest', '=', p.digest)
    .where(lives(p.now)),
)

/** The refresh token of this digest, spent or not; undefined when it is unknown or its family is dead. */
export async function refreshTokenByDigest(
  database: Database,
  digest: string,
  now: number,
): Promise<PresentedRefreshToken | undefined> {
  const row = await byDigest.first(database, { digest, now })
  if (row === undefined) return undefined
  return {
    ...liveFamilyOf(row),
    token: {
      digest,
      familyId: row.family_id,
      generation: row.generation,
      createdAt: row.token_created_at,
      expiresAt: row.token_expires_at,
      spentAt: row.spent_at,
      sealedSuccessor: row.sealed_successor,
      replays: row.replays,
    },
    successorSpent: row.successor_spent_at !== null,
  }
}

const insert = write(
  (db, p: { digest: string; family: string; generation: number; now: number; expires: number }) =>
    db.insertInto('refresh_tokens').values({
      digest: p.digest,
      family_id: p.family,
      generation: p.generation,
      created_at: p.now,
      expires_at: p.expires,
      spent_at: null,
      sealed_successor: null,
      replays: 0,
    }),
)

/** A generation as it begins. */
export type NewRefreshToken = Pick<
  RefreshToken,
  'digest' | 'familyId' | 'generation' | 'createdAt' | 'expiresAt'
>

/** Stores a generation; a second one of the same number is refused by the database. */
export function insertRefreshToken(database: Database, token: NewRefreshToken): Write {
  return insert(database, {
    digest: token.digest,
    family: token.familyId,
    generation: token.generation,
    now: token.createdAt,
    expires: token.expiresAt,
  })
}

const spend = write(
  (db, p: { digest: string; successor: string; now: number }) =>
    db
      .updateTable('refresh_tokens')
      .set({ spent_at: p.now, sealed_successor: p.successor })
      .where('digest', '=', p.digest)
      .where('spent_at', 'is', null),
  { exactlyOne: 'refresh token' },
)

/** INVARIANT: guarded by `refresh token`: of all who spend it, one succeeds. */
export function spendRefreshToken(
  database: Database,
  digest: string,
  sealedSuccessor: string,
  now: number,
): Write {
  return spend(database, { digest, successor: sealedSuccessor, now })
}

const countReplay = write(
  (db, p: { digest: string; family: string; next: number; most: number }) =>
    db
      .updateTable('refresh_tokens')
      .set((eb) => ({ replays: eb('replays', '+', 1) }))
      .where('digest', '=', p.digest)
      .where('replays', '<', p.most)
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('refresh_tokens as successors')
              .select('successors.digest')
              .where('successors.family_id', '=', p.family)
              .where('successors.generation', '=', p.next)
              .where('successors.spent_at', 'is not', null),
          ),
        ),
      ),
  { exactlyOne: 'replay' },
)

/** INVARIANT: guarded by `replay`: lost when the successor was used meanwhile, or after `most` replays. */
export function replayRefreshToken(database: Database, token: RefreshToken, most: number): Write {
  return countReplay(database, {
    digest: token.digest,
    family: token.familyId,
    next: token.generation + 1,
    most,
  })
}
