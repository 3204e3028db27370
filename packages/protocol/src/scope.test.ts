import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OAuthError } from './errors.ts'
import { formatScope, isSubset, parseScope } from './scope.ts'

test('scopes keep their order and lose their repeats', () => {
  assert.deepEqual(parseScope('openid profile openid accounts:read'), ['openid', 'profile', 'accounts:read'])
  assert.deepEqual(parseScope(undefined), [])
  assert.deepEqual(parseScope(' a  b '), ['a', 'b'])
  assert.equal(formatScope(['a', 'b']), 'a b')
})

test('every character that RFC 6749 §3.3 allows is allowed, and no other', () => {
  for (let code = 0; code < 0x180; code++) {
    const name = `a${String.fromCharCode(code)}b`
    const isAllowed = code >= 0x21 && code <= 0x7e && code !== 0x22 && code !== 0x5c
    if (isAllowed) assert.deepEqual(parseScope(name), [name])
    else if (code === 0x20) assert.deepEqual(parseScope(name), ['a', 'b'])
    else
      assert.throws(
        () => parseScope(name),
        (error) => error instanceof OAuthError && error.code === 'invalid_scope',
      )
  }
})

test('a subset has no name of its own', () => {
  assert.ok(isSubset(['a'], ['b', 'a']))
  assert.ok(isSubset([], []))
  assert.ok(!isSubset(['a', 'c'], ['a', 'b']))
  assert.ok(!isSubset(['A'], ['a']))
})
