import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createKeySource } from './keys.ts'
import { feedIssuer, feedUrl, revocation, seconds } from './revocation.fixture.ts'
import { createBatches, FeedFault } from './revocation-batches.ts'
import { createRevocationList, marksOf } from './revocation-list.ts'
import { verifierSettings } from './settings.ts'

const issuer = await feedIssuer()
const settings = verifierSettings(issuer.options)

function reader(now = settings.now) {
  const list = createRevocationList()
  const timed = { ...settings, now }
  const batches = createBatches(timed, { keys: createKeySource(timed, undefined), list })
  batches.begin(feedUrl)
  return { list, batches }
}

test('what is told is known once its moment is whole', async () => {
  const { list, batches } = reader()
  const now = seconds()
  assert.equal(batches.staleness(), null)
  const parts = [1, 2, 3].map((part) =>
    issuer.batch({ asOf: now, part, of: 3, revocations: [revocation('session', `ses_${part}`)] }),
  )
  for (const [at, part] of parts.entries()) {
    assert.equal(await batches.take(part), at === 2)
    assert.equal(batches.staleness() === null, at < 2, 'half a moment is no knowledge')
  }
  assert.equal(list.size, 3)
  assert.equal(batches.cursor(), now)
  assert.ok((batches.staleness() ?? 9) < 1)
})

test('a moment follows what is known, however often it is told', async () => {
  const { batches } = reader()
  const now = seconds()
  await batches.take(issuer.batch({ asOf: now - 5 }))
  await batches.take(issuer.batch({ asOf: now - 3, since: now - 5 }))
  await batches.take(issuer.batch({ asOf: now - 4, since: now - 9 }))
  await batches.take(issuer.batch({ asOf: now, since: now - 3 }))
  assert.equal(batches.cursor(), now)
})

const past = seconds() - 100
const faults: Record<string, () => readonly string[]> = {
  'a batch that is missing': () => [issuer.batch({ asOf: past }), issuer.batch({ since: past + 1 })],
  'a part that is missing': () => [issuer.batch({ part: 1, of: 3 }), issuer.batch({ part: 3, of: 3 })],
  'a first part that is missing': () => [issuer.batch({ part: 2, of: 2 })],
  'a part of another moment': () => [
    issuer.batch({ asOf: past, part: 1, of: 2 }),
    issuer.batch({ part: 2, of: 2 }),
  ],
  'news before everything': () => [issuer.batch({ since: past })],
  'another audience': () => [issuer.batch({}, { aud: 'https://other.test/oauth/revocations' })],
  'another issuer': () => [issuer.batch({}, { iss: 'https://other.test' })],
  'an event of another kind': () => [issuer.batch({}, { events: { 'urn:other': {} } })],
  'two events': () => {
    const { events } = JSON.parse(
      atob(issuer.batch().split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''),
    )
    return [issuer.batch({}, { events: { ...events, 'urn:other': {} } })]
  },
  'a kind of revocation that is not known': () => [
    issuer.batch(
      {},
      { events: { 'urn:countersign:event:revocations': { as_of: past, part: 1, of: 1, keep: 9, x: {} } } },
    ),
  ],
  'a digest of another length': () => [
    issuer.batch({ revocations: [{ kind: 'user', digest: 'short', at: past }] }),
  ],
  'a moment that has not come': () => [issuer.batch({ asOf: seconds() + 10 })],
  'a token of another kind': () => [issuer.token()],
  'a bent signature': () => {
    const token = issuer.batch()
    return [`${token.slice(0, -4)}${token.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`]
  },
  'no token at all': () => ['{"everything":"fine"}'],
}
for (const [name, tokens] of Object.entries(faults)) {
  test(`${name} is a fault, and nothing is known for certain any more`, async () => {
    const { batches } = reader()
    const [last, ...before] = tokens().toReversed()
    for (const token of before.toReversed()) await batches.take(token)
    await assert.rejects(batches.take(last ?? ''), FeedFault)
    batches.doubt()
    assert.equal(batches.cursor(), null)
    assert.equal(batches.staleness(), null)
  })
}

test('what was held back on its way is as old as it says, and not as it comes', async () => {
  const { batches } = reader()
  const then = seconds() - 100
  await batches.take(issuer.batch({ asOf: then }, { iat: then }))
  const staleness = batches.staleness() ?? 0
  assert.ok(staleness >= 100 - settings.clockSkew - 1 && staleness < 100)
})

test('a machine that slept knows how long it heard nothing, though its timers stood still', async () => {
  let slept = 0
  const { batches } = reader(() => seconds() + slept)
  await batches.take(issuer.batch())
  assert.ok((batches.staleness() ?? 9) < 1)
  slept = 3600
  assert.ok((batches.staleness() ?? 0) >= 3590)
})

test('what no token depends on is forgotten by the time of the issuer, however ours runs', async () => {
  let ahead = 0
  const { batches, list } = reader(() => seconds() + ahead)
  const now = seconds()
  await batches.take(issuer.batch({ revocations: [revocation('session', 'ses_1', now)], keep: 60 }))
  ahead = 3600
  await batches.take(issuer.batch({ since: now, keep: 60 }))
  assert.equal(list.size, 1)
  ahead = 15
  const later = (asOf: number) => issuer.batch({ asOf, since: now, keep: 60 }, { iat: asOf })
  await batches.take(later(now + 15))
  assert.equal(list.size, 1)
  ahead = 121
  await batches.take(later(now + 121))
  assert.equal(list.size, 0)
})

test('a connection that ended in the midst of a moment leaves no half of it', async () => {
  const { batches, list } = reader()
  await batches.take(issuer.batch({ part: 1, of: 2, revocations: [revocation('session', 'ses_1')] }))
  batches.begin(feedUrl)
  await batches.take(issuer.batch({ part: 1, of: 1 }))
  assert.ok(batches.cursor() !== null)
  const marks = marksOf({
    subject: 'u',
    clientId: 'c',
    scope: [],
    roles: [],
    claims: { sid: 'ses_1', iat: seconds() },
  })
  assert.equal(list.refuses(marks), true, 'what was told is true all the same')
})
