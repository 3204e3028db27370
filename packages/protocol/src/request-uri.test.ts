import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRequestUri, isPushedRequestUri, parseRequestUri } from './request-uri.ts'

const reference = `${'x'.repeat(42)}A`
const uri = `urn:ietf:params:oauth:request_uri:${reference}`

test('RFC 9126 §2.2: a request URI is written and read back', () => {
  assert.equal(formatRequestUri(reference), uri)
  assert.equal(parseRequestUri(uri), reference)
  assert.ok(isPushedRequestUri(uri))
})

test('AZ-22: no other text is read as one', () => {
  const others = [
    '',
    'urn:ietf:params:oauth:request_uri:',
    `${uri}A`,
    uri.slice(0, -1),
    `${uri.slice(0, -1)}B`,
    `${uri}=`,
    ` ${uri}`,
    `${uri}\n`,
    uri.toUpperCase(),
    uri.replace('urn:', 'URN:'),
    `https://rp.example/${uri}`,
    'https://rp.example/request.jwt',
    `${uri}#fragment`,
  ]
  for (const text of others) assert.equal(parseRequestUri(text), null, text)
  assert.equal(isPushedRequestUri('https://rp.example/request.jwt'), false)
  assert.ok(isPushedRequestUri('urn:ietf:params:oauth:request_uri:forged'))
})

test('a reference that could be guessed is never written', () => {
  for (const bad of ['', 'short', `${reference}A`, 'x'.repeat(43), `${'x'.repeat(41)}/A`])
    assert.throws(() => formatRequestUri(bad), TypeError)
})
