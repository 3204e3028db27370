// How far long work is, on one line: a bar where it is known how much there is, else how much was done, and how fast.
import type { Runtime } from '../../platform/runtime.ts'

/** Shows the progress of an import. */
export interface Progress {
  /** How many people there are. */
  readonly expects: (people: number) => void
  /** How many records were read, and how many of them are people. */
  readonly read: (records: number, people: number) => void
}

const width = 24
const number = (count: number): string => count.toLocaleString('en')

/** @param show takes the line, without an end */
export function progressOf({ elapsed }: Pick<Runtime, 'elapsed'>, show: (line: string) => void): Progress {
  const began = elapsed()
  let expected = 0
  return {
    expects: (people) => {
      expected = people
    },
    read: (records, people) => {
      const seconds = (elapsed() - began) / 1000
      const rate = seconds < 2 ? '' : `, ${number(Math.round(records / seconds))} a second`
      // What belongs to people comes after the last of them, and nobody has counted it.
      if (people === 0 || people >= expected) return show(`  ${number(records)} read${rate} …`)
      const done = people / expected
      const full = Math.floor(done * width)
      const bar = '█'.repeat(full) + '░'.repeat(width - full)
      show(`  ${bar} ${Math.floor(done * 100)} %, ${number(people)} of ${number(expected)} people${rate}`)
    },
  }
}
