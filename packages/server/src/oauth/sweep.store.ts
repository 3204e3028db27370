// Forgetting what can't matter any more. Spent codes and refresh tokens outlive their end by a day, so that a late
// replay is still recognized; everything else goes as soon as time alone would refuse it.
import type { Database } from '../platform/db/database.ts'
import { mostSwept, type Sweep, sweepAll, sweepOf } from '../platform/db/sweep.ts'
import { forgetIdleClients } from './metadata-documents/documents.store.ts'
import { forgetSessionClients } from './sign-out/session-clients.store.ts'

const lateReplaySeconds = 86_400
const endedKeySeconds = 30 * 86_400
/** Of a table whose rows end by themselves and are known by digest. */
function byDigest(
  table:
    | 'initial_access_tokens'
    | 'api_keys'
    | 'codes'
    | 'device_codes'
    | 'backchannel_requests'
    | 'access_tokens'
    | 'seen_assertions'
    | 'flows',
  keepSeconds = 0,
): Sweep {
  return sweepOf<typeof table>(
    keepSeconds,
    (db, before) => db.selectFrom(table).select('digest as key').where('expires_at', '<', before),
    (db, keys) => db.deleteFrom(table).where('digest', 'in', keys),
  )
}

/** In this order: a family goes after its tokens. */
const sweeps: readonly Sweep[] = [
  byDigest('codes', lateReplaySeconds),
  byDigest('device_codes', lateReplaySeconds),
  byDigest('backchannel_requests', lateReplaySeconds),
  sweepOf(
    lateReplaySeconds,
    (db, before) =>
      db
        .selectFrom('refresh_tokens')
        .innerJoin('families', 'families.id', 'refresh_tokens.family_id')
        .select('refresh_tokens.digest as key')
        .where('families.expires_at', '<', before),
    (db, keys) => db.deleteFrom('refresh_tokens').where('digest', 'in', keys),
  ),
  sweepOf(
    lateReplaySeconds,
    (db, before) =>
      db
        .selectFrom('families')
        .select('id as key')
        .where('expires_at', '<', before)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('refresh_tokens')
                .select('digest')
                .whereRef('refresh_tokens.family_id', '=', 'families.id'),
            ),
          ),
        ),
    (db, keys) => db.deleteFrom('families').where('id', 'in', keys),
  ),
  byDigest('access_tokens'),
  sweepOf(
    0,
    (db, before) => db.selectFrom('revoked_tokens').select('jti as key').where('expires_at', '<', before),
    (db, keys) => db.deleteFrom('revoked_tokens').where('jti', 'in', keys),
  ),
  byDigest('seen_assertions'),
  byDigest('flows'),
  byDigest('initial_access_tokens', lateReplaySeconds),
  // For whoever wonders in the list why something stopped.
  byDigest('api_keys', endedKeySeconds),
]

/** Forgets everything that is due. Safe from several processes at once. */
export async function sweep(database: Database, now: number): Promise<void> {
  await sweepAll(database, sweeps, now)
  await forgetSessionClients(database, now)
  await database.commit([forgetIdleClients(database, now, mostSwept)])
}
