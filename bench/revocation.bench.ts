// The feed of what died with 100,000 entries: what a server pays to tell them, and a verifier to take, keep and look
// them up.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type RevocationKind, revocationDigest } from '@countersign/protocol'
import { createVerifier } from '@countersign/sdk/verify'
import { channel, feedIssuer, seconds } from '../packages/sdk/src/verify/revocation.fixture.ts'
import { openOAuthHouse } from '../packages/server/src/oauth/house.ts'
import { signBatches } from '../packages/server/src/oauth/revocations/batches.ts'
import { endedSince } from '../packages/server/src/oauth/revocations/revocations.store.ts'
import { atMost, type Figure, figure } from './figure.ts'

const entries = 100_000

export async function run(): Promise<Figure[]> {
  return [...(await telling()), ...(await keeping())]
}

/** Bytes of what is still needed. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

/** Microseconds of CPU. */
async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

async function telling(): Promise<Figure[]> {
  const house = await openOAuthHouse()
  const { database, runtime } = house
  const now = runtime.now()
  for (let from = 0; from < entries; from += 10_000) {
    const rows = Array.from({ length: 10_000 }, (_, at) => `('jti-of-${from + at}',${now + 300},${now})`)
    const sql = `insert into revoked_tokens (jti, expires_at, revoked_at) values ${rows.join(',')}`
    await database.commit([{ sql, parameters: [] }])
  }
  let ended: Awaited<ReturnType<typeof endedSince>> = []
  const read = await cpuOf(async () => {
    ended = await endedSince(database, now - 400, now)
  })
  let tokens: readonly string[] = []
  const signed = await cpuOf(async () => {
    tokens = (await signBatches(house.room, { asOf: now, since: null, keep: 420, ended })).tokens
  })
  runtime.advance(60)
  const looks = 400
  const quiet = await cpuOf(async () => {
    for (let look = 0; look < looks; look++) await endedSince(database, runtime.now() - 2, runtime.now())
  })
  await house.close()
  const bytes = tokens.reduce((sum, token) => sum + token.length, 0)
  return [
    figure('100,000 revocations: reading them', read / 1000, 'ms CPU', 'SQLite'),
    figure('100,000 revocations: signing them', signed / 1000, 'ms CPU', `${tokens.length} batches`),
    figure('100,000 revocations: on the wire', bytes / 1024 / 1024, 'MiB'),
    figure('one look when nothing happened', quiet / looks, 'µs CPU', 'four a second'),
  ]
}

async function keeping(): Promise<Figure[]> {
  const issuer = await feedIssuer()
  const perBatch = 160
  const of = Math.ceil(entries / perBatch)
  const kinds: readonly RevocationKind[] = ['session', 'family', 'user', 'token']
  const batchOf = (part: number): string =>
    issuer.batch({
      asOf: seconds(),
      part,
      of,
      revocations: Array.from({ length: Math.min(perBatch, entries - (part - 1) * perBatch) }, (_, at) => {
        const kind = kinds[at % kinds.length] ?? 'session'
        return { kind, digest: revocationDigest(kind, `${part}-${at}`), at: seconds() }
      }),
    })
  const asOf = seconds()
  const batches = Array.from({ length: of }, (_, at) => batchOf(at + 1))
  // All of one moment, however long they took to make.
  if (seconds() !== asOf) return keeping()
  const feed = channel()
  issuer.answer = () => feed.response
  const token = issuer.token()
  const before = heap()
  const verifier = createVerifier(issuer.options)
  const taking = await cpuOf(async () => {
    const first = verifier.check(token)
    feed.send(...batches)
    await first
  })
  await new Promise((resume) => setImmediate(resume))
  const kept = heap() - before
  batches.length = 0
  const times = 50_000
  const look = await median(5, async () => {
    const spent = await cpuOf(async () => {
      for (let at = 0; at < times; at++) await verifier.verify(token)
    })
    return spent / times
  })
  verifier.close()
  return [
    figure('100,000 revocations: taking them', taking / 1000, 'ms CPU', 'SDK: verified, read, kept'),
    figure('100,000 revocations: kept in memory', kept / 1024 / 1024, 'MiB', 'heap of a verifier'),
    atMost(3, 'verify() of a seen token among 100,000', look, 'µs CPU', 'SDK, mode revocable'),
  ]
}

async function median(rounds: number, measure: () => Promise<number>): Promise<number> {
  const found: number[] = []
  for (let round = 0; round < rounds; round++) found.push(await measure())
  return found.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN
}
