import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byPassword, byTotp, byUpstream } from '../accounts/sessions/session.ts'
import { journey } from './journey.ts'

const methods = ['password']
const one = { methods, second: 'none' } as const

test('C12 (CVE-2024-45042): without a proof that is recent enough there is no way in', () => {
  const prove = { do: 'prove', methods }
  assert.deepEqual(journey([], { ...one, since: 0 }), prove)
  assert.deepEqual(journey([{ ...byPassword, at: 99 }], { ...one, since: 100 }), prove)
  const stale = [
    { ...byPassword, at: 1 },
    { ...byUpstream, at: 2 },
  ]
  assert.deepEqual(journey(stale, { ...one, since: 3 }), prove)
})

test('a proof that is recent enough enters, with what it is worth', () => {
  assert.deepEqual(journey([{ ...byPassword, at: 100 }], { ...one, since: 100 }), {
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
  assert.deepEqual(journey(proven, { ...one, since: 10 }), { do: 'enter', authentication: byUpstream })
  assert.deepEqual(journey(proven, { ...one, since: 0 }), {
    do: 'enter',
    authentication: { amr: ['pwd', 'fed'], acr: byUpstream.acr },
  })
})

test('MF-05: where a second factor is needed, one is not enough, and two proofs of one factor are one', () => {
  for (const [second, does] of [
    ['prove', 'second'],
    ['enrol', 'enrol'],
  ] as const) {
    const required = { methods, since: 0, second }
    for (const proven of [[byPassword], [byUpstream], [byUpstream, byPassword]]) {
      const step = journey(
        proven.map((proof) => ({ ...proof, at: 1 })),
        required,
      )
      assert.equal(step.do, does)
    }
    const both = [byPassword, byTotp].map((proof) => ({ ...proof, at: 1 }))
    assert.deepEqual(journey(both, required), {
      do: 'enter',
      authentication: { amr: ['pwd', 'otp', 'mfa'], acr: byTotp.acr },
    })
  }
})
