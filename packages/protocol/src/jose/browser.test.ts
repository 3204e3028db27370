import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { browserSkip, withPage } from '../../../../tests/harness/browser.ts'
import { bundleProtocol } from '../../../../tests/harness/protocol-bundle.ts'
import { availableAlgorithms, type Jwk, publicPart, specimen } from '../../../../tests/harness/specimens.ts'
import { attackedKeys, attacksOn, untouched } from '../../../../tests/harness/token-attacks.ts'
import {
  audience,
  goodClaims,
  issuer,
  kinds,
  now,
  proven,
  signGood,
} from '../../../../tests/harness/token-kinds.ts'
import { verifyDpopProof } from '../dpop.ts'
import { decryptToken, encryptToken } from '../encrypted-tokens.ts'
import type * as face from '../index.ts'
import type * as encryption from '../jwe.ts'
import { verifyToken } from '../tokens.ts'
import { signDetached, verifyDetached } from './detached.ts'
import { importDecryptionJwk, importSecretEncryptionJwk } from './jwe-keys.ts'
import { signJws, verifyJws } from './jws.ts'
import { publicJwk, thumbprint } from './keys.ts'

declare global {
  interface Window {
    protocol: typeof face & typeof encryption
  }
}

const skip = browserSkip()
/** Web Crypto has no secp256k1. Of the rest, a browser may lack the newest; never these. */
const tried = availableAlgorithms.filter((alg) => alg !== 'ES256K')
const everywhere = tried.filter((alg) => alg !== 'Ed448' && !alg.startsWith('ML-DSA'))

let address = ''
const server = createServer(async (request, response) => {
  const isModule = request.url === '/protocol.js'
  response.setHeader('content-type', isModule ? 'text/javascript' : 'text/html')
  response.end(isModule ? await bundle : page)
})
const page = `<!doctype html><title>x</title><script type="module">
  import * as protocol from '/protocol.js'
  window.protocol = protocol
</script>`
let bundle: Promise<string>

before(async () => {
  if (skip !== false) return
  bundle = bundleProtocol()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Where Web Crypto is: on a secure origin or on this machine.
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
})
after(() => server.close())

type Outcome = { readonly token: string; readonly refusals: readonly string[] } | { readonly lacks: string }

/** In the page: what came from here verifies, spoiled it does not, and what is signed there goes back. */
async function tryAlgorithm({ jwk, token }: { jwk: Jwk; token: string }): Promise<Outcome> {
  const { importSecretJwkAsync, importPrivateJwkAsync, importPublicJwkAsync, signJwsAsync, verifyJwsAsync } =
    window.protocol
  const isSecret = jwk['kty'] === 'oct'
  const read = isSecret ? importSecretJwkAsync : importPrivateJwkAsync
  const key = await read(jwk).catch((error: Error & { code?: string }) => `${error.name} ${error.code}`)
  if (typeof key === 'string') return { lacks: key }
  const verifying = isSecret ? key : await importPublicJwkAsync(window.protocol.publicJwk(key))
  await verifyJwsAsync(token, () => verifying)
  const [header = '', payload = '', signature = ''] = token.split('.')
  const other = signature[5] === 'A' ? 'B' : 'A'
  const refusals: string[] = []
  for (const spoiled of [
    `${header}.${payload}.${signature.slice(0, 5)}${other}${signature.slice(6)}`,
    `${header}.${payload}AAAA.${signature}`,
    `${header}.${payload}.`,
  ]) {
    await verifyJwsAsync(spoiled, () => verifying).catch((error: { code: string }) =>
      refusals.push(error.code),
    )
  }
  return { token: await signJwsAsync({ typ: 'x' }, { there: true }, key), refusals }
}

test('in a real browser every algorithm that it has signs what Node verifies, and the other way round', {
  skip,
}, async (t) => {
  const has: string[] = []
  await withPage(async (visited) => {
    await visited.goto(address)
    await visited.waitForFunction(() => 'protocol' in window)
    for (const alg of tried) {
      const { jwk, key } = specimen(alg)
      const outcome = await visited.evaluate(tryAlgorithm, { jwk, token: signJws({}, { here: true }, key) })
      if ('lacks' in outcome) {
        assert.equal(outcome.lacks, 'KeyError unsupported', alg)
        t.diagnostic(`this browser lacks ${alg}`)
        continue
      }
      has.push(alg)
      assert.deepEqual(outcome.refusals, ['bad_signature', 'bad_signature', 'bad_signature'], alg)
      const { header, payload } = verifyJws(outcome.token, () => key)
      assert.deepEqual(header, { alg, typ: 'x', kid: key.kid })
      assert.equal(Buffer.from(payload).toString(), '{"there":true}')
    }
  })
  assert.deepEqual(
    has.filter((alg) => everywhere.some((name) => name === alg)),
    everywhere,
  )
})

const { key, jwk } = specimen('ES256')
const agreement = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
const encryptionJwks: readonly Jwk[] = [
  {
    ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
    alg: 'RSA-OAEP-256',
  },
  ...['ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A256KW'].map((alg) => ({ ...agreement, alg })),
  ...['A128KW', 'A256KW', 'A128GCM', 'A256GCM', 'A128CBC-HS256', 'A256CBC-HS512'].map((alg) => ({
    kty: 'oct',
    alg,
    k: randomBytes(alg === 'A256CBC-HS512' ? 64 : /^A128(?:KW|GCM)/.test(alg) ? 16 : 32).toString(
      'base64url',
    ),
  })),
]

/** In the page: an encrypted token from here is opened and verified, and one is made to go back. */
async function tryEncryption(given: {
  readonly jwk: Jwk
  readonly publicJwk: Jwk
  readonly token: string
  readonly signed: string
  readonly place: { readonly issuer: string; readonly audience: string; readonly now: number }
}): Promise<{ readonly claims: unknown; readonly token: string }> {
  const { protocol } = window
  const read = given.jwk['kty'] === 'oct' ? protocol.importSecretEncryptionJwk : protocol.importDecryptionJwk
  const decryption = await read(given.jwk)
  const keys = await protocol.importJwkSetAsync({ keys: [given.publicJwk] })
  const { claims } = await protocol.decryptToken('access', given.token, {
    ...given.place,
    keys,
    decryption: () => decryption,
  })
  return { claims, token: await protocol.encryptToken(given.signed, decryption) }
}

test('in a real browser a token is decrypted and encrypted with every algorithm of the tables', {
  skip,
}, async () => {
  const signed = signGood('access', key)
  const place = { issuer, audience, now }
  await withPage(async (visited) => {
    await visited.goto(address)
    await visited.waitForFunction(() => 'protocol' in window)
    for (const own of encryptionJwks) {
      const read = own['kty'] === 'oct' ? importSecretEncryptionJwk : importDecryptionJwk
      const decryption = await read(own)
      const token = await encryptToken(signed, decryption)
      const given = { jwk: own, publicJwk: publicPart(jwk), token, signed, place }
      const made = await visited.evaluate(tryEncryption, given)
      assert.deepEqual(made.claims, goodClaims.access, String(own['alg']))
      const options = { ...place, keys: () => key, decryption: () => decryption }
      assert.deepEqual((await decryptToken('access', made.token, options)).claims, goodClaims.access)
    }
  })
})

test('in a real browser tokens, proofs and detached signatures are made that are good here', {
  skip,
}, async () => {
  const payload = [0, 1, 254, 255]
  const beside = signDetached({}, Uint8Array.from(payload), key)
  const made = await withPage(async (visited) => {
    await visited.goto(address)
    await visited.waitForFunction(() => 'protocol' in window)
    return visited.evaluate(
      async ({ own, claims, proof, bytes, detached }) => {
        const { protocol } = window
        const signing = await protocol.importPrivateJwkAsync(own)
        const heard = await protocol.verifyDetachedAsync(detached, Uint8Array.from(bytes), () => signing)
        return {
          access: await protocol.signTokenAsync('access', claims as never, signing),
          proof: await protocol.signDpopProofAsync(proof as never, signing),
          detached: await protocol.signDetachedAsync({}, Uint8Array.from(bytes), signing),
          thumbprint: protocol.thumbprint(protocol.publicJwk(signing)),
          heard: heard.header.alg,
        }
      },
      { own: jwk, claims: goodClaims.access, proof: goodClaims.dpop, bytes: payload, detached: beside },
    )
  })
  assert.equal(
    verifyToken('access', made.access, { keys: () => key, issuer, audience, now }).claims.sub,
    'usr_1',
  )
  const options = { ...proven, now, accessToken: null, boundTo: thumbprint(jwk) }
  assert.equal(verifyDpopProof(made.proof, options).thumbprint, made.thumbprint)
  assert.equal(verifyDetached(made.detached, Uint8Array.from(payload), () => key).header.alg, 'ES256')
  assert.equal(made.heard, 'ES256')
})

/** In the page: what comes of each token. */
async function tryAttacks(given: {
  readonly kind: face.TokenKind
  readonly keys: readonly Jwk[]
  readonly tokens: readonly string[]
  readonly place: { readonly issuer: string; readonly audience: string; readonly now: number }
  readonly request: { readonly method: string; readonly uri: string; readonly now: number }
}): Promise<readonly string[]> {
  const { importJwkSetAsync, verifyDpopProofAsync, verifyTokenAsync } = window.protocol
  const { kind, tokens, place, request } = given
  const keys = await importJwkSetAsync({ keys: given.keys })
  const verify = (token: string): Promise<unknown> =>
    kind === 'dpop'
      ? verifyDpopProofAsync(token, { ...request, accessToken: null, boundTo: null })
      : verifyTokenAsync(kind, token, { ...place, keys })
  const outcomes: string[] = []
  for (const token of tokens) {
    outcomes.push(
      await verify(token).then(
        () => 'accepted',
        (error: Error & { code?: string }) => (error.name === 'TokenError' ? `${error.code}` : String(error)),
      ),
    )
  }
  return outcomes
}

test('in a real browser every attack on every kind of token is refused as it is here', { skip }, async () => {
  const published = attackedKeys.keys.map((one) => ({ ...publicJwk(one) }))
  const shared = { keys: published, place: { issuer, audience, now }, request: { ...proven, now } }
  await withPage(async (visited) => {
    await visited.goto(address)
    await visited.waitForFunction(() => 'protocol' in window)
    for (const kind of kinds) {
      assert.deepEqual(await visited.evaluate(tryAttacks, { ...shared, kind, tokens: [untouched(kind)] }), [
        'accepted',
      ])
      for (const [name, codes, tokens] of attacksOn(kind)) {
        // The wire to the page has no lone surrogates, and a megabyte need not go over it.
        const sent = tokens.filter((token) => token.length < 50_000)
        const outcomes = await visited.evaluate(tryAttacks, { ...shared, kind, tokens: sent })
        assert.equal(outcomes.length, sent.length)
        for (const [at, outcome] of outcomes.entries())
          assert.ok(codes.includes(outcome), `${kind}, ${name}: ${outcome} for ${sent[at]?.slice(0, 200)}`)
      }
    }
  })
})
