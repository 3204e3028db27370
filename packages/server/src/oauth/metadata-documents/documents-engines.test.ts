// Documents that several processes read at the same moment, and clients that are forgotten, on both engines.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { type Outside, openOutside } from '../../../../../tests/harness/outside.ts'
import { clientById, disableClient } from '../clients/clients.store.ts'
import { type OAuthHouse, openOAuthHouse, rowCount } from '../house.ts'
import { oauthRoom } from '../oauth.routes.ts'
import { sweep } from '../sweep.store.ts'

let outside: Outside
before(async () => {
  outside = await openOutside()
})
after(() => outside[Symbol.asyncDispose]())

onBothEngines('Clients by their documents', (open) => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse({ profile: 'mcp', house: { ...(await open()), egress: outside.egress } })
  })

  const document = (id: string, more: object = {}): void =>
    outside.answer(id, {
      json: { client_id: id, client_name: 'One', redirect_uris: ['https://app.example/callback'], ...more },
    })
  /** As many processes over one database. */
  const rooms = () =>
    Array.from({ length: 8 }, () => oauthRoom(house, { keyring: house.room.keyring, profile: 'mcp' }))
  const readBy = (id: string) => Promise.all(rooms().map(({ documents }) => documents?.clientAt(id)))

  test('a client that several read for the first time is one client, with one beginning', async () => {
    const id = outside.at('race.example', '/client')
    document(id)
    for (const found of await readBy(id)) assert.ok(found?.ok && found.client.name === 'One')
    const created = await house.database.read(
      "select id from events where type = 'client.created' and detail like '%metadata document%'",
      [],
    )
    assert.equal(created.length, 1)
    house.runtime.advance(3600)
    document(id, { client_name: 'Two' })
    for (const found of await readBy(id)) assert.ok(found?.ok && found.client.name === 'Two')
    assert.equal((await clientById(house.database, id))?.revision, 1)
  })

  test('what nothing refers to is forgotten once it is stale, and an operator’s no is kept', async () => {
    const [idle, disabled] = ['idle', 'disabled'].map((name) => outside.at(`${name}.example`, '/client'))
    for (const id of [idle, disabled]) {
      document(id ?? '')
      await house.room.documents?.clientAt(id ?? '')
    }
    await house.database.commit([disableClient(house.database, disabled ?? '', house.runtime.now())])
    const before = await rowCount(house, 'clients')
    await sweep(house.database, house.runtime.now())
    assert.equal(await rowCount(house, 'clients'), before)
    house.runtime.advance(3601)
    await sweep(house.database, house.runtime.now())
    assert.equal(await clientById(house.database, idle ?? ''), undefined)
    assert.notEqual(await clientById(house.database, disabled ?? ''), undefined)
  })
})
