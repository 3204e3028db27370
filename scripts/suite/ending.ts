// The last line of a long command, from which alone one can read what came of it.

export interface Ending {
  /** What is counted, in the plural. */
  readonly what: string
  readonly passed: number
  readonly failed: number
  /** What failed among all the others and not alone. */
  readonly unsteady?: number
  /** The reason of each thing that was left out. */
  readonly skipped?: readonly string[]
  /** False where the counts don't tell it, as where there was nothing to do. */
  readonly succeeded?: boolean
}

const mostReasons = 12

/**
 * As in `ok: 12 flows passed, 0 failed, 3 skipped (2 × Ruby: not found; a large one), in 1.5 minutes.`
 * @param ms since the command began
 */
export function ending(came: Ending, ms = performance.now()): string {
  const { what, passed, failed, unsteady = 0, skipped = [], succeeded = failed === 0 } = came
  const counts = [`${passed} ${what} passed`, `${failed} failed`]
  if (unsteady > 0) counts.push(`${unsteady} unsteady`)
  counts.push(skipped.length === 0 ? 'nothing skipped' : `${skipped.length} skipped (${reasons(skipped)})`)
  const time = ms < 60_000 ? `${Math.round(ms / 1000)} seconds` : `${(ms / 60_000).toFixed(1)} minutes`
  return `${succeeded ? 'ok' : 'FAILED'}: ${counts.join(', ')}, in ${time}.`
}

function reasons(skipped: readonly string[]): string {
  const told = [...Map.groupBy(skipped, (reason) => reason.replaceAll(/\s+/g, ' ').trim())]
    .slice(0, mostReasons + 1)
    .map(([reason, { length }]) => (length > 1 ? `${length} × ${reason}` : reason))
  return told.length > mostReasons ? `${told.slice(0, mostReasons).join('; ')}; …` : told.join('; ')
}
