import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issuerAt } from './issuer.ts'

test('browsers bind passkeys to the host, to the parent that was named, and to no address that is none', () => {
  assert.equal(issuerAt('https://id.example.com:8443').domain, 'id.example.com')
  assert.equal(issuerAt('https://id.example.com', 'example.com').domain, 'example.com')
  assert.equal(issuerAt('http://localhost:4400').domain, 'localhost')
  for (const none of ['http://id.example.com', 'https://192.0.2.7', 'https://[2001:db8::7]:8443']) {
    assert.equal(issuerAt(none).domain, null, none)
  }
  for (const foreign of ['example.org', 'ample.com', 'www.id.example.com', '']) {
    assert.throws(() => issuerAt('https://id.example.com', foreign), TypeError, foreign)
  }
})
