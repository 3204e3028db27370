// Where a request says that it goes, and where an answer sends people: targets that two parsers may read differently,
// hosts and proxies that nobody configured, redirect URIs that are almost right.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { createClient } from '../../packages/server/src/oauth/clients/registration.ts'
import { cookieOf } from '../faults/journal.ts'
import { issuer } from '../harness/installation.ts'
import { nearMisses } from '../harness/near-misses.ts'
import { basic, callback, credentials } from '../harness/population.ts'
import { authorizeAddress, get, newVerifier, post } from '../harness/wire.ts'
import { anyEncoded, elsewhere } from './corpora.ts'
import { formTokenOf, formType, judge, openTarget, send, sendBytes, type Target } from './target.ts'

const native = 'http://127.0.0.1/callback'
const clients = [
  { id: 'native', name: 'Native', authentication: 'none', redirectUris: [native] },
  {
    id: 'query',
    name: 'Query',
    authentication: 'none',
    redirectUris: ['https://rp.example.test/cb?tenant=1'],
  },
] as const

describe('addresses', () => {
  let target: Target
  before(async () => {
    target = await openTarget(1, clients)
  })
  after(() => target[Symbol.asyncDispose]())

  const tricks = [
    ...['//account', '/account/', '/account//', '/./account', '/x/../account', '/account/.', '/account/..'],
    ...[
      '/%61ccount',
      '/account%2f',
      '/account%2fpassword',
      '/account%5cpassword',
      '/account;a=b',
      '/account;',
    ],
    ...['/account%00', '/account%20', '/account%3f', '/account%23', '/account#', '/account\\', '/\\account'],
    ...[
      '/ACCOUNT',
      '/Account',
      '/account.css',
      '/account/x.css',
      '/account/..;/account',
      '/account/%2e%2e/account',
    ],
    ...[
      '/%2e/account',
      '/%252e%252e/account',
      '/account\t',
      '/.account',
      '/account.',
      '/\u0061ccount/',
      '*',
      '',
    ],
    ...['account', 'http:/account', 'http://127.0.0.1/account', '/livez/../account', '/livez;/../account'],
    ...[
      '/oauth/jwks/../../account',
      '/.well-known/../account',
      '/readyz%2f..%2faccount',
      '/account%ef%bc%8f',
    ],
  ]

  test('a path that can be read in two ways is refused, and never answered as the page that it resembles [HT-17 HT-20 C28 CVE-2026-48794]', async () => {
    const cookie = cookieOf(await target.signedIn(0))
    const right = await send(target.port, { target: '/account', headers: [['Cookie', cookie]] })
    equal(right.status, 200)
    for (const path of tricks) {
      const heard = await send(target.port, {
        target: Buffer.from(path).toString('latin1'),
        headers: [
          ['Cookie', cookie],
          ['Accept', 'text/html'],
        ],
      })
      judge(heard)
      ok([400, 404, 421].includes(heard.status), `${JSON.stringify(path)}: ${heard.status}`)
      equal(heard.headers.get('cache-control')?.join() ?? 'no-store', 'no-store')
    }
  })

  test('any path is found exactly as it is written, or not at all [HT-17 C28]', async () => {
    const known = new Set(target.routes.map(({ path }) => path))
    const piece = fc.constantFrom(
      'account',
      'oauth',
      'token',
      'sign-in',
      'jwks',
      'livez',
      '.',
      '..',
      '%2f',
      '%2e',
      ';',
      '\\',
      '@',
      ':',
      '%00',
      'x',
    )
    const anyPath = fc
      .array(fc.oneof(piece, anyEncoded), { maxLength: 6 })
      .map((parts) => `/${parts.join('/')}`)
    await fc.assert(
      fc.asyncProperty(anyPath, async (path) => {
        const heard = await send(target.port, { target: path })
        judge(heard)
        if (!known.has(path)) ok([400, 404].includes(heard.status), `${heard.status}`)
      }),
      { numRuns: 250 },
    )
  })

  const poisons: readonly (readonly (readonly [string, string])[])[] = [
    [['X-Forwarded-Host', 'evil.test']],
    [['X-Forwarded-Proto', 'http']],
    [
      ['X-Forwarded-Port', '666'],
      ['X-Forwarded-Prefix', '/evil'],
    ],
    [['Forwarded', 'host=evil.test;proto=http;for=1.2.3.4']],
    [
      ['X-Original-URL', '/livez'],
      ['X-Rewrite-URL', '/livez'],
    ],
    [
      ['X-Host', 'evil.test'],
      ['X-HTTP-Host-Override', 'evil.test'],
    ],
    [
      ['X-Forwarded-Host', 'evil.test, id.example.test'],
      ['X-Forwarded-For', '127.0.0.1, evil'],
    ],
    [
      ['X-HTTP-Method-Override', 'POST'],
      ['X-Method-Override', 'DELETE'],
    ],
    [
      ['Origin', 'https://evil.test'],
      ['Referer', 'https://evil.test/'],
    ],
  ]

  test('forwarded hosts and schemes change no issuer, no link and no decision [C20 JW-16 CVE-2024-47070]', async () => {
    for (const path of [
      '/.well-known/openid-configuration',
      '/.well-known/oauth-authorization-server',
      '/oauth/jwks',
    ]) {
      const plain = await send(target.port, { target: path })
      for (const headers of poisons) {
        const heard = await send(target.port, { target: path, headers })
        judge(heard)
        equal(heard.body, plain.body)
      }
    }
    const metadata = await get(`${target.origin}/.well-known/openid-configuration`)
    equal(metadata.json['issuer'], issuer)
    for (const headers of poisons) {
      const page = await send(target.port, { target: '/sign-in', headers })
      equal(page.status, 200)
      equal(/evil\.|\/evil|http:\/\//.test(page.body.replaceAll('http://www.w3.org', '')), false)
      const away = await send(target.port, { target: '/account', headers })
      ok(away.headers.get('location')?.[0]?.startsWith('/sign-in?continue='))
    }
  })

  test('a host that nobody configured is refused, whatever it resembles [HT-22 C20]', async () => {
    const hosts = [
      ...[
        'evil.test',
        'id.example.test.evil.test',
        'id.example.test@evil.test',
        'id.example.test:80',
        'localhost',
      ],
      ...[
        `127.0.0.1:${target.port + 1}`,
        '127.0.0.1',
        '[::1]',
        '0.0.0.0',
        'id.example.test.',
        '',
        'id.example.test, evil.test',
      ],
      ...['id.example.test/evil', 'evil.test#id.example.test', '\x80', "id.example.test'--"],
    ]
    for (const host of hosts) {
      const head = `GET /.well-known/openid-configuration HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
      const heard = await sendBytes(target.port, Buffer.from(head, 'latin1'))
      ok(heard.status === 421 || heard.status === 400, `${host}: ${heard.status}`)
      equal(heard.body.includes('evil'), false)
    }
    const own = await sendBytes(
      target.port,
      'GET /oauth/jwks HTTP/1.1\r\nHost: ID.example.test\r\nConnection: close\r\n\r\n',
    )
    equal(own.status, 200, 'the issuer’s own name in any case')
  })

  const registered: readonly (readonly [client: string, uri: string])[] = [
    ['web', callback],
    ['native', native],
    ['query', 'https://rp.example.test/cb?tenant=1'],
  ]

  test('a redirect URI that is almost right leads nowhere: 400, a page, no Location [AZ-01 AZ-02 C5 CVE-2024-8883 CVE-2024-52289]', async () => {
    let tried = 0
    for (const [client, uri] of registered) {
      const spoiled = new Set([...nearMisses([uri]), ...elsewhere])
      for (const asked of spoiled) {
        const query = new URL(authorizeAddress(target.origin, newVerifier(), { client_id: client }))
          .searchParams
        query.set('redirect_uri', asked)
        if (asked === '') continue
        const text = [...query].map(([name, value]) => `${name}=${encodeOrRaw(value)}`).join('&')
        const heard = await send(target.port, {
          target: `/oauth/authorize?${text}`,
          headers: [['Accept', 'text/html']],
        })
        judge(heard)
        deepEqual([heard.status, heard.headers.get('location')], [400, undefined], asked)
        ok(!heard.body.includes('evil.test'), 'the page repeats the address')
        tried += 1
      }
    }
    ok(tried >= 300, `only ${tried}`)
  })

  test('an unknown client leads nowhere, whatever its redirect URI [AZ-02]', async () => {
    for (const client of [
      'nobody',
      '',
      '__proto__',
      'constructor',
      "web' or '1'='1",
      'WEB',
      'web ',
      'web%00',
      'usr_person0',
    ]) {
      const address = authorizeAddress(target.origin, newVerifier(), { client_id: client })
      const answer = await get(address, { accept: 'text/html' })
      deepEqual([answer.status, answer.headers.get('location')], [400, null], client)
    }
  })

  test('dangerous addresses can’t be registered for a client [AZ-06 AZ-03 AZ-05]', async () => {
    const bad = [
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'http://rp.example.test/cb',
      'https://rp.example.test/cb#a',
      'https://*.example.test/cb',
      'https://a@rp.example.test/',
      'blob:https://x/1',
    ]
    await target.installation.within(async (platform) => {
      for (const uri of bad) {
        const description = { name: 'Bad', authentication: 'none' } as const
        const redirecting = await createClient(platform, { ...description, redirectUris: [uri] })
        equal(redirecting.ok, false, uri)
        for (const name of ['logoUri', 'policyUri', 'tosUri'] as const) {
          if (uri.includes('#') || uri.includes('*') || uri.includes('@')) continue
          const linked = await createClient(platform, {
            ...description,
            redirectUris: [callback],
            [name]: uri,
          })
          equal(linked.ok, false, `${name} ${uri}`)
        }
      }
    })
  })

  test('“continue” leads to us or nowhere: signing in with any other address ends at the account page [C6 CVE-2025-27143 CVE-2024-56734]', async () => {
    for (const address of elsewhere) {
      for (const path of ['/sign-in', '/sign-up', '/sign-out', '/account']) {
        const page = await send(target.port, { target: `${path}?continue=${encodeURIComponent(address)}` })
        judge(page)
        ok(!page.body.includes('evil.test'), 'the address is carried on')
      }
    }
    const [somebody] = target.people
    ok(somebody)
    for (const address of elsewhere.slice(0, 8)) {
      const browser = await target.signedIn(0)
      const own = await browser.open(`${target.origin}/sign-in?continue=x`)
      const filled = { ...somebody, continue: address, form_token: formTokenOf(own) }
      const heard = await send(target.port, {
        method: 'POST',
        target: '/sign-in',
        headers: [formType, ['Cookie', cookieOf(browser)]],
        body: new URLSearchParams(filled).toString(),
      })
      deepEqual([heard.status, heard.headers.get('location')?.join()], [303, '/account'], address)
    }
    const person = await target.signedIn(0)
    const page = await person.open(`${target.origin}/sign-out`)
    const token = formTokenOf(page)
    for (const address of elsewhere) {
      const heard = await send(target.port, {
        method: 'POST',
        target: '/sign-out',
        headers: [formType, ['Cookie', cookieOf(person)]],
        body: new URLSearchParams({ form_token: token, continue: address }).toString(),
      })
      judge(heard)
      deepEqual([heard.status, heard.headers.get('location')?.join()], [303, '/sign-out'])
    }
  })

  test('nobody is sent to an address by the end-session endpoint that its client has not registered [SE-11 C6]', async () => {
    for (const address of [...elsewhere, callback, `${callback}/`]) {
      const query = new URLSearchParams({ client_id: 'web', post_logout_redirect_uri: address })
      const heard = await send(target.port, { target: `/oauth/logout?${query}` })
      judge(heard)
      equal(heard.headers.get('location')?.join().includes('example.test') ?? false, false)
    }
  })

  test('credentials in the address are not read [TK-01 JW-17]', async () => {
    const secret = 'web-secret-0123456789-0123456789-0123'
    const queries = [`client_id=web&client_secret=${secret}`, 'code=x', 'refresh_token=x', 'token=x']
    for (const query of queries) {
      const answer = await post(
        `${target.origin}/oauth/token?${query}`,
        { grant_type: 'client_credentials' },
        basic('web', secret),
      )
      equal(answer.status, 400, query)
    }
    const machine = await post(
      `${target.origin}/oauth/token`,
      { grant_type: 'client_credentials' },
      credentials.machine,
    )
    const token = String(machine.json['access_token'])
    equal((await get(`${target.origin}/oauth/userinfo?access_token=${token}`)).status, 401)
  })
})

/** As a browser would encode it; what it would not let through goes as bytes. */
function encodeOrRaw(value: string): string {
  return value.isWellFormed() ? encodeURIComponent(value) : '%ed%a0%80'
}
