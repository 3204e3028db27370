// A Django REST API that nobody has changed, with our tokens: under the SECRET_KEY that both hold, and by JWK_URL alone.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { signJws } from '@countersign/protocol'
import type { KeyChoice } from '../../../packages/server/src/profiles/keys.ts'
import {
  broughtAs,
  openSimpleJwt,
  type SimpleJwtHouse,
} from '../../../packages/server/src/profiles/profile.fixture.ts'
import type { Held } from '../held.ts'
import type { Python } from '../python.ts'
import { password } from './flows.ts'
import { startDjango } from './oracle.ts'

/** Tries tokens of every algorithm at the API. */
export async function tryResourceServer(python: Python): Promise<Held[]> {
  const held: Held[] = []
  for (const algorithm of ['HS256', 'RS256', 'ES256'] as const)
    held.push(...(await tryOne(python, algorithm)))
  return held
}

async function tryOne(python: Python, algorithm: 'HS256' | 'RS256' | 'ES256'): Promise<Held[]> {
  await using house = await openHouseWith(algorithm)
  const how =
    algorithm === 'HS256'
      ? {}
      : { ALGORITHM: algorithm, JWK_URL: house.jwksAddress, SIGNING_KEY: '', LEEWAY: 10 }
  await using django = await startDjango(python, { simpleJwt: how })
  const ask = async (authorization?: string): Promise<{ status: number; body: unknown }> => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    const response = await fetch(`${django.origin}/api/me/`, { headers })
    return { status: response.status, body: await response.json() }
  }
  const pair = (await house.send('/api/token/', { username: 'ada', password })).json()
  const refreshed = (await house.send('/api/token/refresh/', { refresh: pair['refresh'] })).json()
  const good = await ask(`Bearer ${String(pair['access'])}`)
  const again = await ask(`Bearer ${String(refreshed['access'])}`)
  const [asRefresh, altered, none] = [
    await ask(`Bearer ${String(pair['refresh'])}`),
    await ask(`Bearer ${String(pair['access']).slice(0, -4)}AAAA`),
    await ask(),
  ]
  const knows = (said: unknown): boolean => JSON.stringify(said) === '{"id":1,"username":"ada"}'
  return [
    { sentence: `${algorithm}: our access token is that of the API’s own user`, holds: knows(good.body) },
    { sentence: `${algorithm}: so is one that was refreshed`, holds: knows(again.body) },
    { sentence: `${algorithm}: a refresh token is refused`, holds: asRefresh.status === 401 },
    { sentence: `${algorithm}: an altered token is refused`, holds: altered.status === 401 },
    { sentence: `${algorithm}: nobody is refused`, holds: none.status === 401 },
    ...(await tryMinted(algorithm, house, ask)),
  ]
}

type Ask = (authorization?: string) => Promise<{ readonly status: number; readonly body: unknown }>

/** Tokens under the server's own key that say more, less or other than ours do: what such an API needs, and what it minds. */
async function tryMinted(algorithm: string, house: SimpleJwtHouse, ask: Ask): Promise<Held[]> {
  const now = house.house.runtime.now()
  const { key } = house.room.keys.signingKey()
  const usual = { token_type: 'access', exp: now + 300, iat: now, jti: 'a'.repeat(32), user_id: '1' }
  const without = (name: string) =>
    Object.fromEntries(Object.entries(usual).filter(([other]) => other !== name))
  const { kid: _kid, ...nameless } = key
  const isPair = !algorithm.startsWith('HS')
  const cases: readonly (readonly [string, string, boolean])[] = [
    [
      'other types, more claims and several audiences do no harm',
      signJws({ typ: 'at+jwt' }, { ...usual, aud: ['shop', 'bank'], roles: ['teller'] }, key),
      true,
    ],
    ...Object.keys(usual)
      .filter((name) => name !== 'iat')
      .map((name) => [`a token without ${name} is refused`, signJws({}, without(name), key), false] as const),
    ['a token of tomorrow is refused', signJws({}, { ...usual, iat: now + 100 }, key), false],
    ['a token that is not good yet is refused', signJws({}, { ...usual, nbf: now + 100 }, key), false],
    ['a token that has ended is refused', signJws({}, { ...usual, exp: now - 100 }, key), false],
    ['a token without kid is refused', signJws({}, usual, nameless), !isPair],
    ['a token of another kid is refused', signJws({}, usual, { ...key, kid: 'another' }), !isPair],
  ]
  const held: Held[] = []
  for (const [sentence, token, isTaken] of cases) {
    const { status } = await ask(`Bearer ${token}`)
    const said = isTaken ? sentence.replace('is refused', 'is taken, as no key is looked for') : sentence
    held.push({ sentence: `${algorithm}: ${said}`, holds: status === (isTaken ? 200 : 401) })
  }
  return held
}

interface ServedHouse extends SimpleJwtHouse, AsyncDisposable {
  readonly jwksAddress: string
}

async function openHouseWith(algorithm: KeyChoice['algorithm']): Promise<ServedHouse> {
  const house = await openSimpleJwt({ algorithm })
  const ada = await house.add({ username: 'ada', password })
  await broughtAs(house, ada, 1)
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: house.keyring.jwks() }))
  })
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  const { port } = server.address() as AddressInfo
  return {
    ...house,
    jwksAddress: `http://127.0.0.1:${port}/jwks`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await house.house.close()
    },
  }
}
