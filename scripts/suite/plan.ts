// Which test files share a process. Starting one and loading the server into it costs more than most files' tests, so
// those of a package, which start nothing themselves, go by the dozen; what crosses rooms goes alone.
const shared = 12

/** Paths to run one after another in one process, in the order in which the processes are to start. */
export type Batch = readonly string[]

/**
 * What crosses rooms first: those files take longest, and a long one started last would run alone.
 * @param alone each file in a process of its own
 */
export function planBatches(paths: readonly string[], alone: boolean): Batch[] {
  const sorted = [...paths].sort()
  if (alone) return sorted.map((path) => [path])
  const crossing = sorted.filter((path) => path.startsWith('tests/'))
  const own = Map.groupBy(
    sorted.filter((path) => !path.startsWith('tests/')),
    (path) => path.split('/', 2).join('/'),
  )
  return [...crossing.map((path) => [path]), ...[...own.values()].flatMap(inBatches)]
}

/** Of about the same size, so that no rest runs alone. */
function inBatches(paths: readonly string[]): Batch[] {
  const count = Math.ceil(paths.length / shared)
  return Array.from({ length: count }, (_, index) =>
    paths.slice(Math.round((index * paths.length) / count), Math.round(((index + 1) * paths.length) / count)),
  )
}
