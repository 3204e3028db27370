// DPoP proofs that were accepted, so that none is accepted twice (RFC 9449 §11.1).

/** Remembers proofs. One for several processes is a set with expiry in what they share: Redis' `SET … NX EXAT …`. */
export interface SeenProofs {
  /**
   * Whether the proof was seen before; from now on it was. The question and the remembering are one step: of two that
   * ask at once, one is told false. What it throws refuses the request with 503.
   *
   * @param proof 43 characters, never the same for two proofs
   * @param until seconds since the epoch from when on it may be forgotten
   */
  seen(proof: string, until: number): boolean | Promise<boolean>
}

const mostProofs = 200_000
const bucketSeconds = 15

/**
 * Remembers the proofs of this process, in buckets by their end, so that forgetting costs nothing.
 *
 * @throws RangeError from `seen` when there are more than can be remembered: forgetting one early would let it be replayed
 */
export function createSeenProofs(now: () => number, most = mostProofs): SeenProofs {
  const buckets = new Map<number, Set<string>>()
  let count = 0

  function forget(at: number): void {
    for (const [index, proofs] of buckets) {
      if ((index + 1) * bucketSeconds > at) continue
      buckets.delete(index)
      count -= proofs.size
    }
  }

  return {
    seen(proof, until) {
      // One proof has one end: it can be in no other bucket.
      const index = Math.floor(until / bucketSeconds)
      const bucket = buckets.get(index) ?? new Set()
      if (bucket.has(proof)) return true
      forget(now())
      if (count >= most) throw new RangeError('too many proofs at once')
      buckets.set(index, bucket.add(proof))
      count++
      return false
    },
  }
}
