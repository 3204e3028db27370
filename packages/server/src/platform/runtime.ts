// The world as the server sees it: time and chance. The only file that asks for either, so that a test can set
// both and every other file is a function of its arguments (house rule 3).
import { randomFillSync, randomUUIDv7 } from 'node:crypto'

declare const instant: unique symbol

/** A moment in whole seconds since the Unix epoch, as JWT's NumericDate (RFC 7519 §2) and every stored time. */
export type Instant = number & { readonly [instant]: true }

/** Time and chance. */
export interface Runtime {
  now(): Instant
  /** Elapsed milliseconds of a clock that never runs backwards; for durations only. */
  elapsed(): number
  /** `bytes` of cryptographic chance as canonical base64url; 32 bytes are 43 characters. */
  secret(bytes?: number): string
  /**
   * A secret of 32 bytes as 43 characters that says when it was made: 8 characters of time, then 26 bytes of chance.
   * As texts they sort by when they were made, so that rows whose keys begin with that time lie side by side.
   */
  datedSecret(): string
  /** A new identifier such as `usr_0199…`: unique, sortable by creation, not secret. */
  id(prefix: string): string
}

/** The real world. */
export function systemRuntime(): Runtime {
  return {
    now: () => Math.floor(Date.now() / 1000) as Instant,
    elapsed: () => performance.now(),
    secret,
    datedSecret,
    id,
  }
}

/** A runtime whose clock stands still until `advance(seconds)`; chance stays real, so that nothing repeats. */
export interface TestRuntime extends Runtime {
  advance(seconds: number): void
}

/** @param start seconds since the epoch; the machine's clock when left out. */
export function testRuntime(start?: number): TestRuntime {
  let now = start ?? Math.floor(Date.now() / 1000)
  return {
    now: () => now as Instant,
    elapsed: () => now * 1000,
    secret,
    datedSecret,
    id,
    advance: (seconds) => {
      now += seconds
    },
  }
}

/** A clock that runs with the machine's but can be moved ahead (`POST /dev/clock`, `COUNTERSIGN_CLOCK=test`). */
export function movableRuntime(): TestRuntime {
  let ahead = 0
  return {
    ...systemRuntime(),
    now: () => (Math.floor(Date.now() / 1000) + ahead) as Instant,
    advance: (seconds) => {
      ahead += seconds
    },
  }
}

/**
 * Chance is drawn from the system in blocks, since a call costs more than the bytes; every byte is handed out once
 * and wiped from the block.
 */
const block = Buffer.alloc(4096)
let unused = 0

function secret(bytes = 32): string {
  if (bytes > unused) {
    randomFillSync(block)
    unused = block.length
  }
  const drawn = block.subarray(unused - bytes, unused)
  unused -= bytes
  const text = drawn.toString('base64url')
  drawn.fill(0)
  return text
}

/** The digits of base64url in the order of their characters. */
const digits = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'

function datedSecret(): string {
  let time = ''
  for (let left = Date.now(), place = 0; place < 8; place++, left = Math.floor(left / 64))
    time = digits.charAt(left % 64) + time
  return time + secret(26)
}

function id(prefix: string): string {
  return `${prefix}_${randomUUIDv7().replaceAll('-', '')}`
}
