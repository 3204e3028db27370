// The answers of JWTAuthentication, from every framework: the same request, the same words.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import {
  encodeBase64url,
  importPrivateJwk,
  importSecretJwk,
  type SigningKey,
  signJws,
} from '@countersign/protocol'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import * as forExpress from '../frameworks/express.ts'
import * as forFastify from '../frameworks/fastify.ts'
import * as forFetch from '../frameworks/fetch.ts'
import * as forHono from '../frameworks/hono.ts'
import { givePlatformBack } from '../frameworks/hono-globals.fixture.ts'
import * as forKoa from '../frameworks/koa.ts'
import { UnauthenticatedError } from '../verify/errors.ts'
import { type SimpleJwtOptions, simpleJwt } from './index.ts'

givePlatformBack()

const secret = 'django-insecure-7b&c@k!9w4r$2m_qz^x8p0t#v5n1h6j3'
const key = importSecretJwk({ kty: 'oct', k: encodeBase64url(secret) }, 'HS256')
const now = 1_800_000_000
const usual = { token_type: 'access', exp: now + 300, iat: now, jti: 'a'.repeat(32), user_id: '1' }
const signed = (claims: object, by: SigningKey = key, typ = 'JWT') => signJws({ typ }, claims, by)
const json = JSON.stringify(usual)
const bytesOf = (text: string) => new TextEncoder().encode(text)
const without = (name: keyof typeof usual) =>
  signed(Object.fromEntries(Object.entries(usual).filter(([one]) => one !== name)))

const options: SimpleJwtOptions = {
  signingKey: secret,
  now: () => now,
  checkRevokeToken: true,
  user: async (id) => {
    const users = { 1: {}, 3: { isActive: false }, 4: { revokeToken: 'of now' } }
    return users[id as unknown as keyof typeof users] ?? null
  },
}

const invalid = (message: string) => ({
  detail: 'Given token not valid for any token type',
  code: 'token_not_valid',
  messages: [{ token_class: 'AccessToken', token_type: 'access', message }],
})
const nothing = { detail: 'Authentication credentials were not provided.' }
const malformed = {
  detail: 'Authorization header must contain two space-delimited values',
  code: 'bad_authorization_header',
}

/** A sentence, the header, the status and the body. */
const cases: readonly (readonly [string, string | null, number, object])[] = [
  ['a good token', `Bearer ${signed(usual)}`, 200, { subject: '1' }],
  ['nothing', null, 401, nothing],
  ['another scheme', 'Token abc', 401, nothing],
  ['claims in bytes', `Bearer ${signed(bytesOf(json))}`, 200, { subject: '1' }],
  ['a byte order mark', `Bearer ${signed(bytesOf(`\ufeff${json}`))}`, 401, invalid('Token is invalid')],
  [
    'claims that are no UTF-8',
    `Bearer ${signed(Buffer.from(json.replace('"1"', '"1","name":"\xe9"'), 'latin1'))}`,
    401,
    invalid('Token is invalid'),
  ],
  ['a scheme alone', 'Bearer', 401, malformed],
  ['three words', 'Bearer a b', 401, malformed],
  ['undefined', 'Bearer undefined', 401, invalid('Token is invalid')],
  ['an expired token', `Bearer ${signed({ ...usual, exp: now })}`, 401, invalid('Token is expired')],
  [
    'a refresh token',
    `Bearer ${signed({ ...usual, token_type: 'refresh' })}`,
    401,
    invalid('Token has wrong type'),
  ],
  ['no end', `Bearer ${without('exp')}`, 401, invalid("Token has no 'exp' claim")],
  ['no name', `Bearer ${without('jti')}`, 401, invalid('Token has no id')],
  ['no type', `Bearer ${without('token_type')}`, 401, invalid('Token has no type')],
  [
    'nobody',
    `Bearer ${without('user_id')}`,
    401,
    { detail: 'Token contained no recognizable user identification', code: 'token_not_valid' },
  ],
  [
    'somebody who is gone',
    `Bearer ${signed({ ...usual, user_id: '2' })}`,
    401,
    { detail: 'User not found', code: 'user_not_found' },
  ],
  [
    'somebody who is not active',
    `Bearer ${signed({ ...usual, user_id: '3' })}`,
    401,
    { detail: 'User is inactive', code: 'user_inactive' },
  ],
  [
    'a password of before',
    `Bearer ${signed({ ...usual, user_id: '4', hash_password: 'of before' })}`,
    401,
    { detail: "The user's password has been changed.", code: 'password_changed' },
  ],
]

interface Listening {
  readonly url: string
  close(): void
}

async function listening(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const frameworks: Readonly<Record<string, () => Promise<RequestListener>>> = {
  Express: async () => {
    const app = express()
    app.get('/me', forExpress.auth(simpleJwt(options)), (req, res) => {
      res.json({ subject: req.auth.subject })
    })
    app.get('/denied', forExpress.auth({ ...simpleJwt(options), role: 'admin' }), (_, res) => res.end())
    return app as RequestListener
  },
  Hono: async () => {
    const app = new Hono()
    app.get('/me', forHono.auth(simpleJwt(options)), (c) => c.json({ subject: c.get('auth').subject }))
    app.get('/denied', forHono.auth({ ...simpleJwt(options), role: 'admin' }), (c) => c.text(''))
    return getRequestListener(app.fetch)
  },
  Fastify: async () => {
    const app = fastify()
    const denied = { preHandler: forFastify.auth({ ...simpleJwt(options), role: 'admin' }) }
    app.get('/me', { preHandler: forFastify.auth(simpleJwt(options)) }, async ({ auth }) => ({
      subject: auth.subject,
    }))
    app.get('/denied', denied, async () => '')
    await app.ready()
    return app.routing.bind(app)
  },
  Koa: async () => {
    const app = new Koa()
    const [me, denied] = [
      forKoa.auth(simpleJwt(options)),
      forKoa.auth({ ...simpleJwt(options), role: 'admin' }),
    ]
    app.use((context, next) => (context.path === '/me' ? me : denied)(context, next))
    app.use((context) => {
      context.body = { subject: context.state['auth'].subject }
    })
    return app.callback()
  },
  fetch: async () => {
    const me = forFetch.auth(simpleJwt(options))((_, { subject }) => Response.json({ subject }))
    const denied = forFetch.auth({ ...simpleJwt(options), role: 'admin' })(() => new Response())
    return getRequestListener((request) => (new URL(request.url).pathname === '/me' ? me : denied)(request))
  },
}

for (const [name, open] of Object.entries(frameworks)) {
  describe(`An API of ${name} that moved here from Django REST framework`, async () => {
    const api = await listening(await open())
    after(() => api.close())
    const ask = async (authorization: string | null, path = '/me') => {
      const headers: Record<string, string> = authorization === null ? {} : { authorization }
      const response = await fetch(api.url + path, { headers })
      return { response, body: JSON.parse(await response.text()) as unknown }
    }

    for (const [what, authorization, status, body] of cases) {
      test(`answers ${status} to ${what} in the words of the original`, async () => {
        const got = await ask(authorization)
        assert.deepEqual([got.response.status, got.body], [status, body])
        const challenge = got.response.headers.get('www-authenticate')
        assert.equal(challenge, status === 401 ? 'Bearer realm="api"' : null)
        assert.match(got.response.headers.get('content-type') ?? '', /^application\/json/)
      })
    }

    test('says so where a role is missing', async () => {
      const got = await ask(`Bearer ${signed(usual)}`, '/denied')
      assert.equal(got.response.status, 403)
      assert.deepEqual(got.body, { detail: 'You do not have permission to perform this action.' })
      assert.equal(got.response.headers.get('www-authenticate'), null)
    })
  })
}

const protect = (more: SimpleJwtOptions) =>
  forFetch.auth(simpleJwt({ now: () => now, ...more }))((_, { subject, claims }) =>
    Response.json({ subject, claims }),
  )
const asking = (token: string, name = 'authorization', scheme = 'Bearer') =>
  new Request('https://api.test/', { headers: { [name]: `${scheme} ${token}` } })

describe('Settings of Simple JWT at an API', () => {
  test('the header, its schemes and their case are as stated', async () => {
    const api = protect({
      signingKey: secret,
      authHeaderName: 'HTTP_X_ACCESS_TOKEN',
      authHeaderTypes: ['JWT', 'Bearer'],
      anyCaseScheme: false,
    })
    const token = signed(usual)
    for (const [request, status] of [
      [asking(token, 'x-access-token', 'JWT'), 200],
      [asking(token, 'x-access-token'), 200],
      [asking(token, 'x-access-token', 'jwt'), 401],
      [asking(token), 401],
    ] as const)
      assert.equal((await api(request)).status, status)
    assert.equal(
      (await api(asking('a.b.c', 'x-access-token'))).headers.get('www-authenticate'),
      'JWT realm="api"',
    )
  })

  test('without a challenge in the first place everything is 403', async () => {
    const answer = await protect({ signingKey: secret, challenges: false })(asking('a.b.c'))
    assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [403, null])
  })

  test('claims may have other names, or none, and audience and issuer are demanded', async () => {
    const api = protect({
      signingKey: secret,
      audience: ['shop', 'bank'],
      issuer: 'me',
      userIdClaim: 'uid',
      tokenTypeClaim: null,
      jtiClaim: null,
      leeway: 10,
    })
    const good = { exp: now - 5, uid: 7, aud: ['bank'], iss: 'me' }
    const answer = await api(asking(signed(good)))
    assert.deepEqual(await answer.json(), { subject: '7', claims: good })
    for (const wrong of [{ aud: 'else' }, { iss: 'you' }, { exp: now - 10 }, { nbf: now + 11 }, { exp: '1' }])
      assert.equal((await api(asking(signed({ ...good, ...wrong })))).status, 401)
  })

  test('each class of tokens says why not', async () => {
    const api = protect({ signingKey: secret, authTokenClasses: ['AccessToken', 'SlidingToken'] })
    assert.equal((await api(asking(signed({ ...usual, token_type: 'sliding' })))).status, 200)
    const answer = await api(asking(signed({ ...usual, token_type: 'refresh' })))
    const { messages } = (await answer.json()) as { messages: { token_class: string }[] }
    assert.deepEqual(
      messages.map((one) => one.token_class),
      ['AccessToken', 'SlidingToken'],
    )
  })

  test('C1: the server’s published keys open for its tokens of this kind alone, and for no secret', async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...pair.privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' }
    const own = importPrivateJwk(jwk, 'ES256')
    const { d: _d, ...published } = jwk
    const by = (answer: () => Response) =>
      protect({ algorithm: 'ES256', jwkUrl: 'https://id.test/oauth/jwks', fetch: async () => answer() })
    const marked = signed(usual, own, 'simplejwt+jwt')
    const down = await by(() => new Response('', { status: 500 }))(asking(marked))
    assert.deepEqual([down.status, down.headers.has('retry-after')], [503, true])
    const again = by(() => Response.json({ keys: [published] }))
    assert.equal((await again(asking(marked))).status, 200)
    for (const typ of ['at+jwt', 'JWT', 'logout+jwt'])
      assert.equal((await again(asking(signed(usual, own, typ)))).status, 401)
    const pem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const confused = importSecretJwk({ kty: 'oct', k: encodeBase64url(pem) }, 'HS256')
    const byPem = protect({ algorithm: 'ES256', verifyingKey: pem })
    assert.equal((await byPem(asking(signed(usual, own)))).status, 200)
    assert.equal((await byPem(asking(signed(usual, confused)))).status, 401)
    assert.equal((await byPem(asking(signed(usual)))).status, 401)
  })

  test('C1: of published keys each has its own algorithm, and one that is stated is the only one that is taken', async () => {
    const pairs = [
      ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
      ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
    ] as const
    const own = pairs.map(([alg, { privateKey }]) =>
      importPrivateJwk({ ...privateKey.export({ format: 'jwk' }), kid: alg }, alg),
    )
    // A key that doesn't say what it is for: its kind does.
    const keys = pairs.map(([kid, { publicKey }]) => ({ ...publicKey.export({ format: 'jwk' }), kid }))
    let asked = 0
    const fetch = async () => {
      asked += 1
      return Response.json({ keys })
    }
    const by = (more: SimpleJwtOptions) => protect({ jwkUrl: 'https://id.test/oauth/jwks', fetch, ...more })
    const statusesOf = async (api: ReturnType<typeof protect>) =>
      Promise.all(own.map(async (key) => (await api(asking(signed(usual, key, 'simplejwt+jwt')))).status))
    assert.deepEqual(await statusesOf(by({})), [200, 200])
    assert.deepEqual(await statusesOf(by({ algorithm: 'ES256' })), [200, 401])
    assert.deepEqual(await statusesOf(by({ algorithm: 'RS256' })), [401, 200])
    assert.equal(asked, 3, 'another algorithm is no reason to ask for newer keys')
    const [ec] = own
    const posing = { ...ec, kid: 'RS256' } as NonNullable<typeof ec>
    assert.equal((await by({})(asking(signed(usual, posing, 'simplejwt+jwt')))).status, 401)
  })

  test('the release before says it in its own words', async () => {
    const api = protect({ signingKey: secret, dialect: '5.2' })
    const { messages } = (await (await api(asking('a.b.c'))).json()) as { messages: { message: string }[] }
    assert.equal(messages[0]?.message, 'Token is invalid or expired')
  })

  test('the verifier is one of its own as well', async () => {
    const { verifier } = simpleJwt({ signingKey: secret, now: () => now })
    assert.equal((await verifier.verify(signed(usual))).subject, '1')
    assert.equal((await verifier.verify(asking(signed(usual)))).subject, '1')
    await assert.rejects(verifier.verify('a.b.c'), UnauthenticatedError)
    await assert.rejects(verifier.verify(new Request('https://api.test/')), UnauthenticatedError)
  })

  test('nothing that is no number of seconds lets a token live longer, and what is undefined is not stated', async () => {
    for (const leeway of [Number.NaN, '10', -1, 301, null])
      assert.throws(
        () => simpleJwt({ signingKey: secret, leeway } as SimpleJwtOptions),
        /^TypeError: leeway /,
      )
    const unset = { leeway: undefined, jtiClaim: undefined, dialect: undefined, authHeaderTypes: undefined }
    const { verifier } = simpleJwt({
      signingKey: secret,
      now: () => now,
      ...unset,
    } as object as SimpleJwtOptions)
    assert.equal((await verifier.check(signed(usual))).ok, true)
    for (const one of [signed({ ...usual, exp: now - 1 }), without('jti')])
      assert.equal((await verifier.check(one)).ok, false)
  })

  test('settings that make no sense stop the start', () => {
    for (const [given, why] of [
      [{ signingKey: secret, audience: undefined }, /audience is undefined: is the variable set/],
      [{ signingKey: secret, issuer: undefined }, /issuer is undefined/],
      // C1: algorithm confusion.
      [{ signingKey: `Bag Attributes\n-----BEGIN PUBLIC KEY-----\n${secret}` }, /no secret/],
      [{}, /one key is needed/],
      [{ signingKey: secret, jwkUrl: 'https://id.test/jwks' }, /one key is needed/],
      [{ algorithm: 'ES256', signingKey: secret }, /one key is needed/],
      [{ signingKey: secret, checkRevokeToken: true }, /needs user/],
      [{ signingKey: secret, userIDClaim: 'id' }, /no option userIDClaim/],
      [{ algorithm: 'ES256', jwkUrl: 'http://id.example.com/jwks' }, /https/],
      [{ algorithm: 'HS256', jwkUrl: 'https://id.test/jwks' }, /one key is needed/],
      [{ verifyingKey: 'x' }, /one key is needed/],
    ] as const)
      assert.throws(() => simpleJwt(given as SimpleJwtOptions), why)
  })
})
