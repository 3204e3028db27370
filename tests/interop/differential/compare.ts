// The same requests to both servers, one after another: how many were answered alike, and what explains the others.
import { classOf, isGranted } from './answers.ts'
import { type Asked, askedFrom } from './asked.ts'
import { type Difference, explanation } from './differences.ts'
import { openOurs } from './ours.ts'
import { ask } from './side.ts'
import { openTheirs } from './theirs.ts'

export interface Compared {
  readonly alike: number
  /** How often each row was needed. */
  readonly explained: ReadonlyMap<Difference, number>
  /** One line each, with the request. */
  readonly unexplained: readonly string[]
}

export async function compare(seed: number, count: number): Promise<Compared> {
  const next = askedFrom(seed)
  const explained = new Map<Difference, number>()
  const unexplained: string[] = []
  let alike = 0
  const [ours, theirs] = [await openOurs(), await openTheirs()]
  try {
    for (let done = 0; done < count; done++) {
      const asked = next()
      const [mine, other] = await Promise.all(
        [ours, theirs].map(async (side) => classOf(asked, await ask(side, asked))),
      )
      if (mine === undefined || other === undefined || isAlike(asked, mine, other)) {
        alike += 1
        continue
      }
      const row = explanation(asked, mine, other)
      if (row === undefined) unexplained.push(`${described(asked)}: ours ${mine}, theirs ${other}`)
      else explained.set(row, (explained.get(row) ?? 0) + 1)
    }
  } finally {
    await Promise.all([ours.close(), theirs.close()])
  }
  return { alike, explained, unexplained }
}

/** Of two faults each server may name either. */
function isAlike({ changes }: Asked, mine: string, other: string): boolean {
  return mine === other || (changes.length > 1 && isGranted(mine) === isGranted(other))
}

function described({ endpoint, base, changes }: Asked): string {
  const shown = changes.map((change) => JSON.stringify(change.slice(0, 80))).join(' and ')
  return `${endpoint}, ${base}${shown === '' ? '' : `, ${shown}`}`
}
