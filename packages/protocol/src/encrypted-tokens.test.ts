import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { specimen } from '../../../tests/harness/specimens.ts'
import {
  addressedKinds,
  audience,
  forge,
  goodClaims,
  goodHeader,
  issuer,
  now,
  signGood,
} from '../../../tests/harness/token-kinds.ts'
import { decryptToken, encryptToken } from './encrypted-tokens.ts'
import { encryptJwe } from './jose/jwe.ts'
import { importSecretEncryptionJwk } from './jose/jwe-keys.ts'
import { KeySet } from './jose/key-set.ts'
import { TokenError } from './jose/token-error.ts'
import type { AddressedKind } from './token-claims.ts'
import { isTyp, tokenKinds } from './token-kinds.ts'

const { key } = specimen('ES256')
const keys = new KeySet([key])
const shared = await importSecretEncryptionJwk(
  { kty: 'oct', k: randomBytes(32).toString('base64url') },
  { alg: 'A256KW' },
)
const options = { keys, issuer, audience, now, decryption: () => shared }
const bytes = (text: string) => new TextEncoder().encode(text)

async function outcome(kind: AddressedKind, token: string): Promise<string> {
  try {
    await decryptToken(kind, token, options)
    return 'accepted'
  } catch (error) {
    assert.ok(error instanceof TokenError, String(error))
    return error.code
  }
}

test('of every kind at every place, encrypted too, only the token of that kind passes', async () => {
  for (const kind of addressedKinds) {
    const token = await encryptToken(signGood(kind, key), shared)
    const { claims, encryption } = await decryptToken(kind, token, options)
    assert.deepEqual(claims, JSON.parse(JSON.stringify(goodClaims[kind])))
    assert.deepEqual(encryption, { alg: 'A256KW', enc: 'A256GCM', cty: 'JWT' })
    for (const place of addressedKinds.filter((other) => other !== kind)) {
      const found = await outcome(place, token)
      const isTold = isTyp(tokenKinds[place], tokenKinds[kind].typ) && found === 'missing_claim'
      assert.ok(found === 'wrong_type' || isTold, `${kind} at ${place}: ${found}`)
    }
  }
})

test('no claim can be read in any part of an encrypted token', async () => {
  const token = await encryptToken(signGood('access', key), shared)
  const read = token
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString('latin1'))
    .join(' ')
  for (const value of ['usr_1', 'teller', 'demo-spa', issuer, audience, 'at+jwt'])
    assert.equal(read.includes(value), false)
})

test('where an encrypted token is due, a signed one alone is refused', async () => {
  assert.equal(await outcome('access', signGood('access', key)), 'malformed')
})

test('inside must be a token that its own signature vouches for', async () => {
  const seal = (inner: string, cty?: string) =>
    encryptJwe(cty === undefined ? {} : { cty }, bytes(inner), shared)
  const signed = signGood('access', key)
  for (const cty of ['JWT', 'jwt', 'application/jwt'])
    assert.equal(await outcome('access', await seal(signed, cty)), 'accepted')
  for (const cty of [undefined, '', 'JSON', 'xjwt', 'JWT ']) {
    assert.equal(await outcome('access', await seal(signed, cty)), 'wrong_type', String(cty))
  }
  const none = forge({ ...goodHeader('access', key), alg: 'none' }, goodClaims.access, key)
  const insides: [string, string][] = [
    [`${none.slice(0, none.lastIndexOf('.'))}.`, 'unknown_key'],
    [JSON.stringify(goodClaims.access), 'malformed'],
    [`${signed}=`, 'malformed'],
    [`\ufeff${signed}`, 'malformed'],
    [forge(goodHeader('access', key), goodClaims.access, specimen('ES256', 'other').key), 'bad_signature'],
    [signGood('id', key), 'wrong_type'],
    [await encryptToken(signed, shared), 'malformed'],
    ['', 'malformed'],
    ['x'.repeat(9000), 'too_large'],
  ]
  for (const [inside, code] of insides) assert.equal(await outcome('access', await seal(inside, 'JWT')), code)
  const garbled = await encryptJwe({ cty: 'JWT' }, Uint8Array.of(0xff, 0xfe), shared)
  assert.equal(await outcome('access', garbled), 'malformed')
})

test('a wrong key opens nothing, and what is no signed token is not encrypted', async () => {
  const token = await encryptToken(signGood('access', key), shared)
  const other = await importSecretEncryptionJwk(
    { kty: 'oct', k: randomBytes(32).toString('base64url') },
    { alg: 'A256KW' },
  )
  await assert.rejects(
    decryptToken('access', token, { ...options, decryption: () => other }),
    (error) => error instanceof TokenError && error.code === 'bad_encryption',
  )
  await assert.rejects(async () => encryptToken(token, shared), TokenError)
})

test('an encrypted token is no token for who expects a signed one', async () => {
  const { verifyToken } = await import('./tokens.ts')
  const token = await encryptToken(signGood('access', key), shared)
  assert.throws(
    () => verifyToken('access', token, { keys, issuer, audience, now }),
    (error) => error instanceof TokenError && error.code === 'malformed',
  )
})
