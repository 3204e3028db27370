// No sequence of exchanges gives more than there was: random policies, random sequences, and what each step keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chanceOf } from '../../../../../tests/faults/chance.ts'
import { createApi } from '../apis/registration.ts'
import { createClient } from '../clients/registration.ts'
import { claimsIn, introspected, type OAuthHouse, openOAuthHouse, secret } from '../house.ts'
import { exchangeToken, ownToken, tokenOfAda } from './exchange.fixture.ts'
import { type ExchangePolicy, scopesWithin } from './policy.ts'

const apis = ['north', 'east', 'south', 'west'].map((name) => ({
  identifier: `https://${name}.example/`,
  scopes: ['read', 'write', 'own'].map((what) => ({ name: `${name}:${what}`, description: '' })),
}))
const everyScope = apis.flatMap(({ scopes }) => scopes.map(({ name }) => name))

type Chance = ReturnType<typeof chanceOf>

const some = <T>(chance: Chance, list: readonly T[], outOfTen: number): T[] =>
  list.filter(() => chance.whole(10) < outOfTen)

interface Exchanger {
  readonly id: string
  readonly api: string
  readonly scopes: readonly string[]
  readonly exchange: ExchangePolicy
}

/** An API of each kind, each with a policy of its own, and others that stand beside them. */
function exchangersBy(chance: Chance): Exchanger[] {
  return [...apis, ...apis].map(({ identifier }, at) => {
    const scopes = some(chance, everyScope, 7)
    const derived = some(chance, scopes, 6).map((name) => [name, some(chance, everyScope, 4)] as const)
    return {
      id: `api-${at}`,
      api: identifier,
      scopes,
      exchange: {
        audiences: [identifier, ...some(chance, apis, 6).map((api) => api.identifier)],
        scopes: Object.fromEntries(derived.filter(([, sources]) => sources.length > 0)),
        impersonates: chance.whole(4) === 0,
      },
    }
  })
}

const kept = ['sub', 'sid', 'fam', 'auth_time', 'acr', 'iss'] as const

const listIn = (claims: Readonly<Record<string, unknown>>, name: string): string[] =>
  String(claims[name] ?? '')
    .split(' ')
    .filter((one) => one !== '')

/** @returns how many exchanges succeeded */
async function walk(house: OAuthHouse, chance: Chance, clients: readonly Exchanger[], root: string) {
  const first = claimsIn(root)
  let held = [root]
  let succeeded = 0
  for (let step = 0; step < 60; step++) {
    house.runtime.advance(chance.whole(4))
    const token = chance.oneOf(held) ?? root
    const claims = claimsIn(token)
    const client = chance.oneOf(
      clients.filter(({ api, id }) => api === claims['aud'] || id === claims['client_id']),
    )
    if (client === undefined) continue
    const asked = {
      client_id: client.id,
      client_secret: secret,
      ...(chance.whole(4) > 0 && { resource: chance.oneOf(apis)?.identifier }),
      ...(chance.whole(3) === 0 && { scope: some(chance, everyScope, 2).join(' ') || undefined }),
    }
    const answer = await exchangeToken(house, token, asked)
    if (answer.status !== 200) continue
    succeeded++
    const given = String(answer.json()['access_token'])
    const now = claimsIn(given)
    const before = listIn(claims, 'scope')
    for (const name of listIn(now, 'scope')) {
      const follows: boolean =
        client.exchange.scopes[name]?.some((source) => before.includes(source)) ?? false
      assert.ok(before.includes(name) || follows, 'scope: had, or derived by an operator')
      assert.ok(client.scopes.includes(name), 'scope: the client’s')
      assert.ok(String(now['aud']).includes(name.split(':')[0] ?? '?'), 'scope: the audience’s')
      if (asked.scope !== undefined) assert.ok(asked.scope.split(' ').includes(name), 'scope: asked for')
    }
    assert.ok(client.exchange.audiences.includes(String(now['aud'])), 'audience: allowed')
    assert.ok(Number(now['exp']) <= Number(claims['exp']), 'lifetime')
    for (const name of kept) assert.deepEqual(now[name], first[name], name)
    const via = (now['via'] ?? []) as string[]
    assert.ok([...via, now['client_id']].includes(claims['client_id']), 'who had it before is remembered')
    for (const id of (claims['via'] ?? []) as string[]) assert.ok([...via, now['client_id']].includes(id))
    assert.ok(via.length <= 5)
    assert.ok(JSON.stringify(now['act'] ?? {}).split('"sub"').length - 1 <= 5)
    assert.equal((await introspected(house, given, client.id))['active'], true)
    held = [...held, given].slice(-12)
  }
  return succeeded
}

test('TK-19 C22: no sequence of exchanges widens scope, audience or lifetime, or changes the subject', async () => {
  let succeeded = 0
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const chance = chanceOf(seed)
    const house = await openOAuthHouse()
    for (const api of apis) assert.ok((await createApi(house, { ...api, accessTokenSeconds: 600 })).ok)
    const clients = exchangersBy(chance)
    for (const client of clients) {
      const created = await createClient(house, { ...client, name: client.id, secret })
      assert.ok(created.ok, JSON.stringify(created))
    }
    const machine = {
      id: 'robot',
      name: 'A Robot',
      secret,
      grants: ['client_credentials'] as const,
      scopes: everyScope,
    }
    const person = {
      id: 'desk',
      name: 'A Desk',
      authentication: 'none' as const,
      redirectUris: ['https://desk.example/callback'],
      scopes: everyScope,
    }
    for (const client of [machine, person]) assert.ok((await createClient(house, client)).ok)
    const at = chance.oneOf(apis) ?? apis[0]
    const scope =
      some(
        chance,
        everyScope.filter((name) => at?.identifier.includes(name.split(':')[0] ?? '?')),
        8,
      ).join(' ') || everyScope[0]
    const resource = apis.find(({ identifier }) =>
      identifier.includes(scope?.split(':')[0] ?? '?'),
    )?.identifier
    const robots = await ownToken(house, { client_id: 'robot', scope, resource })
    succeeded += await walk(house, chance, clients, robots)
    const adas = await tokenOfAda(house, {
      client_id: 'desk',
      redirect_uri: 'https://desk.example/callback',
      scope,
      resource,
    })
    succeeded += await walk(house, chance, clients, adas)
    await house.close()
  }
  assert.ok(succeeded > 100, `only ${succeeded} exchanges succeeded`)
})

test('without a word from an operator, a scope follows from itself alone', () => {
  const chance = chanceOf(7)
  for (let time = 0; time < 500; time++) {
    const scopes = some(chance, everyScope, 5)
    const presented = some(chance, [...everyScope, 'constructor', '__proto__', 'toString'], 5)
    const exchange = { audiences: [], scopes: {}, impersonates: false }
    const within = scopesWithin({ scopes: [...scopes, 'constructor', '__proto__'], exchange }, presented)
    assert.ok(within.every((name) => presented.includes(name)))
  }
})
