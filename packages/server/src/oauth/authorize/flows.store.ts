// Authorization requests that wait for a person (sign-in, step-up, consent). The reference in the address is known by
// digest only, and is worth nothing in another browser (AZ-25).
import type { Database } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { query, write } from '../../platform/db/statement.ts'

/** An authorization request that was put aside, as it lies in the table. */
export interface StoredFlow {
  readonly digest: string
  readonly browserDigest: string
  /** The request as the client sent it, sealed for this row: it may hold a token (`id_token_hint`). */
  readonly sealedParameters: string
  /** The proof of the session that was there when the request arrived (`Session.proof`). */
  readonly priorProof: string | null
  readonly startedAt: number
  readonly expiresAt: number
  readonly finishedAt: number | null
  /** How a client pushed it; null for requests that came by a browser. */
  readonly pushed: Pushed | null
}

/** Whose a pushed request is (RFC 9126 §2.2). */
export interface Pushed {
  /** The client's id. */
  readonly by: string
  /** When its request URI expires. */
  readonly until: number
}

const columns = [
  'flows.digest',
  'flows.browser_digest',
  'flows.parameters',
  'flows.prior_proof',
  'flows.started_at',
  'flows.expires_at',
  'flows.finished_at',
  'flows.pushed_by',
  'flows.pushed_until',
] as const

const byDigest = query((db, p: { digest: string }) =>
  db.selectFrom('flows').select(columns).where('digest', '=', p.digest),
)

/** The flow of this digest, expired and finished ones included. */
export async function flowByDigest(database: Database, digest: string): Promise<StoredFlow | undefined> {
  const row = await byDigest.first(database, { digest })
  if (row === undefined) return undefined
  return {
    digest: row.digest,
    browserDigest: row.browser_digest,
    sealedParameters: row.parameters,
    priorProof: row.prior_proof,
    startedAt: row.started_at,
    expiresAt: row.expires_at,
    finishedAt: row.finished_at,
    pushed:
      row.pushed_by === null || row.pushed_until === null
        ? null
        : { by: row.pushed_by, until: row.pushed_until },
  }
}

const insert = write(
  (
    db,
    p: {
      digest: string
      browser: string
      parameters: string
      proof: string | null
      now: number
      expires: number
      pushedBy: string | null
      pushedUntil: number | null
    },
  ) =>
    db.insertInto('flows').values({
      digest: p.digest,
      browser_digest: p.browser,
      parameters: p.parameters,
      prior_proof: p.proof,
      started_at: p.now,
      expires_at: p.expires,
      finished_at: null,
      pushed_by: p.pushedBy,
      pushed_until: p.pushedUntil,
    }),
)

/** Puts a request aside. */
export function insertFlow(database: Database, flow: StoredFlow): Write {
  return insert(database, {
    digest: flow.digest,
    browser: flow.browserDigest,
    parameters: flow.sealedParameters,
    proof: flow.priorProof,
    now: flow.startedAt,
    expires: flow.expiresAt,
    pushedBy: flow.pushed?.by ?? null,
    pushedUntil: flow.pushed?.until ?? null,
  })
}

const finish = write(
  (db, p: { digest: string; now: number; lately: number }) =>
    db
      .updateTable('flows')
      .set((eb) => ({ finished_at: eb.fn.coalesce('finished_at', eb.cast<number>(eb.val(p.now), 'bigint')) }))
      .where('digest', '=', p.digest)
      .where((eb) => eb.or([eb('finished_at', 'is', null), eb('finished_at', '>', p.lately)])),
  { exactlyOne: 'flow' },
)

/** A button that is pressed twice sends two requests, and the browser follows the second. In seconds. */
export const doublePressSeconds = 10

/** INVARIANT: guarded by `flow`: a request is answered once, but for the second press of the same button. */
export function finishFlow(database: Database, digest: string, now: number): Write {
  return finish(database, { digest, now, lately: now - doublePressSeconds })
}

/** INVARIANT: guarded by `flow`: whoever else asks at the same moment, and however often, this is the only answer. */
export function finishFlowOnce(database: Database, digest: string, now: number): Write {
  return finish(database, { digest, now, lately: Number.MAX_SAFE_INTEGER })
}

const claim = write(
  (
    db,
    p: {
      digest: string
      unclaimed: string
      browser: string
      proof: string | null
      now: number
      expires: number
    },
  ) =>
    db
      .updateTable('flows')
      .set({ browser_digest: p.browser, prior_proof: p.proof, started_at: p.now, expires_at: p.expires })
      .where('digest', '=', p.digest)
      .where('browser_digest', '=', p.unclaimed)
      .where('pushed_until', '>', p.now),
  { exactlyOne: 'flow' },
)

/** What stands in the place of a browser until one brings the request URI; no browser's digest. */
export const unclaimed = 'pushed'

/** INVARIANT: guarded by `flow`: of all browsers that bring a request URI before its end, one gets the request. */
export function claimFlow(
  database: Database,
  { digest, browserDigest, priorProof, startedAt, expiresAt }: Omit<StoredFlow, 'sealedParameters'>,
): Write {
  return claim(database, {
    digest,
    unclaimed,
    browser: browserDigest,
    proof: priorProof,
    now: startedAt,
    expires: expiresAt,
  })
}
