// The public keys that somebody registered (RFC 7517 §5), read from their text where it leaves the database or arrives, and
// nowhere else.

/** A JWK Set of public keys, frozen down to its last member. What is made of one can be kept by it: see jwkSetOf. */
export type JwkSet = Readonly<Record<string, unknown>>

const most = 1000
const sets = new Map<string, JwkSet>()

/**
 * The set of a text that `JSON.stringify` wrote, which writes the same text of it again. The same text gives the same object
 * while it is among the thousand that are remembered, however often its row is read.
 */
export function jwkSetOf(text: string): JwkSet {
  let set = sets.get(text)
  if (set === undefined) {
    set = JSON.parse(text, frozen) as JwkSet
    if (sets.size >= most) sets.clear()
    sets.set(text, set)
  }
  return set
}

/** The set that somebody describes, as it would be read again. */
export function registeredSet(described: Readonly<Record<string, unknown>>): JwkSet {
  return jwkSetOf(JSON.stringify(described))
}

function frozen(_name: string, value: unknown): unknown {
  return Object.freeze(value)
}
