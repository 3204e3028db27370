import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { CompactEncrypt, importJWK } from 'jose'
import { testDpopKey, testEncryptionKey, testIssuer } from '../testing/index.ts'
import { authorizeRequest, createVerifier, UnauthenticatedError, type VerifierOptions } from './index.ts'

const clock = { now: 1_800_000_000 }
const now = () => clock.now
const [issuer, key, other] = await Promise.all([
  testIssuer({ now }),
  testEncryptionKey(),
  testEncryptionKey(),
])

function verifierWith(options: Partial<VerifierOptions>) {
  return createVerifier({ ...issuer.options, ...options })
}

async function detailOf(token: string, options: Partial<VerifierOptions>): Promise<string> {
  const verification = await verifierWith(options).check(token)
  return verification.ok ? 'ok' : `${verification.code}: ${verification.detail}`
}

const decryption = { keys: key.privateJwk }

test('an encrypted token is opened, verified and remembered, and no claim of it can be read', async () => {
  const token = await issuer.encryptedToken(key.publicJwk, { subject: 'usr_ada', scope: 'a' })
  for (const part of token.split('.')) {
    assert.doesNotMatch(Buffer.from(part, 'base64url').toString('latin1'), /usr_ada|issuer\.test|api\.test/)
  }
  const verifier = verifierWith({ decryption })
  const principal = await verifier.verify(token)
  assert.equal(principal.subject, 'usr_ada')
  // Seen before: at once, by the whole of the token that was sent.
  const again = verifier.check(token)
  assert.ok(!(again instanceof Promise) && again.ok && again.principal === principal)
  const last = token.at(-1) === 'A' ? 'B' : 'A'
  const altered = await verifier.check(`${token.slice(0, -1)}${last}`)
  assert.equal(altered.ok, false)
  clock.now += 316
  assert.match(await detailOf(token, { decryption }), /invalid_token.*expired/)
  assert.equal((await verifier.check(token)).ok, false)
  clock.now -= 316
})

test('the wrong key is a wrong token, and so is a broken one', async () => {
  const token = await issuer.encryptedToken(other.publicJwk)
  assert.match(await detailOf(token, { decryption }), /^invalid_token: .*unknown_key/)
  const sameName = { ...other.publicJwk, kid: key.publicJwk['kid'] }
  const misnamed = await issuer.encryptedToken(sameName)
  assert.match(await detailOf(misnamed, { decryption }), /^invalid_token: .*bad_encryption/)
  const good = await issuer.encryptedToken(key.publicJwk)
  for (const wrong of [`${good}x`, `${good}.`, good.slice(0, -1), '....', 'a.b.c.d.e', '.'.repeat(9000)]) {
    assert.match(await detailOf(wrong, { decryption }), /^invalid_token: /)
  }
  const refused = await authorizeRequest(
    { headers: { authorization: `Bearer ${token}` } },
    verifierWith({ decryption }),
  )
  assert.ok(!refused.ok)
  assert.deepEqual([refused.status, refused.code], [401, 'invalid_token'])
})

test('without a key an encrypted token is refused, and the log says what to set', async () => {
  const token = await issuer.encryptedToken(key.publicJwk)
  assert.match(await detailOf(token, {}), /^invalid_token: .*option decryption/)
})

test('keys are changed by having both for a while', async () => {
  const tokens = await Promise.all([key, other].map(({ publicJwk }) => issuer.encryptedToken(publicJwk)))
  const both = { keys: [other.privateJwk, key.privateJwk] }
  for (const token of tokens) assert.equal(await detailOf(token, { decryption: both }), 'ok')
  // A token that names no key is for the only one there is, and for none of two.
  const { kid: _, ...anonymous } = key.publicJwk
  const nameless = await issuer.encryptedToken(anonymous)
  assert.equal(await detailOf(nameless, { decryption }), 'ok')
  assert.match(await detailOf(nameless, { decryption: both }), /unknown_key/)
  const { kid: _kid, ...unnamed } = key.privateJwk
  assert.equal(await detailOf(tokens[0] ?? '', { decryption: { keys: unnamed } }), 'ok')
})

test('RSA and shared keys open tokens as well', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const named = { kid: 'r', alg: 'RSA-OAEP-256', use: 'enc' }
  const publicJwk = { ...rsa.publicKey.export({ format: 'jwk' }), ...named }
  const keys = { ...rsa.privateKey.export({ format: 'jwk' }), ...named }
  assert.equal(await detailOf(await issuer.encryptedToken(publicJwk), { decryption: { keys } }), 'ok')

  const secret = { kty: 'oct', k: randomBytes(32).toString('base64url'), alg: 'A256KW', kid: 's' }
  const token = await new CompactEncrypt(new TextEncoder().encode(issuer.token()))
    .setProtectedHeader({ alg: 'A256KW', enc: 'A256GCM', cty: 'JWT', kid: 's' })
    .encrypt(await importJWK(secret))
  assert.equal(await detailOf(token, { decryption: { keys: secret } }), 'ok')
})

test('what is inside is held to everything that a signed token is held to', async () => {
  const wrap = async (inside: string, header = {}) =>
    new CompactEncrypt(new TextEncoder().encode(inside))
      .setProtectedHeader({
        alg: 'ECDH-ES',
        enc: 'A256GCM',
        cty: 'JWT',
        kid: String(key.publicJwk['kid']),
        ...header,
      })
      .encrypt(await importJWK({ ...key.publicJwk }, 'ECDH-ES'))
  assert.equal(await detailOf(await wrap(issuer.token()), { decryption }), 'ok')
  const stranger = await testIssuer({ now })
  const wrong: readonly [string, RegExp][] = [
    [await wrap(issuer.token({ expiresIn: -60 })), /expired/],
    [await wrap(issuer.token({ audience: 'https://other.test' })), /wrong_audience/],
    [await wrap(issuer.idToken()), /refused/],
    [await wrap(stranger.token()), /no key of the issuer/],
    [await wrap('{"iss":"https://issuer.test","sub":"usr_ada"}'), /malformed|opaque/],
    [await wrap(await wrap(issuer.token())), /encrypted|malformed/],
    [await wrap(issuer.token(), { cty: undefined }), /cty/],
    [await wrap(issuer.token(), { zip: 'DEF' }).catch(() => '....'), /malformed/],
  ]
  for (const [token, reason] of wrong) assert.match(await detailOf(token, { decryption }), reason)
})

test('encryption can be required, and then claims that can be read are refused', async () => {
  const required = { ...decryption, required: true }
  const encrypted = await issuer.encryptedToken(key.publicJwk)
  for (const mode of ['local', 'database'] as const) {
    assert.equal(await detailOf(encrypted, { decryption: required, mode }), 'ok')
    assert.match(
      await detailOf(issuer.token(), { decryption: required, mode }),
      /invalid_token: .*not encrypted/,
    )
    assert.equal(await detailOf(issuer.token(), { decryption, mode }), 'ok')
  }
  const opaque = issuer.token({ opaque: true })
  assert.equal(await detailOf(opaque, { decryption: required, mode: 'database' }), 'ok')
})

test('in mode database the issuer opens the token, and a key of this API is not needed', async () => {
  const asked: string[] = []
  const fetch: VerifierOptions['fetch'] = async (url, init) => {
    asked.push(String(init.body ?? ''))
    return issuer.fetch(url, init)
  }
  const token = await issuer.encryptedToken(key.publicJwk, { claims: { padding: 'x'.repeat(5000) } })
  assert.ok(token.length > 8192)
  assert.equal(await detailOf(token, { mode: 'database', fetch }), 'ok')
  assert.ok(asked.some((body) => new URLSearchParams(body).get('token') === token))
  issuer.revoke(token)
  assert.match(await detailOf(token, { mode: 'database', fetch }), /not active/)
})

test('an encrypted token may be bound to a key as well', async () => {
  const client = await testDpopKey({ now })
  const token = await issuer.encryptedToken(key.publicJwk, { boundTo: client.thumbprint })
  const verifier = verifierWith({ decryption })
  await assert.rejects(verifier.verify(token), UnauthenticatedError)
  const url = 'https://api.test/x'
  const principal = await verifier.verify(new Request(url, { headers: client.headers({ url, token }) }))
  assert.equal(principal.subject, 'usr_test')
})

test('a key that can open nothing stops the start, or is nobody’s fault but ours', async () => {
  const { d: _, ...publicOnly } = key.privateJwk
  const { alg: _alg, ...nameless } = key.privateJwk
  for (const keys of [[], publicOnly, nameless, { kty: 'EC' }, [key.privateJwk, {}]]) {
    assert.throws(() => verifierWith({ decryption: { keys } }), TypeError)
  }
  const mixed = { ...key.privateJwk, d: other.privateJwk['d'] }
  const token = await issuer.encryptedToken(key.publicJwk)
  assert.match(await detailOf(token, { decryption: { keys: mixed } }), /^unavailable: a decryption key/)
  assert.equal(await detailOf(issuer.token(), { decryption: { keys: mixed } }), 'ok')
})

/** What a program with such a verifier loads, in a process of its own. */
async function loadedBy(options: object): Promise<string> {
  const place = { issuer: 'http://127.0.0.1:1', audience: 'https://api.test', ...options }
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = []
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
    const { createVerifier } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
    await createVerifier(${JSON.stringify(place)}).check('a.b.c.d.e')
    console.log(loaded.join(' '))`
  const args = ['--conditions=@countersign/source', '--input-type=module', '--eval', script]
  return (await promisify(execFile)(process.execPath, args)).stdout
}

test('who has no encrypted tokens loads nothing that opens them', async () => {
  const [without, withKeys] = await Promise.all([loadedBy({}), loadedBy({ decryption })])
  assert.match(without, /verify\/index\.ts/)
  assert.doesNotMatch(without, /jwe|node_modules\/jose/)
  assert.match(withKeys, /jwe\.ts/)
})
