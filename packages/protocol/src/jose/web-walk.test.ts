import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { publicPart, specimen } from '../../../../tests/harness/specimens.ts'
import { audience, goodClaims, issuer, now, proven, signGood } from '../../../../tests/harness/token-kinds.ts'
import { verifyDpopProof } from '../dpop.ts'
import { decryptToken, encryptToken } from '../encrypted-tokens.ts'
import { codeChallenge } from '../pkce.ts'
import type { DpopClaims } from '../token-claims.ts'
import { verifyToken } from '../tokens.ts'
import { signDetached, verifyDetached } from './detached.ts'
import { importDecryptionJwk } from './jwe-keys.ts'
import { verifyJws } from './jws.ts'
import { KeySet } from './key-set.ts'
import { thumbprint } from './keys.ts'

const walk = fileURLToPath(new URL('./web-walk.fixture.ts', import.meta.url))
const { key, jwk } = specimen('ES256')
const secret = specimen('HS256')
const bytes = new TextEncoder().encode('beside')
const encryptionJwk = {
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  alg: 'ECDH-ES+A256KW',
}

type Made = Readonly<Record<string, unknown>> & {
  readonly [name in 'signed' | 'encrypted' | 'proof' | 'detached' | 'mac']: string
} & { readonly refusals: Readonly<Record<string, string>> }

async function given(): Promise<string> {
  const token = signGood('access', key)
  return JSON.stringify({
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
  })
}

/** Everything that the walk made is what Node makes or accepts. */
async function check(made: Made): Promise<void> {
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

async function run(program: string, options: readonly string[], platform: 'web' | 'node'): Promise<Made> {
  const { stdout } = await promisify(execFile)(program, [...options, walk, await given(), platform])
  return JSON.parse(stdout) as Made
}

const source = '--conditions=@countersign/source'
const web = '--conditions=@countersign/web'
// What the platform lacks may not be asked for either, not even by what is loaded along the way.
const withoutBuiltIns = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  registerHooks({ resolve: (specifier, context, next) => {
    if (specifier.startsWith('node:')) throw new Error('this platform has no ' + specifier)
    return next(specifier, context)
  } })`)}`

test('without node:crypto, Buffer or process the package does all that it does, later', async () => {
  const made = await run(process.execPath, [source, web, '--import', withoutBuiltIns], 'web')
  await check(made)
  assert.equal(made.refusals['atOnce'], 'KeyError unsupported')
  assert.equal(made.refusals['verifiedAtOnce'], 'KeyError unsupported')
})

test('on Node the same walk also goes at once', async () => {
  const made = await run(process.execPath, [source], 'node')
  await check(made)
  assert.equal(made.refusals['atOnce'], 'none')
  assert.equal(made.refusals['verifiedAtOnce'], 'none')
})

async function missing(program: string): Promise<string | false> {
  return promisify(execFile)(program, ['--version']).then(
    () => false as const,
    () => `${program} is not installed`,
  )
}

for (const [name, program, options] of [
  ['Bun', 'bun', []],
  ['Deno', 'deno', ['run', '--allow-all']],
] as const) {
  test(`on ${name} the package works with what ${name} has of Node, and with Web Crypto alone`, {
    skip: await missing(program),
  }, async () => {
    const withNode = await run(program, [...options, source], 'node')
    const withWeb = await run(program, [...options, source, web], 'web')
    await check(withNode)
    await check(withWeb)
    assert.equal(withNode.refusals['atOnce'], 'none')
    assert.equal(withWeb.refusals['atOnce'], 'KeyError unsupported')
  })
}
