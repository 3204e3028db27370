// The tokens of Knock at an API that moved here from Rails, case by case.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  encodeBase64url,
  importPrivateJwk,
  importSecretJwk,
  type SigningKey,
  signJws,
} from '@countersign/protocol'
import { auth } from '../frameworks/fetch.ts'
import { testIssuer } from '../testing/index.ts'
import { createVerifier } from '../verify/index.ts'
import { type KnockOptions, knock } from './index.ts'

const secret = 'f'.repeat(128)
const keyOf = (text: string) => importSecretJwk({ kty: 'oct', k: encodeBase64url(text) }, 'HS256')
const now = 1_800_000_000
const usual = { exp: now + 86_400, sub: 1, entity: 'user' }
const signed = (claims: object, key: SigningKey = keyOf(secret), header: { typ?: string } = {}) =>
  signJws(header, claims, key)
const good = signed(usual)

const api = (more: KnockOptions = {}) =>
  auth(
    knock({
      ...('tokenPublicKey' in more || 'jwkUrl' in more ? {} : { tokenSecretSignatureKey: secret }),
      now: () => now,
      user: (id) => (id === '1' || id === 'usr_1' ? { id } : null),
      ...more,
    }),
  )((_, { subject }) => Response.json({ subject }))

async function answered(
  more: KnockOptions,
  authorization: string | null,
  query = '',
): Promise<readonly [number, string]> {
  const headers: Record<string, string> = authorization === null ? {} : { authorization }
  const response = await api(more)(new Request(`https://api.test/me${query}`, { headers }))
  return [response.status, await response.text()]
}

const yes = [200, '{"subject":"1"}'] as const
const no = [401, ''] as const

describe('A route of Knock', () => {
  for (const [what, authorization, expected] of [
    ['a token after Bearer', `Bearer ${good}`, yes],
    ['a token after any other word', `Other ${good}`, yes],
    ['a token after a word in lower case', `bearer ${good}`, yes],
    ['a token after two words', `Bearer  my ${good}`, yes],
    ['a token alone', good, yes],
    ['nothing', null, no],
    ['an empty header', '', no],
    ['a word alone', 'Bearer', no],
    ['undefined', 'Bearer undefined', no],
    ['null', 'Bearer null', no],
    ['garbage', 'Bearer a.b.c', no],
    ['a token that is expired', `Bearer ${signed({ ...usual, exp: now })}`, no],
    ['a token 25 hours old', `Bearer ${signed({ ...usual, exp: now - 3600 })}`, no],
    ['a token without an end', `Bearer ${signed({ sub: 1, entity: 'user' })}`, yes],
    ['a token of ten years', `Bearer ${signed({ ...usual, exp: now + 315_360_000 })}`, yes],
    ['a token whose end is no number', `Bearer ${signed({ ...usual, exp: 'soon' })}`, no],
    ['a token that is not good yet', `Bearer ${signed({ ...usual, nbf: now + 10 })}`, no],
    ['somebody who is not there', `Bearer ${signed({ ...usual, sub: 2 })}`, no],
    ['nobody', `Bearer ${signed({ exp: usual.exp, entity: 'user' })}`, no],
    ['an object for a person', `Bearer ${signed({ ...usual, sub: {} })}`, no],
    ['a number as text', `Bearer ${signed({ ...usual, sub: '1' })}`, yes],
    ['a token under another secret', `Bearer ${signed(usual, keyOf('x'.repeat(64)))}`, no],
    ['an unsigned token', `Bearer ${good.split('.').slice(0, 2).join('.')}.`, no],
    ['a token with a type', `Bearer ${signed(usual, keyOf(secret), { typ: 'JWT' })}`, yes],
  ] as const) {
    test(`answers ${expected[0]} to ${what}`, async () => {
      assert.deepEqual(await answered({}, authorization), expected)
    })
  }

  test('says nothing beside the status', async () => {
    const response = await api()(new Request('https://api.test/me'))
    assert.equal(response.headers.get('www-authenticate'), null)
    assert.equal(await response.text(), '')
  })

  test('answers what the application had it answer', async () => {
    for (const unauthorized of [401, 403, 404] as const)
      assert.deepEqual(await answered({ unauthorized }, null), [unauthorized, ''])
  })
})

describe('A token in the address', () => {
  test('is not looked at unless told', async () => {
    assert.deepEqual(await answered({}, null, `?token=${good}`), no)
  })

  test('goes before the header, good or bad', async () => {
    const more = { takesTokenInUrl: true }
    assert.deepEqual(await answered(more, null, `?token=${good}`), yes)
    assert.deepEqual(await answered(more, 'Bearer a.b.c', `?page=2&token=${good}`), yes)
    assert.deepEqual(await answered(more, `Bearer ${good}`, '?token=a.b.c'), no)
    assert.deepEqual(await answered(more, `Bearer ${good}`, '?page=2'), yes)
  })
})

describe('The entity of a token', () => {
  test('C4: a user’s token opens no route of an administrator who has the same number', async () => {
    const admin = signed({ ...usual, entity: 'admin' })
    assert.deepEqual(await answered({ entity: 'admin' }, good), no)
    assert.deepEqual(await answered({ entity: 'admin' }, admin), yes)
    assert.deepEqual(await answered({}, admin), no)
    assert.deepEqual(await answered({ entity: 'v1_user' }, signed({ ...usual, entity: 'v1_user' })), yes)
  })

  test('is missing from tokens of before, which a route may take', async () => {
    const before = signed({ exp: usual.exp, sub: 1 })
    assert.deepEqual(await answered({}, before), no)
    assert.deepEqual(await answered({ takesAnyEntity: true }, before), yes)
    assert.deepEqual(await answered({ takesAnyEntity: true }, signed({ ...usual, entity: 'admin' })), no)
  })
})

describe('A token that was ended', () => {
  const issuer = testIssuer({ now: () => now })
  /** A verifier that the server answers in this way, and what it was asked about. */
  const database = async (answer: () => Response) => {
    const { options, fetch } = await issuer
    const asked: string[] = []
    const verifier = createVerifier({
      ...options,
      mode: 'database',
      fetch: async (url, init) => {
        if (!url.endsWith('/introspect')) return fetch(url, init)
        asked.push(new URLSearchParams(await new Request(url, init).text()).get('token') ?? '')
        return answer()
      },
    })
    return { verifier, asked }
  }

  test('is refused with the next request where the server is asked', async () => {
    const { audience: aud } = (await issuer).options
    const told = { active: true, sub: 'usr_1', client_id: '~knock', aud, exp: now + 60 }
    const { verifier, asked } = await database(() => Response.json(told))
    assert.deepEqual(await answered({ database: verifier }, good), yes)
    assert.deepEqual(asked, [good])
    const dead = (await database(() => Response.json({ active: false }))).verifier
    assert.deepEqual(await answered({ database: dead }, good), no)
    const down = (await database(() => new Response('', { status: 500 }))).verifier
    assert.deepEqual(await answered({ database: down }, good), [503, ''])
  })

  test('can only be one that the server gave out, and not one that Rails did before', async () => {
    const { verifier, asked } = await database(() => Response.json({ active: false }))
    const before = signed({ exp: usual.exp, sub: 1 })
    assert.deepEqual(await answered({ database: verifier, takesAnyEntity: true }, before), yes)
    assert.deepEqual(await answered({ database: verifier }, signed(usual, keyOf('x'.repeat(64)))), no)
    assert.deepEqual(asked, [], 'nor is the server told of a token that is none of this wire')
  })

  test('is not heard of by a verifier that asks nobody', async () => {
    const { options } = await issuer
    assert.throws(
      () => knock({ tokenSecretSignatureKey: secret, database: createVerifier(options) }),
      TypeError,
    )
  })
})

describe('Keys and audiences of Knock', () => {
  test('an audience that is stated is demanded, and one that is not is ignored', async () => {
    const forShop = signed({ ...usual, aud: 'shop' })
    assert.deepEqual(await answered({ tokenAudience: 'shop' }, forShop), yes)
    assert.deepEqual(await answered({ tokenAudience: ['bank', 'shop'] }, forShop), yes)
    assert.deepEqual(await answered({ tokenAudience: 'bank' }, forShop), no)
    assert.deepEqual(await answered({ tokenAudience: 'shop' }, good), no)
    assert.deepEqual(await answered({}, forShop), yes)
  })

  test('C1: a public key verifies its algorithm alone, and is nobody’s secret', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const jwk = privateKey.export({ format: 'jwk' }) as Record<string, unknown>
    const rsa = { tokenSignatureAlgorithm: 'RS256', tokenPublicKey: pem } as const
    assert.deepEqual(await answered(rsa, signed(usual, importPrivateJwk(jwk, 'RS256'))), yes)
    assert.deepEqual(await answered(rsa, signed(usual, importPrivateJwk(jwk, 'RS512'))), no)
    assert.deepEqual(await answered(rsa, signed(usual, keyOf(pem))), no)
    assert.deepEqual(await answered(rsa, good), no)
    assert.deepEqual(await answered({}, signed(usual, importPrivateJwk(jwk, 'RS256'))), no)
  })

  test('C1: of the server’s published keys tokens of this wire alone are taken', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256' }
    const own = importPrivateJwk(jwk, 'ES256')
    const { d: _d, ...published } = jwk
    const more = {
      tokenSignatureAlgorithm: 'ES256',
      jwkUrl: 'https://id.test/oauth/jwks',
      fetch: async () => Response.json({ keys: [published] }),
    } as const
    assert.deepEqual(await answered(more, signed(usual, own, { typ: 'knock+jwt' })), yes)
    for (const typ of ['at+jwt', 'JWT', 'simplejwt+jwt'])
      assert.deepEqual(await answered(more, signed(usual, own, { typ })), no)
    const { tokenSignatureAlgorithm: _, ...unstated } = more
    assert.deepEqual(await answered(unstated, signed(usual, own, { typ: 'knock+jwt' })), yes)
    const other = { ...more, tokenSignatureAlgorithm: 'RS256' } as const
    assert.deepEqual(await answered(other, signed(usual, own, { typ: 'knock+jwt' })), no)
    const down = { ...more, fetch: async () => new Response('', { status: 500 }) }
    assert.deepEqual(await answered(down, signed(usual, own, { typ: 'knock+jwt' })), [503, ''])
  })

  test('settings that make no sense stop the start', () => {
    for (const given of [
      {},
      { tokenSecretSignatureKey: secret, tokenPublicKey: 'x' },
      { tokenSecretSignatureKey: secret, tokenSignatureAlgorithm: 'RS256' },
      { tokenSecretSignatureKey: secret, token_audience: 'shop' },
      { tokenSecretSignatureKey: secret, tokenAudience: undefined },
      { tokenPublicKey: 'x' },
      { jwkUrl: 'https://id.test/jwks', tokenSignatureAlgorithm: 'HS256' },
    ] as KnockOptions[])
      assert.throws(() => knock(given), TypeError)
  })
})
