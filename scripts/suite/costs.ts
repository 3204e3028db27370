// What a run says of its cost: all of it, and the files that cost most, so that growth is seen by whoever causes it.
import type { Cost } from './run.ts'

/** Of a whole run, in seconds. */
export interface Whole {
  readonly wall: number
  /** Of processors, by what the run started. */
  readonly cpu: number
  /** Of processors, by everything on the machine meanwhile. */
  readonly machine: number
}

const most = 10

/** Lines for a person. */
export function costsTold(took: readonly Cost[], { wall, cpu, machine }: Whole): string[] {
  const others = Math.max(0, machine - cpu)
  const dearest = took
    .filter(({ cpuSeconds }) => cpuSeconds >= 1)
    .toSorted((a, b) => b.cpuSeconds - a.cpuSeconds)
  const rows = dearest.slice(0, most).map(({ file, seconds, cpuSeconds }) => {
    const [used, lasted] = [cpuSeconds, seconds].map((number) => number.toFixed(1).padStart(6))
    return `  ${used} s of ${lasted} s  ${file}`
  })
  return [
    `\nTook ${Math.round(wall)} s and ${Math.round(cpu)} s of processor time; others on this machine used ${Math.round(others)} s.`,
    ...(rows.length > 0 ? ['The dearest files, in seconds of processors and of their time:', ...rows] : []),
  ]
}
