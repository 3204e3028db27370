// What the walk is given, and what must have become of it: whatever Node makes or accepts.
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { verifyDpopProof } from '../../packages/protocol/src/dpop.ts'
import { decryptToken, encryptToken } from '../../packages/protocol/src/encrypted-tokens.ts'
import { signDetached, verifyDetached } from '../../packages/protocol/src/jose/detached.ts'
import { importDecryptionJwk } from '../../packages/protocol/src/jose/jwe-keys.ts'
import { verifyJws } from '../../packages/protocol/src/jose/jws.ts'
import { KeySet } from '../../packages/protocol/src/jose/key-set.ts'
import { thumbprint } from '../../packages/protocol/src/jose/keys.ts'
import type { Given } from '../../packages/protocol/src/jose/web-walk.fixture.ts'
import { codeChallenge } from '../../packages/protocol/src/pkce.ts'
import type { DpopClaims } from '../../packages/protocol/src/token-claims.ts'
import { verifyToken } from '../../packages/protocol/src/tokens.ts'
import { publicPart, specimen } from './specimens.ts'
import { audience, goodClaims, issuer, now, proven, signGood } from './token-kinds.ts'

const { key, jwk } = specimen('ES256')
const secret = specimen('HS256')
const bytes = new TextEncoder().encode('beside')
const encryptionJwk = {
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  alg: 'ECDH-ES+A256KW',
}

/** What the walk makes. */
export type Made = Readonly<Record<string, unknown>> & {
  readonly [name in 'signed' | 'encrypted' | 'proof' | 'detached' | 'mac']: string
} & { readonly refusals: Readonly<Record<string, string>> }

/** What the walk is given, as JSON. */
export async function givenByNode(): Promise<string> {
  const token = signGood('access', key)
  const given: Given = {
    now,
    issuer,
    audience,
    claims: goodClaims.access,
    proof: goodClaims.dpop as DpopClaims,
    privateJwk: jwk,
    secretJwk: secret.jwk,
    encryptionJwk,
    publicSet: { keys: [publicPart(jwk), publicPart(specimen('EdDSA').jwk)] },
    token,
    encrypted: await encryptToken(token, await importDecryptionJwk(encryptionJwk)),
    detached: signDetached({}, bytes, key),
  }
  return JSON.stringify(given)
}

/** Everything that the walk made is what Node makes or accepts. */
export async function checkMade(made: Made): Promise<void> {
  const options = { keys: new KeySet([key]), issuer, audience, now }
  const decryption = await importDecryptionJwk(encryptionJwk)
  assert.deepEqual(made['verified'], goodClaims.access)
  assert.deepEqual(made['opened'], goodClaims.access)
  assert.deepEqual(verifyToken('access', made.signed, options).claims, goodClaims.access)
  const opened = await decryptToken('access', made.encrypted, { ...options, decryption: () => decryption })
  assert.deepEqual(opened.claims, goodClaims.access)
  const place = { ...proven, now, accessToken: null, boundTo: thumbprint(jwk) }
  assert.deepEqual(verifyDpopProof(made.proof, place).claims, goodClaims.dpop)
  assert.equal(verifyDetached(made.detached, bytes, () => key).header.alg, 'ES256')
  assert.equal(verifyJws(made.mac, () => secret.key).header.alg, 'HS256')
  assert.deepEqual(made['heard'], { alg: 'ES256', kid: key.kid })
  assert.deepEqual(made['stored'], { ...jwk, use: 'sig' })
  assert.equal(made['thumbprint'], thumbprint(jwk))
  assert.equal(made['challenge'], codeChallenge('v'.repeat(43)))
  assert.equal(made['opaque'], createHash('sha256').update('some-opaque-token').digest('base64url'))
  const { atOnce: _atOnce, verifiedAtOnce: _verifiedAtOnce, ...refusals } = made.refusals
  assert.deepEqual(refusals, {
    otherAudience: 'TokenError wrong_audience',
    noSignature: 'TokenError bad_signature',
    otherKey: 'TokenError unknown_key',
    misspelt: 'TokenError malformed',
    badPoint: 'KeyError malformed',
  })
}
