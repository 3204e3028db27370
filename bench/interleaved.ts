// CPU time of several ways to do one thing, on a machine that is never quiet. The ways take turns in short batches, the
// order changing each round, so that what disturbs one disturbs all; figures and ratios are medians over the rounds.

/** One way: work that is done again and again; `index` counts its calls. Answers later where it has to. */
export interface Way {
  readonly work: (index: number) => unknown
  /** Set where `work` answers with a promise. */
  readonly isLater?: true
}

/** What came of it. */
export interface Measured<Name extends string> {
  /** CPU microseconds of one call. */
  readonly cost: { readonly [name in Name]?: number }
  /** How many times as much `one` costs as `other`, taken within each round. */
  ratio(one: Name, other: Name): number
}

/** Microseconds of a batch: long against the clock's grain, short against what else goes on. */
const batchUs = 6000

/** Measures every way over so many rounds, after a warm-up. */
export async function interleaved<Name extends string>(
  ways: { readonly [name in Name]?: Way },
  rounds = 41,
): Promise<Measured<Name>> {
  const runners = new Map<Name, Runner>()
  for (const [name, way] of Object.entries<Way | undefined>(ways)) {
    if (way !== undefined) runners.set(name as Name, await warmed(way))
  }
  const names = [...runners.keys()]
  const costs = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const turn = round % names.length
    for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
      costs.get(name)?.push((await runners.get(name)?.()) ?? Number.NaN)
    }
  }
  const of = (name: Name) => costs.get(name) ?? []
  return {
    cost: Object.fromEntries(names.map((name) => [name, median(of(name))])) as { [name in Name]?: number },
    ratio: (one, other) => median(of(one).map((cost, round) => cost / (of(other)[round] ?? Number.NaN))),
  }
}

/** Runs one batch and tells the CPU microseconds of one call. */
type Runner = () => Promise<number>

/** Warms a way up, and finds out how many calls make a batch. No index comes twice. */
async function warmed({ work, isLater }: Way): Promise<Runner> {
  let next = 0
  async function batch(calls: number): Promise<number> {
    const end = next + calls
    const before = process.cpuUsage()
    if (isLater === true) for (let index = next; index < end; index++) await work(index)
    else for (let index = next; index < end; index++) work(index)
    const { user, system } = process.cpuUsage(before)
    next = end
    return (user + system) / calls
  }
  let calls = 8
  for (;;) {
    const cost = (await batch(calls)) * calls
    if (cost > 25_000) break
    calls *= 2
  }
  const size = Math.max(1, Math.round(batchUs / (await batch(calls))))
  return () => batch(size)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
