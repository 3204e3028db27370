// What ends an exchanged token: all that ends the one that it came from, and every client on its way. On both engines,
// for who asks us (introspection) and for who follows the feed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { eraseUser } from '../../accounts/users/erase.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { withdraw } from '../authorize/connected.ts'
import { deleteClient, disableClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import { forgetUser } from '../forget.store.ts'
import {
  ada,
  clients,
  introspected,
  ledger,
  type OAuthHouse,
  post,
  refresh,
  secret,
  tokensFor,
} from '../house.ts'
import { poll, refuses } from '../revocations/revocations.fixture.ts'
import {
  archive,
  exchanged,
  exchangers,
  exchangeToken,
  openExchangeHouse,
  ownToken,
  refusal,
} from './exchange.fixture.ts'

interface Scene {
  readonly house: OAuthHouse
  readonly refreshToken: unknown
}

type End = (scene: Scene) => Promise<unknown>

const disabling =
  (id: string): End =>
  ({ house: { database, runtime } }) =>
    database.commit([disableClient(database, id, runtime.now())])

/** Deleted, and another one is given its name at once. */
const replacing =
  (client: { readonly id: string; readonly name: string }): End =>
  async ({ house }) => {
    await house.database.commit([deleteClient(house, client.id)])
    house.runtime.advance(1)
    assert.ok((await createClient(house, client)).ok)
  }

const endings: Record<string, End> = {
  'signing out': ({ house: { database, runtime } }) =>
    database.commit([endAllSessions(database, runtime.now(), ada.id)]),
  'disabling the user': ({ house: { database, runtime } }) =>
    database.commit([disableUser(database, runtime.now(), ada.id)]),
  'deleting the user': ({ house }) =>
    house.database.commit([eraseUser(house, ada.id), forgetUser(house.database, ada.id)]),
  'withdrawing consent': ({ house }) => withdraw(house, { userId: ada.id, clientId: 'web', peer: '' }),
  'revoking the refresh token': ({ house, refreshToken }) =>
    post(house.visitor(), '/oauth/revoke', {
      token: String(refreshToken),
      client_id: 'web',
      client_secret: secret,
    }),
  'reusing the refresh token': async ({ house, refreshToken }) => {
    const second = (await refresh(house.visitor(), refreshToken)).json()['refresh_token']
    await refresh(house.visitor(), second)
    await refresh(house.visitor(), refreshToken)
  },
  'disabling the client that the person used': disabling('web'),
  'disabling the API in the middle': disabling('teller'),
  'disabling the API that exchanged last': disabling('keeper'),
  'replacing the client that the person used': replacing(clients.web),
  'replacing the API in the middle': replacing(exchangers.teller),
  'replacing the API that exchanged last': replacing(exchangers.keeper),
}

/** Where it is not the token that is at fault: who returns is another API, for which it was made as well. */
const afterwards: Record<string, string | null> = {
  'disabling the API that exchanged last': 'invalid_client',
  'replacing the API that exchanged last': null,
}

/** The queries that answer are the same for all of them: on PostgreSQL, whose databases take long to make, these do. */
const onEveryEngine = ['disabling the user', 'disabling the API in the middle', 'withdrawing consent']

onBothEngines('An exchanged token', (open, dialect) => {
  for (const [name, end] of Object.entries(endings)) {
    if (dialect === 'postgres' && !onEveryEngine.includes(name)) continue
    test(`TK-19 C10 C22: ${name} ends it everywhere, and nothing is given for it any more`, async () => {
      const house = await openExchangeHouse({ house: await open() })
      const { access_token: token, refresh_token: refreshToken } = await tokensFor(house, {
        scope: 'openid offline_access accounts:read',
      })
      const forLedger = await exchanged(house, token, { resource: ledger })
      const forArchive = await exchanged(house, forLedger, { client_id: 'keeper', resource: archive })
      const isActive = async () => (await introspected(house, forArchive, 'archivist'))['active']
      const before = await poll(house)
      assert.equal(await isActive(), true)
      assert.equal(refuses(before.revocations, forArchive), false)
      await end({ house, refreshToken })
      assert.equal(await isActive(), false)
      const since = await poll(house, { after: before.next, wait: '5' })
      assert.equal(refuses(since.revocations, forArchive), true, 'to who follows the feed')
      const again = { client_id: 'keeper', resource: archive }
      house.runtime.advance(1)
      assert.equal(
        await refusal(house, forLedger, again),
        Object.hasOwn(afterwards, name) ? afterwards[name] : 'invalid_request',
      )
    })
  }

  const machines: Record<string, End> = {
    'disabling the machine': disabling('machine'),
    'replacing the machine': replacing(clients.machine),
    'disabling the API that exchanged': disabling('teller'),
  }
  for (const [name, end] of dialect === 'postgres' ? [] : Object.entries(machines)) {
    test(`TK-19 C10: one about a machine: ${name} ends it`, async () => {
      const house = await openExchangeHouse({ house: await open() })
      const given = await exchanged(house, await ownToken(house), { resource: archive })
      assert.equal((await introspected(house, given, 'archivist'))['active'], true)
      await end({ house, refreshToken: null })
      assert.equal((await introspected(house, given, 'archivist'))['active'], false)
    })
  }

  test('RT-12: revoked by the client that got it, it alone is dead', async () => {
    const house = await openExchangeHouse({ house: await open() })
    const { access_token: token } = await tokensFor(house, { scope: 'openid accounts:read' })
    const [one, other] = [
      await exchanged(house, token, { resource: archive }),
      await exchanged(house, token, { resource: archive }),
    ]
    const revoke = (by: string) =>
      post(house.visitor(), '/oauth/revoke', { token: one, client_id: by, client_secret: secret })
    const active = () =>
      Promise.all(
        [one, other, token].map(
          async (t) => (await introspected(house, t, t === token ? 'web' : 'archivist'))['active'],
        ),
      )
    await revoke('web')
    assert.deepEqual(await active(), [true, true, true], 'the first client may not')
    await revoke('teller')
    assert.deepEqual(await active(), [false, true, true])
  })

  test('one that a person’s end overtakes while it is made is dead when it is given', async () => {
    const house = await openExchangeHouse({ house: await open() })
    const { access_token: token } = await tokensFor(house, { scope: 'openid accounts:read' })
    const { database, runtime } = house
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: 8 }, () => exchangeToken(house, token, { resource: archive }))),
      database.commit([disableUser(database, runtime.now(), ada.id)]),
    ])
    for (const answer of answers.filter(({ status }) => status === 200)) {
      const given = answer.json()['access_token']
      assert.equal((await introspected(house, given, 'archivist'))['active'], false)
    }
    assert.equal(await refusal(house, token, { resource: archive }), 'invalid_request')
  })
})
