// What the tests cost: processor seconds, which stay the same however busy a machine is, as minutes do not.
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** How many of these the kernel counts per second; so on every Linux that Node runs on. */
const ticksPerSecond = 100

/** Of this process and, where the system tells (Linux), of all those below it that have ended and were waited for. */
export function cpuSeconds(): number {
  return cpuSecondsOf('self') ?? (({ user, system }) => (user + system) / 1_000_000)(process.cpuUsage())
}

/** As cpuSeconds, of another process; undefined where the system doesn't tell. */
export function cpuSecondsOf(pid: number | 'self'): number | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // proc_pid_stat(5): the name, in parentheses, may hold anything; behind it utime, stime, cutime, cstime are 14 to 17.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond
}

/** Of everything on this machine since it started. */
export function machineSeconds(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0) / 1000
}
