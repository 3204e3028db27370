// JWTs of ours whose signature was verified a moment ago: verifying one costs more than all the rest that is asked about a
// token, and whether it is right never changes. What may change is asked each time and never kept here: whether the key is
// still published, whether the token has run out, and whether it stands with all that it lives by.
import { type AccessClaims, digest, type JwsHeader, type VerificationKey } from '@countersign/protocol'

/** A token that was verified. */
interface Verified {
  readonly header: JwsHeader
  /** The key that its signature is of. */
  readonly key: VerificationKey
  readonly claims: AccessClaims
}

/** The tokens that a server remembers, by digest: nobody who reads its memory learns one. */
export interface VerifiedClaims {
  get(token: string): Verified | undefined
  /** INVARIANT: only of a token whose signature is that of the key. */
  add(token: string, verified: Verified): void
}

/** Tokens of each of two halves: the younger one takes them in, and takes the older one's place when it is full. */
const mostInHalf = 2500

/** The memory of one server. */
export function verifiedClaims(): VerifiedClaims {
  let younger = new Map<string, Verified>()
  let older = new Map<string, Verified>()
  const keep = (name: string, verified: Verified): void => {
    if (younger.size >= mostInHalf) [older, younger] = [younger, new Map()]
    younger.set(name, verified)
  }
  return {
    get: (token) => {
      const name = digest(token)
      const known = younger.get(name)
      if (known !== undefined) return known
      const once = older.get(name)
      // One that is still asked about outlives the half that it was in.
      if (once !== undefined) keep(name, once)
      return once
    },
    add: (token, { header, key, claims }) =>
      keep(digest(token), { header: frozen(header), key, claims: frozen(claims) }),
  }
}

/** Down to the last member: whatever one request made of it would be true of the token in every other. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  Object.values(value).forEach(frozen)
  return Object.freeze(value)
}
