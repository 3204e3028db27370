// Chance that can be had again: a small generator with a seed (mulberry32), for workloads that choose at random.

export interface Chance {
  /** From 0 up to but not including `below`. */
  readonly whole: (below: number) => number
  readonly oneOf: <T>(list: readonly T[]) => T | undefined
  /** One of the names, as often as its weight says. */
  readonly weighted: <K extends string>(weights: Readonly<Record<K, number>>) => K
}

export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (below: number) => Math.floor(next() * below)
  return {
    whole,
    oneOf: (list) => list[whole(list.length)],
    weighted: (weights) => {
      const names = Object.keys(weights) as (keyof typeof weights)[]
      let left = whole(names.reduce((sum, name) => sum + weights[name], 0))
      for (const name of names) {
        left -= weights[name]
        if (left < 0) return name
      }
      throw new RangeError('No weight is above zero.')
    },
  }
}
