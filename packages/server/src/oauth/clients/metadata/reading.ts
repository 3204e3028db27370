// Reading the members of a JSON object that somebody sent: each has one shape, and all that is wrong is found at once.

/** What a member may be: `read` gives undefined for anything else. */
export interface Reading<T> {
  /** What it must be, in words that follow its name. */
  readonly must: string
  readonly read: (value: unknown) => T | undefined
}

/**
 * A text of any kind. Whether a name in it is known is for the checks of a client to say, so it may be of any type of
 * names.
 */
export function text<T extends string = string>(): Reading<T> {
  return { must: 'must be a text', read: (value) => (typeof value === 'string' ? (value as T) : undefined) }
}

/** A list of texts. */
export function texts<T extends string = string>(): Reading<readonly T[]> {
  return { must: 'must be a list of texts', read: (value) => (isTexts(value) ? (value as T[]) : undefined) }
}

/** Names in one text, separated by single spaces (RFC 6749 §3.3); none in an empty one. */
export const spaced: Reading<readonly string[]> = {
  must: 'must be names separated by spaces',
  read: (value) => {
    if (typeof value !== 'string') return undefined
    return value === '' ? [] : [...new Set(value.split(' '))]
  },
}

export const flag: Reading<boolean> = {
  must: 'must be true or false',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
}

/** A whole number from 0 on. */
export const whole: Reading<number> = {
  must: 'must be a whole number, 0 or more',
  read: (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined),
}

/** An object; what stands in it is for the checks of a client to say. */
export function object<T extends object = Readonly<Record<string, unknown>>>(): Reading<T> {
  return {
    must: 'must be an object',
    read: (value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as T) : undefined,
  }
}

/** Members that were given, and what was found of them. */
export interface Members {
  /** As read; undefined when it was not given, is null (RFC 7592 §2.2), or is not what it must be, which is found. */
  get<T>(name: string, reading: Reading<T>): T | undefined
  /** Finds what is wrong with members beside each other. */
  find(finding: MemberFinding): void
  /** Names that were given. */
  readonly names: readonly string[]
}

/** A member that is not what it must be. */
export interface MemberFinding {
  readonly path: string
  readonly code: string
  readonly message: string
}

/** The members of an object. @param find is told of each that is not what it must be, once for every time that it is read */
export function membersOf(
  given: Readonly<Record<string, unknown>>,
  find: (finding: MemberFinding) => void,
): Members {
  return {
    find,
    names: Object.keys(given).filter((name) => given[name] !== null),
    get: (name, { must, read }) => {
      if (!Object.hasOwn(given, name) || given[name] === null) return undefined
      const value = read(given[name])
      if (value === undefined) find({ path: name, code: 'type', message: must })
      return value
    },
  }
}

/** Without the members that are undefined. */
export function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
