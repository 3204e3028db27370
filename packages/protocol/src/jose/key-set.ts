// A set of verification keys, found by `kid` and `alg` (RFC 7517 §5).
import type { JwsAlgorithm } from './algorithms.ts'
import type { Jwk } from './jwk.ts'
import { KeyError } from './key-error.ts'
import { importPublicJwk, importPublicJwkAsync, type VerificationKey } from './keys.ts'

const maximumKeys = 100

/** Keys to verify with. Immutable. INVARIANT: no two keys share a `kid`. */
export class KeySet {
  readonly keys: readonly VerificationKey[]
  readonly #byKid = new Map<string, VerificationKey>()
  readonly #onlyOfAlgorithm = new Map<string, VerificationKey | null>()

  /** @throws KeyError `duplicate_kid` */
  constructor(keys: Iterable<VerificationKey>) {
    this.keys = Object.freeze([...keys])
    for (const key of this.keys) {
      if (key.kid !== undefined) {
        if (this.#byKid.has(key.kid)) throw new KeyError('duplicate_kid', 'two keys share a kid')
        this.#byKid.set(key.kid, key)
      }
      this.#onlyOfAlgorithm.set(key.alg, this.#onlyOfAlgorithm.has(key.alg) ? null : key)
    }
  }

  /**
   * The key for a token's header: the one with its `kid`, if that key is for its `alg`; without a `kid`, the only key of
   * that `alg`. Never a guess between two.
   */
  find(header: { readonly alg: string; readonly kid?: string }): VerificationKey | undefined {
    if (header.kid === undefined) return this.#onlyOfAlgorithm.get(header.alg) ?? undefined
    const key = this.#byKid.get(header.kid)
    return key?.alg === header.alg ? key : undefined
  }
}

/**
 * Reads a JWK Set of public keys.
 *
 * Keys that we can't or won't use are left out, as RFC 7517 §5 advises: of unknown type or algorithm, for encryption,
 * weak, malformed. A set that holds any secret (private or `oct`) or two usable keys of one `kid` is refused whole.
 *
 * @param alg the algorithm of RSA keys that don't name theirs (RS256 if not given)
 * @throws KeyError
 */
export function importJwkSet(value: unknown, alg?: JwsAlgorithm): KeySet {
  const usable = entriesOf(value).map((jwk) => {
    try {
      return importPublicJwk(jwk, unlessNamed(jwk, alg))
    } catch (error) {
      return leaveOut(error)
    }
  })
  return new KeySet(usable.filter((key) => key !== null))
}

/** As importJwkSet, on every platform. @throws KeyError */
export async function importJwkSetAsync(value: unknown, alg?: JwsAlgorithm): Promise<KeySet> {
  const usable = await Promise.all(
    entriesOf(value).map((jwk) => importPublicJwkAsync(jwk, unlessNamed(jwk, alg)).catch(leaveOut)),
  )
  return new KeySet(usable.filter((key) => key !== null))
}

/** The keys of a JWK Set as they stand. @throws KeyError unless it is a list of at most a hundred objects */
export function entriesOf(value: unknown): readonly Jwk[] {
  const entries = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined
  if (!Array.isArray(entries)) throw new KeyError('malformed', 'a JWK Set has a list of keys')
  if (entries.length > maximumKeys) throw new KeyError('malformed', 'the JWK Set has too many keys')
  for (const entry of entries as unknown[]) {
    if (typeof entry !== 'object' || entry === null) throw new KeyError('malformed', 'a JWK is an object')
  }
  return entries as Jwk[]
}

/** Null for a key that is of no use to us. @throws whatever makes the whole set unfit */
export function leaveOut(error: unknown): null {
  if (error instanceof KeyError && error.code !== 'secret_in_public') return null
  throw error
}

function unlessNamed(jwk: Jwk, alg?: JwsAlgorithm): JwsAlgorithm | undefined {
  return jwk['kty'] === 'RSA' && jwk['alg'] === undefined ? alg : undefined
}
