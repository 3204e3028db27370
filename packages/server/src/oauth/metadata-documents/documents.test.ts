import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { type Answering, type Outside, openOutside } from '../../../../../tests/harness/outside.ts'
import { publicPart, specimen } from '../../../../../tests/harness/specimens.ts'
import { forge } from '../../../../../tests/harness/token-kinds.ts'
import { type Answer, openHouse } from '../../platform/house.ts'
import { clientById, disableClient } from '../clients/clients.store.ts'
import {
  authorizeUrl,
  bank,
  codeFor,
  exchange,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  rowCount,
  type Wire,
} from '../house.ts'
import { sweep } from '../sweep.store.ts'
import { freshness } from './download.ts'

let outside: Outside
let house: OAuthHouse
/** The id of a client that nobody registered. */
let id: string
const redirectUri = 'https://app.example/callback'

beforeEach(async () => {
  outside = await openOutside()
  house = await openOAuthHouse({ profile: 'mcp', house: await openHouse({ egress: outside.egress }) })
  id = outside.at('app.example', '/client.json')
  outside.answer(id, { json: document() })
})
afterEach(async () => {
  await house.close()
  await outside[Symbol.asyncDispose]()
})

function document(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    client_id: id,
    client_name: 'The Application',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    ...more,
  }
}

const asks = (more: Wire = {}): Wire => ({
  client_id: id,
  redirect_uri: redirectUri,
  scope: 'openid offline_access accounts:read',
  resource: bank,
  ...more,
})
const visit = async (more: Wire = {}): Promise<Answer> =>
  (await house.signedIn()).visit(authorizeUrl(asks(more)))
/** Whether a person is asked about the client. */
const isAsked = ({ location = '' }: Answer): boolean => location.startsWith('/oauth/authorize?flow=')

test('a client that nobody registered signs people in, and refreshes, introspects and revokes what it gets', async () => {
  const code = (await codeFor(await house.signedIn(), asks())).get('code')
  const by = { client_id: id, client_secret: undefined }
  const form = { ...by, redirect_uri: redirectUri }
  const tokens = (await exchange(house.visitor(), code, form)).json()
  assert.equal(typeof tokens['access_token'], 'string')
  const renewed = (await refresh(house.visitor(), tokens['refresh_token'], by)).json()
  assert.equal(typeof renewed['access_token'], 'string')
  const revoked = await post(house.visitor(), '/oauth/revoke', {
    ...by,
    token: String(renewed['refresh_token']),
  })
  assert.equal(revoked.status, 200)
  assert.equal(
    (await refresh(house.visitor(), renewed['refresh_token'], by)).json()['error'],
    'invalid_grant',
  )
  assert.deepEqual(outside.asked, [id])
})

test('the person is asked about it as about any other client', async () => {
  const browser = await house.signedIn()
  const { location = '' } = await browser.visit(authorizeUrl(asks()))
  const page = await browser.visit(location)
  assert.match(page.body, /The Application/)
  assert.match(page.body, new RegExp(`describes itself at ${new URL(id).host}: nobody here has checked`))
})

test('what it was given can be taken away like what others have', async () => {
  const code = (await codeFor(await house.signedIn(), asks())).get('code')
  const by = { client_id: id, client_secret: undefined, redirect_uri: redirectUri }
  const { refresh_token: token } = (await exchange(house.visitor(), code, by)).json()
  await house.database.commit([disableClient(house.database, id, house.runtime.now())])
  house.runtime.advance(1)
  assert.equal((await refresh(house.visitor(), token, by)).json()['error'], 'invalid_client')
  assert.equal((await visit()).status, 400)
})

test('a document is asked for once while it is fresh, however many come', async () => {
  outside.answer(id, { json: document(), headers: { 'cache-control': 'max-age=600' } })
  await Promise.all(Array.from({ length: 20 }, () => visit()))
  house.runtime.advance(599)
  await visit()
  assert.equal(outside.asked.length, 1)
  house.runtime.advance(1)
  await visit()
  assert.equal(outside.asked.length, 2)
  assert.equal((await clientById(house.database, id))?.revision, 0, 'nothing was changed by reading it again')
})

test('what an answer says of its freshness counts within bounds', () => {
  const of = (headers: Record<string, string>): number => freshness(new Headers(headers))
  assert.equal(of({}), 3600)
  assert.equal(of({ 'cache-control': 'public, max-age=1200' }), 1200)
  assert.equal(of({ 'cache-control': 'max-age=1200', age: '300' }), 900)
  assert.equal(of({ 'cache-control': 'max-age=1200', age: 'x' }), 1200)
  assert.equal(of({ 'cache-control': 'max-age=1' }), 300)
  assert.equal(of({ 'cache-control': 'max-age=99999999' }), 86_400)
  assert.equal(of({ 'cache-control': 'max-age=-5' }), 3600)
  for (const word of ['no-store', 'no-cache', 'No-Store, max-age=1200'])
    assert.equal(of({ 'cache-control': word }), 300, word)
})

const unusable: Readonly<Record<string, (good: () => Record<string, unknown>) => Answering>> = {
  'is missing': () => ({ json: {}, status: 404 }),
  'is an error with a document': (good) => ({ json: good(), status: 500 }),
  'is created': (good) => ({ json: good(), status: 201 }),
  'is elsewhere': () => (_, response) => response.writeHead(302, { location: '/other.json' }).end(),
  'is not JSON by its type': (good) => ({ json: good(), headers: { 'content-type': 'text/html' } }),
  'is broken': () => (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"client_id":'),
  'is a list': (good) => ({ json: [good()] }),
  'names a member twice': (good) => (_, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(good()).replace('{', '{"client_name":"Another",')),
  'is larger than five kilobytes': (good) => ({ json: { ...good(), padding: 'x'.repeat(5200) } }),
  'is compressed': (good) => ({ json: good(), headers: { 'content-encoding': 'gzip' } }),
  'is about another address': (good) => ({ json: { ...good(), client_id: `${id}x` } }),
  'is about nobody': (good) => ({ json: { ...good(), client_id: undefined } }),
  'holds a secret': (good) => ({ json: { ...good(), client_secret: 'x'.repeat(40) } }),
  'tells when a secret ends': (good) => ({ json: { ...good(), client_secret_expires_at: 0 } }),
  'rests on a secret': (good) => ({ json: { ...good(), token_endpoint_auth_method: 'client_secret_basic' } }),
  'rests on a posted secret': (good) => ({
    json: { ...good(), token_endpoint_auth_method: 'client_secret_post' },
  }),
  'has keys that are no keys': (good) => ({
    json: { ...good(), token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [] } },
  }),
  'has no redirect URI': (good) => ({ json: { ...good(), redirect_uris: [] } }),
  'has a redirect URI with a fragment': (good) => ({
    json: { ...good(), redirect_uris: [`${redirectUri}#x`] },
  }),
  'has a redirect URI of a script': (good) => ({
    json: { ...good(), redirect_uris: ['javascript:alert(1)'] },
  }),
  'has a name of nothing': (good) => ({ json: { ...good(), client_name: ' ' } }),
  'has a name that nobody sees': (good) => ({ json: { ...good(), client_name: '\u3164\u2800' } }),
  'is of a sector that nothing proves': (good) => ({
    json: {
      ...good(),
      subject_type: 'pairwise',
      grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
    },
  }),
}

for (const [how, answering] of Object.entries(unusable))
  test(`a document that ${how} makes no client`, async () => {
    outside.answer(
      id,
      answering(() => document()),
    )
    const answer = await visit()
    assert.equal(answer.status, 400)
    assert.equal(answer.location, undefined)
    assert.equal(await clientById(house.database, id), undefined)
    const token = await post(house.visitor(), '/oauth/token', {
      client_id: id,
      grant_type: 'refresh_token',
      refresh_token: 'x',
    })
    assert.equal(token.json()['error'], 'invalid_client')
  })

test('what could not be had is asked for again, and then counts', async () => {
  outside.answer(id, { json: {}, status: 503 })
  assert.equal((await visit()).status, 400)
  outside.answer(id, { json: document() })
  assert.ok(isAsked(await visit()))
})

test('a client whose document is gone signs nobody in any more', async () => {
  assert.ok(isAsked(await visit()))
  outside.answer(id, { json: {}, status: 410 })
  assert.ok(isAsked(await visit()))
  house.runtime.advance(3601)
  assert.equal((await visit()).status, 400)
})

test('a redirect URI that the document names no more gets nothing', async () => {
  assert.ok(isAsked(await visit()))
  outside.answer(id, { json: document({ redirect_uris: ['https://app.example/other'] }) })
  house.runtime.advance(3601)
  const answer = await visit()
  assert.equal(answer.status, 400)
  assert.equal(answer.location, undefined)
})

test('it gets nothing of its own, no rights that operators give, and no scope that there is not', async () => {
  const { jwk } = specimen('ES256', 'document')
  outside.answer(id, {
    json: document({
      grant_types: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [publicPart(jwk)] },
      scope: 'openid accounts:read imagined:scope',
      first_party: true,
      api: bank,
      token_exchange: { audiences: [bank] },
    }),
  })
  await visit()
  const client = await clientById(house.database, id)
  assert.deepEqual(client?.grants, ['authorization_code', 'refresh_token'])
  assert.deepEqual(client?.scopes, ['openid', 'accounts:read'])
  assert.equal(client?.firstParty, false)
  assert.equal(client?.api, null)
  assert.equal(client?.exchange, null)
})

test('a document without a name or a method is a public client by the name of its host', async () => {
  outside.answer(id, { json: document({ client_name: undefined, token_endpoint_auth_method: undefined }) })
  await visit()
  const client = await clientById(house.database, id)
  assert.equal(client?.authentication, 'none')
  assert.equal(client?.name, new URL(id).host)
})

test('it may prove itself by a key of its document, where it pushes what it asks first', async () => {
  const { key, jwk } = specimen('ES256', 'document')
  const jwks = { keys: [publicPart(jwk)] }
  outside.answer(id, { json: document({ token_endpoint_auth_method: 'private_key_jwt', jwks }) })
  const now = house.runtime.now()
  const claims = { iss: id, sub: id, aud: house.issuer.url, jti: 'one', exp: now + 60 }
  const push = (by: Wire) =>
    post(house.visitor(), '/oauth/par', {
      ...Object.fromEntries(new URL(authorizeUrl(asks()), 'https://id.example').searchParams),
      ...by,
    })
  const proof = {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: forge({ alg: 'ES256', kid: key.kid, typ: 'client-authentication+jwt' }, claims, key),
  }
  assert.equal((await push(proof)).status, 201)
  assert.equal((await push(proof)).json()['error'], 'invalid_client')
  assert.equal((await push({})).json()['error'], 'invalid_client')
})

test('as many documents of one host are fetched as it can bear, and as many in all', async () => {
  const browser = await house.signedIn()
  const from = (host: string, path: string) =>
    browser.visit(authorizeUrl(asks({ client_id: outside.at(host, path) })))
  for (let number = 0; number < 12; number++) await from('victim.example', `/client/${number}`)
  assert.equal(outside.asked.length, 10)
  for (let number = 0; number < 52; number++) await from(`host-${number}.example`, '/client')
  assert.equal(outside.asked.length, 60)
  house.runtime.advance(60)
  assert.ok(isAsked(await visit()))
})

test('a client that is known is not kept waiting by those who ask for others, of its host and in all', async () => {
  assert.ok(isAsked(await visit()))
  house.runtime.advance(3600)
  const browser = await house.signedIn()
  const other = (number: number) =>
    outside.at(number < 12 ? 'app.example' : `host-${number}.example`, `/${number}`)
  for (let number = 0; number < 65; number++)
    await browser.visit(authorizeUrl(asks({ client_id: other(number) })))
  assert.ok(isAsked(await visit()))
})

test('an address that is not one to fetch is not fetched', async () => {
  for (const bad of [
    id.replace('https:', 'http:'),
    `${id}#x`,
    id.replace('/client', '/a/../client'),
    id.replace('https://', 'https://user@'),
    `https://127.0.0.1:${outside.port}`,
  ])
    assert.equal((await visit({ client_id: bad })).status, 400, bad)
  assert.deepEqual(outside.asked, [])
})

test('where no profile asks for it, an address is the id of nobody', async () => {
  const plain = await openOAuthHouse({ house: await openHouse({ egress: outside.egress }) })
  const answer = await (await plain.signedIn()).visit(authorizeUrl(asks()))
  assert.equal(answer.status, 400)
  assert.deepEqual(outside.asked, [])
  await plain.close()
})

test('a client that nothing refers to is forgotten when its document is stale, and one in use is kept', async () => {
  const idle = outside.at('idle.example', '/client')
  outside.answer(idle, { json: { ...document(), client_id: idle } })
  await visit({ client_id: idle })
  const code = (await codeFor(await house.signedIn(), asks())).get('code')
  const by = { client_id: id, client_secret: undefined, redirect_uri: redirectUri }
  const { refresh_token: token } = (await exchange(house.visitor(), code, by)).json()
  await sweep(house.database, house.runtime.now())
  assert.equal(await rowCount(house, 'metadata_documents'), 2)
  house.runtime.advance(3601)
  await sweep(house.database, house.runtime.now())
  assert.equal(await clientById(house.database, idle), undefined)
  assert.equal(await rowCount(house, 'metadata_documents'), 1)
  assert.equal((await refresh(house.visitor(), token, by)).status, 200)
  assert.ok(isAsked(await visit({ client_id: idle })))
})

test('people are asked anew about a client whose document shows another face, and not for a change behind it', async () => {
  const browser = await house.signedIn()
  await codeFor(browser, asks())
  const visited = () => browser.visit(authorizeUrl(asks()))
  const isAnswered = async (): Promise<boolean> =>
    (await visited()).location?.startsWith(redirectUri) === true
  assert.ok(await isAnswered())
  house.runtime.advance(3600)
  await house.signIn(browser)
  outside.answer(id, { json: document({ contacts: ['someone@app.example'] }) })
  assert.ok(await isAnswered())
  house.runtime.advance(3600)
  await house.signIn(browser)
  outside.answer(id, { json: document({ client_name: 'Your Bank' }) })
  assert.ok(isAsked(await visited()))
  await codeFor(browser, asks())
  assert.ok(isAsked(await visited()), 'within the second of the change it is asked once more')
  house.runtime.advance(1)
  await codeFor(browser, asks())
  assert.ok(await isAnswered())
})
