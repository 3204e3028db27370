// What Better Auth keeps of second factors and clients, as `npm run wires` found it in a real one.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { digest } from '@countersign/protocol'
import { symmetricEncrypt } from 'better-auth/crypto'
import { totpOf } from '../../../accounts/factors/factors.store.ts'
import { noLimits, openPeople } from '../../../accounts/people.fixture.ts'
import { clientById } from '../../../oauth/clients/clients.store.ts'
import { take, userNamed } from '../moving.fixture.ts'
import { fileAt, sqliteAt } from './sources.fixture.ts'
import { sources } from './sources.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-better-auth-'))
after(() => rmSync(folder, { recursive: true }))

const secret = 'b'.repeat(32)
const letters = 'aSecretOfTheClientWithManyLetters'

async function database(): Promise<string> {
  const [factor, client] = [
    await symmetricEncrypt({ key: secret, data: 'twenty letters of it' }),
    await symmetricEncrypt({ key: secret, data: letters }),
  ]
  return sqliteAt(
    join(folder, 'better.sqlite'),
    `create table user (id text primary key, name text, email text, emailVerified integer, twoFactorEnabled integer);
     create table account (id text primary key, userId text, providerId text, accountId text, password text);
     create table twoFactor (id text primary key, secret text, backupCodes text, userId text, verified integer);
     create table oauthClient (id text primary key, clientId text, clientSecret text, name text, redirectUris text,
       grantTypes text, tokenEndpointAuthMethod text);
     insert into user values ('1', 'Ada', 'ada@example.test', 1, 1), ('2', 'Bea', 'bea@example.test', 1, 0);
     insert into twoFactor values ('a', '${factor}', 'codes', '1', 1), ('b', '${factor}', 'codes', '2', 0);
     insert into oauthClient values ('a', 'site', '${client}', 'Site', '["https://site.example/cb"]', '["authorization_code"]', 'client_secret_basic'),
       ('b', 'page', null, 'Page', '["https://page.example/cb"]', '["authorization_code"]', 'none');`,
  )
}

test('a second factor that nobody confirmed is none, and a client’s secret is what was encrypted', async () => {
  const from = await database()
  const options = { 'secret-file': fileAt(join(folder, 'secret'), secret) }
  const bring = (given: Readonly<Record<string, string>>) =>
    take(to, sources['better-auth'].read({ from, options: given, since: null, now: 0 }), {
      source: 'better-auth',
    })
  const to = await openPeople({ limits: noLimits })
  const blind = await bring({})
  assert.deepEqual([blind.factors, blind.clients], [0, 1])
  assert.equal(await clientById(to.house.database, 'site'), undefined)
  const report = await bring(options)
  assert.deepEqual([report.factors, report.clients, report.conflicts], [1, 1, []])
  assert.equal(report.leftBehind.get('recovery codes'), 1)
  const [ada, bea] = [await userNamed(to, 'ada@example.test'), await userNamed(to, 'bea@example.test')]
  assert.notEqual(await totpOf(to.house.database, ada?.id ?? ''), null)
  assert.equal(await totpOf(to.house.database, bea?.id ?? ''), null)
  assert.equal((await clientById(to.house.database, 'site'))?.secretDigest, digest(letters))
  const page = await clientById(to.house.database, 'page')
  assert.deepEqual([page?.authentication, page?.scopes.includes('offline_access')], ['none', false])
  await to.house.close()
})
