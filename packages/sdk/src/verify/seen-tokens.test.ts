import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeySet } from '@countersign/protocol'
import { createSeenTokens } from './seen-tokens.ts'
import type { Verified } from './verification.ts'

const keys = new KeySet([])

function someone(subject: string): Verified {
  return { ok: true, principal: { subject, clientId: 'c', scope: [], roles: [], claims: {} } }
}

test('a token is known from its verification to its last second', () => {
  const seen = createSeenTokens()
  const verified = someone('ada')
  seen.add('token', { verified, keys, from: 100, until: 200 })
  assert.equal(seen.get('token', keys, 100), verified)
  assert.equal(seen.get('token', keys, 199), verified)
  assert.equal(seen.get('token', keys, 200), undefined)
  assert.equal(seen.get('token', keys, 199), undefined, 'and forgotten for good')
})

test('a clock that was set back does not bring a token back', () => {
  const seen = createSeenTokens()
  seen.add('token', { verified: someone('ada'), keys, from: 100, until: 200 })
  assert.equal(seen.get('token', keys, 99), undefined)
})

test('a token is forgotten when the key set changes', () => {
  const seen = createSeenTokens()
  seen.add('token', { verified: someone('ada'), keys, from: 100, until: 200 })
  assert.equal(seen.get('token', new KeySet([]), 150), undefined)
})

test('tokens that share all but their last character are two tokens', () => {
  const seen = createSeenTokens()
  seen.add(`${'x'.repeat(1000)}a`, { verified: someone('ada'), keys, from: 0, until: 9 })
  seen.add(`${'x'.repeat(1000)}b`, { verified: someone('bob'), keys, from: 0, until: 9 })
  assert.equal(seen.get(`${'x'.repeat(1000)}a`, keys, 1)?.principal.subject, 'ada')
  assert.equal(seen.get(`${'x'.repeat(1000)}b`, keys, 1)?.principal.subject, 'bob')
  assert.equal(seen.get(`${'x'.repeat(1000)}c`, keys, 1), undefined)
})

test('memory is bounded by number and by size; the oldest go first', () => {
  const byNumber = createSeenTokens({ tokens: 2, characters: 1000 })
  for (const token of ['a', 'b', 'c'])
    byNumber.add(token, { verified: someone(token), keys, from: 0, until: 9 })
  assert.deepEqual(
    ['a', 'b', 'c'].map((token) => byNumber.get(token, keys, 1)?.principal.subject),
    [undefined, 'b', 'c'],
  )
  const bySize = createSeenTokens({ tokens: 100, characters: 10 })
  for (const token of ['aaaa', 'bbbb', 'cccc']) {
    bySize.add(token, { verified: someone(token), keys, from: 0, until: 9 })
  }
  assert.equal(bySize.get('aaaa', keys, 1), undefined)
  assert.equal(bySize.get('cccc', keys, 1)?.principal.subject, 'cccc')
})

test('adding a token again does not count it twice', () => {
  const seen = createSeenTokens({ tokens: 100, characters: 10 })
  for (let time = 0; time < 5; time++) seen.add('aaaa', { verified: someone('a'), keys, from: 0, until: 9 })
  seen.add('bbbb', { verified: someone('b'), keys, from: 0, until: 9 })
  assert.equal(seen.get('aaaa', keys, 1)?.principal.subject, 'a')
})
