import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { availableAlgorithms, publicPart, specimen } from '../../../../tests/harness/specimens.ts'
import { anyText } from '../../../../tests/harness/texts.ts'
import { type JwsAlgorithmRow, jwsAlgorithms } from './algorithms.ts'
import * as node from './crypto.ts'
import * as web from './crypto.web.ts'
import { readPrivateJwk, readPublicJwk, readSecretJwk } from './jwk.ts'
import { KeyError } from './key-error.ts'
import { sha256 } from './sha256.ts'

const input = new TextEncoder().encode('what is signed')
/** Web Crypto knows no secp256k1, and not everywhere the newest. */
const webAlgorithms = availableAlgorithms.filter((alg) => alg !== 'ES256K')

test('both platforms offer the same names', () => {
  assert.deepEqual(Object.keys(web).sort(), Object.keys(node).sort())
  assert.deepEqual(Object.keys(web.asynchronous).sort(), Object.keys(node.asynchronous).sort())
})

test('SHA-256 is what Node says it is, at every length around a block', () => {
  for (const length of [...Array(200).keys(), 1000, 8192]) {
    const bytes = Uint8Array.from({ length }, (_, index) => index * 31)
    assert.equal(Buffer.from(sha256(bytes)).toString('hex'), createHash('sha256').update(bytes).digest('hex'))
  }
})

test('bytes and texts are encoded, decoded, digested and compared alike on both', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), anyText({ maxLength: 40 }), (bytes, text) => {
      assert.equal(web.toBase64url(bytes), node.toBase64url(bytes))
      assert.deepEqual([...web.fromBase64url(node.toBase64url(bytes))], [...bytes])
      const known = text.toWellFormed()
      assert.equal(web.textToBase64url(known), node.textToBase64url(known))
      assert.equal(web.sha256Base64url(known), node.sha256Base64url(known))
      assert.equal(web.equalInConstantTime(known, known), true)
      assert.equal(web.equalInConstantTime(known, `${known}x`), false)
      assert.equal(web.equalInConstantTime(`a${known}`, `b${known}`), false)
      const isCanonical = (platform: typeof web | typeof node) =>
        platform.toBase64url(platform.fromBase64url(text)) === text
      assert.equal(isCanonical(web), isCanonical(node), JSON.stringify(text))
    }),
    { numRuns: 400 },
  )
  assert.deepEqual([...web.asciiBytes('a.b')], [...node.asciiBytes('a.b')])
})

test('C3.16: where texts differ does not show in the time that it takes to compare them', () => {
  const text = 'x'.repeat(1 << 18)
  const msOf = (other: string) => {
    const began = performance.now()
    assert.equal(web.equalInConstantTime(text, other), false)
    return performance.now() - began
  }
  let [atStart, atEnd] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  // By turns, and on until it is compiled as well for either: one that stopped at the first difference would always
  // spend next to nothing there.
  for (let round = 0; round < 20 || (round < 1000 && atStart <= atEnd / 3); round++) {
    atStart = Math.min(atStart, msOf(`y${text.slice(1)}`))
    atEnd = Math.min(atEnd, msOf(`${text.slice(1)}y`))
  }
  assert.ok(atStart > atEnd / 3, `${atStart} ms, ${atEnd} ms`)
})

for (const alg of webAlgorithms) {
  const { jwk } = specimen(alg)
  const row: JwsAlgorithmRow = jwsAlgorithms[alg]
  test(`what ${alg} signs on one platform verifies on the other`, async (t) => {
    const keys = await bothKeys(alg, row.kty === 'oct').catch((error: unknown) => error as KeyError)
    if (keys instanceof Error) {
      assert.equal(keys.code, 'unsupported')
      return t.skip(`Web Crypto of this runtime lacks ${alg}`)
    }
    const ofWeb = await web.asynchronous.createSignature(keys.web.signing, input)
    assert.equal(node.verifySignature(keys.node.verifying, input, ofWeb), true)
    const ofNode = node.createSignature(keys.node.signing, input)
    const check = (text: Uint8Array, signature: Uint8Array) =>
      web.asynchronous.verifySignature(keys.web.verifying, text, signature)
    assert.equal(await check(input, ofNode), true)
    assert.equal(await check(input.slice(1), ofNode), false)
    assert.equal(await check(input, ofNode.slice(1)), false)
    assert.equal(await check(input, new Uint8Array()), false)
    const { kid: _kid, alg: _alg, ...members } = jwk
    const { alg: _named, ...exported } = await web.asynchronous.exportPrivate(keys.web.signing)
    assert.deepEqual(exported, members)
  })
}

async function bothKeys(alg: (typeof webAlgorithms)[number], isSecret: boolean) {
  const { jwk, key } = specimen(alg)
  if (isSecret) {
    const { secret } = readSecretJwk(jwk)
    const prepared = await web.asynchronous.prepareSecret(alg, secret)
    return { node: key, web: { verifying: prepared, signing: prepared } }
  }
  const read = readPrivateJwk(jwk, alg)
  const [verifying, signing] = await Promise.all([
    web.asynchronous.preparePublic(alg, readPublicJwk(publicPart(jwk), alg).members),
    web.asynchronous.preparePrivate(alg, { ...read.members, ...read.secret }),
  ])
  return { node: key, web: { verifying, signing } }
}

test('what Web Crypto lacks is unsupported, and what is off its curve no key', async () => {
  const isUnsupported = (error: unknown) => error instanceof KeyError && error.code === 'unsupported'
  const { members } = specimen('ES256K').key
  await assert.rejects(web.asynchronous.preparePublic('ES256K', members), isUnsupported)
  const { x = '', y = '', ...rest } = specimen('ES256').key.members
  await assert.rejects(web.asynchronous.preparePublic('ES256', { ...rest, x: y, y: x }))
})

test('what can not be done at once on the web says what can', () => {
  const { key } = specimen('ES256')
  const prepared = key.verifying as unknown as web.PreparedKey
  for (const [run, instead] of [
    [() => web.preparePublic('ES256', key.members), 'importPublicJwkAsync'],
    [() => web.preparePrivate('ES256', key.members), 'importPrivateJwkAsync'],
    [() => web.prepareSecret('HS256', input), 'importSecretJwkAsync'],
    [() => web.verifySignature(prepared, input, input), 'verifyTokenAsync'],
    [() => web.createSignature(prepared, input), 'signTokenAsync'],
    [() => web.verifyText(prepared, 'a.b', input), 'verifyTokenAsync'],
    [() => web.signText(prepared, 'a.b'), 'signTokenAsync'],
    [() => web.exportPrivate(prepared), 'privateJwkAsync'],
  ] as const) {
    assert.throws(run, (error) => error instanceof KeyError && error.detail.includes(instead))
  }
})
