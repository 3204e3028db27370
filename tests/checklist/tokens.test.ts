// Every known attack on signed tokens at every endpoint of the server that takes one (checklist JW, classes C1 to C4).
// The server signs with the keys of the attacks, so that all but the named fault of each token is right.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { accessTokenType, publicJwk, tokenExchange } from '@countersign/protocol'
import { byPassword } from '../../packages/server/src/accounts/sessions/session.ts'
import { openSession } from '../../packages/server/src/accounts/sessions/sessions.ts'
import { insertUser } from '../../packages/server/src/accounts/users/users.store.ts'
import { createApi } from '../../packages/server/src/oauth/apis/registration.ts'
import { insertClient } from '../../packages/server/src/oauth/clients/clients.store.ts'
import type { JwkSet } from '../../packages/server/src/oauth/clients/jwk-set.ts'
import { createClient } from '../../packages/server/src/oauth/clients/registration.ts'
import { ada, authorizeUrl, post, secret } from '../../packages/server/src/oauth/house.ts'
import { oauthRoom, oauthRoutes } from '../../packages/server/src/oauth/oauth.routes.ts'
import { insertFamily } from '../../packages/server/src/oauth/tokens/families.store.ts'
import {
  type Answer,
  edgeOf,
  type House,
  openHouse,
  Visitor,
} from '../../packages/server/src/platform/house.ts'
import { openKeyring } from '../../packages/server/src/platform/keys/keyring.ts'
import { insertKey } from '../../packages/server/src/platform/keys/keys.store.ts'
import { publicPart, type Specimen, specimen } from '../harness/specimens.ts'
import { attacksOn, head, untouched } from '../harness/token-attacks.ts'
import { audience, forge, goodClaims, issuer, now } from '../harness/token-kinds.ts'

/** What the checklist calls each attack of the harness, by the beginning of its name. */
const ids: readonly (readonly [attack: string, ids: string])[] = [
  ['C3.1 ', 'JW-01, C1 (CVE-2022-23540)'],
  ['C3.2 ', 'JW-02, C1 (CVE-2023-48223)'],
  ['C3.3 ', 'JW-02, C1 (CVE-2022-23541)'],
  ['C3.4 ', 'JW-10, C1 (CVE-2022-21449)'],
  ['C3.5 ', 'JW-03, C2 (CVE-2018-0114)'],
  ['C3.6 ', 'JW-04'],
  ['C3.7', 'JW-05, JW-06'],
  ['C3.9 claims', 'JW-06'],
  ['C3.9 times', 'JW-07'],
  ['C3.10', 'JW-06'],
  ['C3.11', 'JW-09'],
  ['C3.12 an audience', 'JW-08, C4 (CVE-2026-55669)'],
  ['C3.12 an issuer', 'JW-08'],
  ['C3.13', 'JW-07'],
  ['C3.8 ', 'C3 (GHSA-jv3g-j58f-9mq9, GHSA-hhhv-q57g-882q)'],
  ['C3.15', 'JW-11, C3 (CVE-2025-30204)'],
]

function idsOf(attack: string): string {
  const found = ids.find(([beginning]) => attack.startsWith(beginning))
  assert.ok(found, `the checklist has a place for “${attack}”`)
  return found[1]
}

// Tokens about a person live by their family; before any attack is made of them.
goodClaims.access['fam'] = 'fam_1'

/** A server whose signing keys are those of the attacks. */
async function openAttacked(url: string) {
  const house = await openHouse({ issuer: url, start: now })
  const { database } = house
  const planted = ['ES256', 'RS256', 'EdDSA', 'ES384'] as const
  await database.commit(planted.map((alg) => keyRow(house, specimen(alg), alg === 'ES256' ? 0 : 1)))
  const keyring = await openKeyring(house)
  assert.equal(keyring.signingKey('ES256').kid, specimen('ES256').key.kid)
  const edge = edgeOf(house, oauthRoutes(oauthRoom(house, { keyring })))
  return { house, visitor: () => new Visitor(edge, url) }
}

function keyRow(house: House, { key, jwk }: Specimen, age: number) {
  const { kid = '', alg } = key
  return insertKey(house.database, {
    kid,
    alg,
    publicJwk: JSON.stringify(publicJwk(key)),
    sealedPrivateJwk: house.vault.seal(`signing_keys/${kid}/private_jwk`, JSON.stringify(jwk)),
    createdAt: now - age,
    activeFrom: now - age,
    publishedUntil: null,
  })
}

type Attacked = Awaited<ReturnType<typeof openAttacked>>

/** A client of any id, which registration would not allow. */
async function addClient({ house }: Attacked, id: string, jwks: JwkSet | null = null): Promise<void> {
  const made = await createClient(house, { name: 'Planted', redirectUris: ['https://web.example/callback'] })
  assert.ok(made.ok)
  const authentication = jwks === null ? 'none' : 'private_key_jwt'
  const grants = jwks === null ? made.client.grants : (['client_credentials'] as const)
  const scopes = jwks === null ? made.client.scopes : ['accounts:read']
  await house.database.commit([
    insertClient(house.database, {
      ...made.client,
      id,
      authentication,
      secretDigest: null,
      jwks,
      grants,
      scopes,
    }),
  ])
}

describe('An access token', () => {
  let attacked: Attacked
  before(async () => {
    attacked = await openAttacked(issuer)
    await plantFamily(attacked)
  })
  after(() => attacked.house.close())

  const bearer = (token: string) =>
    attacked.visitor().visit('/oauth/userinfo', { headers: { authorization: `Bearer ${token}` } })
  const introspect = (token: string) =>
    post(attacked.visitor(), '/oauth/introspect', { token, client_id: 'the-api', client_secret: secret })
  const revoke = (token: string) =>
    post(attacked.visitor(), '/oauth/revoke', { token, client_id: 'demo-spa' })
  const exchange = (token: string) =>
    post(attacked.visitor(), '/oauth/token', {
      grant_type: tokenExchange,
      subject_token: token,
      subject_token_type: accessTokenType,
      client_id: 'the-api',
      client_secret: secret,
    })

  test('is taken as it is, so that what follows proves something', async () => {
    assert.equal((await bearer(untouched('access'))).status, 200)
    assert.equal((await introspect(untouched('access'))).json()['active'], true)
    assert.equal((await exchange(untouched('access'))).status, 200)
  })

  for (const [name, , tokens] of attacksOn('access')) {
    test(`${idsOf(name)}: is nothing with ${name}, ${tokens.length} ways`, async () => {
      // A token of ours for whatever API: with `openid` in its scope it may ask who the person is, and it may be revoked.
      const isOurs = name.startsWith('C3.12 an audience that is not')
      for (const token of tokens) {
        if (!isOurs) assertRefused(await bearer(token), [400, 401], token)
        if (!isOurs) assertRefused(await revoke(token), [200, 400, 413], token)
        assertRefused(await exchange(token), [400, 413], token)
        const told = await introspect(token)
        if (told.status === 200) assert.deepEqual(told.json(), { active: false }, token.slice(0, 200))
        else assertRefused(told, [400, 413], token)
      }
      assert.equal((await bearer(untouched('access'))).status, 200)
    })
  }

  test('JW-07: lives to its last second here and not a second longer', async () => {
    const claims = goodClaims.access
    const ending = (exp: number) => forge(head('access'), { ...claims, exp }, specimen('ES256').key)
    assert.equal((await bearer(ending(now + 1))).status, 200)
    for (const exp of [now, now - 1, now - 16]) assert.equal((await bearer(ending(exp))).status, 401)
  })

  test('JW-03, C2 (CVE-2018-0114): an address in a header is never called', async () => {
    let calls = 0
    const canary = createServer((_, response) => {
      calls += 1
      response.end(JSON.stringify({ keys: [publicPart(specimen('ES256', 'attacker').jwk)] }))
    })
    await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve))
    const address = `http://127.0.0.1:${(canary.address() as AddressInfo).port}/keys`
    const { key } = specimen('ES256', 'attacker')
    for (const lure of [{ jku: address }, { x5u: address }, { jku: address, kid: 'attacker' }]) {
      const token = forge(head('access', lure), goodClaims.access, key)
      assertRefused(await bearer(token), [401], token)
      assert.deepEqual((await introspect(token)).json(), { active: false })
    }
    canary.close()
    assert.equal(calls, 0)
  })

  test('JW-11, C3 (CVE-2025-30204): a flood of dots costs nothing', async () => {
    const dots = '.'.repeat(60_000)
    let least = Number.POSITIVE_INFINITY
    for (let round = 0; round < 20 || (round < 200 && least >= 5); round++) {
      const began = performance.now()
      assert.deepEqual((await introspect(dots)).json(), { active: false })
      least = Math.min(least, performance.now() - began)
    }
    assert.ok(least < 5, `${least} ms`)
  })
})

describe('An ID token as a hint', () => {
  let attacked: Attacked
  before(async () => {
    attacked = await openAttacked(issuer)
    await addClient(attacked, audience)
  })
  after(() => attacked.house.close())

  const hinted = async (token: string): Promise<string | null> => {
    const wire = {
      client_id: audience,
      redirect_uri: 'https://web.example/callback',
      scope: 'openid',
      prompt: 'none',
    }
    const answer = await attacked.visitor().visit(authorizeUrl({ ...wire, id_token_hint: token }))
    return new URL(answer.location ?? 'about:blank').searchParams.get('error')
  }

  const leaving = async (token: string): Promise<number> => {
    const query = new URLSearchParams({ id_token_hint: token, client_id: audience })
    return (await attacked.visitor().visit(`/oauth/logout?${query}`)).status
  }

  const isDue = (attack: string) => !attack.startsWith('C3.13 a time that is over')
  for (const [name, , tokens] of attacksOn('id').filter(([attack]) => isDue(attack))) {
    test(`${idsOf(name)}: is refused with ${name}, ${tokens.length} ways`, async () => {
      for (const token of tokens.filter((one) => one !== '' && one.length < 50_000))
        assert.equal(await hinted(token), 'invalid_request', token.slice(0, 200))
      assert.equal(await hinted(untouched('id')), 'login_required')
    })
    test(`${idsOf(name)}: signs nobody out with ${name}, ${tokens.length} ways`, async () => {
      for (const token of tokens.filter((one) => one !== '' && one.length < 50_000))
        assert.equal(await leaving(token), 400, token.slice(0, 200))
      assert.notEqual(await leaving(untouched('id')), 400)
    })
  }

  test('JW-07: may have ended: who comes back after a week is asked for by name', async () => {
    const ended = forge(head('id'), { ...goodClaims.id, exp: now - 600_000 }, specimen('ES256').key)
    assert.equal(await hinted(ended), 'login_required')
    assert.notEqual(await leaving(ended), 400)
  })
})

describe('A client assertion', () => {
  let attacked: Attacked
  before(async () => {
    attacked = await openAttacked(audience)
    const scopes = [{ name: 'accounts:read', description: '' }]
    assert.ok((await createApi(attacked.house, { identifier: 'https://bank.example/', scopes })).ok)
    const keys = (['ES256', 'RS256', 'EdDSA', 'ES384'] as const).map((alg) => publicPart(specimen(alg).jwk))
    await addClient(attacked, String(goodClaims.clientAssertion['sub']), { keys })
  })
  after(() => attacked.house.close())

  let networks = 0
  const ask = (token: string): Promise<Answer> => {
    networks += 1
    const form = {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: token,
    }
    // Each from a network of its own, since failures are counted.
    const peer = `203.0.${networks >> 8}.${networks & 255}`
    return attacked.visitor().visit('/oauth/token', { body: new URLSearchParams(form).toString(), peer })
  }

  for (const [name, , tokens] of attacksOn('clientAssertion')) {
    test(`${idsOf(name)}: gets nobody in with ${name}, ${tokens.length} ways`, async () => {
      for (const token of tokens) assertRefused(await ask(token), [400, 401, 413], token)
    })
  }

  test('TK-14, C11 (CVE-2020-15222): gets its client in once', async () => {
    // All the others had the same jti: had one of them counted, this one would be a replay.
    const token = untouched('clientAssertion')
    assert.equal((await ask(token)).status, 200)
    assert.equal((await ask(token)).status, 401)
  })
})

function assertRefused({ status, body }: Answer, allowed: readonly number[], token: string): void {
  const kind = `${status} for ${token.slice(0, 200)}`
  assert.ok(allowed.includes(status), kind)
  assert.doesNotMatch(body, /access_token"/, kind)
}

/** Ada at `demo-spa`, with the family that the good access token names; and the API that it is for. */
async function plantFamily({ house }: Attacked): Promise<void> {
  const { database, runtime } = house
  await createApi(house, { identifier: audience })
  const api = { id: 'the-api', name: 'The API', secret, api: audience, exchange: { audiences: [audience] } }
  assert.ok((await createClient(house, api)).ok)
  const description = {
    name: 'Page',
    authentication: 'none',
    redirectUris: ['https://spa.example/'],
  } as const
  assert.ok((await createClient(house, { id: 'demo-spa', ...description })).ok)
  const userId = String(goodClaims.access['sub'])
  await database.commit([insertUser(database, { ...ada, id: userId })])
  const arriving = { cookies: new Map<string, string>(), headers: { get: () => undefined }, peer: '' }
  const opened = await openSession(house, arriving, { userId, authentication: byPassword, remember: false })
  const granted = { scope: ['openid'], resources: [audience], authenticatedAt: now, acr: 'a', amr: [] }
  const family = { id: 'fam_1', clientId: 'demo-spa', userId, sessionId: opened.session.id, granted }
  const lives = { createdAt: runtime.now(), expiresAt: runtime.now() + 10_000 }
  await database.commit([opened.writes, insertFamily(database, { ...family, ...lives })])
}
