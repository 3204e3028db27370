// Writes that belong together, as callers compose them.
import type { Write } from './engine.ts'

/** Writes to apply together; nothing and nested lists are skipped, so that callers can compose freely. */
export type WriteSet = readonly (Write | null | undefined | WriteSet)[]

/** The writes of a set, one after the other. */
export function flat(writes: WriteSet): Write[] {
  const list: Write[] = []
  addTo(list, writes)
  return list
}

function addTo(list: Write[], writes: WriteSet): void {
  for (const item of writes) {
    if (item === null || item === undefined) continue
    if (isSet(item)) addTo(list, item)
    else list.push(item)
  }
}

function isSet(item: Write | WriteSet): item is WriteSet {
  return Array.isArray(item)
}
