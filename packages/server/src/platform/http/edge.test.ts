import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { OAuthError } from '@countersign/protocol'
import { StorageUnavailable } from '../db/engine.ts'
import { edgeOf, type House, openHouse, Visitor } from '../house.ts'
import { errorPage } from '../html/error.page.ts'
import { frameOf } from '../html/frame.ts'
import {
  type Incoming,
  json,
  localPath,
  type Outgoing,
  page,
  type Route,
  redirect,
  text,
} from './exchange.ts'
import { Busy } from './failure.ts'

describe('the edge', () => {
  let house: House
  before(async () => {
    house = await openHouse()
  })
  after(() => house.close())

  const routes: Route[] = [
    {
      method: 'GET',
      path: '/page',
      caller: 'browser',
      run: (request) => page(errorPage({ status: 404, requestId: 'r' }, frameOf(house, request))),
    },
    { method: 'POST', path: '/page', caller: 'browser', run: () => redirect(localPath('/page')) },
    {
      method: 'POST',
      path: '/program',
      caller: 'program',
      cors: 'clients',
      run: (request) => json(200, { a: request.form.get('a') ?? null }),
    },
    {
      method: 'POST',
      path: '/wire',
      caller: 'program',
      cors: 'clients',
      allowsOrigin: (origin) => origin === 'https://stated.example',
      run: () => json(200, {}),
    },
    {
      method: 'POST',
      path: '/own-cookies',
      caller: 'program',
      cors: 'clients',
      ownCookies: true,
      allowsOrigin: (origin) => origin === 'https://stated.example',
      run: ({ cookies }) => json(200, [...cookies.keys()]),
    },
    {
      method: 'GET',
      path: '/things/:id',
      caller: 'anyone',
      cors: 'any',
      run: (request) => json(200, request.params),
    },
    {
      method: 'GET',
      path: '/broken',
      caller: 'program',
      run: () => {
        throw new Error('secret inside')
      },
    },
    {
      method: 'GET',
      path: '/away',
      caller: 'program',
      run: () => {
        throw new StorageUnavailable('gone')
      },
    },
    {
      method: 'GET',
      path: '/refused',
      caller: 'program',
      run: () => {
        throw new OAuthError('invalid_client')
      },
    },
    { method: 'GET', path: '/dev', caller: 'development', run: () => text(200, 'dev') },
  ]
  const visitor = (): Visitor =>
    new Visitor(edgeOf(house, routes, { allowsOrigin: async (o) => o === 'https://app.example' }))

  test('HT-07 HT-08: a form without this browser’s token, or from another site, changes nothing', async () => {
    const person = visitor()
    await person.visit('/page')
    assert.equal((await person.visit('/page', { form: { form_token: 'x' } })).status, 403)
    assert.equal(
      (await person.submit('/page', {}, { headers: { origin: 'https://evil.example' } })).status,
      403,
    )
    assert.equal(
      (await person.submit('/page', {}, { headers: { 'sec-fetch-site': 'cross-site' } })).status,
      403,
    )
    const unsaid = { origin: 'null', 'sec-fetch-site': 'cross-site' }
    assert.equal((await person.submit('/page', {}, { headers: unsaid })).status, 403)
    const other = visitor()
    await other.visit('/page')
    const stolen = new Map(person.cookies)
    other.cookies.clear()
    for (const [name, value] of stolen) other.cookies.set(name, value)
    assert.equal((await other.submit('/page', {})).status, 403, 'a token of another browser')
  })

  test('HT-03 HT-04: a page has a fresh nonce, no framing, no referrer and is not stored', async () => {
    const person = visitor()
    const first = await person.visit('/page')
    const second = await person.visit('/page')
    const nonce = (a: typeof first) => a.header('content-security-policy')?.match(/'nonce-([^']+)'/)?.[1]
    assert.ok(nonce(first))
    assert.notEqual(nonce(first), nonce(second))
    assert.match(first.body, new RegExp(`nonce="${nonce(first)}"`))
    assert.equal(first.header('x-frame-options'), 'DENY')
    assert.equal(first.header('referrer-policy'), 'no-referrer')
    assert.equal(first.header('cache-control'), 'no-store')
    assert.equal(first.header('cross-origin-opener-policy'), 'same-origin')
  })

  test('HT-17 C28 (CVE-2021-32637): an ambiguous path is refused before any route sees it', async () => {
    for (const path of [
      '//page',
      '/things//x',
      '/things/%2e%2e',
      '/things/..',
      '/things/.',
      '/page;a',
      '/page\\x',
      '/things/a%2fb',
      '/things/a%00',
      '/Page#x',
      'http://localhost:4400/page',
    ]) {
      const answer = await new Visitor(edgeOf(house, routes), 'http://localhost:4400').visit(
        ` ${path}`.trim(),
        {},
      )
      assert.ok([400, 404].includes(answer.status) || path.startsWith('http'), `${path} → ${answer.status}`)
    }
    assert.deepEqual((await visitor().visit('/things/abc')).json(), { id: 'abc' })
  })

  test('HT-22: an unknown host name is not answered', async () => {
    assert.equal((await visitor().visit('/page', { headers: { host: 'evil.example' } })).status, 421)
  })

  test('HT-09: other methods are refused with what is allowed; TRACE too', async () => {
    const answer = await visitor().visit('/program', { method: 'TRACE' })
    assert.equal(answer.status, 405)
    assert.equal(answer.header('allow'), 'POST, OPTIONS')
  })

  test('HT-05: only registered origins read answers, and preflights say so', async () => {
    const ask = (origin: string) =>
      visitor().visit('/program', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
    assert.equal(
      (await ask('https://app.example')).header('access-control-allow-origin'),
      'https://app.example',
    )
    for (const origin of ['null', 'https://app.example.evil', 'http://app.example', 'https://evil.example']) {
      assert.equal((await ask(origin)).header('access-control-allow-origin'), undefined, origin)
    }
    const answer = await visitor().visit('/program', {
      form: { a: '1' },
      headers: { origin: 'https://app.example' },
    })
    assert.equal(answer.header('access-control-allow-origin'), 'https://app.example')
    assert.equal(answer.header('access-control-allow-credentials'), undefined)
  })

  test('an origin that is stated for one route opens no other', async () => {
    for (const [path, origin, allowed] of [
      ['/wire', 'https://stated.example', 'https://stated.example'],
      ['/wire', 'https://app.example', 'https://app.example'],
      ['/wire', 'https://evil.example', undefined],
      ['/wire', 'null', undefined],
      ['/program', 'https://stated.example', undefined],
    ] as const) {
      const preflight = await visitor().visit(path, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      })
      const answer = await visitor().visit(path, { form: { a: '1' }, headers: { origin } })
      for (const { header } of [preflight, answer]) {
        assert.equal(header('access-control-allow-origin'), allowed, `${path} from ${origin}`)
      }
    }
  })

  test('a front end may send headers of its own to a wire that knows its origin, and to no other', async () => {
    const allowed = async (path: string, origin: string, asked: string) => {
      const headers = {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': asked,
      }
      const { header } = await visitor().visit(path, { method: 'OPTIONS', headers })
      return (header('access-control-allow-headers') ?? '').split(', ')
    }
    const usual = ['authorization', 'content-type', 'dpop', 'x-csrftoken', 'x-requested-with']
    const asked = 'X-Access-Token, content-type,x-timezone, not a name, *'
    assert.deepEqual(await allowed('/wire', 'https://stated.example', asked), [
      ...usual,
      'x-access-token',
      'x-timezone',
    ])
    const many = Array.from({ length: 30 }, (_, index) => `x-${index}`).join()
    assert.equal((await allowed('/wire', 'https://stated.example', many)).length, usual.length + 20)
    assert.deepEqual(await allowed('/wire', 'https://app.example', asked), usual)
    assert.deepEqual(await allowed('/program', 'https://app.example', asked), usual)
  })

  test('a program’s cookies are seen where its wire has some, from its own origins alone (C2)', async () => {
    const own = { 'https://stated.example': 'true', 'http://localhost:4400': undefined, '': undefined }
    for (const [path, origin, seen] of [
      ['/own-cookies', 'https://stated.example', ['token']],
      ['/own-cookies', 'http://localhost:4400', ['token']],
      ['/own-cookies', '', ['token']],
      ['/own-cookies', 'https://app.example', []],
      ['/own-cookies', 'https://evil.example', []],
      ['/own-cookies', 'null', []],
    ] as const) {
      const headers = { cookie: 'token=x', ...(origin !== '' && { origin }) }
      const answer = await visitor().visit(path, { form: { a: '1' }, headers })
      assert.deepEqual(JSON.parse(answer.body), seen, origin)
      const credentials = answer.header('access-control-allow-credentials')
      assert.equal(credentials, (own as Record<string, string | undefined>)[origin], origin)
    }
    const elsewhere = await visitor().visit('/own-cookies', {
      form: { a: '1' },
      headers: { cookie: 'token=x', 'sec-fetch-site': 'cross-site' },
    })
    assert.equal(elsewhere.body, '[]')
  })

  test('a body that is no form, too large, or not UTF-8 is refused', async () => {
    const send = (body: string, type: string) =>
      visitor().visit('/program', { body, headers: { 'content-type': type } })
    assert.equal((await send('{}', 'application/json')).status, 415)
    assert.equal((await send('a=%ff', 'application/x-www-form-urlencoded')).status, 400)
    assert.equal((await send('a=%zz', 'application/x-www-form-urlencoded')).status, 400)
    const large = await edgeOf(house, routes).answer({
      method: 'POST',
      target: '/program',
      headers: { get: (n) => ({ host: 'localhost:4400' })[n] },
      body: 'too large',
      peer: '',
    })
    assert.equal(large.status, 413)
  })

  test('F22: of a request for which there was no room one short line is logged', async () => {
    const run = (): Outgoing => {
      throw new Busy('No slot for another password.')
    }
    const visitor = new Visitor(edgeOf(house, [{ method: 'GET', path: '/full', caller: 'anyone', run }]))
    const before = house.logged.length
    const answer = await visitor.visit('/full')
    assert.deepEqual([answer.status, answer.header('retry-after')], [503, '1'])
    const [line = '', ...others] = house.logged.slice(before)
    assert.deepEqual(others, [])
    const { level, because } = JSON.parse(line)
    assert.deepEqual([level, because], ['warn', 'No slot for another password.'])
    assert.ok(!line.includes('edge.test'), line)
  })

  test('C31: what fails inside is a 500 with an incident and no word of its inside; an absent database is a 503', async () => {
    const broken = await visitor().visit('/broken')
    assert.equal(broken.status, 500)
    assert.doesNotMatch(broken.body, /secret inside|at .*\.ts/)
    const away = await visitor().visit('/away')
    assert.equal(away.status, 503)
    assert.equal(away.header('retry-after'), '1')
    const refused = await visitor().visit('/refused')
    assert.equal(refused.status, 401)
    assert.equal(refused.header('cache-control'), 'no-store')
    assert.equal(refused.json()['error'], 'invalid_client')
  })

  test('a person is not told that many are here, or that nothing was changed, when it is the database that is away', async () => {
    const away = async (): Promise<Outgoing> => {
      throw new StorageUnavailable('gone')
    }
    const failing = edgeOf(house, [{ method: 'GET', path: '/page', caller: 'browser', run: away }])
    const page = await new Visitor(failing).visit('/page')
    assert.equal(page.status, 503)
    assert.match(page.body, /<h1>Not available for a moment.*Try again in 1 second\./s)
    assert.doesNotMatch(page.body, /\bbusy[ .,]|many requests|was changed/i)
  })

  test('a failure is named to its reader and to the route alike, by the request’s own name', async () => {
    let id = ''
    const fail = async (request: Incoming): Promise<Outgoing> => {
      id = request.id
      throw new Error('inside')
    }
    const failing = edgeOf(house, [
      { method: 'GET', path: '/page', caller: 'browser', run: fail },
      { method: 'GET', path: '/program', caller: 'program', run: fail },
    ])
    const page = await new Visitor(failing).visit('/page')
    assert.match(id, /^req_/)
    assert.ok(page.body.includes(id))
    const answer = await new Visitor(failing).visit('/program')
    assert.equal(answer.json()['error_description'], `Something failed here. Incident ${id}.`)
  })

  test('where no route is, a person gets a page and a program a problem document', async () => {
    const page = await visitor().visit('/nowhere', { headers: { accept: 'text/html,*/*' } })
    assert.equal(page.status, 404)
    assert.match(page.body, /There is nothing here/)
    assert.equal(page.header('x-frame-options'), 'DENY')
    assert.equal(page.header('set-cookie'), undefined)
    const answer = await visitor().visit('/nowhere')
    assert.equal(answer.header('content-type'), 'application/problem+json')
    assert.equal(answer.json()['status'], 404)
  })

  test('development routes do not exist elsewhere', async () => {
    const production = new Visitor(edgeOf({ ...house, development: false }, routes))
    assert.equal((await production.visit('/dev')).status, 404)
    assert.equal((await visitor().visit('/dev')).status, 200)
  })
})
