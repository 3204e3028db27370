// Where keys come from, each kind against the real thing: servers that listen, files that change.
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { importPrivateJwk, type JwsAlgorithm, KeyError, signToken } from '@countersign/protocol'
import { createVerifier, type KeysFrom, type VerifierOptions } from './index.ts'

const start = 1_800_000_000
const clock = { now: start }
const place = { issuer: 'https://issuer.test', audience: 'https://api.test', now: () => clock.now }

/** A key of its own, in every form in which it may be handed over, and tokens signed with it. */
function signer(alg: JwsAlgorithm, kid?: string) {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const isRsa = alg.startsWith('RS') || alg.startsWith('PS')
  const { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject } = isRsa
    ? generateKeyPairSync('rsa', { modulusLength: 2048 })
    : pair
  const names = { alg, ...(kid === undefined ? {} : { kid }) }
  const jwk = { ...publicKey.export({ format: 'jwk' }), ...names }
  const signing = importPrivateJwk({ ...privateKey.export({ format: 'jwk' }), ...names })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const token = () => {
    const iat = clock.now
    const claims = { iss: place.issuer, aud: place.audience, sub: 'usr_ada', client_id: 'c', jti: 'j' }
    return signToken('access', { ...claims, iat, exp: iat + 300 }, signing)
  }
  return { jwk, pem, token, publicKey, privateKey }
}

const one = signer('ES256', 'one')
const two = signer('ES256', 'two')

function verifierOf(keys: KeysFrom, options: VerifierOptions = {}) {
  const verifier = createVerifier({ ...place, keys, ...options })
  return async (token: string) => {
    const verification = await verifier.check(token)
    return verification.ok ? 'ok' : verification.code
  }
}

let folder = ''
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
})
after(() => rmSync(folder, { recursive: true }))

test('a key may be handed over as a set, as one key, or in PEM', async () => {
  const kinds: readonly KeysFrom[] = [
    { jwks: { keys: [two.jwk, one.jwk] } },
    { jwk: one.jwk },
    { pem: one.pem, alg: 'ES256' },
    { pem: one.pem, alg: 'ES256', kid: 'one' },
  ]
  for (const keys of kinds) {
    const codeOf = verifierOf(keys, { fetch: () => assert.fail('nobody is asked') })
    assert.equal(await codeOf(one.token()), 'ok', JSON.stringify(keys))
    assert.equal(await codeOf(signer('ES256', 'one').token()), 'invalid_token')
    assert.equal(await codeOf(signer('ES256', 'three').token()), 'invalid_token')
  }
})

test('a key without a name is tried for any token of its algorithm, and one with a name for its own', async () => {
  const { kid: _, ...nameless } = one.jwk
  assert.equal(await verifierOf({ jwk: nameless })(one.token()), 'ok')
  assert.equal(await verifierOf({ jwk: one.jwk })(signer('ES256').token()), 'invalid_token')
  assert.equal(await verifierOf({ pem: one.pem, alg: 'ES256', kid: 'other' })(one.token()), 'invalid_token')
})

test('the algorithm of an RSA key is the one that was said, and no other', async () => {
  for (const alg of ['RS256', 'PS256'] as const) {
    const { pem, jwk, token } = signer(alg)
    const { alg: _, ...unsaid } = jwk
    const other = alg === 'RS256' ? 'PS256' : 'RS256'
    assert.equal(await verifierOf({ pem, alg })(token()), 'ok')
    assert.equal(await verifierOf({ pem, alg: other })(token()), 'invalid_token')
    assert.equal(await verifierOf({ jwk: unsaid, alg })(token()), 'ok')
    assert.throws(() => verifierOf({ jwk, alg: other }), KeyError)
  }
})

test('keys that are of no use stop the start', () => {
  const secret = one.privateKey.export({ format: 'jwk' })
  const privatePem = one.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({
    type: 'spki',
    format: 'pem',
  })
  const refused: readonly KeysFrom[] = [
    { jwks: { keys: [secret] } },
    { jwk: secret },
    { jwk: {} },
    { jwk: { kty: 'oct', k: 'AAAA', alg: 'HS256' } },
    { pem: privatePem, alg: 'ES256' },
    { pem: 'key', alg: 'ES256' },
    { pem: one.pem, alg: 'ES384' },
    { pem: one.pem, alg: 'HS256' },
    { pem: weak.toString(), alg: 'RS256' },
  ]
  for (const keys of refused) assert.throws(() => verifierOf(keys), KeyError, Object.keys(keys).join())
  const senseless: readonly object[] = [
    {},
    { pem: one.pem },
    { url: 'http://keys.test/jwks' },
    { url: 'https://keys.test/jwks', file: 'x' },
    { file: join(folder, 'gone.json') },
  ]
  for (const keys of senseless) assert.throws(() => verifierOf(keys as KeysFrom), TypeError)
  assert.throws(() => verifierOf({ jwk: one.jwk }, { jwks: { keys: [] } }), /one of them/)
})

test('a file is read again when it changes, and its last good keys stay when it breaks', async () => {
  const file = join(folder, 'keys.json')
  const put = (text: string) => {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  }
  put(JSON.stringify({ keys: [one.jwk] }))
  const codeOf = verifierOf({ file })
  assert.equal(await codeOf(one.token()), 'ok')
  assert.equal(await codeOf(two.token()), 'invalid_token', 'read less than five seconds ago')
  put(JSON.stringify({ keys: [two.jwk] }))
  assert.equal(await codeOf(two.token()), 'invalid_token')
  clock.now += 5
  assert.equal(await codeOf(two.token()), 'ok', 'an unknown key has the file read again')
  assert.equal(await codeOf(one.token()), 'invalid_token', 'and a withdrawn one is gone')
  for (const broken of ['', '{', '[]', '{"keys":[]}', '{"keys":[],"keys":[]}', 'x'.repeat(300_000)]) {
    put(broken)
    clock.now += 60
    assert.equal(await codeOf(two.token()), 'ok')
    assert.equal(await codeOf(one.token()), 'unavailable', 'nobody can say whether it is good')
  }
  rmSync(file)
  clock.now += 60
  assert.equal(await codeOf(two.token()), 'ok')
  clock.now += 24 * 3600
  assert.equal(await codeOf(two.token()), 'unavailable', 'a day without the file is too long')
  put(JSON.stringify({ keys: [two.jwk] }))
  clock.now += 5
  assert.equal(await codeOf(two.token()), 'ok')
})

/** A server that answers with whatever `listener` is at the time. */
async function listening() {
  const behaviour = { asked: 0, listener: (() => undefined) as RequestListener }
  const server = createServer((request, response) => {
    behaviour.asked++
    behaviour.listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
  return { behaviour, url: `http://127.0.0.1:${port}/jwks`, close }
}

test('a server’s redirects, sizes and delays are its failures, and good keys outlive them', async (t) => {
  const { behaviour, url, close } = await listening()
  t.after(close)
  const json = { 'content-type': 'application/json' }
  const good: RequestListener = (_, response) =>
    response.writeHead(200, json).end(JSON.stringify({ keys: [one.jwk] }))
  const bad: Readonly<Record<string, RequestListener>> = {
    redirect: (_, response) => response.writeHead(302, { location: 'https://evil.test/jwks' }).end(),
    oversized: (_, response) => response.writeHead(200, json).end(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`),
    slow: (_, response) => void response.writeHead(200, json).write('{"keys"'),
    silent: () => undefined,
    broken: (_, response) => response.writeHead(500, json).end('{"keys":[]}'),
    html: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
    cut: (_, response) => void response.writeHead(200, { ...json, 'content-length': '99' }).end('{}'),
    reset: (request) => void request.socket.destroy(),
  }
  for (const [name, listener] of Object.entries(bad)) {
    const isEndless = name === 'slow' || name === 'silent'
    const codeOf = verifierOf({ url }, { timeoutMs: isEndless ? 250 : 5000 })
    behaviour.listener = listener
    assert.equal(await codeOf(one.token()), 'unavailable', name)
    behaviour.listener = good
    let code = ''
    // On a busy machine even a good answer may take its time.
    for (let time = 0; time < 20 && code !== 'ok'; time++) {
      clock.now += 2
      code = await codeOf(one.token())
    }
    assert.equal(code, 'ok', name)
    behaviour.listener = listener
    clock.now += 3600
    await codeOf(one.token())
    assert.equal(await codeOf(one.token()), 'ok', `${name}: by the keys at hand`)
  }
})

test('a flood of invented names over real HTTP is one request in thirty seconds', async (t) => {
  const { behaviour, url, close } = await listening()
  t.after(close)
  behaviour.listener = (_, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [one.jwk] }))
  const codeOf = verifierOf({ url })
  const forged = Array.from({ length: 40 }, (_, index) => signer('ES256', `invented-${index}`).token())
  assert.equal(await codeOf(one.token()), 'ok')
  for (let second = 0; second < 60; second += 10) {
    const codes = await Promise.all(forged.map((token) => codeOf(token)))
    assert.deepEqual([...new Set(codes)], ['invalid_token'])
    assert.equal(behaviour.asked, 1 + Math.floor(second / 30))
    clock.now += 10
  }
})

test('what a cache on the way has used up of the keys’ time is gone', async (t) => {
  const { behaviour, url, close } = await listening()
  t.after(close)
  behaviour.listener = (_, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=3600', age: '3000' })
      .end(JSON.stringify({ keys: [one.jwk] }))
  const codeOf = verifierOf({ url })
  assert.equal(await codeOf(one.token()), 'ok')
  clock.now += 600
  assert.equal(await codeOf(one.token()), 'ok')
  assert.equal(behaviour.asked, 2)
})
