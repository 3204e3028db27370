import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, test } from 'node:test'
import { digest } from '@countersign/protocol'
import { type Outside, openOutside } from '../../../../../tests/harness/outside.ts'
import { specimen } from '../../../../../tests/harness/specimens.ts'
import { type Answer, openHouse } from '../../platform/house.ts'
import { clients, type OAuthHouse, openOAuthHouse, post, received, type Wire } from '../house.ts'
import { askedBy } from './pushed.fixture.ts'
import { type Signer, signer } from './signer.fixture.ts'

let outside: Outside
let house: OAuthHouse
let client: Signer
let address: string

beforeEach(async () => {
  outside = await openOutside()
  house = await openOAuthHouse({ house: await openHouse({ egress: outside.egress }) })
  address = outside.at('rp.example', '/request.jwt')
  client = await signer(house, 'reference', { requestUris: [address] })
  lies(client.object())
})
afterEach(async () => {
  await house.close()
  await outside[Symbol.asyncDispose]()
})

/** What is answered at an address, with what it says of how long that is good. */
function lies(object: string, at = address, cacheControl = ''): void {
  outside.answer(at, (_, response) => {
    response.writeHead(200, {
      'content-type': 'application/oauth-authz-req+jwt',
      'cache-control': cacheControl,
    })
    response.end(object)
  })
}

const visit = async (uri = address, beside: Wire = {}, of = client.id): Promise<Answer> => {
  const wire = { client_id: of, request_uri: uri, ...beside }
  const given = Object.entries(wire).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return (await house.signedIn()).visit(`/oauth/authorize?${new URLSearchParams(given)}`)
}
/** Whether a person is asked what the object asks for. */
const isAsked = ({ location = '' }: Answer): boolean => location.startsWith('/oauth/authorize?flow=')
/** What is said on a page, of a request that leads nowhere. */
const saysOnPage = (answer: Answer, code: string): void => {
  assert.equal(answer.status, 400)
  assert.equal(answer.location, undefined)
  assert.match(answer.body, new RegExp(`\\b${code}\\b`))
}

test('what lies at the address that the client registered is its request, and nothing beside it counts', async () => {
  lies(client.object({ state: 'signed', scope: 'openid imagined' }))
  const answer = await visit(address, { state: 'unsigned', scope: 'openid', prompt: 'none' })
  assert.ok(isAsked(answer))
  lies(client.object({ state: 'signed', prompt: 'none' }))
  assert.equal(received(await visit(address, { state: 'unsigned' })).get('state'), 'signed')
})

test('no address but those that the client registered is asked', async () => {
  for (const uri of [
    outside.at('rp.example', '/other.jwt'),
    outside.at('other.example', '/request.jwt'),
    `${address}?x`,
    `${address}/`,
    address.replace('https:', 'http:'),
    address.replace('https://', 'https://user@'),
    'file:///etc/passwd',
  ])
    saysOnPage(await visit(uri), 'invalid_request_uri')
  assert.deepEqual(outside.asked, [])
})

test('a client that registered no address hears that the parameter is not supported', async () => {
  for (const id of ['web', 'spa'])
    assert.match((await visit(address, {}, id)).body, /request_uri_not_supported/)
  const [redirect_uri] = clients.web.redirectUris
  const answer = await visit(address, { redirect_uri, response_type: 'code' }, 'web')
  assert.equal(received(answer).get('error'), 'request_uri_not_supported')
  assert.deepEqual(outside.asked, [])
})

test('it is fetched once for as long as its answer says, within bounds, and for nothing longer', async () => {
  await visit()
  await visit()
  assert.equal(outside.asked.length, 2)
  lies(client.object({ exp: house.runtime.now() + 3000 }), address, 'public, max-age=9999')
  await visit()
  await visit()
  house.runtime.advance(299)
  await visit()
  assert.equal(outside.asked.length, 3)
  house.runtime.advance(1)
  await visit()
  assert.equal(outside.asked.length, 4)
})

test('with the hash of what lies there in the address, nothing else is taken, and it need not be fetched again', async () => {
  const object = client.object({ exp: house.runtime.now() + 3000 })
  lies(object)
  const exact = `${address}#${digest(object)}`
  assert.ok(isAsked(await visit(exact)))
  lies(client.object({ state: 'other' }))
  assert.ok(isAsked(await visit(exact)))
  assert.equal(outside.asked.length, 1)
  saysOnPage(await visit(`${address}#${digest('another')}`), 'invalid_request_uri')
})

test('a hash that was registered can’t be left out or replaced', async () => {
  const pinnedAt = outside.at('rp.example', '/pinned.jwt')
  const other = await signer(house, 'pinned')
  const object = other.object({
    iss: 'hashed',
    client_id: 'hashed',
    redirect_uri: 'https://hashed.example/callback',
  })
  await signer(house, 'hashed', { requestUris: [`${pinnedAt}#${digest(object)}`] })
  lies(object, pinnedAt)
  saysOnPage(await visit(pinnedAt, {}, 'hashed'), 'invalid_request_uri')
  saysOnPage(await visit(`${pinnedAt}#${digest('another')}`, {}, 'hashed'), 'invalid_request_uri')
  assert.deepEqual(outside.asked, [])
  // It gets as far as the signature, which is another client's.
  saysOnPage(await visit(`${pinnedAt}#${digest(object)}`, {}, 'hashed'), 'invalid_request_object')
})

test('what lies there has to be signed by the client, like what it sends', async () => {
  for (const object of [
    client.object({}, {}, specimen('ES256', 'a stranger')),
    client.object({ iss: 'web' }),
    client.object({ client_id: 'web' }),
    client.object({ exp: house.runtime.now() - 120 }),
    client.object({ request_uri: address }),
    client.object().replace(/[^.]*$/, ''),
    '{"response_type":"code"}',
    '<html></html>',
  ]) {
    lies(object)
    saysOnPage(await visit(), 'invalid_request_object')
  }
})

test('where there is nothing to be had, the client hears it', async () => {
  for (const answering of [
    { status: 404, json: {} },
    { status: 500, json: {} },
    { status: 204, json: {} },
    { status: 302, json: {}, headers: { location: '/elsewhere' } },
    { json: 'x'.repeat(70_000) },
    (_: unknown, response: ServerResponse) => response.end(' '),
  ]) {
    outside.answer(address, answering)
    saysOnPage(await visit(), 'invalid_request_uri')
  }
  const answer = await visit(address, { redirect_uri: client.redirectUri, response_type: 'code', state: 's' })
  assert.equal(received(answer).get('error'), 'invalid_request_uri')
})

test('request and request_uri are never used together, and neither comes twice', async () => {
  saysOnPage(await visit(address, { request: client.object() }), 'invalid_request')
  const twice = `/oauth/authorize?client_id=${client.id}&request_uri=${encodeURIComponent(address)}&request_uri=x`
  saysOnPage(await (await house.signedIn()).visit(twice), 'invalid_request')
  assert.deepEqual(outside.asked, [])
})

test('however many browsers bring the address, its client is asked no more often than it can bear', async () => {
  const browser = await house.signedIn()
  const path = `/oauth/authorize?${new URLSearchParams({ client_id: client.id, request_uri: address })}`
  for (let time = 0; time < 63; time++) await browser.visit(path)
  assert.equal(outside.asked.length, 60)
})

test('a client whose requests have to be signed may do so by reference', async () => {
  const at = outside.at('rp.example', '/must.jwt')
  const strict = await signer(house, 'must', { requestUris: [at], requests: { mustSign: true } })
  lies(strict.object(), at)
  assert.ok(isAsked(await visit(at, {}, 'must')))
})

test('a posted request may name an address too, and none may be pushed', async () => {
  const form = { client_id: client.id, request_uri: address }
  const posted = await post(await house.signedIn(), '/oauth/authorize', form)
  assert.ok(isAsked(posted))
  const pushed = await post(house.visitor(), '/oauth/par', { ...askedBy(), ...form })
  assert.equal(pushed.json()['error'], 'invalid_request')
})

test('where everything has to be pushed, nothing is fetched', async () => {
  const strict = await openOAuthHouse({
    profile: 'fapi2',
    house: await openHouse({ egress: outside.egress }),
  })
  await signer(strict, 'reference', { requestUris: [address] })
  const path = `/oauth/authorize?${new URLSearchParams({ client_id: 'reference', request_uri: address })}`
  saysOnPage(await (await strict.signedIn()).visit(path), 'request_uri_not_supported')
  assert.deepEqual(outside.asked, [])
  await strict.close()
})
