import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { codeChallenge, Parameters } from '@countersign/protocol'
import { openHouse } from '../../../platform/house.ts'
import { egress } from '../../../platform/http/egress.ts'
import { type OauthUpstream, upstreamsFrom } from '../upstreams.ts'
import { type Connection, UpstreamFailure, type UpstreamFault } from './connection.ts'
import { connectOauth } from './oauth.ts'

const house = await openHouse()
const servers: Server[] = []
after(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await house.close()
})

const redirectUri = 'http://localhost:4400/sign-in/with/facebook/callback'
const expected = { state: 'the state', nonce: 'unused', codeVerifier: 'v'.repeat(43) }

interface Reply {
  readonly status?: number
  readonly body: unknown
}
interface Asked {
  readonly url: URL
  readonly authorization: string | undefined
  readonly form: URLSearchParams
}
interface Provider {
  readonly upstream: OauthUpstream
  readonly connection: Connection
  readonly asked: Asked[]
}

/** A provider like Facebook on a port of its own, with these answers. */
async function provider(token: Reply, profile: Reply): Promise<Provider> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://127.0.0.1')
    let body = ''
    for await (const chunk of request) body += String(chunk)
    asked.push({ url, authorization: request.headers.authorization, form: new URLSearchParams(body) })
    const reply = url.pathname.endsWith('/access_token') ? token : profile
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json; charset=UTF-8' })
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const given = upstreamsFrom({}, house).find(({ driver }) => driver === 'oauth') as OauthUpstream
  const upstream = {
    ...given,
    issuer: base,
    endpoints: {
      authorization: `${base}/dialog`,
      token: `${base}/access_token`,
      profile: `${base}/me?fields=id,name,email`,
    },
  }
  const world = { egress: egress({ exempt: [`${base}/`] }), runtime: house.runtime, redirectUri }
  return { upstream, connection: connectOauth(upstream, world), asked }
}

const goodToken: Reply = { body: { access_token: 'EAABtoken', token_type: 'bearer', expires_in: 5_183_944 } }
const goodProfile: Reply = { body: { id: '10158', name: 'Ada Lovelace', email: 'ada@example.test' } }

function finish({ upstream, connection }: Provider, answer: Record<string, string> = {}) {
  const parameters = Parameters.from({ code: 'a code', state: expected.state, ...answer })
  return connection.finish(parameters, { ...expected, issuer: upstream.issuer })
}

async function faultOf(work: Promise<unknown>): Promise<UpstreamFault> {
  const error = await work.then(
    () => assert.fail('somebody was signed in'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof UpstreamFailure, String(error))
  assert.doesNotMatch(error.message, /EAAB|secret/)
  return error.fault
}

test('a person goes to a plain OAuth provider with state and an S256 challenge', async () => {
  const { connection, upstream } = await provider(goodToken, goodProfile)
  const challenge = codeChallenge(expected.codeVerifier)
  const { location, issuer } = await connection.begin({ state: 's', nonce: 'n', codeChallenge: challenge })
  assert.equal(issuer, upstream.issuer)
  assert.equal(location.origin + location.pathname, upstream.endpoints.authorization)
  assert.deepEqual(Object.fromEntries(location.searchParams), {
    client_id: 'simulated-facebook',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'public_profile email',
    state: 's',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  })
})

test('the code is redeemed with secret and verifier, and the profile asked with the token in a header', async () => {
  const given = await provider(goodToken, goodProfile)
  assert.deepEqual(await finish(given), {
    upstream: 'facebook',
    issuer: given.upstream.issuer,
    subject: '10158',
    profile: { email: 'ada@example.test', emailVerified: false, name: 'Ada Lovelace', claims: {} },
  })
  const [token, profile] = given.asked
  assert.deepEqual(Object.fromEntries(token?.form ?? []), {
    client_id: 'simulated-facebook',
    client_secret: 'simulated-secret',
    grant_type: 'authorization_code',
    code: 'a code',
    redirect_uri: redirectUri,
    code_verifier: expected.codeVerifier,
  })
  assert.equal(profile?.authorization, 'Bearer EAABtoken')
  assert.deepEqual(Object.fromEntries(profile?.url.searchParams ?? []), {
    fields: 'id,name,email',
    appsecret_proof: createHmac('sha256', 'simulated-secret').update('EAABtoken').digest('hex'),
  })
})

test('FD-01: an answer of another attempt or for another provider is not redeemed', async () => {
  const given = await provider(goodToken, goodProfile)
  assert.equal(await faultOf(finish(given, { state: 'another' })), 'invalid')
  assert.equal(await faultOf(finish(given, { iss: 'https://accounts.google.com' })), 'invalid')
  const other = given.connection.finish(Parameters.from({ code: 'c', state: expected.state }), {
    ...expected,
    issuer: 'https://other.example',
  })
  assert.equal(await faultOf(other), 'invalid')
  assert.equal(await faultOf(finish(given, { code: '', error: 'access_denied' })), 'denied')
  assert.deepEqual(given.asked, [])
})

test('a provider that refuses, fails or says nothing useful signs nobody in', async () => {
  const refusal = { message: 'Used.', type: 'OAuthException', code: 100, fbtrace_id: 'A' }
  const rows: [Reply, Reply, UpstreamFault][] = [
    [{ status: 400, body: { error: refusal } }, goodProfile, 'invalid'],
    [{ status: 500, body: { error: refusal } }, goodProfile, 'unreachable'],
    [{ body: { token_type: 'bearer' } }, goodProfile, 'invalid'],
    [{ body: { access_token: 'EAAB', token_type: 'mac' } }, goodProfile, 'invalid'],
    [goodToken, { status: 401, body: { error: refusal } }, 'invalid'],
    [goodToken, { status: 503, body: {} }, 'unreachable'],
    [goodToken, { body: '{' }, 'invalid'],
    [goodToken, { body: '[]' }, 'invalid'],
    [goodToken, { body: 'null' }, 'invalid'],
    [goodToken, { body: { name: 'Nobody' } }, 'invalid'],
    [goodToken, { body: { id: 10158 } }, 'invalid'],
    [goodToken, { body: { id: '' } }, 'invalid'],
    [goodToken, { body: { id: '1', more: 'x'.repeat(300_000) } }, 'unreachable'],
  ]
  for (const [token, profile, fault] of rows) {
    assert.equal(await faultOf(finish(await provider(token, profile))), fault, JSON.stringify([token, fault]))
  }
})
