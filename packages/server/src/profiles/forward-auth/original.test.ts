import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { elsewhere, lineEnds } from '../../../../../tests/hostile/corpora.ts'
import { mayUseCookie, type Original, originalOf, ownAddress } from './original.ts'

const own = 'https://www.example.com'

function asked(headers: Record<string, string>): Original {
  const all: Record<string, string> = { 'x-original-method': 'GET', 'x-original-uri': '/app/', ...headers }
  const original = originalOf({ get: (name) => all[name] })
  assert.ok(original)
  return original
}

function write(headers: Record<string, string>): boolean {
  return mayUseCookie(asked({ 'x-original-method': 'POST', ...headers }), own)
}

function read(headers: Record<string, string>): boolean {
  return mayUseCookie(asked(headers), own)
}

test('HT-07: a cookie writes only where the browser says that a page of this origin asks', () => {
  for (const headers of [
    { origin: own },
    { origin: own, 'sec-fetch-site': 'same-origin' },
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ]) {
    assert.equal(write(headers), true, JSON.stringify(headers))
  }
  const foreign: Record<string, string>[] = [
    {},
    { origin: 'null' },
    { origin: '' },
    { origin: 'https://evil.test' },
    { origin: 'https://evil.test', 'sec-fetch-site': 'same-origin' },
    { origin: 'https://shop.example.com', 'sec-fetch-site': 'same-site' },
    { origin: 'http://www.example.com' },
    { origin: `${own}.evil.test` },
    { origin: `${own}, ${own}` },
    { origin: own, 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-origin, cross-site' },
    { 'sec-fetch-site': '' },
  ]
  for (const headers of foreign) assert.equal(write(headers), false, JSON.stringify(headers))
  for (const method of ['PUT', 'DELETE', 'PATCH', 'PROPFIND', 'get', 'Get', 'TRACE']) {
    assert.equal(write({ 'x-original-method': method, 'sec-fetch-site': 'cross-site' }), false, method)
  }
})

test('HT-07: a link from anywhere may be followed; scripts and WebSockets of other origins read nothing', () => {
  for (const headers of [
    {},
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: own, 'sec-fetch-site': 'same-origin' },
    { 'x-original-method': 'HEAD' },
  ]) {
    assert.equal(read(headers), true, JSON.stringify(headers))
  }
  for (const headers of [
    { origin: 'https://shop.example.com' },
    { origin: 'https://shop.example.com', 'sec-fetch-site': 'same-site' },
    { origin: 'null' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ]) {
    assert.equal(read(headers), false, JSON.stringify(headers))
  }
})

test('without the method nothing is known of a request', () => {
  for (const method of ['', 'GET, POST', 'GET POST', 'G\u00cbT']) {
    assert.equal(originalOf({ get: (name) => (name === 'x-original-method' ? method : undefined) }), null)
  }
  assert.equal(originalOf({ get: () => undefined }), null)
})

test('a sign-in page takes the place of a page alone', () => {
  const html = 'text/html,application/xhtml+xml;q=0.9'
  assert.equal(asked({ accept: html }).isPage, true)
  assert.equal(asked({ accept: html, 'sec-fetch-dest': 'document' }).isPage, true)
  for (const headers of [
    { accept: 'application/json' },
    { accept: '*/*' },
    { accept: html, 'sec-fetch-dest': 'iframe' },
    { accept: html, 'sec-fetch-dest': 'empty' },
    { accept: html, 'x-original-method': 'POST' },
    { accept: html, authorization: 'Bearer x' },
    { accept: html, authorization: '' },
  ]) {
    assert.equal(asked(headers).isPage, false, JSON.stringify(headers))
  }
})

test('C6 (CVE-2025-27143): the way back leads to this origin or nowhere', () => {
  for (const text of [...elsewhere, ...lineEnds, ...lineEnds.map((end) => `/app/${end}`)]) {
    const direct = ownAddress(text)
    if (direct !== null) assert.equal(new URL(direct, own).origin, own, text)
    const { returnTo } = asked({ 'x-original-uri': text })
    if (returnTo !== null) assert.equal(new URL(returnTo, own).origin, own, text)
  }
  const character = fc.constantFrom(...'/\\.:@%2f;?#&=\t\r\n hvils\u00e9\u2028')
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 24 }), (text) => {
      for (const found of [ownAddress(`/${text}`), asked({ 'x-original-uri': `/${text}` }).returnTo]) {
        if (found === null) continue
        assert.equal(new URL(found, own).origin, own)
        assert.match(found, /^\/[\x21-\x7e]*$/)
      }
    }),
    { numRuns: 2000 },
  )
})

test('an address comes back as it was sent; what is too long loses its query', () => {
  assert.equal(asked({ 'x-original-uri': '/app/?a=1&b=%20#' }).returnTo, '/app/?a=1&b=%20#')
  // The bytes of “é”, as they stand in a header.
  assert.equal(asked({ 'x-original-uri': '/caf\u00c3\u00a9' }).returnTo, '/caf%C3%A9')
  assert.equal(ownAddress(`/app/?q=${'a'.repeat(3000)}`), '/app/')
  assert.equal(ownAddress(`/${'a'.repeat(3000)}`), null)
  assert.equal(ownAddress('http://www.example.com/app/'), null)
})
