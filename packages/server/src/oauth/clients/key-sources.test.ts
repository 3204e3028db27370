import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { importPrivateJwk, signJws } from '@countersign/protocol'
import { type Egress, EgressFailure } from '../../platform/http/egress.ts'
import type { Instant, Runtime } from '../../platform/runtime.ts'
import { aClient } from './client.fixture.ts'
import { jwkSetOf } from './jwk-set.ts'
import { keyPace, keySources } from './key-sources.ts'

const uri = 'https://client.example/jwks'
const client = aClient({ jwksUri: uri })

function pair(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const own = { alg: 'ES256', kid, use: 'sig' }
  const key = importPrivateJwk({ ...privateKey.export({ format: 'jwk' }), ...own })
  const token = signJws({}, new TextEncoder().encode('{}'), key)
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), ...own },
    token,
    secret: privateKey.export({ format: 'jwk' }),
  }
}

const one = pair('one')
const two = pair('two')
const set = (...keys: object[]) => JSON.stringify({ keys })

/** A world in which the address answers `answer`, and counts how often it is asked. */
function world() {
  let now = 1_000_000
  const state = { asked: 0, answer: (): Response | Promise<Response> => new Response(set(one.jwk)) }
  const egress: Egress = async (address, { method }) => {
    assert.deepEqual([address, method], [uri, 'GET'])
    state.asked += 1
    return state.answer()
  }
  const runtime = { now: () => now as Instant } as Runtime
  const silent = () => {}
  const log = { debug: silent, info: silent, warn: silent, error: silent }
  const sources = keySources({ egress, runtime, log })
  return Object.assign(state, {
    advance: (seconds: number) => {
      now += seconds
    },
    keys: async (token?: string) => {
      const { jwks } = await sources.withKeys(client, token)
      return jwks && JSON.stringify(jwks)
    },
    sources,
  })
}

const down = (): Response => {
  throw new EgressFailure('unreachable')
}

describe('the keys of a client at its jwks_uri', () => {
  test('are fetched once and kept, and those of other clients are not fetched at all', async () => {
    const at = world()
    const jwks = jwkSetOf('{}')
    assert.equal((await at.sources.withKeys(aClient({ jwks }))).jwks, jwks)
    assert.equal(at.asked, 0)
    assert.equal(await at.keys(one.token), set(one.jwk))
    at.advance(keyPace.refreshAfter - 1)
    assert.equal(await at.keys(one.token), set(one.jwk))
    assert.equal(at.asked, 1)
  })

  test('are asked for by one request, however many wait for them', async () => {
    const at = world()
    const gate = Promise.withResolvers<Response>()
    at.answer = () => gate.promise
    const waiting = Array.from({ length: 50 }, () => at.keys(one.token))
    gate.resolve(new Response(set(one.jwk)))
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set([set(one.jwk)]))
    assert.equal(at.asked, 1)
  })

  test('are refreshed ahead of time, without anybody waiting', async () => {
    const at = world()
    await at.keys()
    const gate = Promise.withResolvers<Response>()
    at.answer = () => gate.promise
    at.advance(keyPace.refreshAfter)
    assert.equal(await at.keys(), set(one.jwk))
    assert.equal(at.asked, 2)
    gate.resolve(new Response(set(two.jwk)))
    await gate.promise
    await new Promise(setImmediate)
    assert.equal(await at.keys(), set(two.jwk))
  })

  test('are fetched again at once for a key that is not among them, and then not until it has cooled', async () => {
    const at = world()
    await at.keys(one.token)
    at.answer = () => new Response(set(two.jwk))
    assert.equal(await at.keys(two.token), set(two.jwk))
    assert.equal(at.asked, 2)
    for (let count = 0; count < 100; count += 1) await at.keys(pair(`invented ${count % 3}`).token)
    assert.equal(at.asked, 2)
    at.advance(keyPace.coolDown)
    await at.keys(one.token)
    assert.equal(at.asked, 3)
  })

  test('outlive a client that is down for a day, and are asked for again once it has cooled', async () => {
    const at = world()
    await at.keys()
    at.answer = down
    at.advance(keyPace.freshFor)
    assert.equal(await at.keys(), set(one.jwk))
    assert.equal(await at.keys(), set(one.jwk))
    assert.equal(at.asked, 2)
    at.advance(keyPace.coolDown)
    assert.equal(await at.keys(), set(one.jwk))
    assert.equal(at.asked, 3)
    at.advance(keyPace.staleFor)
    assert.equal(await at.keys(), null)
    at.answer = () => new Response(set(two.jwk))
    at.advance(keyPace.coolDown)
    assert.equal(await at.keys(), set(two.jwk))
  })

  test('are not there while the client can’t be reached, which is tried again when it has cooled', async () => {
    const at = world()
    at.answer = down
    assert.deepEqual([await at.keys(), await at.keys(), await at.keys()], [null, null, null])
    assert.equal(at.asked, 1)
    at.answer = () => new Response(set(one.jwk))
    at.advance(keyPace.coolDown)
    assert.equal(await at.keys(), set(one.jwk))
  })

  test('are taken only as a set of public keys', async () => {
    const bodies: [string, () => Response][] = [
      ['an error', () => new Response(set(one.jwk), { status: 404 })],
      ['no JSON', () => new Response('<html>')],
      ['two members of one name', () => new Response('{"keys":[],"keys":[]}')],
      ['a list', () => new Response('[]')],
      ['a private key', () => new Response(set({ ...one.jwk, ...one.secret }))],
      ['two keys of one name', () => new Response(set(one.jwk, { ...two.jwk, kid: 'one' }))],
      ['too many keys', () => new Response(set(...Array.from({ length: 101 }, () => ({}))))],
    ]
    for (const [name, answer] of bodies) {
      const at = world()
      at.answer = answer
      assert.equal(await at.keys(), null, name)
    }
  })
})
