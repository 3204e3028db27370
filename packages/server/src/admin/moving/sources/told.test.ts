// What a reader tells beside people: what of theirs stays behind, what it can't see, and how tables that were renamed are read.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Found } from '../records.ts'
import { fileAt, sqliteAt } from './sources.fixture.ts'
import { type SourceName, sources } from './sources.ts'

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-told-'))
})
after(() => rmSync(folder, { recursive: true }))

async function found(source: SourceName, from: string, options: Readonly<Record<string, string>> = {}) {
  const all: Found[] = []
  for await (const one of sources[source].read({ from, options, since: null, now: 0 })) all.push(one)
  return all
}
const idsIn = (all: readonly Found[]) => all.flatMap((one) => (one.kind === 'user' ? one.id : []))

test('what a system has more of people than anything here takes, and of that is told', async () => {
  const keycloak = {
    realm: 'shop',
    users: [
      {
        id: '1',
        username: 'ada',
        attributes: { shoe: ['40'] },
        requiredActions: ['UPDATE_PASSWORD'],
        federatedIdentities: [{ identityProvider: 'github', userId: 'g' }],
        credentials: [{ type: 'password', secretData: '{}', credentialData: '{}' }],
      },
    ],
  }
  const firebase = {
    users: [
      {
        localId: '1',
        email: 'a@example.test',
        customAttributes: '{"admin":true}',
        providerUserInfo: [
          { providerId: 'apple.com', rawId: 'a' },
          { providerId: 'password', rawId: 'a@example.test' },
        ],
      },
    ],
  }
  const auth0 = {
    user_id: 'auth0|1',
    email: 'a@example.test',
    app_metadata: { roles: ['a'], plan: 'gold' },
    user_metadata: {},
    identities: [
      { provider: 'auth0', user_id: '1' },
      { provider: 'windowslive', user_id: 'w' },
    ],
  }
  const left = async (source: SourceName, value: unknown) =>
    (await found(source, fileAt(join(folder, 'more.json'), value))).flatMap((one) =>
      one.kind === 'left-behind' ? one.what : [],
    )
  assert.deepEqual(await left('keycloak', keycloak), [
    'accounts at github',
    'passwords that can’t be read',
    'attributes',
    'required actions',
  ])
  assert.deepEqual(await left('firebase', firebase), ['accounts at apple.com', 'custom claims'])
  assert.deepEqual(await left('auth0', `${JSON.stringify(auth0)}\n`), [
    'accounts at windowslive',
    'app_metadata',
  ])
})

test('a system that tells little of changes is said to, and a password that was changed in Keycloak is one that it tells', async () => {
  const realm = fileAt(join(folder, 'changed.json'), {
    realm: 'shop',
    users: [
      { id: '1', username: 'early', createdTimestamp: 1000 },
      {
        id: '2',
        username: 'changed',
        createdTimestamp: 1000,
        credentials: [{ type: 'password', createdDate: 9_000_000 }],
      },
    ],
  })
  const since = async (source: SourceName, from: string) => {
    const all: Found[] = []
    for await (const one of sources[source].read({ from, options: {}, since: 5000, now: 0 })) all.push(one)
    return all
  }
  const all = await since('keycloak', realm)
  assert.deepEqual(idsIn(all), ['2'])
  const shop = sqliteAt(
    join(folder, 'since.db'),
    'create table auth_user (id integer primary key, username text, password text);',
  )
  for (const told of [
    all,
    await since('django', shop),
    await since('firebase', fileAt(join(folder, 'since.json'), { users: [] })),
  ])
    assert.match(JSON.stringify(told), /read them once more without --since/)
})

test('a table of Django may have another name than its model, and then people keep their groups', async () => {
  const from = sqliteAt(
    join(folder, 'renamed.db'),
    `create table members (id integer primary key, email text, password text);
     create table auth_group (id integer primary key, name text);
     create table members_groups (id integer primary key, user_id integer, group_id integer);
     insert into members values (7, 'a@example.test', '!'); insert into auth_group values (3, 'Tellers');
     insert into members_groups values (1, 7, 3);`,
  )
  const all = await found('django', from, { table: 'members', username: 'email' })
  assert.deepEqual(
    all.flatMap((one) => (one.kind === 'user' ? [[one.id, ...one.roles]] : [])),
    [['7', 'Tellers']],
  )
})
