import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatRevocationBatch,
  parseRevocationBatch,
  type Revocation,
  type RevocationBatch,
  type RevocationKind,
  revocationDigest,
  revocationKinds,
} from './revocation-batch.ts'

const asOf = 1_800_000_000
const kinds = Object.keys(revocationKinds) as RevocationKind[]
const revocations: Revocation[] = kinds.map((kind, at) => ({
  kind,
  digest: revocationDigest(kind, 'an id'),
  at: asOf - at * 100 + 15,
}))
const whole: RevocationBatch = { asOf, since: null, part: 1, of: 2, keep: 420, revocations }

test('a batch is read as it was written, with or without a beginning', () => {
  for (const batch of [whole, { ...whole, since: asOf - 5 }, { ...whole, revocations: [] }]) {
    const events = JSON.parse(JSON.stringify(formatRevocationBatch(batch))) as Record<string, unknown>
    assert.deepEqual(parseRevocationBatch({ events }), batch)
  }
})

test('an identifier has another digest under each kind: 96 bits in 16 characters', () => {
  const digests = kinds.map((kind) => revocationDigest(kind, 'usr_ada'))
  assert.equal(new Set(digests).size, kinds.length)
  for (const digest of digests) assert.match(digest, /^[\w-]{16}$/)
})

test('what is not wholly a batch is none', () => {
  const [name = '', event = {}] = Object.entries(formatRevocationBatch(whole))[0] ?? []
  const bent: readonly Record<string, unknown>[] = [
    {},
    { other: event },
    { [name]: event, other: {} },
    ...[
      { as_of: undefined },
      { as_of: '1' },
      { as_of: 1.5 },
      { since: -1 },
      { part: 0 },
      { part: 3 },
      { of: 0 },
      { of: 1e9 },
      { keep: undefined },
      { keep: 1e9 },
      { s: [] },
      { s: { short: 1 } },
      { s: { [revocationDigest('session', 'x')]: '1' } },
      { s: { [revocationDigest('session', 'x')]: 0.5 } },
      { unknown: {} },
    ].map((change) => ({ [name]: { ...event, ...change } })),
  ]
  for (const events of bent) assert.equal(parseRevocationBatch({ events }), null, JSON.stringify(events))
})
