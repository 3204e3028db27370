// Whether the setting `encryptedTokens` says what the database says. Somebody whose tokens nobody was to read must not
// get readable ones because a setting was forgotten.
import { allApis } from '../oauth/apis/apis.store.ts'
import { clientsWithEncryption } from '../oauth/clients/clients.store.ts'
import type { Database } from '../platform/db/database.ts'
import type { Finding, Settings } from './settings.ts'

/** Whose tokens are to be encrypted while the setting is off; nothing when all is well. */
export async function encryptedAgainstSetting(
  database: Database,
  { encryptedTokens }: Pick<Settings, 'encryptedTokens'>,
): Promise<readonly Finding[]> {
  if (encryptedTokens) return []
  const apis = (await allApis(database)).filter(({ encryption }) => encryption !== null)
  return [
    ...apis.map(({ identifier }) =>
      finding(`the API ${identifier}`, `countersign api update ${identifier} --format jwt`),
    ),
    ...(await clientsWithEncryption(database)).map((id) =>
      finding(`the client ${id}`, `countersign client update ${id} --id-token-encryption none`),
    ),
  ]
}

function finding(whose: string, instead: string): Finding {
  return {
    path: 'COUNTERSIGN_ENCRYPTED_TOKENS',
    code: 'encryption_off',
    message: `COUNTERSIGN_ENCRYPTED_TOKENS is off, but tokens of ${whose} are encrypted. Set it to on, or run: ${instead}`,
  }
}
