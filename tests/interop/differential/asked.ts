// Requests for two servers at once: what differs between them (addresses, tokens, codes) stands for itself, as `{code web}`,
// until each of them puts in its own.
import { type Chance, chanceOf } from '../../faults/chance.ts'
import { bases } from './bases.ts'
import { type Change, changesOf } from './changes.ts'

export type Endpoint =
  | 'authorize'
  | 'pushed'
  | 'token'
  | 'userinfo'
  | 'introspection'
  | 'revocation'
  | 'logout'
  | 'device'

export interface Asked {
  readonly endpoint: Endpoint
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Lower case; the one that says who asks is `authorization`. */
  readonly headers: Readonly<Record<string, string>>
  /** What kind of request it was at first. */
  readonly base: string
  /** What was done to it since; empty for a request without a fault. */
  readonly changes: readonly string[]
}

/** @returns one request after another: valid ones, with one change, with two */
export function askedFrom(seed: number): () => Asked {
  const chance = chanceOf(seed)
  const oneOf = <T>(list: readonly T[]): T => {
    const one = chance.oneOf(list)
    if (one === undefined) throw new RangeError('Nothing to choose from.')
    return one
  }
  return () => {
    const base = bases[chance.weighted(weights)]
    const kind = oneOf(base)
    let asked: Asked = { ...kind, changes: [] }
    const times = Number(chance.weighted({ 0: 1, 1: 7, 2: 2 }))
    for (let time = 0; time < times; time++) asked = changed(asked, oneOf(changesOf(asked)), chance)
    return asked
  }
}

const weights = {
  authorize: 30,
  pushed: 18,
  token: 28,
  userinfo: 5,
  introspection: 5,
  revocation: 5,
  logout: 5,
  device: 6,
} as const satisfies Record<Endpoint, number>

function changed(asked: Asked, change: Change, chance: Chance): Asked {
  return { ...asked, ...change.make(asked, chance), changes: [...asked.changes, change.name] }
}
