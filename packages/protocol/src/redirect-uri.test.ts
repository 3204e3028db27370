import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nearMisses } from '../../../tests/harness/near-misses.ts'
import { anyText } from '../../../tests/harness/texts.ts'
import { checkRedirectUri, checkWebUri, isLoopback, matchRedirectUri, originOf } from './redirect-uri.ts'

const registered = [
  'https://rp.example.test/cb',
  'https://rp.example.test/cb?tenant=1',
  'https://rp.example.test:8443/a/cb',
  'http://127.0.0.1/callback',
  'http://[::1]/callback',
  'http://localhost:4401/callback',
  'com.example.app:/cb',
]

const corpus = nearMisses(registered)

test(`AZ-01, C5 (CVE-2024-8883, CVE-2024-52289): none of ${corpus.length} near misses matches a registered URI`, () => {
  assert.ok(corpus.length > 500)
  for (const uri of corpus) assert.equal(matchRedirectUri(registered, uri), false, JSON.stringify(uri))
})

test('a registered URI matches itself, byte for byte', () => {
  for (const uri of registered) {
    assert.equal(matchRedirectUri(registered, uri), true)
    assert.equal(matchRedirectUri([], uri), false)
  }
})

test('AZ-04: a loopback address registered without a port matches on any port, and on nothing else that differs', () => {
  for (const port of [1, 80, 443, 8080, 49152, 65535]) {
    assert.ok(matchRedirectUri(registered, `http://127.0.0.1:${port}/callback`))
    assert.ok(matchRedirectUri(registered, `http://[::1]:${port}/callback`))
  }
  const withPort = [
    'http://127.0.0.1:8080/callback',
    'https://127.0.0.1/callback',
    'http://localhost/callback',
  ]
  assert.ok(!matchRedirectUri(withPort, 'http://127.0.0.1:8081/callback'))
  assert.ok(!matchRedirectUri(withPort, 'https://127.0.0.1:8081/callback'))
  assert.ok(!matchRedirectUri(withPort, 'http://localhost:8081/callback'))
  assert.ok(matchRedirectUri(['http://127.0.0.1'], 'http://127.0.0.1:5000'))
  assert.ok(matchRedirectUri(['http://127.0.0.1?a=b'], 'http://127.0.0.1:5000?a=b'))
  assert.ok(!matchRedirectUri(['http://127.0.0.1'], 'http://127.0.0.1:5000/'))
})

test('whatever matches differs from a registered URI by a loopback port at most', () => {
  const piece = fc.constantFrom(
    ':',
    '0',
    '8080',
    '/',
    '@',
    '[::1]',
    '127.0.0.1',
    'callback',
    '?',
    '#',
    '.',
    '%',
    'e',
  )
  const edit = fc.tuple(
    fc.constantFrom(...registered),
    fc.nat(60),
    fc.nat(4),
    fc.oneof(piece, anyText({ maxLength: 5 })),
  )
  fc.assert(
    fc.property(edit, ([uri, at, cut, text]) => {
      const asked = uri.slice(0, at) + text + uri.slice(at + cut)
      if (!matchRedirectUri(registered, asked) || registered.includes(asked)) return
      const url = new URL(asked)
      assert.ok(['127.0.0.1', '[::1]'].includes(url.hostname))
      assert.equal(
        `${url.protocol}//${url.hostname}${url.pathname}${url.search}${url.hash}`,
        `http://${url.hostname}/callback`,
      )
    }),
    { numRuns: 3000 },
  )
})

test('what clients rightly use may be registered', () => {
  const fine = [
    ...registered,
    'https://rp.example.test',
    'https://rp.example.test/',
    'https://rp.example.test?a=b',
    'https://rp.example.test/cb?a=%20b&c=d',
    'https://rp.example.test/cb/%C3%A9',
    'https://xn--bcher-kva.example.test/cb',
    'https://192.0.2.7/cb',
    'https://[2001:db8::1]/cb',
    'https://localhost/cb',
    'http://localhost/cb',
    'http://localhost:3000/cb',
    'http://127.0.0.1:8080/cb',
    'http://[::1]:8080/cb',
    'com.example.app:/oauth2redirect/provider',
    'com.example.app://callback',
    'com.googleusercontent.apps.123-abc:/cb',
  ]
  const longest = `https://rp.test/${'a'.repeat(2048)}`.slice(0, 2048)
  for (const uri of [...fine, longest]) assert.equal(checkRedirectUri(uri), null, uri)
})

test('AZ-03, AZ-05, AZ-06: what may not be registered is refused, with the reason', () => {
  const refused: Record<string, readonly string[]> = {
    not_a_uri: ['', 'com.example.app:cb', 'com.example.app:?a=b', 'https://'],
    too_long: [`https://rp.test/${'a'.repeat(2050)}`],
    wildcard: ['https://*.example.test/cb', 'https://rp.test/*', '*'],
    fragment: ['https://rp.test/cb#', 'https://rp.test/cb#a', 'com.example.app:/cb#a'],
    userinfo: [
      'https://user@rp.test/cb',
      'https://user:pass@rp.test/cb',
      'https://@rp.test/cb',
      'com.example.app://a@b/cb',
    ],
    character: [
      'https://rp.test/a b',
      ' https://rp.test/',
      'https://rp.test/\n',
      'https://rp.test\\@evil.test/',
      'https://rp.test/\u00e9',
      'https://r\u0435.test/',
      'https://rp.test/%',
      'https://rp.test/%zz',
      'https://rp.test/%00',
      'https://rp.test/%0d%0aSet-Cookie:a',
      'https://rp.test/%7f',
      'https://rp.test/a"b',
      'https://rp.test/<a>',
      'https://rp.test/a[1]',
      'https://rp.test/?a[]=1',
      'https://rp.test/{a}',
    ],
    dangerous_scheme: [
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      'javascript://rp.test/%0aalert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'blob:https://rp.test/1',
      'vbscript:x',
      'about:blank',
      'filesystem:https://rp.test/x',
      'ws://rp.test/cb',
      'ftp://rp.test/cb',
    ],
    scheme: [
      'myapp:/cb',
      'myapp://cb',
      '/cb',
      '//rp.test/cb',
      'rp.test/cb',
      'https:rp.test/cb',
      'https:/rp.test/cb',
      'HTTPS://rp.test/cb',
      'urn:ietf:wg:oauth:2.0:oob',
      'com.:/cb',
      '.com.app:/cb',
      'Com.Example.App:/cb',
    ],
    plain_http: [
      'http://rp.test/cb',
      'http://127.0.0.2/cb',
      'http://127.0.0.1.evil.test/',
      'http://0.0.0.0/cb',
      'http://10.0.0.1/cb',
      'http://localhost.evil.test/cb',
      'http://[::2]/cb',
      'http://app.localhost/cb',
    ],
    host: ['https://rp.test./cb'],
    not_canonical: [
      'https://RP.test/cb',
      'https://rp.test:443/cb',
      'https://rp.test:/cb',
      'https://rp.test:0443/cb',
      'https:///rp.test/cb',
      'https://rp.test/a/../cb',
      'https://rp.test/./cb',
      'https://rp.test/%2e%2e/cb',
      'https://0x7f.1/cb',
      'http://127.1/cb',
      'http://2130706433/cb',
      'https://ex%61mple.test/cb',
      'http://[0:0:0:0:0:0:0:1]/cb',
      "https://rp.test/?a='b'",
      'com.example.app:/a/../cb',
      'http://LOCALHOST/cb',
    ],
    reserved_parameter: [
      'https://rp.test/cb?code=1',
      'https://rp.test/cb?a=b&state=',
      'https://rp.test/cb?%65rror=x',
      'com.example.app:/cb?iss=x',
    ],
  }
  for (const [code, uris] of Object.entries(refused)) {
    for (const uri of uris) assert.equal(checkRedirectUri(uri)?.code, code, JSON.stringify(uri))
  }
})

test('whatever may be registered is a plain address that a browser sends unchanged', () => {
  const scheme = fc.constantFrom('https://', 'http://', 'https:', 'com.app:/', 'com.app://', 'app:/', '')
  const host = fc.constantFrom(
    'rp.test',
    'localhost',
    '127.0.0.1',
    '[::1]',
    '127.1',
    'RP.test',
    'u@rp.test',
    '',
  )
  const rest = fc.constantFrom(
    ':443',
    ':80',
    ':8080',
    '/',
    '/cb',
    '/..',
    '.',
    '%2e',
    '%2f',
    '?',
    '#',
    '@',
    '\\',
    'a=b',
    '*',
    '%00',
    ' ',
    'A',
    'é',
    '\t',
  )
  const address = fc.tuple(scheme, host, fc.array(rest, { maxLength: 4 }))
  const bare = (uri: string) => uri.replace(/^(https?:\/\/[^/?]+)\/(?=\?|$)/, '$1')
  let accepted = 0
  fc.assert(
    fc.property(
      fc.oneof(
        address.map(([one, two, more]) => one + two + more.join('')),
        anyText(),
      ),
      (uri) => {
        if (checkRedirectUri(uri) !== null) return
        accepted++
        const url = new URL(uri)
        assert.equal(bare(url.href), bare(uri))
        assert.deepEqual([url.username, url.password, url.hash], ['', '', ''])
        assert.ok(url.protocol === 'https:' || url.protocol.includes('.') || isLoopback(uri))
      },
    ),
    { numRuns: 3000 },
  )
  assert.ok(accepted > 50, `only ${accepted} were accepted`)
})

test('a web address of a client is https, or http on loopback, and never another scheme', () => {
  assert.equal(checkWebUri('https://rp.test/logo.png?code=1'), null)
  assert.equal(checkWebUri('http://localhost:3000/logo.png'), null)
  assert.equal(checkWebUri('http://rp.test/logo.png')?.code, 'plain_http')
  assert.equal(checkWebUri('javascript:alert(1)')?.code, 'dangerous_scheme')
  assert.equal(checkWebUri('com.example.app:/logo')?.code, 'scheme')
})

test('a finding does not quote the address', () => {
  for (const uri of corpus) {
    const message = checkRedirectUri(uri)?.message ?? ''
    assert.ok(!message.includes('evil') && !message.includes('rp.example'))
  }
})

test('loopback and origin are told from the whole address', () => {
  for (const uri of ['http://localhost:1/a', 'http://127.0.0.1/', 'https://[::1]:5/x'])
    assert.ok(isLoopback(uri))
  for (const uri of [
    'https://localhost.evil.test',
    'com.example.app:/localhost',
    'https://evil.test/localhost',
    'localhost',
    '',
  ]) {
    assert.ok(!isLoopback(uri), uri)
  }
  assert.equal(originOf('https://rp.test:8443/cb?x'), 'https://rp.test:8443')
  assert.equal(originOf('http://localhost:4401/callback'), 'http://localhost:4401')
  for (const uri of ['com.example.app:/cb', 'data:text/html,x', 'blob:https://rp.test/1', 'nonsense', ''])
    assert.equal(originOf(uri), null)
})
