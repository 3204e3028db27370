// What was taken before: each message is good once, so its identifier is remembered until its time would refuse it.

/** Remembers messages. Several processes that take messages for one name share one store. */
export interface ReplayStore {
  /**
   * Takes an identifier, once.
   *
   * INVARIANT: of all calls with one identifier, in whichever process and however close together, one alone is answered
   * `true`. With Redis that is `SET id 1 NX EXAT until`, with SQL an insert that a unique key refuses.
   *
   * @param id 43 characters of base64url: a digest of sender and `jti`
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

/** What a memory store is bounded by, and its clock. */
export interface MemoryReplayOptions {
  /** Identifiers that are remembered at most: 100,000 unless told, some 20 MB. */
  readonly most?: number
  /** Whole seconds since the epoch; the system's clock unless told. */
  readonly now?: () => number
}

/**
 * A store in this process's memory: for one process, and forgotten when it ends. When it is full of what can't be
 * forgotten yet it refuses to take more, as a message that it forgot could be replayed.
 *
 * @throws ReplayMemoryFull from `consume`
 */
export function memoryReplay(options: MemoryReplayOptions = {}): ReplayStore {
  const { most = 100_000, now = () => Math.floor(Date.now() / 1000) } = options
  const ends = new Map<string, number>()
  const idsByEnd = new Map<number, string[]>()
  let swept = Number.NEGATIVE_INFINITY

  function sweep(at: number): void {
    if (at === swept) return
    swept = at
    for (const [end, ids] of idsByEnd) {
      if (end > at) continue
      for (const id of ids) if (ends.get(id) === end) ends.delete(id)
      idsByEnd.delete(end)
    }
  }

  return {
    consume(id, until) {
      const at = now()
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
