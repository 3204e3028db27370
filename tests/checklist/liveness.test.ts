// What is over is over everywhere: each way in which a person, a session, a client, an agreement or a family of tokens
// ends, against each place where something of theirs could still be accepted (classes C10 and C38; RT-09, SE-06, JW-19).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessTokenType, tokenExchange } from '@countersign/protocol'
import { endAllSessions } from '../../packages/server/src/accounts/sessions/sessions.store.ts'
import { eraseUser } from '../../packages/server/src/accounts/users/erase.ts'
import { disableUser, enableUser } from '../../packages/server/src/accounts/users/users.store.ts'
import { withdraw } from '../../packages/server/src/oauth/authorize/connected.ts'
import { deleteClient, disableClient } from '../../packages/server/src/oauth/clients/clients.store.ts'
import { createClient } from '../../packages/server/src/oauth/clients/registration.ts'
import { forgetUser } from '../../packages/server/src/oauth/forget.store.ts'
import {
  ada,
  authorizeUrl,
  bank,
  clients,
  codeFor,
  exchange,
  introspected,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  secret,
} from '../../packages/server/src/oauth/house.ts'
import type { Visitor } from '../../packages/server/src/platform/house.ts'

const scope = 'openid offline_access accounts:read ledger:read'

/** Everything that one sign-in at `web` yields. */
async function holdings(house: OAuthHouse) {
  const browser = await house.signedIn()
  const first = await exchange(house.visitor(), (await codeFor(browser, { scope })).get('code'), {
    resource: bank,
  })
  const { access_token: jwt, refresh_token: spent } = first.json()
  const second = (await refresh(house.visitor(), spent, { resource: ledger })).json()
  const { access_token: opaque, refresh_token: unspent } = second
  const code = (await codeFor(browser, { scope })).get('code')
  const exchanged = (await exchangeAsBank(house, jwt)).json()['access_token']
  return { browser, jwt, opaque, spent, unspent, code, exchanged }
}

/** The bank asks its ledger in the person's name. */
const exchangeAsBank = (house: OAuthHouse, token: unknown) =>
  post(house.visitor(), '/oauth/token', {
    grant_type: tokenExchange,
    subject_token: String(token),
    subject_token_type: accessTokenType,
    client_id: 'teller',
    client_secret: secret,
  })

type Holdings = Awaited<ReturnType<typeof holdings>>
type Use = (house: OAuthHouse, held: Holdings) => Promise<boolean>

const isActive = async (house: OAuthHouse, token: unknown, by: string) =>
  (await introspected(house, token, by))['active'] === true
const userinfo = async (house: OAuthHouse, token: unknown) =>
  (await house.visitor().visit('/oauth/userinfo', { headers: { authorization: `Bearer ${String(token)}` } }))
    .status === 200
const silently = async (browser: Visitor) =>
  new URL(
    (await browser.visit(authorizeUrl({ scope, prompt: 'none' }))).location ?? 'about:blank',
  ).searchParams.has('code')

/** Each place, and whether it still accepts. Those that change something come last. */
const uses: Record<string, Use> = {
  'userinfo with a JWT': (house, { jwt }) => userinfo(house, jwt),
  'userinfo with an opaque token': (house, { opaque }) => userinfo(house, opaque),
  'introspection of a JWT by the client': (house, { jwt }) => isActive(house, jwt, 'web'),
  'introspection of a JWT by the API': (house, { jwt }) => isActive(house, jwt, 'bank-api'),
  'introspection of an opaque token by the API': (house, { opaque }) => isActive(house, opaque, 'ledger-api'),
  'introspection of an exchanged token by the next API': (house, { exchanged }) =>
    isActive(house, exchanged, 'ledger-api'),
  'the exchange of a JWT': async (house, { jwt }) => (await exchangeAsBank(house, jwt)).status === 200,
  'introspection of a refresh token': (house, { unspent }) => isActive(house, unspent, 'web'),
  'a silent authorization request': (_, { browser }) => silently(browser),
  'the grace of a spent refresh token': async (house, { spent }) =>
    (await refresh(house.visitor(), spent, { resource: bank })).status === 200,
  'a refresh token': async (house, { unspent }) =>
    (await refresh(house.visitor(), unspent, { resource: bank })).status === 200,
  'an unspent code': async (house, { code }) =>
    (await exchange(house.visitor(), code, { resource: bank })).status === 200,
}
const places = Object.keys(uses)
const silent = 'a silent authorization request'

interface End {
  readonly end: (house: OAuthHouse, held: Holdings) => Promise<unknown>
  /** What goes on living all the same. */
  readonly spares?: readonly string[]
}

const ends: Record<string, End> = {
  'RT-09, SE-06: a user who is disabled': {
    end: ({ database, runtime }) => database.commit([disableUser(database, runtime.now(), ada.id)]),
  },
  'SE-06: a user who was disabled and enabled again, as the command does it': {
    end: async ({ database, runtime }) => {
      const now = runtime.now()
      await database.commit([disableUser(database, now, ada.id), endAllSessions(database, now, ada.id)])
      await database.commit([enableUser(database, now, ada.id)])
    },
  },
  'RT-09: a user who is deleted': {
    end: (house) => house.database.commit([eraseUser(house, ada.id), forgetUser(house.database, ada.id)]),
  },
  'RT-09, JW-19: a session that is ended': {
    end: ({ database, runtime }) => database.commit([endAllSessions(database, runtime.now(), ada.id)]),
  },
  'RT-09: an agreement that is withdrawn': {
    end: (house) => withdraw(house, { userId: ada.id, clientId: 'web', peer: '' }),
  },
  'RT-09: a client that is disabled': {
    end: ({ database, runtime }) => database.commit([disableClient(database, 'web', runtime.now())]),
  },
  'RT-09: a client that is deleted': {
    end: (house) => house.database.commit([deleteClient(house, 'web')]),
  },
  'RT-09, C22 (CVE-2026-55670): a client that is deleted, and another one that gets its name': {
    end: async (house) => {
      await house.database.commit([deleteClient(house, 'web')])
      await createClient(house, clients.web)
    },
  },
  'RT-12: a refresh token that is revoked': {
    end: (house, { unspent }) =>
      post(house.visitor(), '/oauth/revoke', {
        token: String(unspent),
        client_id: 'web',
        client_secret: secret,
      }),
    // Another sign-in of the same person at the same client.
    spares: [silent, 'an unspent code'],
  },
  'RT-02, RT-04: a copy of a refresh token that is used': {
    end: async (house, { spent }) => {
      house.runtime.advance(31)
      await refresh(house.visitor(), spent)
    },
    spares: [silent, 'an unspent code'],
  },
}

async function accepted(house: OAuthHouse, held: Holdings): Promise<string[]> {
  const found: string[] = []
  for (const place of places) if (await uses[place]?.(house, held)) found.push(place)
  return found
}

async function openWithLedger(): Promise<OAuthHouse> {
  const house = await openOAuthHouse()
  assert.ok((await createClient(house, { id: 'ledger-api', name: 'The Ledger', secret, api: ledger })).ok)
  const exchanges = { audiences: [ledger], scopes: { 'ledger:read': ['accounts:read'] } }
  const teller = { id: 'teller', name: 'The Bank', secret, api: bank, scopes: ['ledger:read'] }
  assert.ok((await createClient(house, { ...teller, exchange: exchanges })).ok)
  return house
}

test('everything that a sign-in yields is accepted while nothing has ended', async () => {
  const house = await openWithLedger()
  assert.deepEqual(await accepted(house, await holdings(house)), places)
  await house.close()
})

for (const [name, { end, spares = [] }] of Object.entries(ends)) {
  test(`C10, C38 (CVE-2020-15223, CVE-2024-47000): nothing is accepted within a second of ${name}`, async () => {
    const house = await openWithLedger()
    const held = await holdings(house)
    await end(house, held)
    house.runtime.advance(1)
    assert.deepEqual(
      await accepted(house, held),
      places.filter((place) => spares.includes(place)),
    )
    await house.close()
  })
}

test('C10: one access token that is revoked takes nothing else along, and nothing brings it back', async () => {
  const house = await openWithLedger()
  const held = await holdings(house)
  for (const token of [held.jwt, held.opaque]) {
    await post(house.visitor(), '/oauth/revoke', {
      token: String(token),
      client_id: 'web',
      client_secret: secret,
    })
  }
  const dead = places.filter((place) => /JWT|opaque/.test(place))
  assert.deepEqual(
    await accepted(house, held),
    places.filter((place) => !dead.includes(place)),
  )
  for (const place of dead) assert.equal(await uses[place]?.(house, held), false, place)
  await house.close()
})

test('C38 (CVE-2018-1000211): a token that an application believes by itself dies within five minutes', async () => {
  const house = await openWithLedger()
  const { jwt } = await holdings(house)
  const claims = JSON.parse(Buffer.from(String(jwt).split('.')[1] ?? '', 'base64url').toString()) as {
    readonly exp: number
  }
  assert.ok(claims.exp - house.runtime.now() <= 300)
  await house.close()
})
