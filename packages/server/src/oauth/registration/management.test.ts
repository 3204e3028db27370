import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { tokenExchange } from '@countersign/protocol'
import { changeClient, descriptionOf } from '../clients/change.ts'
import { clientById, disableClient } from '../clients/clients.store.ts'
import { ada, authorizeUrl, bank, codeFor } from '../house.ts'
import {
  application,
  changeOf,
  openRegistrationHouse,
  type RegistrationHouse,
} from './registration.fixture.ts'

let open: RegistrationHouse
before(async () => {
  open = await openRegistrationHouse({ mode: 'open', scopes: ['accounts:read'] })
})
after(() => open.close())

describe('a client looks after itself (RFC 7592)', () => {
  test('it reads what is registered of it, as often as it likes, and without its secret', async () => {
    const body = await open.registered()
    for (const _ of [1, 2]) {
      const read = await open.manage('GET', body)
      assert.equal(read.status, 200)
      const { client_secret: _secret, client_secret_expires_at: _end, ...rest } = body
      assert.deepEqual(read.body, rest)
    }
  })

  test('a change replaces everything, and its token; the old one is refused from then on', async () => {
    const body = await open.registered({ ...application, logo_uri: 'https://app.example/logo.png' })
    const { logo_uri: _, ...rest } = changeOf(body, { client_name: 'Renamed' })
    const changed = await open.manage('PUT', body, rest)
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
    assert.deepEqual([changed.body['client_name'], changed.body['logo_uri']], ['Renamed', undefined])
    assert.equal(changed.body['client_secret'], undefined, 'the secret stays as it is')
    assert.notEqual(changed.body['registration_access_token'], body['registration_access_token'])
    assert.equal((await open.manage('GET', body)).status, 401)
    assert.equal((await open.manage('GET', changed.body)).body['client_name'], 'Renamed')
  })

  test('C25: nobody has us look at addresses as often as they like by changes that are refused', async () => {
    const [body, other] = [await open.registered(), await open.registered()]
    const refused = changeOf(body, { redirect_uris: ['http://app.example/cb'] })
    const statuses: number[] = []
    for (let change = 0; change < 61; change += 1)
      statuses.push((await open.manage('PUT', body, refused)).status)
    assert.deepEqual([statuses[59], statuses[60]], [400, 429])
    assert.equal((await open.manage('PUT', other, changeOf(other))).status, 200)
  })

  test('null is as good as nothing, and a secret comes and goes with the need for it', async () => {
    const body = await open.registered()
    const open1 = await open.manage(
      'PUT',
      body,
      changeOf(body, { token_endpoint_auth_method: 'none', client_secret: null }),
    )
    assert.equal(open1.status, 200, JSON.stringify(open1.body))
    const again = changeOf(open1.body, { token_endpoint_auth_method: 'client_secret_post', contacts: null })
    const closed = await open.manage('PUT', open1.body, again)
    assert.match(String(closed.body['client_secret']), /^[\w-]{43}$/)
    assert.equal(closed.body['client_secret_expires_at'], 0)
  })

  test('people are asked anew about a client that has made itself look like another one', async () => {
    const body = await open.registered()
    const client_id = String(body['client_id'])
    const asked = { client_id, redirect_uri: 'https://app.example/cb', scope: 'openid' }
    const browser = await open.signedIn(ada)
    const isAsked = async () =>
      /^\/oauth\/authorize\?flow=/.test((await browser.visit(authorizeUrl(asked))).location ?? '')
    await codeFor(browser, asked)
    assert.equal(await isAsked(), false)
    open.runtime.advance(1)
    const contacts = await open.manage('PUT', body, changeOf(body, { contacts: ['ops@app.example'] }))
    assert.equal(await isAsked(), false)
    const renamed = await open.manage(
      'PUT',
      contacts.body,
      changeOf(contacts.body, { client_name: 'Your Bank' }),
    )
    assert.equal(renamed.status, 200)
    open.runtime.advance(2)
    assert.equal(await isAsked(), true)
    await changeClient(open, client_id, descriptionOf)
    assert.equal(await isAsked(), true)
  })

  test('a change must be about this client, and name nothing that is not the client’s to say', async () => {
    const body = await open.registered()
    const other = await open.registered()
    const bad = [
      { client_id: other['client_id'] },
      { client_id: undefined },
      { client_secret: other['client_secret'] },
      { client_secret: 5 },
      { registration_access_token: body['registration_access_token'] },
      { registration_client_uri: body['registration_client_uri'] },
      { client_id_issued_at: 1 },
      { client_secret_expires_at: 0 },
      { software_statement: 'x' },
      { redirect_uris: ['http://evil.example/'] },
      { grant_types: ['client_credentials'] },
    ]
    for (const change of bad)
      assert.equal(
        (await open.manage('PUT', body, changeOf(body, change))).status,
        400,
        JSON.stringify(change),
      )
    assert.equal((await open.manage('GET', body)).status, 200, 'what is refused uses no token up')
    const address = { ...body, registration_client_uri: other['registration_client_uri'] }
    for (const method of ['GET', 'DELETE']) assert.equal((await open.manage(method, address)).status, 401)
    const unknown = { ...body, registration_client_uri: '/oauth/register/nobody' }
    assert.equal((await open.manage('GET', unknown)).status, 401)
    assert.equal((await open.manage('POST', body, {})).status, 405)
  })

  test('what an operator gave a client is not lost when it changes itself', async () => {
    const body = await open.registered()
    const id = String(body['client_id'])
    const given = await changeClient(open, id, (client) => ({
      ...descriptionOf(client),
      firstParty: true,
      api: bank,
      grants: [...client.grants, tokenExchange],
      exchange: { audiences: [bank], scopes: {}, impersonates: false },
      scopes: [...client.scopes, 'transfers:write'],
    }))
    assert.ok(given?.ok)
    const change = changeOf(body, { scope: 'openid transfers:write ledger:read', client_name: 'Still' })
    const changed = await open.manage('PUT', body, change)
    assert.equal(changed.body['scope'], 'openid transfers:write')
    const client = await clientById(open.database, id)
    assert.deepEqual([client?.firstParty, client?.api, client?.exchange?.audiences], [true, bank, [bank]])
  })

  test('a client that is deleted is gone with all that it was given, and one that is disabled is nobody', async () => {
    const body = await open.registered()
    assert.equal((await open.manage('DELETE', body)).status, 204)
    assert.equal((await open.manage('GET', body)).status, 401)
    assert.equal(await clientById(open.database, String(body['client_id'])), undefined)
    const rows = await open.database.read(
      `select * from registrations where client_id = '${String(body['client_id'])}'`,
      [],
    )
    assert.equal(rows.length, 0)
    const other = await open.registered()
    await open.database.commit([disableClient(open.database, String(other['client_id']), 1)])
    for (const method of ['GET', 'DELETE']) assert.equal((await open.manage(method, other)).status, 401)
  })

  test('whoever guesses tokens is stopped, and the client’s own still works', async () => {
    const body = await open.registered()
    const guess = { ...body, registration_access_token: 'guess' }
    const statuses = new Set<number>()
    for (let count = 0; count < 30; count += 1) statuses.add((await open.manage('GET', guess)).status)
    assert.deepEqual([...statuses].sort(), [401, 429])
    assert.equal((await open.manage('GET', body)).status, 200)
  })
})
