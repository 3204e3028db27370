// What holds for every answer of the server, whatever was asked (checklist HT; classes C6, C20, C23).
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { ownTime } from '../harness/own-time.ts'
import { bank, type Heard, openWhole, type Whole } from '../harness/whole.ts'

let whole: Whole
const slow: { readonly socket: Socket; readonly closed: Promise<number> }[] = []
before(async () => {
  whole = await openWhole()
  // While the other tests run, these say one letter a second and never come to the point.
  for (let i = 0; i < 200; i++) slow.push(slowlySpeaking(whole.port))
})
after(() => whole[Symbol.asyncDispose]())

/** Every route by every method that a browser can send, and what the server refuses before any route sees it. */
async function everyAnswer(): Promise<{ readonly what: string; readonly heard: Heard }[]> {
  const paths = [...new Set(whole.routes.map(({ path }) => path.replaceAll(/:\w+/g, 'x')))]
  const asked = [
    ...paths.flatMap((path) =>
      ['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'TRACE'].map((method) => [method, path]),
    ),
    ...['/account/x.css', '/sign-in/', '//', '/%2e%2e/', '/nothing', '/oauth/token?client_secret=x'].map(
      (path) => ['GET', path],
    ),
  ] as [method: string, path: string][]
  const answers = await Promise.all(
    asked.map(async ([method, path]) => ({
      what: `${method} ${path}`,
      heard: await whole.ask(path, { method }),
    })),
  )
  const page = { accept: 'text/html' }
  const more: [string, Promise<Heard>][] = [
    ['a foreign host', whole.ask('/', { headers: { host: 'evil.example' } })],
    ['a page that does not exist', whole.ask('/nothing', { headers: page })],
    ['a body that is none', whole.ask('/oauth/token', { body: '%' })],
    [
      'a body of another type',
      whole.ask('/oauth/token', { body: '{}', headers: { 'content-type': 'application/json' } }),
    ],
    ['a body that is too large', whole.ask('/oauth/token', { body: 'x'.repeat(70_000) })],
    [
      'a bad client',
      whole.ask('/oauth/token', { body: 'grant_type=refresh_token&refresh_token=x&client_id=x' }),
    ],
    ['an unknown client', whole.ask('/oauth/authorize?client_id=x', { headers: page })],
  ]
  for (const [what, heard] of more) answers.push({ what, heard: await heard })
  return answers
}

test('HT-01: whatever is asked over TLS, the browser is told to stay there for a year', async () => {
  for (const { what, heard } of await everyAnswer()) {
    const age = /^max-age=(\d+)/.exec(heard.headers['strict-transport-security'] ?? '')?.[1]
    assert.ok(Number(age) >= 31_536_000, what)
  }
})

test('HT-02: every answer says what it is, and is not to be taken for anything else', async () => {
  for (const { what, heard } of await everyAnswer()) {
    assert.equal(heard.headers['x-content-type-options'], 'nosniff', what)
    const type = heard.headers['content-type'] ?? ''
    if (heard.body !== '')
      assert.match(type, /^(?:text\/(?:html|plain); charset=utf-8|application\/(?:problem\+)?json)$/, what)
    assert.equal(heard.headers['server'], undefined, what)
    assert.equal(heard.headers['x-powered-by'], undefined, what)
  }
})

test('HT-20: nothing is kept by anybody but what is public, and no path is taken for a file', async () => {
  const publicOnes = /\/(?:\.well-known\/\S+|oauth\/jwks)$/
  for (const { what, heard } of await everyAnswer()) {
    const kept = publicOnes.test(what) && (heard.status === 200 || heard.status === 304)
    assert.match(heard.headers['cache-control'] ?? '', kept ? /^public, max-age=300$/ : /no-store/, what)
  }
  for (const path of ['/account/x.css', '/sign-in/x.js', '/oauth/userinfo/x.png'])
    assert.equal((await whole.ask(path)).status, 404, path)
})

test('HT-10: a program that comes without TLS is refused by what it asks, and never sent on to it', async () => {
  const headers = { 'x-forwarded-proto': 'http', authorization: 'Bearer x' }
  for (const path of ['/oauth/userinfo', '/oauth/jwks', '/.well-known/openid-configuration']) {
    assert.ok((await whole.ask(path, { headers })).status < 500)
    assert.equal((await whole.ask(path, { headers })).headers.location, undefined)
  }
  const token = await whole.ask('/oauth/token', { headers, body: 'grant_type=client_credentials' })
  assert.deepEqual([token.status, token.headers.location], [401, undefined])
})

test('HT-14: names that objects have by nature are names like any other', async () => {
  const asked = (more: string) =>
    whole.ask('/oauth/token', { body: `grant_type=refresh_token&refresh_token=x&client_id=demo-spa${more}` })
  const plain = await asked('')
  assert.equal(plain.status, 400)
  const names = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    '__proto__[polluted]',
    'constructor.prototype.polluted',
  ]
  for (const name of names) {
    const { status, body } = await asked(`&${encodeURIComponent(name)}=polluted`)
    assert.deepEqual([status, body], [plain.status, plain.body], name)
    const twice = await asked(`&${encodeURIComponent(name)}=a&${encodeURIComponent(name)}=b`)
    assert.match(twice.body, /invalid_request/, name)
  }
  assert.equal('polluted' in {}, false)
})

test('HT-14, HT-16: JSON with two readings is refused', async () => {
  const developing = await openWhole({ development: true })
  const claims = ['{"userinfo":{"__proto__":{"essential":true}}}', '{"userinfo":{"name":null,"name":null}}']
  for (const value of claims) {
    const query = new URLSearchParams({ ...request, claims: value })
    const { location } = await developing.visitor().visit(`/oauth/authorize?${query}`)
    assert.equal(new URL(location ?? '').searchParams.get('error'), 'invalid_request', value)
  }
  await developing[Symbol.asyncDispose]()
})

const request = {
  response_type: 'code',
  client_id: 'demo-spa',
  redirect_uri: `${bank}/callback`,
  scope: 'openid',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
  state: 's',
}

test('JW-16, C20 (CVE-2024-47070): no header changes a byte of what the server says of itself', async () => {
  const path = '/.well-known/openid-configuration'
  const plain = await whole.ask(path)
  assert.equal((JSON.parse(plain.body) as { issuer: string }).issuer, 'https://id.example.test')
  const lies: Record<string, string>[] = [
    { 'x-forwarded-host': 'evil.example' },
    { 'x-forwarded-proto': 'http', 'x-forwarded-port': '8080' },
    { forwarded: 'host=evil.example;proto=http' },
    { 'x-original-url': '/evil', 'x-rewrite-url': '/evil' },
    { 'x-forwarded-prefix': '/evil' },
    { host: 'ID.example.test' },
  ]
  for (const headers of lies) assert.equal((await whole.ask(path, { headers })).body, plain.body)
  for (const headers of lies) {
    const page = await whole.ask('/sign-in', { headers })
    assert.doesNotMatch(page.body + (page.headers.location ?? ''), /evil\.|\/evil/)
  }
  for (const host of [
    'evil.example',
    'id.example.test.evil.example',
    'id.example.test:1',
    'x@id.example.test',
    '',
  ])
    assert.ok([400, 421].includes((await whole.ask(path, { headers: { host } })).status), host)
})

const elsewhere = [
  '//evil.example',
  '/\\evil.example',
  '\\/evil.example',
  '/%09/evil.example',
  '/\t/evil.example',
  'https:evil.example',
  'https://evil.example',
  'https://id.example.test@evil.example',
  'javascript:alert(1)',
  '\ufeff//evil.example',
  '/account//evil.example',
  '/.//evil.example',
  'data:text/html,x',
]

test('C6 (CVE-2024-56734, CVE-2025-27143): no address that was sent along is gone to', async () => {
  for (const to of elsewhere) {
    const visitor = whole.visitor()
    for (const page of ['/sign-in', '/sign-up', '/sign-out']) {
      const shown = await visitor.visit(`${page}?continue=${encodeURIComponent(to)}`)
      assert.doesNotMatch(shown.body, /evil\.example|javascript:|data:text/, `${page} ${to}`)
      assert.equal(shown.location, undefined)
    }
    const signedIn = await visitor.submit('/sign-in', {
      username: 'tim',
      password: 'analytical-engine-1843',
      continue: to,
    })
    assert.equal(signedIn.location, '/account', to)
    assert.equal((await visitor.submit('/sign-out', { continue: to })).location, '/sign-out', to)
  }
})

test('C23 (CVE-2022-24124): what is SQL elsewhere is a text here', async () => {
  const texts = [
    "' or 1=1 --",
    "'; drop table users; --",
    '" or ""="',
    "ada'/*",
    "\\'; --",
    '%',
    '_',
    "admin'||'",
    '$1',
    '?',
  ]
  const visitor = whole.visitor()
  for (const text of texts) {
    const encoded = encodeURIComponent(text)
    const bearer = { authorization: `Bearer ${Buffer.from(text).toString('base64url')}` }
    const answers = await Promise.all([
      visitor.visit(`/oauth/authorize?${new URLSearchParams({ ...request, client_id: text })}`),
      visitor.visit(
        `/oauth/authorize?${new URLSearchParams({ ...request, scope: `openid ${text}`, state: text })}`,
      ),
      visitor.visit(`/oauth/authorize?flow=${encoded}`),
      visitor.visit('/oauth/userinfo', { headers: bearer }),
      visitor.visit('/oauth/token', {
        form: { grant_type: 'refresh_token', refresh_token: text, client_id: text },
      }),
      visitor.visit('/oauth/revoke', { form: { token: text, client_id: 'demo-spa' } }),
    ])
    for (const { status } of answers) assert.ok(status < 500, `${status} ${text}`)
  }
  // Once, for guesses are counted.
  await visitor.visit('/sign-in')
  const guess = await visitor.submit('/sign-in', { username: "ada' or 1=1 --", password: "' or ''='" })
  assert.equal(guess.status, 403)
  assert.equal((await whole.house.database.read('select id from users', [])).length, 4)
})

test('HT-12: who speaks too slowly is cut off within fifteen seconds, and holds nobody up', async () => {
  const took: number[] = []
  using time = ownTime()
  for (let i = 0; i < 100; i++) {
    const began = time.ms()
    assert.equal((await whole.ask('/livez')).status, 200)
    took.push(time.ms() - began)
  }
  assert.ok((took.toSorted((a, b) => a - b)[98] ?? 0) < 500, `${Math.max(...took)} ms`)
  const lives = await Promise.all(slow.map(({ closed }) => closed))
  assert.ok(Math.max(...lives) < 15_000, `${Math.max(...lives)} ms`)
})

/** A client that sends its headers a letter a second. */
function slowlySpeaking(port: number): (typeof slow)[number] {
  const time = ownTime()
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('POST /oauth/token HTTP/1.1\r\nhost: id.example.test\r\nx-slow: ')
  const letters = setInterval(() => socket.write('x'), 1000)
  socket.resume()
  const closed = new Promise<number>((resolve) => {
    socket.on('close', () => {
      clearInterval(letters)
      resolve(time.ms())
      time[Symbol.dispose]()
    })
  })
  return { socket, closed }
}
