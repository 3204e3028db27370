// What was taken before: each message, logout token or proof is good once, so its identifier is remembered until its time
// would refuse it (RFC 7519 §4.1.7, RFC 9449 §11.1).
import { systemSeconds } from './clock.ts'

/** Remembers what was taken. Several processes that take things for one name share one store. */
export interface ReplayStore {
  /**
   * Takes an identifier, once.
   *
   * INVARIANT: of all calls with one identifier, in whichever process and however close together, one alone is answered
   * `true`. With Redis that is `SET id 1 NX EXAT until`, with SQL an insert that a unique key refuses. What it throws is
   * neither yes nor no: whoever sent it may try again.
   *
   * @param id 43 characters of base64url: a digest of whose it is and what they call it (`jti`)
   * @param until seconds since the epoch; it may be forgotten from then on
   * @returns whether it was not taken before
   */
  consume(id: string, until: number): boolean | Promise<boolean>
}

/** The memory holds as much as it may: nothing is forgotten early to make room. */
export class ReplayMemoryFull extends Error {
  override readonly name = 'ReplayMemoryFull'

  constructor() {
    super('The replay memory is full')
  }
}

/** What is over is kept for so much longer while there is room: clocks are set back now and then. */
const lagSeconds = 15

/** What a memory store is bounded by, and its clock. */
export interface MemoryReplayOptions {
  /** Identifiers that are remembered at most: 100,000 unless told, some 20 MB. */
  readonly most?: number
  /** Whole seconds since the epoch; the system's clock unless told. */
  readonly now?: () => number
}

/**
 * A store in this process's memory: for one process, and forgotten when it ends. When it is full of what can't be
 * forgotten yet it refuses to take more, as what it forgot could be replayed.
 *
 * @throws ReplayMemoryFull from `consume`
 */
export function memoryReplay(options: MemoryReplayOptions = {}): ReplayStore {
  const { most = 100_000, now = systemSeconds } = options
  const ends = new Map<string, number>()
  const idsByEnd = new Map<number, string[]>()
  let swept = Number.NEGATIVE_INFINITY

  function sweep(upTo: number): void {
    if (upTo <= swept) return
    swept = upTo
    for (const [end, ids] of idsByEnd) {
      if (end > upTo) continue
      for (const id of ids) if (ends.get(id) === end) ends.delete(id)
      idsByEnd.delete(end)
    }
  }

  return {
    consume(id, until) {
      const at = now()
      sweep(at - lagSeconds)
      const end = ends.get(id)
      if (end !== undefined && end > at) return false
      if (ends.size >= most) sweep(at)
      if (ends.size >= most) throw new ReplayMemoryFull()
      ends.set(id, until)
      const sameEnd = idsByEnd.get(until)
      if (sameEnd === undefined) idsByEnd.set(until, [id])
      else sameEnd.push(id)
      return true
    },
  }
}

/** What came of taking an identifier; `detail` is for the log. */
export type Taken =
  | { readonly ok: true }
  | {
      readonly ok: false
      readonly because: 'replayed' | 'unavailable'
      readonly detail: string
      readonly cause?: unknown
    }

/** Takes an identifier. Only `true` is a yes: a store that answers with something else must not let everything pass. */
export async function takeOnce(store: ReplayStore, id: string, until: number): Promise<Taken> {
  try {
    return (await store.consume(id, until)) === true
      ? { ok: true }
      : { ok: false, because: 'replayed', detail: 'it was taken before' }
  } catch (cause) {
    const detail = cause instanceof ReplayMemoryFull ? 'the replay memory is full' : 'the replay store failed'
    return { ok: false, because: 'unavailable', detail, cause }
  }
}
