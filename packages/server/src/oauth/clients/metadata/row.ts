// A row of the table of client metadata: names on the wire, and what they say of a client.
import type { Client } from '../client.ts'
import type { ClientDescription } from '../registration.ts'
import { type Members, present, type Reading } from './reading.ts'

/** What one feature has registered: the same, as names on the wire and as members of a client. */
export interface MetadataRow {
  /** Names on the wire, each with the member of a description that it becomes, as findings name it (`signOut.backChannel`). */
  readonly names: Readonly<Record<string, string>>
  /** What the members say; nothing of those that are not given, unless their specification has a default of its own. */
  readonly parse: (given: Members) => Partial<ClientDescription>
  /** The same members of a client. INVARIANT: parsed again they say the same. */
  readonly print: (client: Client) => Readonly<Record<string, unknown>>
}

/** A row of one name that becomes one member as it is. It is printed unless it is null, undefined or an empty list. */
export function member<K extends keyof ClientDescription & keyof Client>(
  wire: string,
  name: K,
  reading: Reading<NonNullable<ClientDescription[K]>>,
): MetadataRow {
  return {
    names: { [wire]: name },
    parse: (given) => present({ [name]: given.get(wire, reading) }),
    print: (client) => {
      const value = client[name]
      const isNothing = value === null || value === undefined || (Array.isArray(value) && value.length === 0)
      return isNothing ? {} : { [wire]: value }
    },
  }
}
