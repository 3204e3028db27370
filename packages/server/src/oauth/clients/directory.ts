// Clients in memory, for as long as the second lasts: a client that asks for tokens is looked up with each request,
// and a read between two commits costs more than all the rest of the lookup. What was changed or taken away is noticed
// within a second; nobody is refused on grounds of memory alone.
import type { Platform } from '../../platform/platform.ts'
import type { MetadataDocuments } from '../metadata-documents/documents.ts'
import type { Client } from './client.ts'
import { clientById } from './clients.store.ts'

/** What was seen of a client, and how lately. */
export interface Sighting {
  /** Undefined when there is no such client; disabled ones are there. */
  readonly client: Client | undefined
  /** Whether it was read just now. */
  readonly isNow: boolean
}

/** The clients, as currently as it matters. */
export interface ClientDirectory {
  /** The client as it was at some moment of this second. */
  look(id: string): Promise<Sighting>
  /** The client as it is. */
  lookNow(id: string): Promise<Sighting>
}

/** Most that are remembered. Ids that do not exist are among them: whoever invents them drives nothing out but memory. */
const most = 1000

/** The directory of one process. @param documents where ids may be addresses of them */
export function clientDirectory(
  { database, runtime }: Pick<Platform, 'database' | 'runtime'>,
  documents: MetadataDocuments | null,
): ClientDirectory {
  // Of one that is known, nothing depends on how fresh its document is: that is asked where a person is about to decide.
  const read = async (id: string): Promise<Client | undefined> => {
    const known = await clientById(database, id)
    if (known !== undefined || documents === null) return known
    const found = await documents.clientAt(id)
    return found?.ok === true ? found.client : undefined
  }
  let seen = new Map<string, Client | undefined>()
  let second = -1
  const lookNow = async (id: string): Promise<Sighting> => {
    const at = runtime.now()
    const client = await read(id)
    if (at !== second || seen.size >= most) seen = new Map()
    second = at
    seen.set(id, client)
    return { client, isNow: true }
  }
  return {
    lookNow,
    look: async (id) =>
      runtime.now() === second && seen.has(id) ? { client: seen.get(id), isNow: false } : lookNow(id),
  }
}
