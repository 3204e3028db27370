import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { signJws, verifyJws } from '@countersign/protocol'
import { decryptJwe, encryptJwe } from '@countersign/protocol/jwe'
import { CommandFailed, UsageError } from '../context.ts'
import { decryptionKey, encryptionKey, oneJwk, publicPart, signingKey, verificationKeys } from './keys.ts'

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (key: typeof ec.privateKey) =>
  key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }) as string
const jwk = (key: typeof ec.privateKey, more: object = {}) =>
  JSON.stringify({ ...key.export({ format: 'jwk' }), ...more })

test('a key signs and verifies in whatever form people keep it', () => {
  const k = randomBytes(32).toString('base64url')
  const secret = JSON.stringify({ kty: 'oct', alg: 'HS256', k })
  for (const [signs, verifies, alg] of [
    [jwk(ec.privateKey), jwk(ec.publicKey), undefined],
    [jwk(ec.privateKey), jwk(ec.privateKey), undefined],
    [pem(ec.privateKey), pem(ec.publicKey), undefined],
    [pem(rsa.privateKey), JSON.stringify({ keys: [JSON.parse(jwk(rsa.publicKey))] }), 'PS256'],
    [JSON.stringify({ keys: [JSON.parse(jwk(ec.privateKey))] }), pem(ec.privateKey), undefined],
    [secret, secret, undefined],
  ] as const) {
    const token = signJws({}, { a: 1 }, signingKey(signs, 'file', alg))
    assert.ok(verifyJws(token, verificationKeys(verifies, 'file', alg)))
  }
})

test('what is encrypted to a public key opens with its private one', async () => {
  const sealed = generateKeyPairSync('x25519')
  for (const [to, by] of [
    [pem(rsa.publicKey), pem(rsa.privateKey)],
    [jwk(rsa.privateKey), jwk(rsa.privateKey)],
    [pem(sealed.publicKey), jwk(sealed.privateKey)],
    [jwk(ec.publicKey, { alg: 'ECDH-ES' }), jwk(ec.privateKey, { alg: 'ECDH-ES' })],
  ] as const) {
    const token = await encryptJwe({}, new Uint8Array([7]), await encryptionKey(to, 'file', undefined))
    const key = await decryptionKey(by, 'file', undefined)
    assert.deepEqual([...(await decryptJwe(token, () => key)).plaintext], [7])
  }
})

test('the public part of a key holds no secret, and a shared secret has none', () => {
  const part = publicPart(oneJwk(jwk(rsa.privateKey, { key_ops: ['sign'], kid: 'k' }), 'file'))
  assert.deepEqual(Object.keys(part).toSorted(), ['e', 'kid', 'kty', 'n'])
  assert.throws(() => publicPart({ kty: 'oct', k: 'x' }), CommandFailed)
})

test('what makes no key is refused without a word of it', async () => {
  const locked = ec.privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  })
  const weak = JSON.stringify({ kty: 'oct', alg: 'HS256', k: Buffer.from('canary').toString('base64url') })
  const both = JSON.stringify({ keys: [JSON.parse(jwk(ec.publicKey)), JSON.parse(jwk(rsa.publicKey))] })
  for (const read of [
    () => signingKey(String(locked), 'file', undefined),
    () => signingKey(weak, 'file', undefined),
    () => signingKey(jwk(ec.publicKey), 'file', undefined),
    () => signingKey(both, 'file', undefined),
    () => signingKey('canary', 'file', undefined),
    () => signingKey('-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----', 'file', undefined),
    () => verificationKeys('{"keys":[]}', 'file', undefined),
    () => verificationKeys(jwk(ec.publicKey, { use: 'enc' }), 'file', undefined),
  ]) {
    assert.throws(read, (error: unknown) => {
      assert.ok(error instanceof CommandFailed)
      assert.doesNotMatch(`${error.message}${JSON.stringify(error.findings)}`, /canary|Y2FuYXJ5/)
      return true
    })
  }
  assert.throws(() => signingKey(pem(rsa.privateKey), 'file', undefined), UsageError)
  const isPublic = (error: unknown) =>
    error instanceof CommandFailed && /public key\..*the private one/.test(error.findings?.[0]?.message ?? '')
  for (const key of [jwk(ec.publicKey), pem(ec.publicKey)]) {
    assert.throws(() => signingKey(key, 'file', undefined), isPublic)
    await assert.rejects(decryptionKey(key, 'file', undefined), isPublic)
  }
  await assert.rejects(encryptionKey(jwk(ec.publicKey, { alg: 'ES256' }), 'file', undefined), CommandFailed)
})
