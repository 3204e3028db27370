// By which name a client knows a person (OpenID Connect Core §8): `sub`, wherever one leaves towards that client.
import { createHmac } from 'node:crypto'
import type { Platform } from '../../platform/platform.ts'
import type { Client } from '../clients/client.ts'
import { allClients } from '../clients/clients.store.ts'
import { subjectSecret } from './secret.store.ts'
import { pairwisePrefix, sectorOf } from './sector.ts'

/** What of a client tells its names of people. */
export type Knower = Pick<Client, 'subjectType' | 'redirectUris' | 'sectorIdentifierUri'>

/** The names of people. */
export interface Subjects {
  /**
   * What a client calls a person. INVARIANT: of a client with pairwise subjects neither the person nor what another sector
   * calls them can be told from it, and it is the same for as long as the client stays in its sector.
   */
  of(client: Knower, userId: string): Promise<string>
  /** Every name that people go by, in whatever sector: their own identifiers among them. */
  everyNameOf(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
}

/** The names of one server. */
export function subjectsOf(platform: Pick<Platform, 'database' | 'vault' | 'runtime'>): Subjects {
  let secret: Promise<string> | null = null
  const pairwise = async (sector: string, userId: string): Promise<string> => {
    secret ??= subjectSecret(platform).catch((error: unknown) => {
      secret = null
      throw error
    })
    const mac = createHmac('sha256', await secret).update(`${sector.length}:${sector}:${userId}`)
    return pairwisePrefix + mac.digest('base64url')
  }
  return {
    of: async (client, userId) => {
      if (client.subjectType === 'public') return userId
      const sector = sectorOf(client)
      if (sector === null) throw new Error('A client with pairwise subjects has no sector.')
      return pairwise(sector, userId)
    },
    everyNameOf: async (userIds) => {
      if (userIds.length === 0) return new Map()
      const clients = await allClients(platform.database)
      const sectors = clients.map((client) => (client.subjectType === 'public' ? null : sectorOf(client)))
      const others = [...new Set(sectors)].filter((sector) => sector !== null)
      const named = userIds.map(async (id) => {
        const names = await Promise.all(others.map((sector) => pairwise(sector, id)))
        return [id, [id, ...names]] as const
      })
      return new Map(await Promise.all(named))
    },
  }
}
