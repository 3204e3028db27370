import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CryptoKey, compactVerify, importJWK, type JWK } from 'jose'
import { publicPart, specimen } from '../../../../tests/harness/specimens.ts'
import { forge } from '../../../../tests/harness/token-kinds.ts'
import type { JwsAlgorithm } from './algorithms.ts'
import { verifyJws } from './jws.ts'
import { TokenError } from './token-error.ts'

// The other implementation is the oracle: whatever is accepted here it must accept too, with the same payload; what it
// accepts and we refuse must have a reason from the list below.

const algorithms: readonly JwsAlgorithm[] = ['ES256', 'ES512', 'RS256', 'PS256', 'EdDSA', 'HS256']
const seed = Number(process.env['COUNTERSIGN_SEED'] ?? 20261121)

const headerEdits: readonly ((json: string) => string)[] = [
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
  (json) => json.replace('{', '{"typ":7,'),
  (json) => json.replace('{', '{"__proto__":{},'),
  (json) => json.replace('{', '{"x":1e999,'),
  (json) => json.replace('{', '{"x":"\\ud800",'),
  (json) => `\ufeff${json}`,
  (json) => `[${json}]`,
  (json) => json.slice(0, -1),
]

const tokenEdit = fc.oneof(
  { weight: 3, arbitrary: fc.constant((token: string) => token) },
  fc
    .tuple(fc.nat(), fc.constantFrom(...'AZaz09-_=+/. \n\t,"{é\u0141'), fc.constantFrom(0, 1))
    .map(([at, text, cut]) => (token: string) => {
      const place = at % (token.length + 1)
      return token.slice(0, place) + text + token.slice(place + cut)
    }),
  fc.nat().map((at) => (token: string) => token.slice(0, at % token.length)),
  fc.nat().map((at) => (token: string) => token.slice(at % token.length)),
  fc
    .constantFrom([1, 0, 2], [0, 2, 1], [0, 1], [0, 1, 2, 2], [0, 0, 2], [2, 1, 0])
    .map((order) => (token: string) => {
      const parts = token.split('.')
      return order.map((index) => parts[index] ?? '').join('.')
    }),
  fc.constantFrom(0, 1, 2).map((index) => (token: string) => {
    const parts = token.split('.')
    parts[index] = `${parts[index]}=`
    return parts.join('.')
  }),
)

/** Reasons to be stricter than the oracle, found without our own reader. */
function whyStricter(token: string): string | null {
  const parts = token.split('.')
  if (token.length > 8192) return 'size'
  if (parts.some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part)) return 'spelling'
  const json = Buffer.from(parts[0] ?? '', 'base64url').toString()
  if (json.startsWith('\ufeff')) return 'byte order mark'
  const header = JSON.parse(json) as Record<string, unknown>
  if ('crit' in header || 'b64' in header) return 'extension'
  if (Object.hasOwn(header, '__proto__') || json.includes('1e999') || json.includes('\\ud800'))
    return 'strict JSON'
  if ((json.match(/":/g)?.length ?? 0) !== Object.keys(header).length + (header['x'] ? 1 : 0))
    return 'duplicates'
  for (const name of ['kid', 'typ']) if (name in header && typeof header[name] !== 'string') return 'types'
  return null
}

function ours(token: string, alg: JwsAlgorithm): string | null {
  try {
    return Buffer.from(verifyJws(token, () => specimen(alg).key).payload).toString('hex')
  } catch (error) {
    assert.ok(error instanceof TokenError, String(error))
    return null
  }
}

async function theirs(token: string, alg: JwsAlgorithm, key: CryptoKey | Uint8Array): Promise<string | null> {
  const verified = await compactVerify(token, key, { algorithms: [alg] }).catch(() => null)
  return verified === null ? null : Buffer.from(verified.payload).toString('hex')
}

test('JW-20: some hundred mutated tokens are judged as jose judges them, or more strictly for a known reason', async () => {
  const oracle = new Map<JwsAlgorithm, CryptoKey | Uint8Array>()
  for (const alg of algorithms) {
    const { jwk } = specimen(alg)
    oracle.set(alg, await importJWK((alg === 'HS256' ? jwk : publicPart(jwk)) as JWK, alg))
  }
  const counts = { both: 0, neither: 0, stricter: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...algorithms),
      fc.constantFrom(...headerEdits),
      tokenEdit,
      fc.uint8Array({ maxLength: 40 }),
      async (alg, editHeader, editToken, payload) => {
        const header = editHeader(JSON.stringify({ alg, kid: specimen(alg).key.kid }))
        const token = editToken(forge(header, payload, specimen(alg).key))
        const [mine, other] = [
          ours(token, alg),
          await theirs(token, alg, oracle.get(alg) ?? new Uint8Array()),
        ]
        if (mine !== null) assert.equal(mine, other, 'accepted here, refused or read otherwise by the oracle')
        else if (other !== null)
          assert.notEqual(whyStricter(token), null, `stricter without a reason: ${token}`)
        counts[mine !== null ? 'both' : other !== null ? 'stricter' : 'neither']++
      },
    ),
    { numRuns: 600, seed },
  )
  assert.ok(counts.both > 20 && counts.neither > 20 && counts.stricter > 5, JSON.stringify(counts))
})
