// Values as other systems' databases and exports write them, read without trusting their types.

/** A text; null for nothing and for what is none. */
export function textIn(value: unknown): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : null
}

/** A truth value, however the database writes it. */
export function truthIn(value: unknown): boolean {
  return value === true || value === 1 || value === 't' || value === 'true' || value === '1'
}

/** A time in seconds since the epoch; null for what is none. Numbers above 10^11 are milliseconds. */
export function momentIn(value: unknown): number | null {
  if (value instanceof Date) return Math.max(0, Math.floor(value.getTime() / 1000))
  if (typeof value === 'number') return Math.max(0, Math.floor(value > 1e11 ? value / 1000 : value))
  if (typeof value !== 'string' || value === '') return null
  if (/^\d+$/.test(value)) return momentIn(Number(value))
  // PostgreSQL writes an offset of whole hours without minutes.
  const text = value.replace(/:\d\d(?:\.\d+)?[+-]\d\d$/, '$&:00')
  const read = Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`)
  return Number.isNaN(read) ? null : Math.max(0, Math.floor(read / 1000))
}

/** Members of an object; none for what is none. Text is read as JSON first. */
export function membersIn(value: unknown): Readonly<Record<string, unknown>> {
  const read: unknown = typeof value === 'string' ? parsed(value) : value
  return typeof read === 'object' && read !== null && !Array.isArray(read) ? { ...read } : {}
}

/** A list; empty for what is none. Text is read as JSON first. */
export function listIn(value: unknown): readonly unknown[] {
  const read: unknown = typeof value === 'string' ? parsed(value) : value
  return Array.isArray(read) ? read : []
}

/** Words of a text between spaces, line ends or commas. */
export function listOf(value: unknown): string[] {
  return (textIn(value) ?? '').split(/[\s,]+/).filter((word) => word !== '')
}

/** Claims without those that have no value. */
export function claimsOf(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(claims).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
