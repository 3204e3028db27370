// Limits in SQL: each charge is ONE guarded upsert, so that parallel attempts can't each see room for themselves.
// Two shapes share the table: an even flow (GCRA) and a ladder of delays after failures. A power cut may forget a charge.
import { sql } from 'kysely'
import { query, write } from '../db/statement.ts'
import { sweepOfEnded } from '../db/sweep.ts'

/** One more in an even flow; lost when the bucket is full. Times in milliseconds, `expires` in seconds. */
export const chargeFlow = write(
  (
    db,
    p: { bucket: string; now: number; first: number; interval: number; latest: number; expires: number },
  ) =>
    db
      .insertInto('limits')
      .values({ bucket: p.bucket, free_at_ms: p.first, failures: 0, expires_at: p.expires })
      .onConflict((conflict) =>
        conflict
          .column('bucket')
          .doUpdateSet({
            free_at_ms: sql`case when limits.free_at_ms > ${p.now} then limits.free_at_ms else ${p.now} end + ${p.interval}`,
            expires_at: p.expires,
          })
          .where('limits.free_at_ms', '<=', p.latest),
      ),
  { exactlyOne: 'limit', mayBeLost: true },
)

/** One more failure on a ladder; lost while its delay runs and after its last rung. */
export const chargeLadder = write(
  (
    db,
    p: {
      bucket: string
      nowMs: number
      now: number
      ends: number
      free: number
      cap: number
      after1: number
      after2: number
      after3: number
      afterMore: number
    },
  ) =>
    db
      .insertInto('limits')
      .values({ bucket: p.bucket, free_at_ms: p.nowMs, failures: 1, expires_at: p.ends })
      .onConflict((conflict) =>
        conflict
          .column('bucket')
          .doUpdateSet({
            failures: sql`case when limits.expires_at <= ${p.now} then 1 else limits.failures + 1 end`,
            free_at_ms: sql`case
              when limits.expires_at <= ${p.now} or limits.failures + 1 < ${p.free} then cast(${p.nowMs} as bigint)
              when limits.failures + 1 = ${p.free} then cast(${p.after1} as bigint)
              when limits.failures = ${p.free} then cast(${p.after2} as bigint)
              when limits.failures - 1 = ${p.free} then cast(${p.after3} as bigint)
              else cast(${p.afterMore} as bigint) end`,
            expires_at: sql`case when limits.expires_at <= ${p.now} then cast(${p.ends} as bigint) else limits.expires_at end`,
          })
          .where((eb) =>
            eb.or([
              eb('limits.expires_at', '<=', p.now),
              eb.and([eb('limits.free_at_ms', '<=', p.nowMs), eb('limits.failures', '<', p.cap)]),
            ]),
          ),
      ),
  { exactlyOne: 'limit', mayBeLost: true },
)

/** Gives one charge of an even flow back. */
export const refundFlow = write(
  (db, p: { bucket: string; interval: number }) =>
    db
      .updateTable('limits')
      .set({ free_at_ms: sql`free_at_ms - ${p.interval}` })
      .where('bucket', '=', p.bucket),
  { mayBeLost: true },
)

/** Takes one failure off a ladder, with the delay that it brought. */
export const refundLadder = write(
  (db, p: { bucket: string; now: number }) =>
    db
      .updateTable('limits')
      .set({
        failures: sql`failures - 1`,
        free_at_ms: sql`case when free_at_ms < ${p.now} then free_at_ms else ${p.now} end`,
      })
      .where('bucket', '=', p.bucket)
      .where('failures', '>', 0),
  { mayBeLost: true },
)

/** Starts a bucket afresh. */
export const forgetBucket = write((db, p: { bucket: string }) =>
  db.deleteFrom('limits').where('bucket', '=', p.bucket),
)

/** Buckets that limit nothing any more. */
export const oldLimits = sweepOfEnded('limits', 'bucket')

/** A bucket as it is. */
export const limitOf = query((db, p: { bucket: string }) =>
  db.selectFrom('limits').select(['free_at_ms', 'failures', 'expires_at']).where('bucket', '=', p.bucket),
)
