// Making and checking ES256 access tokens in this process, against the bare signature and another library.
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import { importPrivateJwk, importPublicJwk, signToken, verifyToken } from '@countersign/protocol'
import { testIssuer } from '@countersign/sdk/testing'
import { createVerifier } from '@countersign/sdk/verify'
import { importJWK, jwtVerify } from 'jose'
import { atLeast, atMost, type Figure, figure } from './figure.ts'

const count = 4000
const issuer = 'https://id.bench.example'
const audience = 'https://api.bench.example'

export async function run(): Promise<Figure[]> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' }
  const signing = importPrivateJwk(jwk)
  const { d: _, ...publicPart } = jwk as Record<string, unknown>
  const key = importPublicJwk(publicPart)
  const now = Math.floor(Date.now() / 1000)
  const make = (index: number): string =>
    signToken(
      'access',
      {
        iss: issuer,
        sub: 'usr_bench',
        aud: audience,
        client_id: 'bench',
        iat: now,
        exp: now + 300,
        jti: `j${index}`,
        scope: 'accounts:read',
      },
      signing,
    )
  const minted = Array.from({ length: count }, (_, index) => make(index))

  const inputs = minted.map((token) => {
    const cut = token.lastIndexOf('.')
    return {
      text: Buffer.from(token.slice(0, cut)),
      signature: Buffer.from(token.slice(cut + 1), 'base64url'),
    }
  })
  const publicKey = createPublicKey(privateKey)
  const bareSign = await cpu((index) =>
    sign('sha256', inputs[index]?.text ?? Buffer.alloc(0), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  )
  const bareVerify = await cpu((index) => {
    const { text, signature } = inputs[index] ?? { text: Buffer.alloc(0), signature: Buffer.alloc(0) }
    return verify('sha256', text, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)
  })
  const ourSign = await cpu(make)
  const ourVerify = await cpu((index) =>
    verifyToken('access', minted[index] ?? '', { keys: () => key, issuer, audience, now }),
  )
  const joseKey = await importJWK(publicPart, 'ES256')
  const joseVerify = await cpu((index) =>
    jwtVerify(minted[index] ?? '', joseKey, { issuer, audience, typ: 'at+jwt' }),
  )
  const seen = await seenToken()
  return [
    figure('crypto.sign alone', bareSign, 'µs CPU'),
    figure('signToken', ourSign, 'µs CPU'),
    atMost(1.2, 'signToken / crypto.sign', ourSign / bareSign, 'times', 'CPU'),
    figure('crypto.verify alone', bareVerify, 'µs CPU'),
    figure('verifyToken, a new token', ourVerify, 'µs CPU'),
    atMost(1.15, 'verifyToken / crypto.verify', ourVerify / bareVerify, 'times', 'CPU'),
    figure('jose jwtVerify', joseVerify, 'µs CPU'),
    atLeast(1.8, 'jose / verifyToken', joseVerify / ourVerify, 'times', 'CPU'),
    atMost(3, 'verify() of a token seen before', seen, 'µs CPU', 'SDK, mode local'),
  ]
}

async function seenToken(): Promise<number> {
  const tests = await testIssuer()
  const verifier = createVerifier(tests.options)
  const token = await tests.token({ subject: 'usr_bench' })
  await verifier.verify(token)
  return cpu(() => verifier.verify(token), 50_000)
}

/** CPU microseconds of one call, after a warm-up: the median of five rounds, since others share the machine. */
async function cpu(work: (index: number) => unknown, times = count): Promise<number> {
  for (let index = 0; index < Math.min(times, 2000); index++) await work(index % count)
  const rounds: number[] = []
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage()
    for (let index = 0; index < times / 2; index++) await work(index % count)
    const { user, system } = process.cpuUsage(before)
    rounds.push(((user + system) / times) * 2)
  }
  return rounds.sort((a, b) => a - b)[2] ?? Number.NaN
}
