// Tokens spoiled by chance, the same ones for the same seed: the material of the comparison with other implementations.
import type { AccessClaims, JwsAlgorithm } from '@countersign/protocol'
import { specimen } from './specimens.ts'
import { forge, goodClaims, now } from './token-kinds.ts'

/** Chance that can be repeated: numbers from 0 up to a bound (a 32-bit mixer over a counter). */
export type Chance = (below: number) => number

export function chanceFrom(seed: number): Chance {
  let counter = seed >>> 0
  return (below) => {
    counter = (counter + 0x9e37_79b9) >>> 0
    let mixed = counter
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) % below
  }
}

const one = <T>(chance: Chance, of: readonly T[]): T => of[chance(of.length)] as T

/** Algorithms that every oracle has; the quick ones, which can be signed anew for each token, first. */
const quickAlgorithms: readonly JwsAlgorithm[] = ['HS256', 'EdDSA', 'ES256']
export const mutantAlgorithms: readonly JwsAlgorithm[] = [...quickAlgorithms, 'ES512', 'RS256', 'PS256']

export interface Mutant {
  readonly alg: JwsAlgorithm
  readonly token: string
}

type Edit = (text: string) => string

const headerEdits: readonly Edit[] = [
  (json) => json,
  (json) => ` ${json}\n`,
  (json) => json.replace('"alg"', '"al\\u0067"'),
  (json) => json.replace(/"alg":"[^"]*"/, '"alg":"none"'),
  (json) => json.replace(/"alg":"[^"]*"/, '"alg":"HS256"'),
  (json) => json.replace(/"alg":"[^"]*"/, '"alg":"RS256"'),
  (json) => json.replace(/"alg":"[^"]*"/, '"alg":null'),
  (json) => json.replace('{', '{"crit":["exp"],'),
  (json) => json.replace('{', '{"crit":[],'),
  (json) => json.replace('{', '{"b64":false,"crit":["b64"],'),
  (json) => json.replace('{', '{"b64":true,"crit":["b64"],'),
  (json) => json.replace('{', '{"b64":false,'),
  (json) => json.replace('{', '{"kid":"other",'),
  (json) => json.replace('{', '{"x":{"y":[1,2]},'),
  (json) => json.replace('{', '{"zip":"DEF","enc":"A256GCM",'),
  (json) => json.replace('{', '{"typ":7,'),
  (json) => json.replace('{', '{"__proto__":{},'),
  (json) => json.replace('{', '{"x":1e999,'),
  (json) => json.replace('{', '{"x":"\\ud800",'),
  (json) => json.replace('{', `{"pad":"${'x'.repeat(6144)}",`),
  (json) => `\ufeff${json}`,
  (json) => `[${json}]`,
  (json) => json.slice(0, -1),
]

const claimEdits: readonly ((claims: Record<string, unknown>, chance: Chance) => void)[] = [
  () => undefined,
  (claims, chance) => delete claims[one(chance, Object.keys(claims))],
  (claims, chance) => {
    claims[one(chance, ['exp', 'nbf', 'iat'])] = now + one(chance, [-100, -16, -15, -14, 0, 14, 15, 16, 100])
  },
  (claims, chance) => {
    claims[one(chance, ['exp', 'nbf', 'iat', 'auth_time'])] = one<unknown>(chance, [
      '1',
      null,
      -1,
      0.5,
      true,
      {},
      1e15,
    ])
  },
  (claims, chance) => {
    const { aud } = claims
    claims['aud'] = one<unknown>(chance, [
      [aud],
      [aud, 'https://x.test'],
      ['https://x.test'],
      `${aud}/`,
      [],
      '',
      7,
      [aud, aud],
    ])
  },
  (claims, chance) => {
    claims['iss'] = one<unknown>(chance, [`${claims['iss']}/`, '', null, [claims['iss']], 'https://x.test'])
  },
  (claims, chance) => {
    claims[one(chance, ['sub', 'jti', 'client_id', 'scope', 'roles', 'amr', 'sid'])] = one<unknown>(chance, [
      7,
      '',
      null,
      [],
      ['a'],
      [7],
      {},
    ])
  },
  (claims, chance) => {
    claims[one(chance, ['nonce', 'events', 'at_hash', 'token_type', 'extra'])] = one<unknown>(chance, [
      'refresh',
      {},
      null,
      'x',
    ])
  },
]

const strayText = 'AZaz09-_=+/. \n\t,:"{}[]\\u\u00e9\u0141'
const partOrders = [
  [1, 0, 2],
  [0, 2, 1],
  [0, 1],
  [0, 1, 2, 2],
  [0, 0, 2],
  [2, 1, 0],
] as const

function strayCharacter(text: string, chance: Chance): string {
  const place = chance(text.length + 1)
  return text.slice(0, place) + one(chance, [...strayText]) + text.slice(place + chance(2))
}

const tokenEdits: readonly ((token: string, chance: Chance) => string)[] = [
  (token) => token,
  (token) => token,
  strayCharacter,
  strayCharacter,
  (token, chance) => token.slice(0, chance(token.length)),
  (token, chance) => token.slice(chance(token.length)),
  (token, chance) => {
    const parts = token.split('.')
    return one(chance, partOrders)
      .map((index) => parts[index] ?? '')
      .join('.')
  },
  (token, chance) => {
    const parts = token.split('.')
    const index = chance(3)
    parts[index] = `${parts[index]}${one(chance, ['=', '==', 'A', 'B', ' '])}`
    return parts.join('.')
  },
]

/** A token of any bytes: its header edited before it was signed, or its text after. */
export function anyMutant(chance: Chance): Mutant {
  return chance(2) === 0 ? signedAnew(chance) : signedBefore(chance)
}

function signedAnew(chance: Chance): Mutant {
  const alg = one(chance, quickAlgorithms)
  const { key } = specimen(alg)
  let header = one(chance, headerEdits)(JSON.stringify({ alg, kid: key.kid }))
  for (let edits = chance(3); edits > 0; edits--) header = strayCharacter(header, chance)
  const payload = Uint8Array.from({ length: chance(40) }, () => chance(256))
  return { alg, token: forge(header, payload, key) }
}

const pool = new Map<string, string>()

function signedBefore(chance: Chance): Mutant {
  const alg = one(chance, mutantAlgorithms)
  const edit = chance(headerEdits.length)
  const known = `${alg} ${edit}`
  let token = pool.get(known)
  if (token === undefined) {
    const { key } = specimen(alg)
    const header = headerEdits[edit]?.(JSON.stringify({ alg, kid: key.kid }))
    token = forge(header, `payload ${known}`, key)
    pool.set(known, token)
  }
  return { alg, token: one(chance, tokenEdits)(token, chance) }
}

/** An access token whose claims were edited before it was signed. */
export function accessMutant(chance: Chance): Mutant {
  const alg: JwsAlgorithm = one(chance, ['EdDSA', 'ES256'])
  const { key } = specimen(alg)
  const claims: Record<string, unknown> = { ...(goodClaims.access as AccessClaims) }
  for (let edits = chance(3); edits > 0; edits--) one(chance, claimEdits)(claims, chance)
  const typ = one(chance, ['at+jwt', 'at+jwt', 'at+jwt', 'application/AT+JWT', 'JWT', undefined])
  let json = JSON.stringify(claims)
  if (chance(6) === 0) json = strayCharacter(json, chance)
  if (chance(20) === 0) json = json.replace('{', '{"sub":"usr_2",')
  return { alg, token: forge({ alg, typ, kid: key.kid }, json, key) }
}
