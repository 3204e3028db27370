// Tokens that were verified before, so that the same token is not verified again while nothing can have changed.
// The key is the whole token: two tokens never share an entry, whatever they have in common.
import type { TrustedKeys } from './keys.ts'
import type { Verified } from './verification.ts'

interface Seen {
  readonly verified: Verified
  readonly keys: TrustedKeys
  readonly from: number
  readonly until: number
}

export interface SeenTokens {
  /** INVARIANT: never a token past its end, before the time it was verified, or verified by another key set. */
  get(token: string, keys: TrustedKeys, now: number): Verified | undefined
  /** `from` is the time of the verification, `until` the first second at which the token is refused. */
  add(token: string, entry: Seen): void
}

const mostTokens = 5000
const mostCharacters = 8 * 1024 * 1024

export function createSeenTokens(limits = { tokens: mostTokens, characters: mostCharacters }): SeenTokens {
  const seen = new Map<string, Seen>()
  // Kept between calls: a new one would walk over everything that was deleted before it.
  let inOrder = seen.keys()
  let characters = 0

  function oldest(): string | undefined {
    let next = inOrder.next()
    if (next.done === true) {
      inOrder = seen.keys()
      next = inOrder.next()
    }
    return next.value
  }

  function remove(token: string): void {
    if (seen.delete(token)) characters -= token.length
  }

  return {
    get(token, keys, now) {
      const entry = seen.get(token)
      if (entry === undefined) return undefined
      if (entry.keys === keys && now >= entry.from && now < entry.until) return entry.verified
      remove(token)
      return undefined
    },
    add(token, entry) {
      remove(token)
      seen.set(token, entry)
      characters += token.length
      // Tokens live about equally long, so the oldest entry is the first to end.
      while (seen.size > limits.tokens || characters > limits.characters) {
        const token = oldest()
        if (token === undefined) return
        remove(token)
      }
    },
  }
}
