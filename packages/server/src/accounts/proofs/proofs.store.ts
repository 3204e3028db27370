// The store of mailed proofs, by digest. One subject has one row for each purpose, so that the newest link alone is
// good; spending deletes the row, so that it is good once.
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { MailedProofRow } from '../../platform/db/schema.ts'
import { query, write } from '../../platform/db/statement.ts'
import { sweepOfEnded } from '../../platform/db/sweep.ts'
import type { Instant } from '../../platform/runtime.ts'
import type { Canonical } from '../users/identifiers.ts'

/** What following a link comes to; nothing that was mailed for one is good for another. */
export type Purpose = 'password.reset' | 'address.verify' | 'address.change' | 'username.reset' | 'sign-up'

/** A mailed proof as it lies in the table. */
export interface StoredProof {
  readonly purpose: Purpose
  readonly subject: string
  readonly digest: string
  /** Null where there is no account (yet). */
  readonly userId: string | null
  /** The mailbox that it went to; null where it was handed over otherwise. */
  readonly address: Canonical | null
  readonly passwordVersion: string
  /** Sealed; null where nothing waits for it. */
  readonly kept: string | null
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

const columns = [
  'purpose',
  'subject',
  'digest',
  'user_id',
  'address',
  'password_version',
  'kept',
  'created_at',
  'expires_at',
] as const

const standing = query((db, p: { purpose: string; digest: string; now: number }) =>
  db
    .selectFrom('mailed_proofs')
    .select(columns)
    .where('digest', '=', p.digest)
    .where('purpose', '=', p.purpose)
    .where('expires_at', '>', p.now),
)
const newest = query((db, p: { purpose: string; subject: string; now: number }) =>
  db
    .selectFrom('mailed_proofs')
    .select(columns)
    .where('purpose', '=', p.purpose)
    .where('subject', '=', p.subject)
    .where('expires_at', '>', p.now),
)

/** The proof of this digest that is good for this purpose; null when there is none (any more). */
export async function proofByDigest(
  database: Database,
  now: Instant,
  purpose: Purpose,
  digest: string,
): Promise<StoredProof | null> {
  return proofOrNull(await standing.first(database, { purpose, digest, now }))
}

/** What somebody has asked for and not followed yet; null when there is nothing. */
export async function newestProof(
  database: Database,
  now: Instant,
  purpose: Purpose,
  subject: string,
): Promise<StoredProof | null> {
  return proofOrNull(await newest.first(database, { purpose, subject, now }))
}

const put = write(
  (
    db,
    p: {
      purpose: string
      subject: string
      digest: string
      user: string | null
      address: string
      version: string
      kept: string | null
      now: number
      expires: number
    },
  ) =>
    db
      .insertInto('mailed_proofs')
      .values({
        purpose: p.purpose,
        subject: p.subject,
        digest: p.digest,
        user_id: p.user,
        address: p.address,
        password_version: p.version,
        kept: p.kept,
        created_at: p.now,
        expires_at: p.expires,
      })
      .onConflict((conflict) =>
        conflict.columns(['purpose', 'subject']).doUpdateSet((eb) => ({
          digest: eb.ref('excluded.digest'),
          user_id: eb.ref('excluded.user_id'),
          address: eb.ref('excluded.address'),
          password_version: eb.ref('excluded.password_version'),
          kept: eb.ref('excluded.kept'),
          created_at: eb.ref('excluded.created_at'),
          expires_at: eb.ref('excluded.expires_at'),
        })),
      ),
)
const spend = write(
  (db, p: { purpose: string; digest: string; now: number }) =>
    db
      .deleteFrom('mailed_proofs')
      .where('digest', '=', p.digest)
      .where('purpose', '=', p.purpose)
      .where('expires_at', '>', p.now),
  { exactlyOne: 'proof' },
)
const forget = write((db, p: { purpose: string; subject: string }) =>
  db.deleteFrom('mailed_proofs').where('purpose', '=', p.purpose).where('subject', '=', p.subject),
)
const forgetAll = write((db, p: { user: string }) =>
  db.deleteFrom('mailed_proofs').where('user_id', '=', p.user),
)

/** Stores a proof; whatever the same subject had for the same purpose is good for nothing from then on. */
export function putProof(database: Database, proof: StoredProof): Write {
  return put(database, {
    purpose: proof.purpose,
    subject: proof.subject,
    digest: proof.digest,
    user: proof.userId,
    address: proof.address ?? '',
    version: proof.passwordVersion,
    kept: proof.kept,
    now: proof.createdAt,
    expires: proof.expiresAt,
  })
}

/** INVARIANT: of any number of commits with this, one is applied; the others lose `proof`. */
export function spendRow(
  database: Database,
  now: Instant,
  { purpose, digest }: Pick<StoredProof, 'purpose' | 'digest'>,
): Write {
  return spend(database, { purpose, digest, now })
}

/** Takes back what a subject asked for. */
export function forgetProof(database: Database, purpose: Purpose, subject: string): Write {
  return forget(database, { purpose, subject })
}

/** Every link of this user is good for nothing from then on: for whoever changes a password. */
export function forgetProofs(database: Database, userId: string): Write {
  return forgetAll(database, { user: userId })
}

/** Those that time has ended. */
export const oldProofs = sweepOfEnded('mailed_proofs', 'digest')

function proofOrNull(row: MailedProofRow | undefined): StoredProof | null {
  if (row === undefined) return null
  return {
    purpose: row.purpose as Purpose,
    subject: row.subject,
    digest: row.digest,
    userId: row.user_id,
    address: row.address === '' ? null : (row.address as Canonical),
    passwordVersion: row.password_version,
    kept: row.kept,
    createdAt: row.created_at as Instant,
    expiresAt: row.expires_at as Instant,
  }
}
