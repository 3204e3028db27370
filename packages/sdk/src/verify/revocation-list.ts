// What is known to be revoked, and whether a token is among it. Few looks into one map by digests that are made once
// for each token, however much is known.
import { type Revocation, revocationDigest, type revocationKinds } from '@countersign/protocol'
import type { Principal } from './register.ts'

/** What a token is revoked by, looked up as digests. */
export interface Marks {
  /** Of what never comes back: session, family, the token itself. */
  readonly final: readonly string[]
  /** Of what may come back, and then counts only for what is issued afterwards: user and client. */
  readonly limited: readonly string[]
  /** Seconds since the epoch. */
  readonly issuedAt: number
}

export interface RevocationList {
  /**
   * @param keep seconds after its time that a revocation matters: the longest told counts for all.
   * @returns false when there are too many to keep
   */
  add(revocations: readonly Revocation[], keep: number): boolean
  refuses(marks: Marks): boolean
  /** How many keys are known to be withdrawn. */
  deadKeys(): number
  isDeadKey(kid: string): boolean
  /** Drops what no living token can be revoked by any more. */
  forget(now: number): void
  readonly size: number
}

const most = 2_000_000
/** Whoever has a withdrawn key makes tokens that end when they like: it is kept for longer than keys are cached. */
const keepKeys = 2 * 86_400

export function createRevocationList(): RevocationList {
  const times = new Map<string, number>()
  const deadKeys = new Map<string, number>()
  let keepFor = 0

  return {
    add(revocations, keep) {
      keepFor = Math.max(keepFor, keep)
      for (const { kind, digest, at } of revocations) {
        const known = kind === 'key' ? deadKeys : times
        if ((known.get(digest) ?? Number.NEGATIVE_INFINITY) < at) known.set(digest, at)
      }
      return times.size <= most && deadKeys.size <= most
    },
    refuses({ final, limited, issuedAt }) {
      for (const digest of final) if (times.has(digest)) return true
      for (const digest of limited)
        if (issuedAt <= (times.get(digest) ?? Number.NEGATIVE_INFINITY)) return true
      return false
    },
    deadKeys: () => deadKeys.size,
    isDeadKey: (kid) => deadKeys.has(revocationDigest('key', kid)),
    forget(now) {
      drop(times, now - keepFor)
      drop(deadKeys, now - Math.max(keepFor, keepKeys))
    },
    get size() {
      return times.size + deadKeys.size
    },
  }
}

function drop(times: Map<string, number>, before: number): void {
  for (const [digest, at] of times) if (at < before) times.delete(digest)
}

/** By what the token behind a principal can be revoked. */
export function marksOf({ claims, subject, clientId }: Principal): Marks {
  const { sid, fam, jti, iat, via } = claims
  // RFC 8693: an exchanged token ends with every client that it came through.
  const clients: readonly unknown[] = [clientId, ...(Array.isArray(via) ? via : [])]
  const digestOf = (kind: keyof typeof revocationKinds, id: unknown) =>
    typeof id === 'string' ? [revocationDigest(kind, id)] : []
  return {
    final: [...digestOf('session', sid), ...digestOf('family', fam), ...digestOf('token', jti)],
    limited: [...digestOf('user', subject), ...clients.flatMap((client) => digestOf('client', client))],
    // A token that does not say when it was issued may be as old as any.
    issuedAt: typeof iat === 'number' ? iat : Number.NEGATIVE_INFINITY,
  }
}
