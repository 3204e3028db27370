// People and clients as a reader found them. One that no record can hold takes nobody else along: it stays behind, and is
// counted.
import { ZodError } from 'zod'
import {
  type LeftBehind,
  type MovedClient,
  type MovedUser,
  movedClient,
  movedUser,
  type PartialUser,
} from '../records.ts'

const longestName = 1024

/** The person, or where something about them can't be kept at all, that they stay behind. */
export function personFound(found: PartialUser): MovedUser | LeftBehind {
  // Longer ones are cut where they are shown, too: nobody stays behind for theirs.
  const name = found.name?.slice(0, longestName)
  return kept('people', found.id, () => movedUser({ ...found, name }))
}

/** The client, likewise. */
export function clientFound(found: Parameters<typeof movedClient>[0]): MovedClient | LeftBehind {
  return kept('clients', found.id, () => movedClient(found))
}

function kept<T>(what: string, id: string, make: () => T): T | LeftBehind {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof ZodError)) throw error
    const [{ path } = { path: [] }] = error.issues
    const part = String(path[0] ?? 'record')
    const because = `the ${part} can’t be kept: stays behind`
    return { kind: 'left-behind', what: `${what} whose ${part} can’t be kept`, id: id.slice(0, 64), because }
  }
}
