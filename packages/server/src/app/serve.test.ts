import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { edgeOf, type House, openHouse } from '../platform/house.ts'
import { json, type Outgoing, type Route, text } from '../platform/http/exchange.ts'
import { answerFetch, type Listening, listen } from './serve.ts'

describe('the listener', () => {
  let house: House
  let direct: Listening
  let proxied: Listening
  const routes: Route[] = [
    { method: 'GET', path: '/livez', caller: 'anyone', run: (r) => text(200, r.peer) },
    {
      method: 'GET',
      path: '/who',
      caller: 'anyone',
      run: (r) => text(200, r.headers.get('authorization') ?? ''),
    },
    {
      method: 'GET',
      path: '/unsaid',
      caller: 'anyone',
      run: () => ({ ...text(200, ''), body: undefined }) as unknown as Outgoing,
    },
    {
      method: 'GET',
      path: '/unwritable',
      caller: 'anyone',
      run: () => text(200, '', { 'x-name': 'a\nb' }),
    },
    {
      method: 'POST',
      path: '/livez',
      caller: 'program',
      run: (r) => json(200, { length: r.form.get('a')?.length ?? 0 }),
    },
  ]
  before(async () => {
    house = await openHouse()
    const edge = edgeOf(house, routes)
    direct = await listen(edge, { host: '127.0.0.1', port: 0 })
    proxied = await listen(edge, { host: '127.0.0.1', port: 0, trustProxy: ['127.0.0.1', '10.0.0.0/8'] })
  })
  after(async () => {
    await Promise.all([direct.drain(1), proxied.drain(1)])
    await house.close()
  })

  const ask = (server: Listening, headers: Record<string, string> = {}, body?: string, path = '/livez') =>
    new Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }>(
      (resolve, reject) => {
        const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
        const method = body === undefined ? 'GET' : 'POST'
        request(
          { port: server.port, path, method, agent: false, headers: { ...type, ...headers } },
          (response) => {
            let said = ''
            response.setEncoding('utf8').on('data', (chunk: string) => {
              said += chunk
            })
            response.on('end', () =>
              resolve({ status: response.statusCode ?? 0, body: said, headers: response.headers }),
            )
          },
        )
          .on('error', reject)
          .end(body)
      },
    )

  test('PW-14 C20: X-Forwarded-For of an untrusted peer changes nothing', async () => {
    assert.equal((await ask(direct, { 'x-forwarded-for': '198.51.100.1' })).body, '127.0.0.1')
  })

  test('behind trusted proxies the last address that none of them vouches for is the client’s', async () => {
    const peer = async (chain: string) => (await ask(proxied, { 'x-forwarded-for': chain })).body
    assert.equal(await peer('198.51.100.1'), '198.51.100.1')
    assert.equal(
      await peer('6.6.6.6, 198.51.100.1, 10.1.2.3'),
      '198.51.100.1',
      'what the client itself wrote does not count',
    )
    assert.equal(await peer('not an address'), '127.0.0.1')
    assert.equal(await peer('::ffff:198.51.100.9'), '198.51.100.9')
  })

  test('HT-11: a body over the cap is refused unread, whether or not its length was told', async () => {
    const large = `a=${'x'.repeat(70 * 1024)}`
    assert.equal((await ask(direct, {}, large)).status, 413)
    assert.equal((await ask(direct, { 'transfer-encoding': 'chunked' }, large)).status, 413)
    assert.deepEqual(JSON.parse((await ask(direct, {}, `a=${'x'.repeat(60 * 1024)}`)).body), {
      length: 60 * 1024,
    })
  })

  test('HT-11: headers over 16 KiB are refused', async () => {
    assert.equal((await ask(direct, { 'x-large': 'x'.repeat(17 * 1024) })).status, 431)
  })

  test('HT-13: a request that two parsers could cut differently is refused', async () => {
    const raw = (lines: string) =>
      new Promise<string>((resolve) => {
        let said = ''
        const socket = connect(direct.port, '127.0.0.1', () => socket.write(lines))
        socket.on('data', (chunk: Buffer) => {
          said += chunk.toString()
        })
        socket.on('close', () => resolve(said))
      })
    const both =
      'POST /livez HTTP/1.1\r\nHost: localhost:4400\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
    const twice =
      'POST /livez HTTP/1.1\r\nHost: localhost:4400\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\na=1'
    const folded = 'GET /livez HTTP/1.1\r\nHost: localhost:4400\r\nX-A: b\r\n c\r\nConnection: close\r\n\r\n'
    for (const lines of [both, twice, folded]) assert.match(await raw(lines), /^HTTP\/1\.1 400 /)
  })

  test('HT-16: an Authorization or a Host sent twice does not count', async () => {
    const twice = (name: string, first: string, second: string) =>
      new Promise<string>((resolve) => {
        let said = ''
        const host = name === 'Host' ? '' : 'Host: localhost:4400\r\n'
        const lines = `GET /who HTTP/1.1\r\n${host}${name}: ${first}\r\n${name.toLowerCase()}: ${second}\r\nConnection: close\r\n\r\n`
        const socket = connect(direct.port, '127.0.0.1', () => socket.write(lines))
        socket.on('data', (chunk: Buffer) => {
          said += chunk.toString()
        })
        socket.on('close', () => resolve(said))
      })
    assert.match(await twice('Authorization', 'Bearer a', 'Bearer b'), /\r\n\r\n$/, 'as if none were sent')
    assert.match(await twice('Host', 'localhost:4400', 'evil.example'), /^HTTP\/1\.1 (400|421) /)
  })

  test('an answer that can’t be written takes no other along', async () => {
    const host = { host: house.issuer.host }
    assert.equal((await ask(direct, host, undefined, '/unwritable')).status, 500)
    await assert.rejects(ask(direct, host, undefined, '/unsaid'))
    assert.equal((await ask(direct)).status, 200)
  })

  test('an embedding program gets the same answers as Response', async () => {
    const answer = answerFetch(edgeOf(house, routes))
    const response = await answer(new Request('http://localhost:4400/livez'), '198.51.100.4')
    assert.equal(response.status, 200)
    assert.equal(await response.text(), '198.51.100.4')
    const missing = await answer(new Request('http://localhost:4400/nothing'))
    assert.equal(missing.status, 404)
    assert.equal(missing.headers.get('content-type'), 'application/problem+json')
    const large = new Request('http://localhost:4400/livez', { method: 'POST', body: 'x'.repeat(70_000) })
    assert.equal((await answer(large)).status, 413)
  })
})
