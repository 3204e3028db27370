import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { digest } from '@countersign/protocol'
import { noLimits, openPeople, type People } from '../../accounts/people.fixture.ts'
import { keyByDigest } from '../../oauth/api-keys/api-keys.store.ts'
import { makeKey } from '../../oauth/api-keys/keep-keys.ts'
import { allApis } from '../../oauth/apis/apis.store.ts'
import { createApi } from '../../oauth/apis/registration.ts'
import { broughtSecretOf } from '../../oauth/clients/brought-secret.ts'
import { clientById, deleteClient } from '../../oauth/clients/clients.store.ts'
import { createClient } from '../../oauth/clients/registration.ts'
import { profiles } from '../../oauth/profiles/rules.ts'
import { exportAll } from './export.ts'
import { hashBy, people, take } from './moving.fixture.ts'
import { type Found, type MovedRecord, movedClient } from './records.ts'

const secret = 'a-secret-of-thirty-two-characters'
const [, hash] = hashBy('django pbkdf2_sha256')
const site = {
  client_name: 'The Site',
  grant_types: ['authorization_code', 'refresh_token'],
  redirect_uris: ['https://site.example/cb'],
}

describe('A client that is brought', () => {
  let to: People
  before(async () => {
    to = await openPeople({ limits: noLimits })
  })
  after(() => to.house.close())
  const bring = (found: readonly Found[], apply = true) => take(to, found, { apply })
  const here = (id: string) => clientById(to.house.database, id)

  test('keeps its id and its secret, however that is known', async () => {
    const report = await bring([
      movedClient({ id: 'plain', metadata: site, secret: { as: 'text', value: secret } }),
      movedClient({ id: 'digested', metadata: site, secret: { as: 'sha256', value: digest(secret) } }),
      movedClient({ id: 'hashed', metadata: site, secret: { as: 'hash', value: hash }, disabled: true }),
      movedClient({ id: 'page', metadata: { ...site, token_endpoint_auth_method: 'none' } }),
    ])
    assert.deepEqual([report.clients, report.conflicts], [4, []])
    assert.equal((await here('plain'))?.secretDigest, digest(secret))
    assert.equal((await here('digested'))?.secretDigest, digest(secret))
    const hashed = (await here('hashed')) ?? assert.fail()
    assert.equal(broughtSecretOf(to.house, hashed), hash)
    assert.notEqual(hashed.disabledAt, null)
    assert.equal((await here('page'))?.authentication, 'none')
  })

  test('a try writes nothing; a second run changes nothing; one that is deleted here stays deleted', async () => {
    const client = movedClient({ id: 'once', metadata: site, secret: { as: 'text', value: secret } })
    assert.equal((await bring([client], false)).clients, 1)
    assert.equal(await here('once'), undefined)
    assert.equal((await bring([client])).clients, 1)
    assert.equal((await bring([client])).clients, 0)
    await to.house.database.commit(deleteClient(to.house, 'once'))
    assert.equal((await bring([client])).clients, 0)
    assert.equal(await here('once'), undefined)
  })

  test('is not told people’s roles for a scope of that name that it had elsewhere, and says so', async () => {
    const named = (id: string): Found =>
      movedClient({
        id,
        metadata: { ...site, scope: 'openid roles profile', token_endpoint_auth_method: 'none' },
      })
    const report = await bring([named('had-roles')])
    assert.deepEqual((await here('had-roles'))?.scopes, ['openid', 'profile'])
    assert.match(JSON.stringify(report.conflicts), /had a scope “roles”/)
    // From another server of this kind, where an operator gave it.
    await take(to, [named('has-roles')], { keepsIds: true, source: 'countersign' })
    assert.deepEqual((await here('has-roles'))?.scopes, ['openid', 'roles', 'profile'])
  })

  test('C5: comes without the addresses that may not be registered, and is told so; without any it stays out', async () => {
    const wild = ['https://*.example.test/cb', 'http://site.example/cb', 'https://site.example/cb#x']
    const report = await bring([
      movedClient({
        id: 'wild',
        metadata: { ...site, redirect_uris: [...wild, 'https://site.example/cb'] },
        secret: { as: 'text', value: secret },
      }),
      movedClient({
        id: 'wilder',
        metadata: { ...site, redirect_uris: wild },
        secret: { as: 'text', value: secret },
      }),
    ])
    assert.equal(report.clients, 1)
    assert.deepEqual((await here('wild'))?.redirectUris, ['https://site.example/cb'])
    assert.equal(report.conflicts.filter(({ id }) => id === 'wild').length, 3)
    assert.equal(await here('wilder'), undefined)
    for (const { because } of report.conflicts) assert.doesNotMatch(because, /example/)
  })

  test('grants that nobody should use any more are told of; secrets that are weak, missing or costly keep it out', async () => {
    const implicit = { ...site, grant_types: ['implicit', 'password'], token_endpoint_auth_method: 'none' }
    const costly = `pbkdf2_sha256$9999999$salt$${'A'.repeat(43)}=`
    const report = await bring([
      movedClient({ id: 'implicit', metadata: implicit }),
      movedClient({ id: 'weak', metadata: site, secret: { as: 'text', value: 'secret' } }),
      movedClient({ id: 'without', metadata: site }),
      movedClient({ id: 'costly', metadata: site, secret: { as: 'hash', value: costly } }),
    ])
    assert.equal(report.clients, 1)
    assert.deepEqual((await here('implicit'))?.grants, ['authorization_code'])
    assert.deepEqual(
      [...new Set(report.conflicts.map(({ id }) => id))],
      ['implicit', 'weak', 'without', 'costly'],
    )
  })
})

test('APIs, clients, numbers and keys for APIs go the whole way round, and what is ended does not come back', async () => {
  const from = await openPeople({ limits: noLimits })
  const to = await openPeople({ limits: noLimits })
  const scopes = [{ name: 'accounts:read', description: 'See accounts' }]
  assert.ok((await createApi(from.house, { identifier: 'https://bank.example/', scopes })).ok)
  const machine = { id: 'machine', name: 'M', secret, grants: ['client_credentials'] } as const
  assert.ok((await createClient(from.house, { ...machine, scopes: ['accounts:read'] })).ok)
  await take(from, [
    movedClient({ id: 'hashed', metadata: site, secret: { as: 'hash', value: hash } }),
    ...people({ id: '7', username: 'ada' }),
  ])
  const described = { name: 'Nightly', audience: 'https://bank.example/', scopes: ['accounts:read'] }
  const owner = { kind: 'client', clientId: 'machine' } as const
  const made = await makeKey(from.house, profiles.default, { ...described, owner })
  assert.ok(made.ok)
  const lines: MovedRecord[] = []
  for await (const line of exportAll(from.house, from.passwords)) lines.push(line)
  const options = { source: 'countersign', numbers: [], keepsIds: true }
  const tried = await take(to, lines, { ...options, apply: false })
  const report = await take(to, lines, options)
  for (const one of [tried, report])
    assert.deepEqual([one.apis, one.clients, one.keys, one.created, one.conflicts], [1, 2, 1, 1, []])
  assert.equal((await keyByDigest(to.house.database, digest(made.text)))?.id, made.key.id)
  assert.deepEqual(await allApis(to.house.database), await allApis(from.house.database))
  const again: MovedRecord[] = []
  for await (const line of exportAll(to.house, to.passwords)) again.push(line)
  assert.deepEqual(again, lines)
  await to.house.database.commit(deleteClient(to.house, 'machine'))
  assert.deepEqual(await take(to, lines, options).then(({ clients, keys }) => [clients, keys]), [0, 0])
  await Promise.all([from.house.close(), to.house.close()])
})
