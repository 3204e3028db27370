// The examples of the RFCs that are accepted here; those that are refused stand in rfc-refusals.test.ts, and those of
// RFC 7520 also in vectors.test.ts and jwe-vectors.test.ts.
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, diffieHellman, X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { readVectors, specimen, vectorsMissing } from '../../../../tests/harness/specimens.ts'
import { forge } from '../../../../tests/harness/token-kinds.ts'
import { verifyToken } from '../tokens.ts'
import { encodeBase64url } from './base64url.ts'
import { signDetached, verifyDetached } from './detached.ts'
import { decryptJwe, encryptJwe } from './jwe.ts'
import { importDecryptionJwk, importEncryptionJwkSet, importSecretEncryptionJwk } from './jwe-keys.ts'
import { parseHeader, signJws, verifyJws } from './jws.ts'
import { importJwkSet } from './key-set.ts'
import { importPrivateJwk, importPublicJwk, importSecretJwk } from './keys.ts'
import { rfc7516a3, rfc7517b } from './rfc-data.fixture.ts'

const read = (token: string, jwk: Record<string, unknown>, alg?: 'RS256') =>
  Buffer.from(verifyJws(token, () => importPublicJwk(jwk, alg)).payload).toString()

test('the example of RFC 7515 appendix A.2 verifies', () => {
  const token =
    'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw'
  const n =
    'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ'
  assert.match(read(token, { kty: 'RSA', n, e: 'AQAB' }, 'RS256'), /"iss":"joe"/)
})

test('the example of RFC 7515 appendix A.4 verifies', () => {
  const token =
    'eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn'
  const point = {
    kty: 'EC',
    crv: 'P-521',
    x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
    y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
  }
  assert.equal(read(token, point), 'Payload')
})

test('the example of RFC 8037 appendix A.4 verifies under both names of its algorithm', () => {
  const token =
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'
  const point = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  assert.equal(read(token, point), 'Example of Ed25519 signing')
  assert.equal(importPublicJwk(point, 'Ed25519').alg, 'Ed25519')
})

const setOfRfc7517 = {
  keys: [
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
      y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
      use: 'enc',
      kid: '1',
    },
    {
      kty: 'RSA',
      n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
      e: 'AQAB',
      alg: 'RS256',
      kid: '2011-04-29',
    },
  ],
}

test('of the set of RFC 7517 appendix A.1 one key verifies and the other encrypts', async () => {
  assert.deepEqual(
    importJwkSet(setOfRfc7517).keys.map(({ kid }) => kid),
    ['2011-04-29'],
  )
  const encrypting = await importEncryptionJwkSet(setOfRfc7517, { alg: 'ECDH-ES' })
  assert.deepEqual(
    encrypting.map(({ kid }) => kid),
    ['1'],
  )
})

test('the private set of RFC 7517 appendix A.2 is no public one', async () => {
  const [ec, rsa] = setOfRfc7517.keys
  const keys = [{ ...ec, d: '870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE' }, rsa]
  assert.throws(() => importJwkSet({ keys }), /secret_in_public/)
  await assert.rejects(importEncryptionJwkSet({ keys }, { alg: 'ECDH-ES' }), /secret_in_public/)
})

test('the secret keys of RFC 7517 appendix A.3 are read one by one, and never as a set', async () => {
  const wrap = { kty: 'oct', alg: 'A128KW', k: 'GawgguFyGrWKav7AX4VKUg' }
  const mac = {
    kty: 'oct',
    k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
    kid: 'HMAC key used in JWS spec Appendix A.1 example',
  }
  assert.equal((await importSecretEncryptionJwk(wrap)).alg, 'A128KW')
  assert.equal(importSecretJwk(mac, 'HS256').kid, mac.kid)
  assert.throws(() => importJwkSet({ keys: [wrap, mac] }), /secret_in_public/)
})

test('the access token of RFC 9068 §2.2.3 and §3 is one', () => {
  const { key } = specimen('RS256')
  const claims = {
    iss: 'https://authorization-server.example.com/',
    sub: '5ba552d67',
    aud: 'https://rs.example.com/',
    exp: 1_639_528_912,
    iat: 1_618_354_090,
    jti: 'dbe39bf3a3ba4238a513f51d6e1691c4',
    client_id: 's6BhdRkqt3',
    scope: 'openid profile reademail',
  }
  const token = forge({ typ: 'at+JWT', alg: 'RS256', kid: 'RjEwOwOA' }, claims, key)
  const verified = verifyToken('access', token, {
    keys: () => key,
    issuer: claims.iss,
    audience: claims.aud,
    now: claims.iat,
  })
  assert.deepEqual(verified.claims, claims)
})

test('the octets of RFC 7515 appendix C are written as they are there', () => {
  assert.equal(encodeBase64url(Uint8Array.of(3, 236, 255, 224, 193)), 'A-z_4ME')
})

test('of a header like that of RFC 7515 appendix B, the certificates are not kept', () => {
  const header = encodeBase64url(JSON.stringify({ alg: 'RS256', x5c: rfc7517b.x5c }))
  assert.deepEqual(parseHeader(header), { alg: 'RS256' })
})

test('the example of RFC 7516 appendices A.3 and B opens', async () => {
  const key = await importSecretEncryptionJwk({ ...rfc7516a3.key, alg: 'A128KW' })
  const { plaintext } = await decryptJwe(rfc7516a3.token, () => key)
  assert.equal(Buffer.from(plaintext).toString(), rfc7516a3.plaintext)
})

test('the key of RFC 7517 appendix B is read by its numbers; of its certificate nothing is believed', () => {
  const key = importPublicJwk(rfc7517b)
  const certified = new X509Certificate(Buffer.from(rfc7517b.x5c[0], 'base64')).publicKey
  assert.deepEqual(certified.export({ format: 'jwk' }), key.members)
  assert.deepEqual([key.alg, key.kid], ['RS256', '1b94c'])
  assert.deepEqual(importPublicJwk({ ...rfc7517b, x5c: ['AAAA'] }).members, key.members)
})

const secretOfRfc7797 = {
  kty: 'oct',
  k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
}

test('the control of RFC 7797 §4.1 is what is signed here, inside and beside', () => {
  const key = importSecretJwk(secretOfRfc7797, 'HS256')
  const payload = new TextEncoder().encode('$.02')
  const token = 'eyJhbGciOiJIUzI1NiJ9.JC4wMg.5mvfOroL-g7HyqJoozehmsaqmvTYGEq5jTI1gVvoEoQ'
  assert.equal(signJws({}, payload, key), token)
  const beside = token.replace('JC4wMg', '')
  assert.equal(verifyDetached(beside, payload, () => key).header.alg, 'HS256')
  const { header } = verifyDetached(signDetached({}, payload, key), payload, () => key)
  assert.equal(header.alg, 'HS256')
})

test('the key of RFC 8037 appendix A.1 signs A.4 to the letter, and A.2 is its public part', () => {
  const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', x }
  const key = importPrivateJwk(jwk)
  assert.equal(
    signJws({}, new TextEncoder().encode('Example of Ed25519 signing'), key),
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  )
  assert.deepEqual(key.members, { kty: 'OKP', crv: 'Ed25519', x })
})

test('the key of RFC 8037 appendix A.6 agrees with the sender’s as written, and is encrypted to here', async () => {
  const bob = {
    kty: 'OKP',
    crv: 'X25519',
    kid: 'Bob',
    x: '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08',
    d: 'XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os',
  }
  const epk = { kty: 'OKP', crv: 'X25519', x: 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo' }
  const agreed = diffieHellman({
    privateKey: createPrivateKey({ key: bob, format: 'jwk' }),
    publicKey: createPublicKey({ key: epk, format: 'jwk' }),
  })
  assert.equal(agreed.toString('hex'), '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')
  const key = await importDecryptionJwk(bob, { alg: 'ECDH-ES+A128KW', enc: ['A128GCM'] })
  const token = await encryptJwe({}, new TextEncoder().encode('to Bob'), key)
  const { header, plaintext } = await decryptJwe(token, () => key)
  assert.deepEqual(header, { alg: 'ECDH-ES+A128KW', enc: 'A128GCM', kid: 'Bob' })
  assert.equal(Buffer.from(plaintext).toString(), 'to Bob')
})

const contentKey = 'rfc7520/jwk/3_6.symmetric_key_encryption.json'

test('the key of RFC 7520 §3.6 is the content’s own key', { skip: vectorsMissing(contentKey) }, async () => {
  const key = await importSecretEncryptionJwk(readVectors(contentKey) as Record<string, unknown>)
  assert.deepEqual([key.alg, key.enc], ['dir', ['A256GCM']])
})

const nested = 'rfc7520/6.nesting_signatures_and_encryption.json'

test('the token inside the nested example of RFC 7520 §6 verifies', { skip: vectorsMissing(nested) }, () => {
  const { sign } = readVectors(nested) as {
    sign: { input: { payload: string; key: Record<string, unknown> }; output: { compact: string } }
  }
  const key = importPrivateJwk(sign.input.key, 'PS256')
  const { header, payload } = verifyJws(sign.output.compact, () => key)
  assert.deepEqual(header, { alg: 'PS256', typ: 'JWT' })
  assert.equal(Buffer.from(payload).toString(), sign.input.payload)
})
