// Families of refresh tokens and their generations, as they are here and as they come.
import type { Database } from '../../platform/db/database.ts'
import { places } from '../../platform/db/listed.ts'
import type { FamilyRow, RefreshTokenRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import { among, type Columns, type Values } from './take-held.store.ts'

const newest = query((db, p: Values) =>
  db
    .selectFrom('refresh_tokens as one')
    .select(['one.family_id', 'one.generation', 'one.digest'])
    .where('one.family_id', 'in', places(p))
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('refresh_tokens as next')
            .select('next.digest')
            .whereRef('next.family_id', '=', 'one.family_id')
            .where((on) => on('next.generation', '=', on('one.generation', '+', 1))),
        ),
      ),
    ),
)
/** The newest refresh token of each of these families. */
export async function newestHere(database: Database, familyIds: readonly string[]) {
  const rows = await among(database, newest, familyIds)
  return new Map(rows.map(({ family_id, generation, digest }) => [family_id, { generation, digest }]))
}

/** A family, revoked or not. */
export const insertMovedFamily = write((db, p: Columns<FamilyRow>) =>
  db
    .insertInto('families')
    .values({
      id: p.id,
      client_id: p.client_id,
      user_id: p.user_id,
      session_id: p.session_id,
      grant_json: p.grant_json,
      created_at: p.created_at,
      expires_at: p.expires_at,
      revoked_at: p.revoked_at,
      revoked_because: p.revoked_because,
    })
    .onConflict((conflict) => conflict.doNothing()),
)

/** A generation. INVARIANT: guarded by `refresh token`: a family comes with all of its line or not at all. */
export const insertGeneration = write(
  (db, p: Columns<RefreshTokenRow>) =>
    db.insertInto('refresh_tokens').values({
      digest: p.digest,
      family_id: p.family_id,
      generation: p.generation,
      created_at: p.created_at,
      expires_at: p.expires_at,
      sealed_token: p.sealed_token,
      replays: p.replays,
      bound_to: p.bound_to,
    }),
  { exactlyOne: 'refresh token' },
)
