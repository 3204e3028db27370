// Clients that are told that there is an answer (CIBA §10.2), on both engines, at receivers on this machine.
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { cibaGrant } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { disableClient } from '../clients/clients.store.ts'
import { type OAuthHouse, secret, type Wire } from '../house.ts'
import { added, ask, asked, decide, openCibaHouse, polled } from './ciba.fixture.ts'
import { cibaNotifier } from './notifier.ts'

interface Heard {
  readonly line: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const heard: Heard[] = []
const theOne = (): Heard => heard[0] ?? assert.fail('nothing was heard')
let behave: (response: ServerResponse) => void
const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (piece: string) => (body += piece))
  request.on('end', () => {
    heard.push({ line: `${request.method} ${request.url}`, headers: request.headers, body })
    behave(response)
  })
})
before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
after(() => {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  heard.length = 0
  behave = (response) => void response.writeHead(204).end()
})

const token = 'a-token.of~the+client/42=='
const pinged = { client_id: 'pinged', client_secret: secret }

onBothEngines('A client that wants to be told', (open) => {
  let house: OAuthHouse
  before(async () => {
    house = await openCibaHouse({ house: await open() })
    const notificationEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`
    await added(house, {
      id: 'pinged',
      name: 'The Pinged',
      secret,
      grants: [cibaGrant],
      scopes: ['openid', 'accounts:read'],
      ciba: { mode: 'ping', notificationEndpoint, signingAlg: null },
    })
  })
  beforeEach(() => house.runtime.advance(3600))
  const request = (form: Wire = {}) =>
    asked(house, { ...pinged, scope: 'openid', client_notification_token: token, ...form })
  const deliver = () => cibaNotifier(house.room).deliver()
  const events = async () =>
    (
      await house.database.read(
        `select type, detail from events where type in ('backchannel.notified', 'backchannel.given_up') order by id`,
        [],
      )
    ).map((row) => `${row['type']} ${row['detail']}`)
  const notices = async () =>
    house.database.read('select notice from backchannel_requests where notice is not null', [])

  test('hears the name of its request once somebody has decided, with the token that it gave, and nothing else', async () => {
    for (const decision of ['allow', 'deny'] as const) {
      heard.length = 0
      const { auth_req_id } = await request()
      await deliver()
      assert.deepEqual(heard, [])
      await decide(house, decision)
      await deliver()
      await deliver()
      assert.equal(heard.length, 1)
      const { line, headers, body } = theOne()
      assert.equal(line, 'POST /ping')
      assert.equal(headers.authorization, `Bearer ${token}`)
      assert.equal(headers['content-type'], 'application/json')
      assert.deepEqual(JSON.parse(body), { auth_req_id })
      assert.equal(
        await polled(house, auth_req_id, pinged),
        decision === 'allow' ? 'tokens' : 'access_denied',
      )
    }
    assert.deepEqual(await notices(), [])
  })

  test('is told by one of several servers alone', async () => {
    await request()
    await decide(house)
    await Promise.all(Array.from({ length: 5 }, deliver))
    assert.equal(heard.length, 1)
  })

  test('that is not there is tried again until the request is of no use, and then no more', async () => {
    const before = await events()
    behave = (response) => void response.writeHead(500).end()
    await request()
    await decide(house)
    for (let seconds = 0; seconds < 400; seconds += 5) {
      await deliver()
      house.runtime.advance(5)
    }
    assert.equal(heard.length, 7)
    const [ended] = (await events()).slice(before.length)
    assert.equal(ended, 'backchannel.given_up {"attempts":7,"because":"status 500"}')
    assert.deepEqual(await notices(), [])
  })

  test('is told when it is back, and never again when it refuses for good', async () => {
    behave = (response) => void response.writeHead(503).end()
    await request()
    await decide(house)
    await deliver()
    behave = (response) => void response.writeHead(200).end('{"ignored":true}')
    house.runtime.advance(10)
    await deliver()
    assert.equal(heard.length, 2)
    assert.match((await events()).at(-1) ?? '', /notified .*"attempts":2/)
    behave = (response) => void response.writeHead(401).end()
    await request()
    await decide(house)
    await deliver()
    house.runtime.advance(60)
    await deliver()
    assert.equal(heard.length, 3)
    assert.match((await events()).at(-1) ?? '', /given_up/)
  })

  test('FD-06: is not followed to where it redirects', async () => {
    behave = (response) => void response.writeHead(307, { location: '/elsewhere' }).end()
    await request()
    await decide(house)
    await deliver()
    assert.deepEqual(
      heard.map(({ line }) => line),
      ['POST /ping'],
    )
  })

  test('C22: is told nothing once it is disabled', async () => {
    await request()
    await decide(house)
    await house.database.commit([disableClient(house.database, 'pinged', house.runtime.now())])
    await deliver()
    assert.deepEqual(heard, [])
    assert.deepEqual(await notices(), [])
    await house.database.commit([disableClient(house.database, 'pinged', null)])
    house.runtime.advance(1)
  })

  test('has to give a token, whose text lies nowhere in the clear [SC-04]', async () => {
    const without = await ask(house.visitor(), { ...pinged, scope: 'openid' })
    assert.equal(without.json()['error'], 'invalid_request')
    const { auth_req_id } = await request()
    const text = JSON.stringify(await house.database.read('select * from backchannel_requests', []))
    for (const inTheClear of [token, auth_req_id]) assert.equal(text.includes(inTheClear), false)
    behave = (response) => void response.writeHead(500).end()
    await decide(house)
    await deliver()
    const logged = house.logged.join('\n')
    for (const inTheClear of [token, auth_req_id]) assert.equal(logged.includes(inTheClear), false)
  })
})
