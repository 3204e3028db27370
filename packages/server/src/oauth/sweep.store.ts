/**
 * Forgetting what can't matter any more. Spent codes and refresh tokens outlive their end by a day, so that a late
 * replay is still recognized; everything else goes as soon as time alone would refuse it.
 */
import type { Database } from '../platform/db/database.ts'
import { write } from '../platform/db/statement.ts'

const lateReplaySeconds = 86_400
/** Most rows of one table that one sweep deletes: no commit waits long behind it. */
const most = 500

const sweeps = [
  {
    keepSeconds: lateReplaySeconds,
    remove: write((db, p: { before: number; most: number }) =>
      db
        .deleteFrom('codes')
        .where('digest', 'in', (eb) =>
          eb.selectFrom('codes').select('digest').where('expires_at', '<', p.before).limit(p.most),
        ),
    ),
  },
  {
    keepSeconds: lateReplaySeconds,
    remove: write((db, p: { before: number; most: number }) =>
      db
        .deleteFrom('refresh_tokens')
        .where('digest', 'in', (eb) =>
          eb
            .selectFrom('refresh_tokens')
            .innerJoin('families', 'families.id', 'refresh_tokens.family_id')
            .select('refresh_tokens.digest')
            .where('families.expires_at', '<', p.before)
            .limit(p.most),
        ),
    ),
  },
  {
    keepSeconds: lateReplaySeconds,
    remove: write((db, p: { before: number; most: number }) =>
      db.deleteFrom('families').where('id', 'in', (eb) =>
        eb
          .selectFrom('families')
          .select('id')
          .where('expires_at', '<', p.before)
          .where((inner) =>
            inner.not(
              inner.exists(
                inner
                  .selectFrom('refresh_tokens')
                  .select('digest')
                  .whereRef('refresh_tokens.family_id', '=', 'families.id'),
              ),
            ),
          )
          .limit(p.most),
      ),
    ),
  },
  {
    keepSeconds: 0,
    remove: write((db, p: { before: number; most: number }) =>
      db
        .deleteFrom('access_tokens')
        .where('digest', 'in', (eb) =>
          eb.selectFrom('access_tokens').select('digest').where('expires_at', '<', p.before).limit(p.most),
        ),
    ),
  },
  {
    keepSeconds: 0,
    remove: write((db, p: { before: number; most: number }) =>
      db
        .deleteFrom('revoked_tokens')
        .where('jti', 'in', (eb) =>
          eb.selectFrom('revoked_tokens').select('jti').where('expires_at', '<', p.before).limit(p.most),
        ),
    ),
  },
  {
    keepSeconds: 0,
    remove: write((db, p: { before: number; most: number }) =>
      db
        .deleteFrom('seen_assertions')
        .where('digest', 'in', (eb) =>
          eb.selectFrom('seen_assertions').select('digest').where('expires_at', '<', p.before).limit(p.most),
        ),
    ),
  },
  {
    keepSeconds: 0,
    remove: write((db, p: { before: number; most: number }) =>
      db
        .deleteFrom('flows')
        .where('digest', 'in', (eb) =>
          eb.selectFrom('flows').select('digest').where('expires_at', '<', p.before).limit(p.most),
        ),
    ),
  },
]

/** Forgets a bounded number of rows of each table; call it every minute or so. Safe from several processes at once. */
export async function sweep(database: Database, now: number): Promise<void> {
  for (const { keepSeconds, remove } of sweeps) {
    await database.commit([remove(database, { before: now - keepSeconds, most })])
  }
}
