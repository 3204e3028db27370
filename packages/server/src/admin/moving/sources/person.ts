// A person as a reader found them. One whom no record can hold takes nobody else along: they stay behind, and are counted.
import { ZodError } from 'zod'
import { type Found, movedUser, type PartialUser } from '../records.ts'

/** The person, or where something about them can't be kept at all, that they stay behind. */
export function personFound(found: PartialUser): Found {
  try {
    return movedUser(found)
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    const [{ path } = { path: [] }] = error.issues
    return {
      kind: 'left-behind',
      what: `people whose ${String(path[0] ?? 'record')} can’t be kept`,
      id: found.id,
    }
  }
}
