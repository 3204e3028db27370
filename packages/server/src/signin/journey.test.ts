import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byPassword, byUpstream } from '../accounts/sessions/session.ts'
import { journey } from './journey.ts'

const methods = ['password']

test('C12 (CVE-2024-45042): without a proof that is recent enough there is no way in', () => {
  const prove = { do: 'prove', methods }
  assert.deepEqual(journey([], { methods, since: 0 }), prove)
  assert.deepEqual(journey([{ ...byPassword, at: 99 }], { methods, since: 100 }), prove)
  const stale = [
    { ...byPassword, at: 1 },
    { ...byUpstream, at: 2 },
  ]
  assert.deepEqual(journey(stale, { methods, since: 3 }), prove)
})

test('a proof that is recent enough enters, with what it is worth', () => {
  assert.deepEqual(journey([{ ...byPassword, at: 100 }], { methods, since: 100 }), {
    do: 'enter',
    authentication: byPassword,
  })
})

test('only proofs that count are told of, each method once', () => {
  const proven = [
    { ...byPassword, at: 1 },
    { ...byUpstream, at: 10 },
    { ...byUpstream, at: 11 },
  ]
  assert.deepEqual(journey(proven, { methods, since: 10 }), { do: 'enter', authentication: byUpstream })
  assert.deepEqual(journey(proven, { methods, since: 0 }), {
    do: 'enter',
    authentication: { amr: ['pwd', 'fed'], acr: byUpstream.acr },
  })
})
