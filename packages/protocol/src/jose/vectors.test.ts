import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVectors, vectorsMissing } from '../../../../tests/harness/specimens.ts'
import { decodeBase64url } from './base64url.ts'
import { signJws, verifyJws } from './jws.ts'
import { KeyError } from './key-error.ts'
import { importJwkSet, KeySet } from './key-set.ts'
import { importPrivateJwk, importPublicJwk, importSecretJwk } from './keys.ts'
import { TokenError } from './token-error.ts'

type Jwk = Record<string, unknown>
interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly jws: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
}
interface Group {
  readonly comment: string
  readonly private?: Jwk
  readonly public?: Jwk
  readonly tests: readonly Vector[]
}

const signatureVectors = 'wycheproof/json_web_signature_test.json'
const keyVectors = 'wycheproof/json_web_key_test.json'

/** Valid for Wycheproof, refused here, on purpose. Nothing is accepted here that Wycheproof calls invalid. */
const stricter = new Map([
  [346, 'the key is for PS256, the token is PS384'],
  [350, 'the key is for PS256, the token is PS384'],
  [347, 'the key names the algorithm ES521, which does not exist'],
  [351, 'the key names the algorithm ES521, which does not exist'],
  [372, 'a question mark in the base64url of the header'],
  [373, 'a question mark in the base64url of the payload'],
])

/** Called invalid (for their padding) but, byte for byte, the token of vector 357, which is called valid. */
const contradictory = new Set([367, 370])

function groupsOf(path: string): readonly Group[] {
  return (readVectors(path) as { testGroups: readonly Group[] }).testGroups
}

function importKeys(value: Jwk): KeySet {
  const entries = (value['keys'] ?? [value]) as Jwk[]
  const secrets = entries.every((jwk) => jwk['kty'] === 'oct')
  return secrets ? new KeySet(entries.map((jwk) => importSecretJwk(jwk))) : importJwkSet({ keys: entries })
}

function isAccepted(group: Group, jws: string): boolean {
  try {
    const [only, ...others] = importKeys(group.public ?? group.private ?? {}).keys
    // A vector's key is meant for its token, whatever kid the token names, so the only key is found without one.
    const set = others.length === 0 && only ? () => only : undefined
    const keys = importKeys(group.public ?? group.private ?? {})
    verifyJws(jws, set ?? ((header) => keys.find(header)))
    return true
  } catch (error) {
    assert.ok(error instanceof TokenError || error instanceof KeyError, String(error))
    return false
  }
}

function verdict(path: string, group: Group, vector: Vector): boolean {
  if (path === signatureVectors && contradictory.has(vector.tcId)) {
    return group.tests.some((other) => other.jws === vector.jws && other.result === 'valid')
  }
  return vector.result === 'valid' && !(path === signatureVectors && stricter.has(vector.tcId))
}

for (const [path, expected] of [
  [signatureVectors, 401],
  [keyVectors, 26],
] as const) {
  test(`all ${expected} vectors of ${path} are judged as they say, or more strictly where listed`, {
    skip: vectorsMissing(path),
  }, () => {
    let count = 0
    for (const group of groupsOf(path)) {
      for (const vector of group.tests) {
        count++
        assert.equal(
          isAccepted(group, vector.jws),
          verdict(path, group, vector),
          `${vector.tcId} ${vector.comment}`,
        )
      }
    }
    assert.equal(count, expected)
  })
}

interface CookbookEntry {
  readonly reproducible?: boolean
  readonly input: { readonly payload: string; readonly key: Jwk; readonly alg: string }
  readonly signing: { readonly protected: { readonly kid?: string } }
  readonly output: { readonly compact: string }
}

const compactExamples = [
  'rfc7520/jws/4_1.rsa_v15_signature.json',
  'rfc7520/jws/4_2.rsa-pss_signature.json',
  'rfc7520/jws/4_3.ecdsa_signature.json',
  'rfc7520/jws/4_4.hmac-sha2_integrity_protection.json',
  'rfc7520/curve25519/jws.json',
]

for (const path of compactExamples) {
  test(`the example ${path} verifies, and its key signs`, { skip: vectorsMissing(path) }, () => {
    const { input, output, reproducible } = readVectors(path) as CookbookEntry
    const alg = input.alg as 'ES512'
    const key =
      input.key['kty'] === 'oct' ? importSecretJwk(input.key, alg) : importPrivateJwk(input.key, alg)
    const { payload } = verifyJws(output.compact, () => key)
    assert.equal(Buffer.from(payload).toString(), input.payload)
    const again = signJws({}, Buffer.from(input.payload), key)
    assert.equal(Buffer.from(verifyJws(again, () => key).payload).toString(), input.payload)
    if (reproducible === true) assert.equal(again, output.compact)
  })
}

test('the keys of RFC 7520 §3 are read', {
  skip: vectorsMissing('rfc7520/jwk/3_1.ec_public_key.json'),
}, () => {
  const read = (name: string) => readVectors(`rfc7520/jwk/${name}`) as Jwk
  assert.equal(importPublicJwk(read('3_1.ec_public_key.json')).alg, 'ES512')
  assert.equal(importPrivateJwk(read('3_2.ec_private_key.json')).alg, 'ES512')
  assert.equal(importPublicJwk(read('3_3.rsa_public_key.json')).alg, 'RS256')
  assert.equal(importPrivateJwk(read('3_4.rsa_private_key.json')).alg, 'RS256')
  assert.equal(importSecretJwk(read('3_5.symmetric_key_mac_computation.json')).alg, 'HS256')
})

const unencoded = 'rfc7520/rfc7797/hmac-sha2_b64_false.json'

test('the unencoded payload of RFC 7797 is refused, as is a detached one', {
  skip: vectorsMissing(unencoded),
}, () => {
  const { input, output } = readVectors(unencoded) as CookbookEntry
  const key = importSecretJwk(input.key)
  const refused = (token: string) =>
    assert.throws(
      () => verifyJws(token, () => key),
      (error) => error instanceof TokenError,
    )
  refused(output.compact)
  const [header = '', , signature = ''] = output.compact.split('.')
  refused(`${header}..${signature}`)
})

const detached = 'rfc7520/jws/4_5.signature_with_detached_content.json'

test('a signature without its content is refused', { skip: vectorsMissing(detached) }, () => {
  const { input, output } = readVectors(detached) as { input: { key: Jwk }; output: { compact: string } }
  const key = importSecretJwk(input.key)
  assert.throws(
    () => verifyJws(output.compact, () => key),
    (error) => error instanceof TokenError && error.code === 'bad_signature',
  )
})

test('the examples of RFC 7515 appendix A.1 and A.3 verify', () => {
  const hs256 =
    'eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const k = 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow'
  const secret = importSecretJwk({ kty: 'oct', k }, 'HS256')
  assert.equal(verifyJws(hs256, () => secret).header.typ, 'JWT')
  const es256 =
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q'
  const point = {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  }
  const { payload } = verifyJws(es256, () => importPublicJwk(point))
  assert.deepEqual(decodeBase64url(es256.split('.')[1] ?? ''), payload)
})

test('the unsecured example of RFC 7515 appendix A.5 is refused', () => {
  const unsecured =
    'eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.'
  assert.throws(() => verifyJws(unsecured, () => undefined), /unknown_key/)
})
