import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TestIssuer, testIssuer } from '../testing/index.ts'
import type { Fetch } from './bounded-fetch.ts'
import { createVerifier, type VerifierOptions } from './index.ts'

const start = 1_800_000_000

/** An issuer behind a network that can fail, count and be answered for. */
async function world(options: Partial<VerifierOptions> = {}) {
  const clock = { now: start }
  const issuer = await testIssuer({ now: () => clock.now })
  const network = { isDown: false, asked: [] as string[], answer: undefined as Fetch | undefined }
  const verifier = createVerifier({
    ...issuer.options,
    ...options,
    fetch: async (url, init) => {
      network.asked.push(new URL(url).pathname)
      if (network.isDown) throw new TypeError('fetch failed')
      return (network.answer ?? issuer.fetch)(url, init)
    },
  })
  const keyFetches = () => network.asked.filter((path) => path.endsWith('/jwks')).length
  const codeOf = async (token: string) => {
    const verification = await verifier.check(token)
    return verification.ok ? 'ok' : verification.code
  }
  return { clock, issuer, network, verifier, keyFetches, codeOf }
}

/** A token of a key that the first issuer never had. */
async function stranger(like: TestIssuer): Promise<TestIssuer> {
  return testIssuer({ issuer: like.issuer, audience: like.audience, now: () => start })
}

test('a thousand first tokens at once fetch the keys once', async () => {
  const { issuer, verifier, network } = await world()
  const tokens = Array.from({ length: 1000 }, () => issuer.token())
  await Promise.all(tokens.map((token) => verifier.verify(token)))
  assert.deepEqual(network.asked, ['/.well-known/openid-configuration', '/oauth/jwks'])
})

test('keys are refreshed in the background before they end, and nobody waits', async () => {
  const { clock, issuer, verifier, keyFetches } = await world()
  await verifier.verify(issuer.token())
  clock.now = start + 239
  await verifier.verify(issuer.token())
  assert.equal(keyFetches(), 1)
  clock.now = start + 240
  // A check that needs nothing from the network answers without a promise.
  const verification = verifier.check(issuer.token())
  assert.ok(!(verification instanceof Promise) && verification.ok)
  await new Promise(setImmediate)
  assert.equal(keyFetches(), 2)
})

test('the issuer says how long keys are good, within five minutes and an hour', async () => {
  for (const [header, lifetime] of [
    ['max-age=0', 300],
    ['no-store', 300],
    ['public, max-age=1000', 1000],
    ['max-age=9999999999', 3600],
  ] as const) {
    const { clock, issuer, verifier, network, keyFetches } = await world()
    network.answer = async (url, init) => {
      const response = await issuer.fetch(url, init)
      response.headers.set('cache-control', header)
      return response
    }
    await verifier.verify(issuer.token())
    clock.now = start + lifetime * 0.8 - 1
    await verifier.verify(issuer.token())
    await new Promise(setImmediate)
    assert.equal(keyFetches(), 1, `${header}: fresh before ${lifetime} s`)
    clock.now = start + lifetime
    await verifier.verify(issuer.token())
    assert.equal(keyFetches(), 2, `${header}: asked again after ${lifetime} s`)
  }
})

test('keys that ended while nobody asked are fetched before a token is judged', async () => {
  const { clock, issuer, codeOf } = await world()
  const old = issuer.token({ expiresIn: 7200 })
  assert.equal(await codeOf(old), 'ok')
  await issuer.rotate()
  issuer.retire()
  clock.now = start + 3601
  assert.equal(await codeOf(old), 'invalid_token')
})

test('invented key names ask at most once in 30 seconds, also when all come at once', async () => {
  const { clock, issuer, codeOf, keyFetches } = await world()
  assert.equal(await codeOf(issuer.token()), 'ok')
  const forged = (await stranger(issuer)).token({ expiresIn: 3600 })
  const flood = () => Promise.all(Array.from({ length: 200 }, () => codeOf(forged)))
  assert.deepEqual([...new Set(await flood())], ['invalid_token'])
  assert.equal(keyFetches(), 1, 'just loaded')
  clock.now = start + 29
  await flood()
  assert.equal(keyFetches(), 1)
  clock.now = start + 30
  assert.deepEqual([...new Set(await flood())], ['invalid_token'])
  assert.equal(keyFetches(), 2)
  clock.now = start + 59
  await flood()
  assert.equal(keyFetches(), 2)
})

test('five thousand tokens of a new key meet it with one request and no refusal', async () => {
  const { clock, issuer, verifier, keyFetches } = await world()
  await verifier.verify(issuer.token())
  clock.now = start + 31
  await issuer.rotate()
  const token = issuer.token()
  await Promise.all(Array.from({ length: 5000 }, () => verifier.verify(token)))
  assert.equal(keyFetches(), 2)
})

test('an issuer that is down costs nothing but new keys', async () => {
  const { clock, issuer, network, codeOf, keyFetches } = await world()
  assert.equal(await codeOf(issuer.token()), 'ok')
  network.isDown = true
  clock.now = start + 20_000
  for (let time = 0; time < 5; time++) assert.equal(await codeOf(issuer.token()), 'ok')
  assert.ok(keyFetches() <= 2, 'and is not hammered')
  const forged = (await stranger(issuer)).token({ expiresIn: 30_000 })
  assert.equal(await codeOf(forged), 'unavailable', 'a key that nobody can ask about is not called wrong')
  network.isDown = false
  clock.now += 31
  assert.equal(await codeOf(forged), 'invalid_token')
})

test('keys do not outlive a day without the issuer', async () => {
  const { clock, issuer, network, codeOf } = await world()
  const token = issuer.token({ expiresIn: 100_000 })
  assert.equal(await codeOf(token), 'ok')
  network.isDown = true
  clock.now = start + 24 * 3600 - 1
  assert.equal(await codeOf(token), 'ok')
  clock.now = start + 24 * 3600
  assert.equal(await codeOf(token), 'unavailable')
})

test('before the first keys an issuer that is down means 503, and soon another try', async () => {
  const { clock, issuer, network, codeOf } = await world()
  network.isDown = true
  assert.equal(await codeOf(issuer.token()), 'unavailable')
  const asked = network.asked.length
  assert.equal(await codeOf(issuer.token()), 'unavailable')
  assert.equal(network.asked.length, asked, 'not within the same two seconds')
  network.isDown = false
  clock.now = start + 2
  assert.equal(await codeOf(issuer.token()), 'ok')
})

test('a clock that is set back does not keep old keys alive', async () => {
  const { clock, issuer, codeOf, keyFetches } = await world()
  assert.equal(await codeOf(issuer.token()), 'ok')
  clock.now = start - 5000
  assert.equal(await codeOf(issuer.token()), 'ok')
  assert.equal(keyFetches(), 2)
})

test('a key set with secrets, without usable keys or of another shape changes nothing', async () => {
  const { clock, issuer, network, codeOf } = await world()
  const bodies = [
    {},
    [],
    { keys: [] },
    { keys: [{ kty: 'oct', k: 'AAAA' }] },
    { keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }] },
  ]
  assert.equal(await codeOf(issuer.token()), 'ok')
  for (const body of bodies) {
    network.answer = async (url, init) =>
      url.endsWith('/jwks') ? Response.json(body) : issuer.fetch(url, init)
    clock.now += 4000
    assert.equal(await codeOf(issuer.token()), 'ok')
    await new Promise(setImmediate)
  }
})

test('metadata of another issuer is not believed', async () => {
  for (const named of ['https://evil.test', 'https://issuer.test/', 'https://ISSUER.test', undefined]) {
    const { issuer, network, verifier } = await world()
    network.answer = async (url, init) =>
      url.endsWith('openid-configuration')
        ? Response.json({ issuer: named, jwks_uri: `${issuer.issuer}/oauth/jwks` })
        : issuer.fetch(url, init)
    const verification = await verifier.check(issuer.token())
    assert.ok(!verification.ok && verification.code === 'unavailable')
    assert.match(verification.detail, /another issuer/)
  }
})

test('an https issuer does not send its keys over plain http', async () => {
  const { issuer, network, verifier } = await world()
  network.answer = async () => Response.json({ issuer: issuer.issuer, jwks_uri: 'http://issuer.test/jwks' })
  const verification = await verifier.check(issuer.token())
  assert.ok(!verification.ok && verification.code === 'unavailable')
  assert.match(verification.detail, /not https/)
})

test('an issuer with a path is found by both documents', async () => {
  const asked: string[] = []
  const verifier = createVerifier({
    issuer: 'https://id.test/tenant/',
    audience: 'https://api.test',
    fetch: async (url) => {
      asked.push(url)
      return new Response(null, { status: 404 })
    },
  })
  await verifier.check('a.b.c')
  assert.deepEqual(asked, [
    'https://id.test/tenant/.well-known/openid-configuration',
    'https://id.test/.well-known/oauth-authorization-server/tenant',
  ])
})

test('keys may be given, by value or by address, and then nothing is discovered', async () => {
  const given = await world()
  const fixed = createVerifier({
    ...given.issuer.options,
    jwks: given.issuer.jwks,
    fetch: () => assert.fail(),
  })
  assert.equal((await fixed.verify(given.issuer.token())).subject, 'usr_test')

  const addressed = await world({ jwks: 'https://issuer.test/oauth/jwks' })
  assert.equal(await addressed.codeOf(addressed.issuer.token()), 'ok')
  assert.deepEqual(addressed.network.asked, ['/oauth/jwks'])
})
