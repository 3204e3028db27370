import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  availableAlgorithms,
  readVectors,
  specimen,
  vectorsMissing,
} from '../../../../tests/harness/specimens.ts'
import { seal } from '../../../../tests/harness/token-kinds.ts'
import { encodeBase64url } from './base64url.ts'
import { signDetached, signDetachedAsync, verifyDetached, verifyDetachedAsync } from './detached.ts'
import { signJws, verifyJws } from './jws.ts'
import { importSecretJwk } from './keys.ts'
import { TokenError } from './token-error.ts'

const { key } = specimen('ES256')
const bytes = (text: string) => new TextEncoder().encode(text)

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    assert.ok(error instanceof TokenError, String(error))
    return error.code
  }
  return 'accepted'
}

/** A detached signature under any header, over the payload as it is. */
function forged(header: object, payload: string): string {
  const segment = encodeBase64url(JSON.stringify(header))
  const signature = seal(`${segment}.${payload}`, key).split('.').at(-1)
  return `${segment}..${signature}`
}

test('any bytes are signed beside themselves, and no others verify with the signature', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }),
      async (payload, other) => {
        const jws = signDetached({ typ: 'JOSE' }, payload, key)
        assert.deepEqual(
          verifyDetached(jws, payload, () => key),
          { header: { alg: 'ES256', typ: 'JOSE', kid: key.kid } },
        )
        assert.deepEqual(
          await verifyDetachedAsync(jws, payload, () => key),
          verifyDetached(jws, payload, () => key),
        )
        assert.ok(verifyDetached(await signDetachedAsync({}, payload, key), payload, () => key))
        if (Buffer.compare(payload, other) !== 0) {
          assert.equal(
            refusal(() => verifyDetached(jws, other, () => key)),
            'bad_signature',
          )
          await assert.rejects(
            verifyDetachedAsync(jws, other, () => key),
            /bad_signature/,
          )
        }
      },
    ),
    { numRuns: 30 },
  )
})

test('every algorithm signs beside its payload', () => {
  for (const alg of availableAlgorithms) {
    const { key: own } = specimen(alg)
    assert.equal(verifyDetached(signDetached({}, bytes('{}'), own), bytes('{}'), () => own).header.alg, alg)
  }
})

test('a detached signature is no token, and a token no detached signature', () => {
  const payload = bytes('{"a":1}')
  const jws = signDetached({}, payload, key)
  const [header = '', , signature = ''] = jws.split('.')
  for (const token of [
    jws,
    `${header}.${encodeBase64url(payload)}.${signature}`,
    `${header}.{"a":1}.${signature}`,
  ]) {
    assert.equal(
      refusal(() => verifyJws(token, () => key)),
      'malformed',
    )
  }
  const token = signJws({}, { a: 1 }, key)
  assert.equal(
    refusal(() => verifyDetached(token, payload, () => key)),
    'malformed',
  )
  const [plain = '', , its = ''] = token.split('.')
  assert.equal(
    refusal(() => verifyDetached(`${plain}..${its}`, payload, () => key)),
    'accepted',
  )
})

test('of extensions b64 alone is understood, and only where crit names it alone', () => {
  const head = { alg: 'ES256' }
  assert.equal(
    refusal(() => verifyDetached(forged({ ...head, b64: false, crit: ['b64'] }, 'x'), bytes('x'), () => key)),
    'accepted',
  )
  for (const extension of [
    { b64: false },
    { b64: true },
    { b64: true, crit: ['b64'] },
    { b64: 'false', crit: ['b64'] },
    { b64: 0, crit: ['b64'] },
    { b64: null, crit: ['b64'] },
    { crit: ['b64'] },
    { crit: [] },
    { b64: false, crit: [] },
    { b64: false, crit: 'b64' },
    { b64: false, crit: ['b64', 'b64'] },
    { b64: false, crit: ['b64', 'exp'] },
    { b64: false, crit: ['exp'] },
    { crit: ['exp'], exp: 1 },
  ]) {
    const jws = forged({ ...head, ...extension }, 'x')
    assert.equal(
      refusal(() => verifyDetached(jws, bytes('x'), () => key)),
      'malformed',
      JSON.stringify(extension),
    )
  }
})

test('the key is for the header’s algorithm, and what is too large or misspelt is refused', () => {
  const jws = signDetached({}, bytes('x'), key)
  assert.equal(
    refusal(() => verifyDetached(jws, bytes('x'), () => undefined)),
    'unknown_key',
  )
  assert.equal(
    refusal(() => verifyDetached(jws, bytes('x'), () => specimen('ES384').key)),
    'unknown_key',
  )
  assert.equal(
    refusal(() => verifyDetached(`${jws}=`, bytes('x'), () => key)),
    'malformed',
  )
  assert.equal(
    refusal(() => verifyDetached(`${jws}.`, bytes('x'), () => key)),
    'malformed',
  )
  assert.equal(
    refusal(() => verifyDetached('.'.repeat(8193), bytes('x'), () => key)),
    'too_large',
  )
})

interface Example {
  readonly input: { readonly payload: string; readonly key: Record<string, unknown> }
  readonly output: {
    readonly compact: string
    readonly json_flat: { readonly protected: string; readonly signature: string }
  }
}

const inside = 'rfc7520/rfc7797/hmac-sha2_b64_false.json'

test('an unencoded payload that stood inside verifies once it is taken out', {
  skip: vectorsMissing(inside),
}, () => {
  const { input, output } = readVectors(inside) as Example
  const secret = importSecretJwk(input.key, 'HS256')
  const [header, signature] = [output.compact.split('.')[0], output.compact.split('.').at(-1)]
  const check = (payload: string) => verifyDetached(`${header}..${signature}`, bytes(payload), () => secret)
  assert.equal(check(input.payload).header.alg, 'HS256')
  assert.equal(
    refusal(() => check(`${input.payload} `)),
    'bad_signature',
  )
})

const unlisted = 'rfc7520/rfc7797/4.2.hmac-sha2_b64_false.json'

test('the example of RFC 7797 §4.2 verifies; written without crit, as elsewhere, it is refused', {
  skip: vectorsMissing(unlisted),
}, () => {
  const { input, output } = readVectors(unlisted) as Example
  const secret = importSecretJwk(input.key, 'HS256')
  const rfc =
    'eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY'
  assert.equal(verifyDetached(rfc, bytes('$.02'), () => secret).header.alg, 'HS256')
  assert.equal(signDetached({}, bytes('$.02'), secret), rfc)
  const { protected: header, signature } = output.json_flat
  assert.equal(
    refusal(() => verifyDetached(`${header}..${signature}`, bytes('$.02'), () => secret)),
    'malformed',
  )
})

const encoded = 'rfc7520/jws/4_5.signature_with_detached_content.json'

test('the detached example of RFC 7520 §4.5, whose payload is encoded, verifies', {
  skip: vectorsMissing(encoded),
}, () => {
  const { input, output } = readVectors(encoded) as Example
  const secret = importSecretJwk(input.key)
  assert.equal(verifyDetached(output.compact, bytes(input.payload), () => secret).header.alg, 'HS256')
})
