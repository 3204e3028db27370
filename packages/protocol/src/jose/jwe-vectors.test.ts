import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readVectors, vectorsMissing } from '../../../../tests/harness/specimens.ts'
import { decryptJwe } from './jwe.ts'
import type { KeyManagementAlgorithm } from './jwe-algorithms.ts'
import { type DecryptionKey, importDecryptionJwk, importSecretEncryptionJwk } from './jwe-keys.ts'
import { KeyError } from './key-error.ts'
import { TokenError } from './token-error.ts'

type Jwk = Record<string, unknown>

/** Valid for others and refused here, on purpose: by the header's alg, enc or zip. */
const stricter: Readonly<Record<string, string>> = {
  RSA1_5: 'PKCS #1 v1.5 padding is an oracle (Bleichenbacher)',
  'RSA-OAEP': 'OAEP over SHA-1',
  'PBES2-HS512+A256KW': 'the sender chooses what it costs',
  'ECDH-ES+A192KW': '192 bits, which nobody needs',
  A192KW: '192 bits, which nobody needs',
  A192GCM: '192 bits, which nobody needs',
  'A192CBC-HS384': '192 bits, which nobody needs',
  A128GCMKW: 'a nonce per key to manage, for nothing that A128KW lacks',
  A192GCMKW: '192 bits, which nobody needs',
  A256GCMKW: 'a nonce per key to manage, for nothing that A256KW lacks',
  DEF: 'compression hides bombs and leaks lengths',
}

function reasonFor(token: string): string | undefined {
  const [segment = ''] = token.split('.')
  const { alg, enc, zip } = JSON.parse(Buffer.from(segment, 'base64url').toString()) as Record<string, string>
  return stricter[alg ?? ''] ?? stricter[enc ?? ''] ?? stricter[zip ?? '']
}

/** The plaintext; null where the key or the token is refused. */
async function opened(token: string, jwk: Jwk, alg?: KeyManagementAlgorithm): Promise<string | null> {
  try {
    const key = await keyOf(jwk, alg)
    const { plaintext } = await decryptJwe(token, () => key)
    return Buffer.from(plaintext).toString('hex')
  } catch (error) {
    assert.ok(error instanceof TokenError || error instanceof KeyError, String(error))
    return null
  }
}

function keyOf(jwk: Jwk, alg?: KeyManagementAlgorithm): Promise<DecryptionKey> {
  const options = alg === undefined ? {} : { alg }
  return jwk['kty'] === 'oct' ? importSecretEncryptionJwk(jwk, options) : importDecryptionJwk(jwk, options)
}

interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly jwe: string
  readonly pt?: string
  readonly result: 'valid' | 'invalid'
}
interface Group {
  readonly private: Jwk
  readonly tests: readonly Vector[]
}

const wycheproof = 'wycheproof/json_web_encryption_test.json'

test('all 139 encryption vectors of Wycheproof are judged as they say, or more strictly for a listed reason', {
  skip: vectorsMissing(wycheproof),
}, async () => {
  let [count, refusedOnPurpose] = [0, 0]
  const { testGroups } = readVectors(wycheproof) as { testGroups: readonly Group[] }
  for (const group of testGroups) {
    for (const vector of group.tests) {
      count++
      const plaintext = await opened(vector.jwe, group.private)
      const named = `${vector.tcId} ${vector.comment}`
      if (vector.result === 'valid' && reasonFor(vector.jwe) === undefined) {
        assert.equal(plaintext, vector.pt, named)
      } else {
        assert.equal(plaintext, null, named)
        if (vector.result === 'valid') refusedOnPurpose++
      }
    }
  }
  assert.deepEqual([count, refusedOnPurpose], [139, 33])
})

interface Example {
  readonly input: {
    readonly plaintext: string
    readonly key?: Jwk
    readonly pwd?: string
    readonly alg: string
  }
  readonly output: { readonly compact?: string }
}

const examples = [
  'rfc7520/jwe/5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2.json',
  'rfc7520/jwe/5_2.key_encryption_using_rsa-oaep_with_aes-gcm.json',
  'rfc7520/jwe/5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2.json',
  'rfc7520/jwe/5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_aes-gcm.json',
  'rfc7520/jwe/5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2.json',
  'rfc7520/jwe/5_6.direct_encryption_using_aes-gcm.json',
  'rfc7520/jwe/5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2.json',
  'rfc7520/jwe/5_8.key_wrap_using_aes-keywrap_with_aes-gcm.json',
  'rfc7520/jwe/5_9.compressed_content.json',
  'rfc7520/curve25519/ecdh-es.json',
]

for (const path of examples) {
  test(`the example ${path} opens, or is refused for a listed reason`, {
    skip: vectorsMissing(path),
  }, async () => {
    const { input, output } = readVectors(path) as Example
    const token = output.compact ?? ''
    const jwk = input.key ?? { kty: 'oct', k: Buffer.from(input.pwd ?? '').toString('base64url') }
    const expected = reasonFor(token) === undefined ? Buffer.from(input.plaintext).toString('hex') : null
    assert.equal(await opened(token, jwk, input.alg as KeyManagementAlgorithm), expected)
  })
}

const nested = 'rfc7520/6.nesting_signatures_and_encryption.json'

test('the nested example of RFC 7520 §6 is refused for its RSA-OAEP over SHA-1', {
  skip: vectorsMissing(nested),
}, async () => {
  const { encrypt } = readVectors(nested) as {
    encrypt: { input: { key: Jwk; alg: string }; output: { compact: string } }
  }
  const token = encrypt.output.compact
  assert.equal(reasonFor(token), 'OAEP over SHA-1')
  assert.equal(await opened(token, encrypt.input.key), null)
})
