import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../tests/harness/engines.ts'
import { rolesOf } from '../access/roles.store.ts'
import { credentialOfUser } from '../accounts/credentials/passwords.store.ts'
import { identitiesOf, identityBySubject } from '../accounts/identities/identities.store.ts'
import { sessionsOf } from '../accounts/sessions/sessions.store.ts'
import { listUsers } from '../accounts/users/users.store.ts'
import { allApis } from '../oauth/apis/apis.store.ts'
import { consentsOf } from '../oauth/authorize/consents.store.ts'
import { allClients } from '../oauth/clients/clients.store.ts'
import { ada, codeFor, exchange, introspected, ledger, openOAuthHouse, refresh } from '../oauth/house.ts'
import type { Database } from '../platform/db/database.ts'
import { allKeys } from '../platform/keys/keys.store.ts'
import { openAttempt } from '../signin/upstreams/attempts.store.ts'

async function tablesOf({ dialect, read }: Database): Promise<string[]> {
  const rows =
    dialect === 'sqlite'
      ? await read("select name from sqlite_schema where type = 'table' and name not like 'sqlite%'", [])
      : await read("select tablename as name from pg_tables where schemaname = 'public'", [])
  return rows.map(({ name }) => String(name))
}

onBothEngines('A database that a newer version has migrated', (open) => {
  test('is used by this version as before: columns that it does not know are nothing to it', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const { database, runtime } = house
    const everything = async (): Promise<void> => {
      const code = (
        await codeFor(await house.signedIn(), { scope: 'openid offline_access ledger:read' })
      ).get('code')
      const first = (await exchange(house.visitor(), code, { resource: ledger })).json()
      const second = (await refresh(house.visitor(), first['refresh_token'], { resource: ledger })).json()
      assert.equal((await introspected(house, second['access_token']))['active'], true)
      const now = runtime.now()
      const key = { upstream: 'oidc', issuer: 'https://idp.example', subject: '1' }
      await Promise.all([
        allApis(database),
        allClients(database),
        allKeys(database),
        consentsOf(database, ada.id),
        credentialOfUser(database, ada.id),
        identitiesOf(database, ada.id),
        identityBySubject(database, key),
        listUsers(database),
        openAttempt(database, now, { digest: 'd', upstream: 'oidc', browserDigest: 'b' }),
        rolesOf(database, ada.id),
        sessionsOf(database, now, ada.id),
      ])
    }
    await everything()
    await database.migrate(async (run) => {
      for (const table of await tablesOf(database)) await run(`alter table ${table} add column newer text`)
    })
    await everything()
  })
})
