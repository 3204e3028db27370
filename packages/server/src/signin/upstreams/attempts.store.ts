// The store of upstream attempts: one row from the click on a provider's button to the end of that sign-in, known by
// the digest of a secret that only the attempt's browser carries (FD-01, C18).
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'
import { sweepOfEnded } from '../../platform/db/sweep.ts'
import type { Instant } from '../../platform/runtime.ts'

/** An attempt to sign in at a provider, as it lies in the table. */
export interface StoredAttempt {
  readonly digest: string
  readonly upstream: string
  readonly browserDigest: string
  /** Sealed for this digest and for what the row is for. */
  readonly sealedSecrets: string
  /** The sealed return address; null when there is none. */
  readonly continueTo: string | null
  readonly createdAt: Instant
  readonly expiresAt: Instant
}

interface Binding {
  readonly digest: string
  readonly upstream: string
  readonly browserDigest: string
}

const columns = [
  'upstream_attempts.digest',
  'upstream_attempts.upstream',
  'upstream_attempts.browser_digest',
  'upstream_attempts.sealed_secrets',
  'upstream_attempts.continue_to',
  'upstream_attempts.created_at',
  'upstream_attempts.expires_at',
  'upstream_attempts.finished_at',
] as const

const bound = query((db, p: { digest: string; upstream: string; browser: string; now: number }) =>
  db
    .selectFrom('upstream_attempts')
    .select(columns)
    .where('digest', '=', p.digest)
    .where('upstream', '=', p.upstream)
    .where('browser_digest', '=', p.browser)
    .where('finished_at', 'is', null)
    .where('expires_at', '>', p.now),
)

/** The open attempt with all three of the binding; null when any differs, it is over, or its time is. */
export async function openAttempt(
  database: Database,
  now: Instant,
  { digest, upstream, browserDigest }: Binding,
): Promise<StoredAttempt | null> {
  const row = await bound.first(database, { digest, upstream, browser: browserDigest, now })
  if (row === undefined) return null
  return {
    digest: row.digest,
    upstream: row.upstream,
    browserDigest: row.browser_digest,
    sealedSecrets: row.sealed_secrets,
    continueTo: row.continue_to === '' ? null : row.continue_to,
    createdAt: row.created_at as Instant,
    expiresAt: row.expires_at as Instant,
  }
}

const insert = write(
  (
    db,
    p: {
      digest: string
      upstream: string
      browser: string
      sealed: string
      to: string
      now: number
      expires: number
    },
  ) =>
    db.insertInto('upstream_attempts').values({
      digest: p.digest,
      upstream: p.upstream,
      browser_digest: p.browser,
      sealed_secrets: p.sealed,
      continue_to: p.to,
      created_at: p.now,
      expires_at: p.expires,
      finished_at: null,
    }),
  { exactlyOne: 'attempt' },
)

/** Begins an attempt. */
export function insertAttempt(database: Database, attempt: StoredAttempt): Write {
  return insert(database, {
    digest: attempt.digest,
    upstream: attempt.upstream,
    browser: attempt.browserDigest,
    sealed: attempt.sealedSecrets,
    to: attempt.continueTo ?? '',
    now: attempt.createdAt,
    expires: attempt.expiresAt,
  })
}

const finish = write(
  (db, p: { digest: string; now: number }) =>
    db
      .updateTable('upstream_attempts')
      .set({ finished_at: p.now, sealed_secrets: '' })
      .where('digest', '=', p.digest)
      .where('finished_at', 'is', null)
      .where('expires_at', '>', p.now),
  { exactlyOne: 'attempt' },
)

/** Ends an attempt and forgets its secrets. Loses `attempt` when it is over already: of two answers one counts. */
export function finishAttempt(
  database: Database,
  now: Instant,
  attempt: Pick<StoredAttempt, 'digest'>,
): Write {
  return finish(database, { digest: attempt.digest, now })
}

/** Those whose time is over. */
export const oldAttempts = sweepOfEnded('upstream_attempts', 'digest')
