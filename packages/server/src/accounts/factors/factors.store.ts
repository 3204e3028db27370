// The stores of second factors: the authenticator application of a person, whose steps are accepted in growing order
// only (RFC 6238 §5.2, MF-01), and their recovery codes by digest, each good once (MF-03).
import type { Database, WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { TotpFactorRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import type { Instant } from '../../platform/runtime.ts'
import { lockUser, takeTurn, turnOf } from '../users/users.store.ts'

/** An authenticator application as it is kept. */
export interface StoredTotp {
  readonly userId: string
  /** Another one for each secret. */
  readonly id: string
  readonly sealedSecret: string
  readonly algorithm: string
  readonly digits: number
  /** Seconds. */
  readonly period: number
  /** The newest step of which a code was accepted; 0 before the first. */
  readonly lastStep: number
  readonly createdAt: Instant
}

const totpByUser = query((db, p: { user: string }) =>
  db
    .selectFrom('totp_factors')
    .select(['user_id', 'id', 'sealed_secret', 'algorithm', 'digits', 'period', 'last_step', 'created_at'])
    .where('user_id', '=', p.user),
)

/** The authenticator application of a person; null when they have none. */
export async function totpOf(database: Database, userId: string): Promise<StoredTotp | null> {
  const row = await totpByUser.first(database, { user: userId })
  return row === undefined ? null : storedTotpOf(row)
}

/** The application of a row. */
export function storedTotpOf(row: TotpFactorRow): StoredTotp {
  return {
    userId: row.user_id,
    id: row.id,
    sealedSecret: row.sealed_secret,
    algorithm: row.algorithm,
    digits: row.digits,
    period: row.period,
    lastStep: row.last_step,
    createdAt: row.created_at as Instant,
  }
}

const insert = write(
  (
    db,
    p: {
      user: string
      id: string
      secret: string
      algorithm: string
      digits: number
      period: number
      step: number
      now: number
    },
  ) =>
    db
      .insertInto('totp_factors')
      .values({
        user_id: p.user,
        id: p.id,
        sealed_secret: p.secret,
        algorithm: p.algorithm,
        digits: p.digits,
        period: p.period,
        last_step: p.step,
        created_at: p.now,
      })
      .onConflict((conflict) => conflict.column('user_id').doNothing()),
  { exactlyOne: 'factor' },
)
const remove = write((db, p: { user: string }) => db.deleteFrom('totp_factors').where('user_id', '=', p.user))
const accept = write(
  (db, p: { user: string; id: string; step: number }) =>
    db
      .updateTable('totp_factors')
      .set({ last_step: p.step })
      .where('user_id', '=', p.user)
      .where('id', '=', p.id)
      .where('last_step', '<', p.step),
  { exactlyOne: 'factor' },
)
const reseal = write((db, p: { user: string; old: string; secret: string }) =>
  db
    .updateTable('totp_factors')
    .set({ sealed_secret: p.secret })
    .where('user_id', '=', p.user)
    .where('sealed_secret', '=', p.old),
)
const none = write(
  (db, p: { user: string }) =>
    turnOf(db, p.user).where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('totp_factors')
            .select('totp_factors.user_id')
            .where('totp_factors.user_id', '=', p.user),
        ),
      ),
    ),
  { exactlyOne: 'second factor' },
)

/**
 * Gives a person an authenticator application. Loses `factor` when they have one, `user` when they are gone; whoever signs
 * in at this moment is asked for it or was before.
 */
export function insertTotpRow(database: Database, factor: StoredTotp): WriteSet {
  return [
    lockUser(database, factor.createdAt, factor.userId),
    insert(database, {
      user: factor.userId,
      id: factor.id,
      secret: factor.sealedSecret,
      algorithm: factor.algorithm,
      digits: factor.digits,
      period: factor.period,
      step: factor.lastStep,
      now: factor.createdAt,
    }),
  ]
}

/** Takes a person's authenticator application away; nothing when there is none. */
export function deleteTotpRow(database: Database, userId: string): WriteSet {
  return [takeTurn(database, userId), remove(database, { user: userId })]
}

/**
 * Accepts a step, and with it none that is not newer. Loses `factor` when that was done already, or it is another one
 * by now.
 */
export function acceptStep(database: Database, { userId, id }: StoredTotp, step: number): Write {
  return accept(database, { user: userId, id, step })
}

/** Keeps the same secret under a newer seal. */
export function resealTotp(database: Database, factor: StoredTotp, sealedSecret: string): Write {
  return reseal(database, { user: factor.userId, old: factor.sealedSecret, secret: sealedSecret })
}

/**
 * Changes nothing; loses `second factor` when the person has an authenticator application by the time of the commit. It
 * follows a write that took the person's turn (`userStands`).
 */
export function noSecondFactor(database: Database, userId: string): Write {
  return none(database, { user: userId })
}

const impossible = write((db) => turnOf(db, ''), { exactlyOne: 'second factor' })

/** Loses `second factor`, whoever it is: for who has proven one factor where everybody needs two. */
export function demandSecondFactor(database: Database): Write {
  return impossible(database, {})
}

const codesByUser = query((db, p: { user: string }) =>
  db.selectFrom('recovery_codes').select(['digest', 'set_id']).where('user_id', '=', p.user),
)

/** The recovery codes that a person has left, by their digests; null when there is none. */
export async function recoveryCodesOf(
  database: Database,
  userId: string,
): Promise<{ readonly setId: string; readonly digests: readonly string[] } | null> {
  const rows = await codesByUser.all(database, { user: userId })
  const setId = rows[0]?.set_id
  return setId === undefined ? null : { setId, digests: rows.map(({ digest }) => digest) }
}

const insertCode = write((db, p: { digest: string; user: string; set: string }) =>
  db.insertInto('recovery_codes').values({ digest: p.digest, user_id: p.user, set_id: p.set }),
)
const removeCodes = write((db, p: { user: string }) =>
  db.deleteFrom('recovery_codes').where('user_id', '=', p.user),
)
const spend = write(
  (db, p: { user: string; digest: string }) =>
    db.deleteFrom('recovery_codes').where('user_id', '=', p.user).where('digest', '=', p.digest),
  { exactlyOne: 'factor' },
)

/** Gives a person a new set of codes, by their digests; the old set is void. Loses `user` when they are gone. */
export function replaceRecoveryCodes(
  database: Database,
  { userId, setId, now }: { readonly userId: string; readonly setId: string; readonly now: Instant },
  digests: readonly string[],
): WriteSet {
  return [
    lockUser(database, now, userId),
    removeCodes(database, { user: userId }),
    digests.map((digest) => insertCode(database, { digest, user: userId, set: setId })),
  ]
}

/** Takes a person's recovery codes away. */
export function deleteRecoveryCodes(database: Database, userId: string): Write {
  return removeCodes(database, { user: userId })
}

/** Uses a code up. Loses `factor` when it is none of theirs, or was used before. */
export function spendRecoveryCode(database: Database, userId: string, digest: string): Write {
  return spend(database, { user: userId, digest })
}
