// Clients that the profile leaves no use for: they are refused at each request, so the doctor says so before they ask.
import { allClients } from '../oauth/clients/clients.store.ts'
import { misfit } from '../oauth/profiles/fit.ts'
import { profiles } from '../oauth/profiles/rules.ts'
import type { Database } from '../platform/db/database.ts'
import type { Finding, Settings } from './settings.ts'

/** Every enabled client that is not served under the profile, and why. */
export async function misfits(
  database: Database,
  { profile }: Pick<Settings, 'profile'>,
): Promise<readonly Finding[]> {
  const clients = await allClients(database)
  return clients.flatMap((client) => {
    const why = client.disabledAt === null ? misfit(profiles[profile], client) : null
    return why === null ? [] : [finding(client.id, profile, why)]
  })
}

function finding(id: string, profile: string, why: string): Finding {
  return {
    path: 'COUNTERSIGN_PROFILE',
    code: 'misfit',
    message: `The profile ${profile} does not serve the client ${id}: it has no place for ${why}. Change the client: countersign client update ${id} --metadata FILE`,
  }
}
