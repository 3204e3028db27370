import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { testDpopKey, testEncryptionKey, testIssuer } from '../testing/index.ts'

test('without node:crypto, Buffer and process a verifier checks what it checks on Node', async () => {
  const now = 1_800_000_000
  const clock = { now: () => now }
  const [issuer, client, key, stranger] = await Promise.all([
    testIssuer(clock),
    testDpopKey(clock),
    testEncryptionKey(),
    testIssuer(clock),
  ])
  const [published = assert.fail()] = issuer.jwks.keys
  const pem = createPublicKey({ key: { ...published }, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  })
  const url = 'https://api.test/accounts'
  const bound = issuer.token({ boundTo: client.thumbprint })
  const given = {
    now,
    place: { issuer: issuer.issuer, audience: issuer.audience },
    jwks: issuer.jwks,
    keys: [
      { jwks: issuer.jwks },
      { jwk: published },
      { pem, alg: 'ES256' },
      { url: 'https://issuer.test/jwks' },
    ],
    privateJwk: key.privateJwk,
    tokens: {
      good: issuer.token(),
      encrypted: await issuer.encryptedToken(key.publicJwk),
      expired: issuer.token({ expiresIn: -60 }),
      forged: stranger.token(),
      unproven: bound,
    },
    url,
    headers: client.headers({ url, token: bound }),
  }
  const walk = fileURLToPath(new URL('./web-walk.fixture.ts', import.meta.url))
  const conditions = ['--conditions=@countersign/source', '--conditions=@countersign/web']
  const args = ['--disable-warning=ExperimentalWarning', ...conditions, walk, JSON.stringify(given)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const outcomes = JSON.parse(stdout)
  assert.deepEqual(outcomes, {
    good: 'ok',
    encrypted: 'ok',
    expired: 'the token is refused: expired (exp)',
    forged: 'no key of the issuer has the kid and alg of the token',
    unproven: 'the token is bound to a key and was sent as a bearer token',
    again: 'ok',
    bound: 'usr_test',
    replayed: 'invalid_dpop_proof',
    'keys 0': 'ok',
    'keys 1': 'ok',
    'keys 2': 'ok',
    'keys 3': 'ok',
    file: 'keys in a file need a runtime with a file system',
    'no key': 'the given keys are refused: malformed',
  })
})
