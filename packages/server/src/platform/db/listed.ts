// Lists in statements. A statement is compiled once, so every list in one has the same length: a shorter one is filled up
// with what is in it already, which asks for nothing more.

/** Values of one list; longer ones are asked for in several reads. */
export const listLength = 50

/** The places of a list in a statement. @param p as `query` gives it */
export function places<T>(p: Readonly<Record<string, T>>): T[] {
  return Array.from({ length: listLength }, (_, at) => p[`at${at}`] as T)
}

/** The values for those places; null where there are none to ask for. */
export function filling<T>(values: readonly T[]): Record<string, T> | null {
  const [first] = values
  if (first === undefined) return null
  if (values.length > listLength) throw new RangeError(`A list has ${listLength} values at most.`)
  return Object.fromEntries(Array.from({ length: listLength }, (_, at) => [`at${at}`, values[at] ?? first]))
}
