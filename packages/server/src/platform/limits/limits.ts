// Limits: how often something may be tried. A charge is taken BEFORE the work it pays for and given back when the
// work turned out to be welcome, so that parallel attempts are counted before any of them runs (PW-16).
// Refused attempts cost nothing and change nothing (PW-18).
import type { Database, WriteSet } from '../db/database.ts'
import type { Write } from '../db/engine.ts'
import type { Platform } from '../platform.ts'
import { chargeFlow, chargeLadder, forgetBucket, limitOf, refundFlow, refundLadder } from './limits.store.ts'

/** GCRA: `burst` at once, then regained evenly, all of it over `seconds`. No window's edge to wait for. */
export interface Flow {
  readonly burst: number
  readonly seconds: number
}

/** A ladder: `free` failures without delay, then each delay (the last one again and again), at most `cap` in `seconds`. */
export interface Ladder {
  readonly free: number
  /** Seconds to wait after failure number `free`, `free + 1`, `free + 2`, and every later one. */
  readonly delays: readonly [number, number, number, number]
  readonly cap: number
  readonly seconds: number
}

/** How often, in one of two shapes. */
export type Policy = Flow | Ladder

/** One try, at what it counts against. */
export interface Charge {
  readonly bucket: string
  readonly policy: Policy
}

/** Room was taken, or none is left for `retryAfter` whole seconds (at least 1). */
export type Reserved = { readonly ok: true } | { readonly ok: false; readonly retryAfter: number }

type Place = Pick<Platform, 'database' | 'runtime'>

/** Takes one from a bucket. INVARIANT: of any number of parallel calls, no more succeed than the policy allows. */
export function reserve(platform: Place, bucket: string, policy: Policy): Promise<Reserved> {
  return reserveAll(platform, [{ bucket, policy }])
}

/** Takes one from every bucket, or, when one has no room, from none. */
export async function reserveAll(platform: Place, charges: readonly Charge[]): Promise<Reserved> {
  const now = platform.runtime.now()
  const committed = await platform.database.commit(
    charges.map((charge) => chargeWrite(platform.database, charge, now)),
  )
  if (committed.ok) return { ok: true }
  const waits = await Promise.all(charges.map((charge) => waitFor(platform.database, charge, now)))
  return { ok: false, retryAfter: Math.max(1, ...waits) }
}

/** The writes that undo one reservation whose work was never done. */
export function giveBack(platform: Place, charges: readonly Charge[]): WriteSet {
  const nowMs = platform.runtime.now() * 1000
  return charges.map(({ bucket, policy }) =>
    isLadder(policy)
      ? refundLadder(platform.database, { bucket, now: nowMs })
      : refundFlow(platform.database, { bucket, interval: intervalOf(policy) }),
  )
}

/** The writes after a welcome end: ladders start again from nothing, flows get back the one that was taken. */
export function settle(platform: Place, charges: readonly Charge[]): WriteSet {
  return charges.map(({ bucket, policy }) =>
    isLadder(policy)
      ? forgetBucket(platform.database, { bucket })
      : refundFlow(platform.database, { bucket, interval: intervalOf(policy) }),
  )
}

function chargeWrite(database: Database, { bucket, policy }: Charge, now: number): Write {
  const nowMs = now * 1000
  if (isLadder(policy)) {
    const [first, second, third, more] = policy.delays
    return chargeLadder(database, {
      bucket,
      nowMs,
      now,
      ends: now + policy.seconds,
      free: policy.free,
      cap: policy.cap,
      after1: nowMs + first * 1000,
      after2: nowMs + second * 1000,
      after3: nowMs + third * 1000,
      afterMore: nowMs + more * 1000,
    })
  }
  const interval = intervalOf(policy)
  return chargeFlow(database, {
    bucket,
    now: nowMs,
    first: nowMs + interval,
    interval,
    latest: latestOf(policy, nowMs),
    expires: now + policy.seconds + 1,
  })
}

async function waitFor(database: Database, { bucket, policy }: Charge, now: number): Promise<number> {
  const row = await limitOf.first(database, { bucket })
  if (row === undefined) return 0
  const nowMs = now * 1000
  if (!isLadder(policy)) return Math.ceil((row.free_at_ms - latestOf(policy, nowMs)) / 1000)
  if (row.expires_at <= now) return 0
  return row.failures >= policy.cap ? row.expires_at - now : Math.ceil((row.free_at_ms - nowMs) / 1000)
}

function isLadder(policy: Policy): policy is Ladder {
  return 'delays' in policy
}

function intervalOf(policy: Flow): number {
  return Math.ceil((policy.seconds * 1000) / policy.burst)
}

/** The latest theoretical arrival time that still leaves room for one more now. */
function latestOf(policy: Flow, nowMs: number): number {
  return nowMs + intervalOf(policy) * (policy.burst - 1)
}
