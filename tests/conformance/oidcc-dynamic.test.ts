// The conformance suite's plan oidcc-dynamic (Dynamic OP), each test named after its module: the server runs by the profile
// `conformance`, under which anyone may register.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import * as jose from 'jose'
import { serverOfThisFile } from '../harness/server.ts'
import { publicPart, specimen } from '../harness/specimens.ts'
import { forge } from '../harness/token-kinds.ts'
import { DynamicTester, type Registered } from './oidcc-dynamic-tester.ts'
import { asksWho, type Credential, callback } from './oidcc-tester.ts'

let tester: DynamicTester
serverOfThisFile({
  env: { COUNTERSIGN_PROFILE: 'conformance' },
  prepare: async (server) => {
    tester = new DynamicTester(server)
    await tester.site.open()
  },
})
after(() => tester.site.close())

const nowish = () => Math.floor(Date.now() / 1000)
const first = specimen('RS256', 'first')
const second = specimen('RS256', 'second')
const setOf = (...keys: { readonly jwk: Record<string, unknown> }[]) => ({
  keys: keys.map(({ jwk }) => publicPart(jwk)),
})

/** A client assertion of RFC 7523. */
function assertion({ id }: Registered, key = first.key, audience: string = tester.on.issuer): Credential {
  const claims = {
    iss: id,
    sub: id,
    aud: audience,
    jti: crypto.randomUUID(),
    iat: nowish(),
    exp: nowish() + 60,
  }
  return {
    fields: {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: forge({ typ: 'JWT', alg: 'RS256', kid: key.kid }, claims, key),
    },
  }
}

/** A request object of a client; `alg: none` without a key. */
function requestObject({ id }: Registered, claims: object, key: typeof first.key | null): string {
  const { parameters } = tester.asking({ client_id: id })
  const payload = {
    ...parameters,
    iss: id,
    aud: tester.on.issuer,
    iat: nowish(),
    exp: nowish() + 300,
    ...claims,
  }
  if (key !== null) return forge({ typ: 'oauth-authz-req+jwt', alg: key.alg, kid: key.kid }, payload, key)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none', typ: 'oauth-authz-req+jwt' })}.${part(payload)}.`
}

test('oidcc-discovery-endpoint-verification: what a client needs to register and what it may ask for is said', async () => {
  const metadata = await tester.metadata()
  for (const name of ['registration_endpoint', 'jwks_uri', 'userinfo_endpoint', 'authorization_endpoint'])
    assert.ok(String(metadata[name]).startsWith(`${tester.on.issuer}/`), name)
  assert.deepEqual(metadata['request_uri_parameter_supported'], true)
  assert.deepEqual(metadata['request_parameter_supported'], true)
  assert.ok((metadata['id_token_signing_alg_values_supported'] as string[]).includes('RS256'))
  assert.ok(!(metadata['id_token_signing_alg_values_supported'] as string[]).includes('none'))
  assert.deepEqual(metadata['subject_types_supported'], ['public', 'pairwise'])
})

test('oidcc-server: a client that has just registered takes a person to tokens and userinfo', async () => {
  const { access, claims } = await tester.tokensOf(await tester.register())
  const { status, json } = await tester.userinfo(access)
  assert.deepEqual([status, json['sub']], [200, claims.sub])
})

test('oidcc-ensure-client-assertion-with-iss-aud-succeeds: the issuer as the one audience', async () => {
  const client = await tester.register({ token_endpoint_auth_method: 'private_key_jwt', jwks: setOf(first) })
  assert.equal(client.credential.authorization, undefined)
  await tester.tokensOf(client, {}, assertion(client))
})

test('a client that said what it signs assertions with is refused with anything else', async () => {
  const client = await tester.register({
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: setOf(first, specimen('ES256', 'other')),
  })
  const asking = tester.asking({ client_id: client.id })
  const form = await tester.code(tester.someone, asking)
  assert.equal((await tester.redeem(form, assertion(client))).json['error'], 'invalid_client')
})

test('oidcc-ensure-redirect-uri-in-authorization-request: a request without one is answered on a page', async () => {
  const { id } = await tester.register({ redirect_uris: [callback, `${callback}/other`] })
  await tester.errorPage(tester.asking({ client_id: id, redirect_uri: undefined }))
})

test('oidcc-ensure-request-object-with-redirect-uri: the one within counts, the one beside does not', async () => {
  const client = await tester.register({ jwks: setOf(first), request_object_signing_alg: 'RS256' })
  const asking = tester.asking({ client_id: client.id })
  const object = requestObject(client, asking.parameters, first.key)
  const parameters = {
    client_id: client.id,
    request: object,
    redirect_uri: 'https://bad.example/callback',
    response_type: 'code',
    scope: 'openid',
  }
  const seen = await tester.someone.walk(tester.addressOf({ parameters }), {})
  assert.equal(seen.left?.href.startsWith(callback), true)
  assert.ok(seen.left?.searchParams.get('code'))
})

test('oidcc-idtoken-rs256: ID tokens are signed with what was registered', async () => {
  const { header } = await tester.tokensOf(await tester.register({ id_token_signed_response_alg: 'RS256' }))
  assert.equal(header.alg, 'RS256')
})

test('oidcc-idtoken-unsigned: “none” is not offered, and a client that asks for it is not registered', async () => {
  await tester.refuses({ id_token_signed_response_alg: 'none' }, 'invalid_client_metadata')
})

test('oidcc-redirect-uri-query-OK: a registered query comes back with the answer', async () => {
  const address = `${callback}?foo=bar`
  const { id } = await tester.register({ redirect_uris: [address] })
  const answer = tester.answerOf(
    await tester.someone.walk(tester.addressOf(tester.asking({ client_id: id, redirect_uri: address })), {}),
  )
  assert.equal(answer['foo'], 'bar')
  assert.ok(answer['code'])
})

test('oidcc-redirect-uri-query-added: a query that was not registered is answered on a page', async () => {
  const { id } = await tester.register()
  await tester.errorPage(tester.asking({ client_id: id, redirect_uri: `${callback}?foo=bar` }))
})

test('oidcc-redirect-uri-query-mismatch: so is another one than was registered', async () => {
  const { id } = await tester.register({ redirect_uris: [`${callback}?foo=bar`] })
  for (const query of ['?bar=foo', '?foo=bar&more=1', ''])
    await tester.errorPage(tester.asking({ client_id: id, redirect_uri: `${callback}${query}` }))
})

test('oidcc-redirect-uri-regfrag: an address with a fragment is not registered', async () => {
  await tester.refuses({ redirect_uris: [`${callback}#foo=bar`] }, 'invalid_redirect_uri')
})

/** One dot. */
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const withRefresh = { grant_types: ['authorization_code', 'refresh_token'] }

test('oidcc-refresh-token: a refreshed ID token is about the same person and sign-in', async () => {
  const client = await tester.register(withRefresh)
  const { refresh, claims } = await tester.tokensOf(client, {
    scope: 'openid offline_access',
    prompt: 'consent',
  })
  const { status, json } = await tester.refresh(refresh, client.credential)
  assert.equal(status, 200)
  const again = jose.decodeJwt(String(json['id_token']))
  for (const name of ['iss', 'sub', 'aud', 'auth_time']) assert.deepEqual(again[name], claims[name], name)
  // Another client can't use it (§12).
  const other = await tester.register(withRefresh)
  const next = String(json['refresh_token'])
  assert.equal((await tester.refresh(next, other.credential)).json['error'], 'invalid_grant')
})

test('oidcc-refresh-token-rp-key-rotation: a client signs with a new key as soon as it is at its jwks_uri', async () => {
  const jwksUri = tester.site.put('/rotating', setOf(first))
  const client = await tester.register({
    ...withRefresh,
    token_endpoint_auth_method: 'private_key_jwt',
    jwks_uri: jwksUri,
  })
  const asked = { scope: 'openid offline_access', prompt: 'consent' }
  const { refresh } = await tester.tokensOf(client, asked, assertion(client))
  tester.site.put('/rotating', setOf(second))
  const { status, text } = await tester.refresh(refresh, assertion(client, second.key))
  assert.equal(status, 200, text)
  assert.equal((await tester.refresh(refresh, assertion(client, first.key))).json['error'], 'invalid_client')
})

test('oidcc-registration-jwks-uri: keys are found at an address of the client', async () => {
  const jwks_uri = tester.site.put('/jwks', setOf(first))
  const client = await tester.register({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri })
  await tester.tokensOf(client, {}, assertion(client))
  await tester.refuses({ jwks_uri, jwks: setOf(first) }, 'invalid_client_metadata')
})

test('oidcc-registration-logo-uri: who is about to sign in sees its logo, and its server does not see them', async () => {
  const logo_uri = tester.site.put('/logo.png', picture, 'image/png')
  const { id } = await tester.register({ logo_uri })
  const seen = await tester.person().open(tester.addressOf(tester.asking({ client_id: id })))
  assert.ok(asksWho(seen))
  assert.ok(seen.html.includes(`src="data:image/png;base64,${picture.toString('base64')}"`))
  assert.ok(!seen.html.includes(logo_uri))
})

for (const [module, name] of [
  ['oidcc-registration-policy-uri', 'policy_uri'],
  ['oidcc-registration-tos-uri', 'tos_uri'],
] as const)
  test(`${module}: who is about to sign in finds a link to it`, async () => {
    const address = tester.site.put(`/${name}.html`, '<p>Words</p>', 'text/html')
    const { id } = await tester.register({ [name]: address })
    const seen = await tester.person().open(tester.addressOf(tester.asking({ client_id: id })))
    assert.ok(asksWho(seen))
    assert.match(seen.html, new RegExp(`<a [^>]*href="${address}"`))
  })

test('oidcc-registration-sector-uri: clients of one sector know a person by one name, others by another', async () => {
  const sector_identifier_uri = tester.site.put('/sector', [callback])
  const pairwise = { subject_type: 'pairwise', sector_identifier_uri }
  const [one, other, third] = await Promise.all([
    tester.register(pairwise),
    tester.register(pairwise),
    tester.register({ subject_type: 'public' }),
  ])
  const names: unknown[] = []
  for (const client of [one, other, third]) {
    const { claims, access } = await tester.tokensOf(client)
    assert.equal((await tester.userinfo(access)).json['sub'], claims.sub)
    names.push(claims.sub)
  }
  assert.equal(names[0], names[1])
  assert.notEqual(names[0], names[2])
})

test('oidcc-registration-sector-bad: a sector that does not list the redirect URI is refused', async () => {
  const sector_identifier_uri = tester.site.put('/elsewhere', ['https://elsewhere.example/cb'])
  await tester.refuses({ subject_type: 'pairwise', sector_identifier_uri }, 'invalid_client_metadata')
})

test('oidcc-request-uri-signed-rs256: a signed request is fetched from where it was registered', async () => {
  const request_uri = tester.site.put('/request.jwt', '')
  const client = await tester.register({
    jwks: setOf(first),
    request_uris: [request_uri],
    request_object_signing_alg: 'RS256',
  })
  const asking = tester.asking({ client_id: client.id })
  tester.site.put(
    '/request.jwt',
    requestObject(client, asking.parameters, first.key),
    'application/oauth-authz-req+jwt',
  )
  const parameters = { client_id: client.id, request_uri, response_type: 'code', scope: 'openid' }
  const seen = await tester.someone.walk(tester.addressOf({ parameters }), {})
  assert.equal(seen.left?.searchParams.get('state'), asking.parameters['state'])
  assert.ok(seen.left?.searchParams.get('code'))
})

test('oidcc-request-uri-unsigned: what nobody signed is no request', async () => {
  const request_uri = tester.site.put('/unsigned.jwt', '')
  await tester.refuses(
    { request_uris: [request_uri], request_object_signing_alg: 'none' },
    'invalid_client_metadata',
  )
  const client = await tester.register({ request_uris: [request_uri] })
  const asking = tester.asking({ client_id: client.id })
  tester.site.put(
    '/unsigned.jwt',
    requestObject(client, asking.parameters, null),
    'application/oauth-authz-req+jwt',
  )
  const parameters = { ...asking.parameters, request_uri }
  const error = await tester.refusal(tester.someone, { parameters })
  assert.equal(error, 'request_uri_not_supported')
})

test('oidcc-userinfo-rs256: userinfo is signed where that was registered', async () => {
  const client = await tester.register({ userinfo_signed_response_alg: 'RS256' })
  const { access, claims } = await tester.tokensOf(client)
  const { status, text, headers } = await tester.userinfo(access)
  assert.equal(status, 200)
  assert.match(headers.get('content-type') ?? '', /^application\/jwt/)
  const keys = jose.createRemoteJWKSet(new URL(`${tester.on.issuer}/oauth/jwks`))
  const { payload, protectedHeader } = await jose.jwtVerify(text, keys, {
    issuer: tester.on.issuer,
    audience: client.id,
  })
  assert.deepEqual([protectedHeader.alg, payload.sub], ['RS256', claims.sub])
})

// Last: it moves the clock.
test('oidcc-server-rotate-keys: an ID token of before is still checked by a published key, new ones have another', async () => {
  const client = await tester.register({ id_token_signed_response_alg: 'ES256' })
  const before = await tester.tokensOf(client)
  await tester.on.countersign('keys', 'rotate', '--now')
  // Every worker looks again after five seconds, and signs with it once nobody can have missed it.
  await tester.advance(6)
  await tester.published()
  await tester.advance(60)
  const after = await tester.tokensOf(client)
  assert.notEqual(after.header.kid, before.header.kid)
  const kids = await tester.published()
  for (const kid of [before.header.kid, after.header.kid]) assert.ok(kids.includes(String(kid)))
})
