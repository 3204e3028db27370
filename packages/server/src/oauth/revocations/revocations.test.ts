import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { endAllSessions, endSession } from '../../accounts/sessions/sessions.store.ts'
import { eraseUser } from '../../accounts/users/erase.ts'
import { disableUser, enableUser } from '../../accounts/users/users.store.ts'
import type { Database } from '../../platform/db/database.ts'
import { unpublishNow } from '../../platform/keys/keys.store.ts'
import { createApi } from '../apis/registration.ts'
import { withdraw } from '../authorize/connected.ts'
import { deleteClient, disableClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import { forgetUser } from '../forget.store.ts'
import {
  ada,
  bank,
  claimsIn,
  clients,
  codeFor,
  exchange,
  grace,
  headerIn,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  secret,
} from '../house.ts'
import { lives } from '../tokens/families.store.ts'
import { keepSeconds } from './keep.ts'
import { poll, refuses, until } from './revocations.fixture.ts'
import { endedSince } from './revocations.store.ts'

interface Scene {
  readonly house: OAuthHouse
  /** Ada's, for the client `web`. */
  readonly code: string
  readonly tokens: Readonly<Record<string, unknown>>
}

const offline = { scope: 'openid offline_access accounts:read' }

async function tokensOf(house: OAuthHouse, user = ada, clientId = 'web') {
  const code =
    (await codeFor(await house.signedIn(user), { ...offline, client_id: clientId })).get('code') ?? ''
  const tokens = (
    await exchange(house.visitor(), code, { client_id: clientId, client_secret: secret })
  ).json()
  return { code, tokens }
}

const asWeb = { client_id: 'web', client_secret: secret }

/** Every way in which introspection begins to refuse a token before its time. */
const endings: Record<string, (scene: Scene) => Promise<unknown>> = {
  'signing out': ({ house: { database, runtime }, tokens }) => {
    const session = { id: String(claimsIn(tokens['access_token'])['sid']), userId: ada.id }
    return database.commit([endSession(database, runtime.now(), session)])
  },
  'changing the password': ({ house: { database, runtime } }) =>
    database.commit([endAllSessions(database, runtime.now(), ada.id)]),
  'disabling the user': ({ house: { database, runtime } }) =>
    database.commit([disableUser(database, runtime.now(), ada.id)]),
  'deleting the user': ({ house }) =>
    house.database.commit([eraseUser(house, ada.id), forgetUser(house.database, ada.id)]),
  'withdrawing consent': ({ house }) => withdraw(house, { userId: ada.id, clientId: 'web', peer: '' }),
  'disabling the client': ({ house: { database, runtime } }) =>
    database.commit([disableClient(database, 'web', runtime.now())]),
  'deleting the client': ({ house }) => house.database.commit([deleteClient(house, 'web')]),
  'revoking the access token': ({ house, tokens }) =>
    post(house.visitor(), '/oauth/revoke', { token: String(tokens['access_token']), ...asWeb }),
  'revoking the refresh token': ({ house, tokens }) =>
    post(house.visitor(), '/oauth/revoke', { token: String(tokens['refresh_token']), ...asWeb }),
  'replaying the code': ({ house, code }) => exchange(house.visitor(), code),
  'reusing a refresh token': async ({ house, tokens }) => {
    const first = tokens['refresh_token']
    const second = (await refresh(house.visitor(), first)).json()['refresh_token']
    await refresh(house.visitor(), second)
    await refresh(house.visitor(), first)
  },
  'withdrawing the key': async ({ house, tokens }) => {
    const { database, runtime, room } = house
    const { kid = '' } = headerIn(tokens['access_token'])
    await room.keyring.rotate('ES256', 0)
    await database.commit([unpublishNow(database, kid, runtime.now())])
    runtime.advance(5)
    await room.keyring.refresh()
  },
}

onBothEngines('The feed of what died', (open, dialect) => {
  for (const [name, end] of Object.entries(endings)) {
    test(`${name} is told as soon as introspection knows it, and takes nobody else along`, async () => {
      const house = await openOAuthHouse({ house: await open() })
      const { code, tokens } = await tokensOf(house)
      const token = tokens['access_token']
      const others = (await tokensOf(house, grace, 'other')).tokens['access_token']
      const before = await poll(house)
      assert.equal((await introspected(house, token, 'bank-api'))['active'], true)
      assert.equal(refuses(before.revocations, token), false)
      await end({ house, code, tokens })
      assert.equal((await introspected(house, token, 'bank-api'))['active'], false)
      const since = await poll(house, { after: before.next, wait: '5' })
      assert.equal(refuses(since.revocations, token), true, 'to who knows what was before')
      assert.equal(refuses((await poll(house)).revocations, token), true, 'to who knows nothing')
      const isSpared = name !== 'withdrawing the key'
      assert.equal((await introspected(house, others, 'bank-api'))['active'], isSpared)
      assert.equal(refuses(since.revocations, others), !isSpared)
    })
  }

  test('whatever a family lives by is told: a new condition is a new row of the feed', async () => {
    const { database } = await open()
    const { sql } = database.builder
      .selectFrom(['families', 'sessions', 'users', 'clients'])
      .select('families.id')
      .where(lives(1))
      .compile()
    const columns = sql.match(/"\w+"\."\w+"(?= (?:is|>))/g)
    // The end of a family is that of its tokens: it needs no telling.
    assert.deepEqual(columns?.toSorted(), [
      '"clients"."disabled_at"',
      '"families"."expires_at"',
      '"families"."revoked_at"',
      '"sessions"."ended_at"',
      '"users"."disabled_at"',
    ])
  })

  test('a look reads what ended lately, and no table as a whole', async () => {
    const { database } = await open()
    let asked: { sql: string; parameters: readonly (string | number | null)[] } | undefined
    const read: Database['read'] = (sql, parameters) => {
      asked = { sql, parameters }
      return database.read(sql, parameters)
    }
    await endedSince({ ...database, read }, 1, 2)
    const { sql = '', parameters = [] } = asked ?? {}
    const plan: string[] = []
    await database.migrate(async (run) => {
      // Of empty tables the planner would read the whole, which is nothing.
      if (dialect === 'postgres') await run('set local enable_seqscan = off')
      const rows = await run(`explain ${dialect === 'sqlite' ? 'query plan ' : ''}${sql}`, parameters)
      plan.push(...rows.map((row) => String(row['detail'] ?? row['QUERY PLAN'])))
    })
    assert.ok(plan.filter((line) => /using (?:\w+ )?index|index (?:only )?scan/i.test(line)).length >= 9)
    for (const line of plan) assert.doesNotMatch(line, /^SCAN|Seq Scan/)
  })

  test('a token that a client got for itself dies with the client or alone', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const { database, runtime } = house
    const own = async (): Promise<unknown> => {
      const form = { grant_type: 'client_credentials', client_id: 'machine', client_secret: secret }
      return (await post(house.visitor(), '/oauth/token', { ...form, scope: 'accounts:read' })).json()[
        'access_token'
      ]
    }
    const [one, other] = [await own(), await own()]
    await post(house.visitor(), '/oauth/revoke', {
      token: String(one),
      client_id: 'machine',
      client_secret: secret,
    })
    const { revocations, next } = await poll(house)
    assert.deepEqual([refuses(revocations, one), refuses(revocations, other)], [true, false])
    await database.commit([disableClient(database, 'machine', runtime.now())])
    runtime.advance(1)
    await until(async () => refuses((await poll(house, { after: next })).revocations, other))
  })

  test('who is enabled again is believed again, for what is issued from then on', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const { database, runtime } = house
    await database.commit([disableUser(database, runtime.now(), ada.id)])
    const told = await poll(house)
    runtime.advance(60)
    await database.commit([enableUser(database, runtime.now(), ada.id)])
    const token = (await tokensOf(house)).tokens['access_token']
    assert.equal(refuses(told.revocations, token), false)
  })

  test('C22: a client that is given the name of a deleted one is believed at once', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const old = (await tokensOf(house)).tokens['access_token']
    await house.database.commit([deleteClient(house, 'web')])
    house.runtime.advance(1)
    await createClient(house, clients.web)
    const young = (await tokensOf(house)).tokens['access_token']
    const { revocations } = await poll(house)
    assert.deepEqual([refuses(revocations, old), refuses(revocations, young)], [true, false])
  })

  test('what is issued just after the end, by who had just looked before, does not count', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const { database, runtime } = house
    const token = (await tokensOf(house)).tokens['access_token']
    const at = runtime.now() - 5
    await database.commit([disableUser(database, at as typeof at & ReturnType<typeof runtime.now>, ada.id)])
    assert.equal(refuses((await poll(house)).revocations, token), true)
  })

  test('what no living token can depend on is told no more', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const { database, runtime } = house
    const { tokens } = await tokensOf(house)
    await database.commit([endAllSessions(database, runtime.now(), ada.id)])
    runtime.advance((await keepSeconds(house.room, runtime.now())) - 1)
    assert.equal(refuses((await poll(house)).revocations, tokens['access_token']), true)
    runtime.advance(31)
    await until(async () => (await poll(house)).revocations.length === 0)
  })

  test('is kept for as long as a token may live, also one of before an API was changed', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const margin = 120
    const keep = () => keepSeconds(house.room, house.runtime.now())
    const save = (accessTokenSeconds: number) =>
      createApi(house, {
        identifier: bank,
        scopes: [{ name: 'accounts:read', description: '' }],
        accessTokenSeconds,
      })
    assert.equal(await keep(), 300 + margin, 'opaque tokens are looked up')
    await save(3600)
    house.runtime.advance(1)
    assert.equal(await keep(), 3600 + margin)
    await save(600)
    house.runtime.advance(1)
    assert.equal(await keep(), 3600 + margin)
    house.runtime.advance(86_400)
    assert.equal(await keep(), 600 + margin)
  })

  test('a token that an older version revoked is told until it would have ended', async () => {
    const house = await openOAuthHouse({ house: await open() })
    const { database } = house
    const token = (await tokensOf(house)).tokens['access_token']
    const { jti, exp } = claimsIn(token)
    const old = `insert into revoked_tokens (jti, expires_at) values ('${String(jti)}', ${Number(exp)})`
    await database.commit([{ sql: old, parameters: [] }])
    assert.equal(refuses((await poll(house)).revocations, token), true)
  })
})
