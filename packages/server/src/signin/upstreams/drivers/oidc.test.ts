import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { codeChallenge, Parameters } from '@countersign/protocol'
import { openHouse } from '../../../platform/house.ts'
import { egress } from '../../../platform/http/egress.ts'
import { type OidcUpstream, upstreamsFrom } from '../upstreams.ts'
import { type Connection, UpstreamFailure, type UpstreamFault } from './connection.ts'
import { connectOidc } from './oidc.ts'

const house = await openHouse()
const servers: Server[] = []
after(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
  await house.close()
})

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const redirectUri = 'http://localhost:4400/sign-in/with/oidc/callback'
const expected = { state: 'the state', nonce: 'the nonce', codeVerifier: 'v'.repeat(43) }
const accessToken = 'the access token'

interface Provider {
  readonly issuer: string
  readonly connection: Connection
  /** Paths in the order in which they were asked for. */
  readonly asked: string[]
}

interface Behaviour {
  readonly metadata?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
  readonly idToken?: (claims: Record<string, unknown>) => string | undefined
  readonly userinfo?: Record<string, unknown>
  readonly token?: { readonly status: number; readonly type?: string; readonly body: string }
}

/** An OpenID provider that does as it is told, on a port of its own. */
async function provider(behaviour: Behaviour = {}): Promise<Provider> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '', issuer).pathname
    asked.push(path)
    const answer = (body: unknown, status = 200, type = 'application/json') => {
      response.writeHead(status, { 'content-type': type })
      response.end(typeof body === 'string' ? body : JSON.stringify(body))
    }
    const claims = { ...goodClaims(issuer), ...behaviour.claims }
    if (path === '/.well-known/openid-configuration') {
      answer({ ...goodMetadata(issuer), ...behaviour.metadata })
    } else if (path === '/jwks') {
      answer({ keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }] })
    } else if (path === '/userinfo') {
      answer({ sub: 'subject', ...behaviour.userinfo })
    } else if (behaviour.token !== undefined) {
      answer(behaviour.token.body, behaviour.token.status, behaviour.token.type)
    } else {
      const idToken = behaviour.idToken === undefined ? signed(claims) : behaviour.idToken(claims)
      answer({ access_token: accessToken, token_type: 'Bearer', expires_in: 60, id_token: idToken })
    }
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const generic = upstreamsFrom({}, house).find(({ id }) => id === 'oidc') as OidcUpstream
  const world = {
    egress: egress({ exempt: [`${issuer}/`] }),
    runtime: house.runtime,
    redirectUri,
  }
  return { issuer, connection: connectOidc({ ...generic, issuer }, world), asked }
}

function goodMetadata(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    id_token_signing_alg_values_supported: ['RS256'],
  }
}

function goodClaims(issuer: string): Record<string, unknown> {
  const now = house.runtime.now()
  return {
    iss: issuer,
    sub: 'subject',
    aud: 'simulated-oidc',
    nonce: expected.nonce,
    iat: now,
    exp: now + 300,
    email: 'ada@example.test',
    email_verified: true,
    name: 'Ada Lovelace',
  }
}

function signed(
  claims: Record<string, unknown>,
  header: object = {},
  key: KeyObject = keys.privateKey,
): string {
  const segment = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const input = `${segment({ alg: 'RS256', kid: 'k', typ: 'JWT', ...header })}.${segment(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}

function finish(given: Provider, answer: Record<string, string> = {}) {
  const parameters = Parameters.from({ code: 'a code', state: expected.state, ...answer })
  return given.connection.finish(parameters, { ...expected, issuer: given.issuer })
}

async function faultOf(work: Promise<unknown>): Promise<{ fault: UpstreamFault; message: string }> {
  const error = await work.then(
    () => assert.fail('somebody was signed in'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof UpstreamFailure, String(error))
  return error
}

test('a person goes to the provider with state, nonce and an S256 challenge', async () => {
  const google = await provider()
  const start = { state: 's', nonce: 'n', codeChallenge: codeChallenge(expected.codeVerifier) }
  const { location, issuer } = await google.connection.begin(start)
  assert.equal(issuer, google.issuer)
  assert.equal(location.origin + location.pathname, `${google.issuer}/authorize`)
  assert.deepEqual(Object.fromEntries(location.searchParams), {
    client_id: 'simulated-oidc',
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid email profile',
    state: 's',
    nonce: 'n',
    code_challenge: start.codeChallenge,
    code_challenge_method: 'S256',
  })
})

test('a good answer is a proven identity, and the provider is discovered once for many', async () => {
  const given = await provider()
  const proven = await Promise.all([finish(given), finish(given), finish(given)])
  assert.deepEqual(proven[0], {
    upstream: 'oidc',
    issuer: given.issuer,
    subject: 'subject',
    profile: { email: 'ada@example.test', emailVerified: true, name: 'Ada Lovelace', claims: {} },
  })
  assert.equal(given.asked.filter((path) => path.endsWith('openid-configuration')).length, 1)
  house.runtime.advance(3601)
  await finish(await provider())
  await given.connection.begin({ state: 's', nonce: 'n', codeChallenge: 'c' })
  assert.equal(given.asked.filter((path) => path.endsWith('openid-configuration')).length, 2)
  house.runtime.advance(-3601)
})

test('what the ID token leaves out is asked of userinfo, for the same subject only', async () => {
  const without = { email: undefined, email_verified: undefined, name: undefined }
  const lean = await provider({
    claims: without,
    userinfo: { email: 'ada@example.test', email_verified: true, given_name: 'Ada', family_name: 'King' },
  })
  const { profile } = await finish(lean)
  assert.deepEqual(profile, {
    email: 'ada@example.test',
    emailVerified: true,
    name: 'Ada King',
    claims: { given_name: 'Ada', family_name: 'King' },
  })
  const other = await provider({ claims: without, userinfo: { sub: 'somebody else' } })
  assert.equal((await faultOf(finish(other))).fault, 'invalid')
})

test('FD-03, C4, C18 (CVE-2026-15612): an ID token that is not exactly right signs nobody in', async () => {
  const now = house.runtime.now()
  const publicPem = keys.publicKey.export({ format: 'pem', type: 'spki' })
  const hash = createHash('sha256').update('another access token').digest().subarray(0, 16)
  const claimMutations: Record<string, Record<string, unknown>> = {
    'nonce absent': { nonce: undefined },
    'nonce empty': { nonce: '' },
    'nonce of another attempt': { nonce: 'another nonce' },
    'exp absent': { exp: undefined },
    'exp past': { exp: now - 31 },
    'exp a text': { exp: String(now + 300) },
    'iat absent': { iat: undefined },
    'iat in the future': { iat: now + 31 },
    'iat long ago': { iat: now - 631 },
    'nbf in the future': { nbf: now + 3600 },
    'aud absent': { aud: undefined },
    'aud of another client': { aud: 'another-client' },
    'aud empty': { aud: [] },
    'aud with others': { aud: ['simulated-oidc', 'another-client'], azp: 'simulated-oidc' },
    'azp of another client': { azp: 'another-client' },
    'iss absent': { iss: undefined },
    'iss of another': { iss: 'https://accounts.google.com' },
    'sub absent': { sub: undefined },
    'sub a number': { sub: 1 },
    'sub empty': { sub: '' },
    'sub too long': { sub: 's'.repeat(256) },
    'at_hash of another access token': { at_hash: hash.toString('base64url') },
  }
  const tokenMutations: Record<string, NonNullable<Behaviour['idToken']>> = {
    'no ID token': () => undefined,
    'an empty one': () => '',
    'not a JWT': () => 'a.b',
    'signed by another key': (claims) => signed(claims, {}, otherKeys.privateKey),
    'another kid': (claims) => signed(claims, { kid: 'unknown' }),
    'its own key': (claims) =>
      signed(claims, { jwk: otherKeys.publicKey.export({ format: 'jwk' }) }, otherKeys.privateKey),
    'alg none': (claims) => {
      const [header, payload] = signed(claims, { alg: 'none' }).split('.')
      return `${header}.${payload}.`
    },
    'the public key as a secret': (claims) => {
      const [header, payload] = signed(claims, { alg: 'HS256' }).split('.')
      const mac = createHmac('sha256', publicPem).update(`${header}.${payload}`).digest('base64url')
      return `${header}.${payload}.${mac}`
    },
    'claims changed after signing': (claims) => {
      const [header, , signature] = signed(claims).split('.')
      const payload = Buffer.from(JSON.stringify({ ...claims, sub: 'victim' })).toString('base64url')
      return `${header}.${payload}.${signature}`
    },
    'a critical extension': (claims) => signed(claims, { crit: ['b64'], b64: true }),
  }
  const behaviours: [string, Behaviour][] = [
    ...Object.entries(claimMutations).map(([name, claims]): [string, Behaviour] => [name, { claims }]),
    ...Object.entries(tokenMutations).map(([name, idToken]): [string, Behaviour] => [name, { idToken }]),
  ]
  for (const [name, behaviour] of behaviours) {
    const { fault } = await faultOf(finish(await provider(behaviour)))
    assert.equal(fault, 'invalid', name)
  }
})

test('an at_hash that fits the access token is right', async () => {
  const half = createHash('sha256').update(accessToken).digest().subarray(0, 16)
  await finish(await provider({ claims: { at_hash: half.toString('base64url') } }))
})

test('FD-02: an issuer that is not the expected one ends the sign-in before any code is sent', async () => {
  const lying = await provider({ metadata: { issuer: 'https://accounts.google.com' } })
  assert.equal((await faultOf(finish(lying))).fault, 'invalid')
  const given = await provider({ metadata: { authorization_response_iss_parameter_supported: true } })
  for (const answer of [{}, { iss: 'https://evil.example' }, { iss: `${given.issuer}/` }]) {
    assert.equal((await faultOf(finish(given, answer))).fault, 'invalid')
  }
  const elsewhere = given.connection.finish(
    Parameters.from({ code: 'a code', state: expected.state, iss: given.issuer }),
    { ...expected, issuer: 'https://other.example' },
  )
  assert.equal((await faultOf(elsewhere)).fault, 'invalid')
  assert.equal(given.asked.includes('/token'), false)
  assert.equal((await finish(given, { iss: given.issuer })).subject, 'subject')
})

test('FD-01: an answer with another state, a second one, or none ends the sign-in', async () => {
  const given = await provider()
  for (const answer of ['code=c', 'code=c&state=other', 'code=c&state=the+state&state=other']) {
    const work = given.connection.finish(Parameters.parse(answer), { ...expected, issuer: given.issuer })
    assert.equal((await faultOf(work)).fault, 'invalid', answer)
  }
  assert.equal(given.asked.includes('/token'), false)
})

test('what the provider says in place of a code is told apart', async () => {
  const given = await provider()
  const said = async (error: string) => (await faultOf(finish(given, { code: '', error }))).fault
  assert.equal(await said('access_denied'), 'denied')
  assert.equal(await said('temporarily_unavailable'), 'unreachable')
  assert.equal(await said('invalid_scope'), 'invalid')
  const { message } = await faultOf(finish(given, { code: '', error: '<script>' }))
  assert.doesNotMatch(message, /script/)
})

test('F26: a provider that is down, slow to anger or broken fails closed', async () => {
  const token = (status: number, body: string, type = 'application/json') =>
    provider({ token: { status, body, type } })
  const faults = {
    html: await faultOf(finish(await token(200, '<html>', 'text/html'))),
    down: await faultOf(finish(await token(503, 'busy', 'text/plain'))),
    redirect: await faultOf(finish(await token(302, ''))),
    refused: await faultOf(finish(await token(400, '{"error":"invalid_grant"}'))),
    'bad JSON': await faultOf(finish(await token(200, '{'))),
    'no access token': await faultOf(finish(await token(200, '{}'))),
  }
  assert.deepEqual(
    Object.entries(faults).map(([name, { fault }]) => `${name}: ${fault}`),
    [
      'html: invalid',
      'down: unreachable',
      'redirect: unreachable',
      'refused: invalid',
      'bad JSON: invalid',
      'no access token: invalid',
    ],
  )
  assert.match(faults.refused.message, /invalid_grant/)
  const gone = await provider()
  servers.at(-1)?.close()
  servers.at(-1)?.closeAllConnections()
  assert.equal((await faultOf(finish(gone))).fault, 'unreachable')
})
