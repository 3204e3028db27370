/** Durations and moments in words. */

/** @param seconds e.g. 86400 → “24 hours” */
export function duration(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ]
  for (const [size, unit] of units) {
    if (seconds >= 2 * size || seconds === size) {
      const count = Math.round(seconds / size)
      return `${count} ${unit}${count === 1 ? '' : 's'}`
    }
  }
  return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
}

/** A stored time as ISO 8601 in UTC. */
export function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
