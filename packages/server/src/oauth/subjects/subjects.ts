// By which name a client knows a person (OpenID Connect Core §8), and a session of theirs: `sub` and `sid`, wherever they
// leave towards that client.
import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
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
  /**
   * What a client calls a session: its own identifier, or of a client with pairwise subjects a name as secret as theirs, so
   * that two of them can't tell from it that they serve one browser.
   */
  sessionOf(client: Knower, sessionId: string): Promise<string>
  /** The session that a client calls so; null for what is no such name. */
  sessionCalled(client: Knower, name: string): Promise<string | null>
  /** Every name that people go by, in whatever sector: their own identifiers among them. */
  everyNameOf(userIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>
}

/** The names of one server. */
export function subjectsOf(platform: Pick<Platform, 'database' | 'vault' | 'runtime'>): Subjects {
  let secret: Promise<string> | null = null
  const secretNow = (): Promise<string> => {
    secret ??= subjectSecret(platform).catch((error: unknown) => {
      secret = null
      throw error
    })
    return secret
  }
  const pairwise = async (sector: string, userId: string): Promise<string> => {
    const mac = createHmac('sha256', await secretNow()).update(`${sector.length}:${sector}:${userId}`)
    return pairwisePrefix + mac.digest('base64url')
  }
  const sessionKey = async (client: Knower): Promise<Buffer> =>
    createHmac('sha256', await secretNow())
      .update(`sessions of ${sectorKnown(client)}`)
      .digest()
  return {
    of: async (client, userId) => {
      if (client.subjectType === 'public') return userId
      return pairwise(sectorKnown(client), userId)
    },
    sessionOf: async (client, sessionId) =>
      client.subjectType === 'public' ? sessionId : sealedSession(sessionId, await sessionKey(client)),
    sessionCalled: async (client, name) =>
      client.subjectType === 'public' ? name : openedSession(name, await sessionKey(client)),
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

function sectorKnown(client: Knower): string {
  const sector = sectorOf(client)
  if (sector === null) throw new Error('A client with pairwise subjects has no sector.')
  return sector
}

/** How names of sessions begin that are one sector's own. */
const sessionPrefix = 'pss_'

// The identifier of a session is one block of the cipher: under the key of a sector each stands for one other block, which
// can be turned back without a table, and says nothing under any other key.
function sealedSession(sessionId: string, key: Buffer): string {
  const block = /^ses_([0-9a-f]{32})$/.exec(sessionId)?.[1]
  if (block === undefined) throw new Error('That is no identifier of a session.')
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  return sessionPrefix + Buffer.concat([cipher.update(block, 'hex'), cipher.final()]).toString('base64url')
}

function openedSession(name: string, key: Buffer): string | null {
  const sealed = /^pss_([\w-]{22})$/.exec(name)?.[1]
  if (sealed === undefined) return null
  const decipher = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false)
  return `ses_${Buffer.concat([decipher.update(sealed, 'base64url'), decipher.final()]).toString('hex')}`
}
