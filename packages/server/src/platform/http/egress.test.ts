import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { type Egress, EgressFailure, type EgressFault, egress, isPublicAddress, networkOf } from './egress.ts'

const servers: Server[] = []
after(() => {
  for (const server of servers) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(listener: RequestListener): Promise<{ port: number; hits: () => number }> {
  let hits = 0
  const server = createServer((request, response) => {
    hits += 1
    listener(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, hits: () => hits }
}

const get = { method: 'GET', headers: { accept: 'application/json' } }

async function faultOf(fetch: Egress, url: string): Promise<EgressFault> {
  const error = await fetch(url, get).then(
    () => assert.fail('the request went out'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof EgressFailure, String(error))
  return error.fault
}

test('a network that the operator names is reached like the internet: by https, and nothing beside it', async () => {
  const canary = await serve((_, response) => response.end('reached'))
  const fetch = egress({ networks: ['127.0.0.0/31', 'fd00::/8'] })
  // What listens there speaks no TLS, so nothing comes of it; but it was called.
  assert.equal(await faultOf(fetch, `https://127.0.0.1:${canary.port}/`), 'unreachable')
  assert.equal(await faultOf(fetch, `http://127.0.0.1:${canary.port}/`), 'scheme_refused')
  for (const host of ['127.0.0.2', '10.0.0.1', '169.254.169.254', '[::1]'])
    assert.equal(await faultOf(fetch, `https://${host}:${canary.port}/`), 'address_refused', host)
  assert.equal(canary.hits(), 0)
})

test('a network is an address and a length, and nothing else is one', () => {
  assert.deepEqual(networkOf('10.0.0.0/8'), { address: '10.0.0.0', bits: 8, family: 'ipv4' })
  assert.deepEqual(networkOf('fd00::/8'), { address: 'fd00::', bits: 8, family: 'ipv6' })
  for (const text of [
    '',
    '10.0.0.0',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0/8',
    'internal/8',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
  ])
    assert.equal(networkOf(text), null, text)
  assert.throws(() => egress({ networks: ['internal'] }), RangeError)
})

test('FD-06, C25 (CVE-2025-67494): an address that is not public is never called, however it is written', async () => {
  const canary = await serve((_, response) => response.end('reached'))
  const fetch = egress()
  const hosts = [
    ...['127.0.0.1', '127.1', '0x7f.1', '0177.0.0.1', '2130706433', '127.0.0.1.', '0.0.0.0', '0'],
    ...['localhost', 'LOCALHOST', 'localhost.', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ...[
      '[::127.0.0.1]',
      '[64:ff9b::127.0.0.1]',
      '[2002:7f00:1::]',
      '[fe80::1]',
      '[fc00::1]',
      '[fd12:3456::1]',
    ],
    ...['10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '[fd00:ec2::254]'],
    ...['100.64.0.1', '192.0.0.192', '198.18.0.1', '192.0.2.1', '198.51.100.1', '203.0.113.1', '224.0.0.1'],
    ...['240.0.0.1', '255.255.255.255', '[ff02::1]', '[2001:db8::1]', '[2001::1]', '[100::1]', '1２7.0.0.1'],
  ]
  for (const host of hosts) {
    const fault = await faultOf(fetch, `https://${host}:${canary.port}/`)
    assert.ok(['address_refused', 'unreachable'].includes(fault), `${host}: ${fault}`)
  }
  assert.equal(canary.hits(), 0)
})

test('FD-06: a host is refused when only one of its addresses is private', async () => {
  const fetch = egress({
    resolve: async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '169.254.169.254', family: 4 },
    ],
  })
  assert.equal(await faultOf(fetch, 'https://rebinding.example/'), 'address_refused')
})

test('FD-06: a name is resolved once, so that a second answer has nobody to deceive', async () => {
  const server = await serve((_, response) => response.end('once'))
  const origin = `http://rebinding.test:${server.port}`
  let asked = 0
  const fetch = egress({
    exempt: [`${origin}/`],
    resolve: async () => {
      asked += 1
      return [{ address: asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]
    },
  })
  assert.equal(await (await fetch(`${origin}/`, get)).text(), 'once')
  assert.equal(asked, 1)
  assert.equal(await faultOf(fetch, `${origin}/`), 'address_refused')
})

test('FD-06: plain http is refused, and so are addresses with a user in them', async () => {
  const fetch = egress()
  assert.equal(await faultOf(fetch, 'http://example.com/'), 'scheme_refused')
  assert.equal(await faultOf(fetch, 'ftp://example.com/'), 'scheme_refused')
  assert.equal(await faultOf(fetch, 'file:///etc/passwd'), 'scheme_refused')
  assert.equal(await faultOf(fetch, 'https://user:secret@example.com/'), 'address_refused')
})

test('the simulators of a development server are reached on loopback, and nothing beside them', async () => {
  const server = await serve((request, response) => {
    response.setHeader('x-method', request.method ?? '')
    response.setHeader('set-cookie', ['a=1', 'b=2'])
    request.pipe(response)
  })
  const origin = `http://localhost:${server.port}`
  const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
  const fetch = egress({ exempt: [`${origin}/dev/idp/`], resolve })
  const answer = await fetch(`${origin}/dev/idp/google/token`, { method: 'POST', headers: {}, body: 'ä=1' })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('x-method'), 'POST')
  assert.deepEqual(answer.headers.getSetCookie(), ['a=1', 'b=2'])
  assert.equal(await answer.text(), 'ä=1')
  assert.equal(await faultOf(fetch, `${origin}/dev/idp/../clock`), 'scheme_refused')
  assert.equal(await faultOf(fetch, `http://127.0.0.1:${server.port}/dev/idp/`), 'scheme_refused')
  const away = egress({
    exempt: [`${origin}/dev/idp/`],
    resolve: async () => [{ address: '10.0.0.1', family: 4 }],
  })
  assert.equal(await faultOf(away, `${origin}/dev/idp/google`), 'address_refused')
  assert.equal(server.hits(), 1)
})

test('FD-06, F26: redirects, large, endless, compressed and broken answers are not taken', async () => {
  const server = await serve((request, response) => {
    const endless = () => {
      while (response.write('x'.repeat(16_384)));
    }
    switch (request.url) {
      case '/redirect':
        response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
        break
      case '/large':
        response.writeHead(200, { 'content-length': 300_000 }).end('x'.repeat(300_000))
        break
      case '/endless':
        response.on('drain', endless)
        endless()
        break
      case '/compressed':
        response.writeHead(200, { 'content-encoding': 'gzip' }).end('')
        break
      case '/broken':
        request.socket.destroy()
        break
      case '/cut':
        response.writeHead(200, { 'content-length': 100 }).write('half')
        setImmediate(() => request.socket.destroy())
        break
    }
  })
  const origin = `http://127.0.0.1:${server.port}`
  const fetch = egress({ exempt: [`${origin}/`], timeoutMs: 60_000 })
  assert.equal(await faultOf(fetch, `${origin}/redirect`), 'redirect_refused')
  assert.equal(await faultOf(fetch, `${origin}/large`), 'too_large')
  assert.equal(await faultOf(fetch, `${origin}/endless`), 'too_large')
  assert.equal(await faultOf(fetch, `${origin}/compressed`), 'encoding_refused')
  assert.equal(await faultOf(fetch, `${origin}/broken`), 'unreachable')
  assert.equal(await faultOf(fetch, `${origin}/cut`), 'unreachable')
  const hasty = egress({ exempt: [`${origin}/`], timeoutMs: 300 })
  assert.equal(await faultOf(hasty, `${origin}/silent`), 'timeout')
  const stuck = egress({ timeoutMs: 20, resolve: () => new Promise(() => {}) })
  assert.equal(await faultOf(stuck, 'https://slow.example/'), 'timeout')
})

test('F26: a token of somebody else’s that no header can hold is a failure like any other, and goes nowhere', async () => {
  const server = await serve((_, response) => response.end('reached'))
  const prefix = `http://127.0.0.1:${server.port}/`
  const headers = { authorization: 'Bearer a\r\nx-forwarded-for: 127.0.0.1' }
  await assert.rejects(
    egress({ exempt: [prefix] })(prefix, { method: 'GET', headers }),
    (error) => error instanceof EgressFailure && error.fault === 'unreachable',
  )
  assert.equal(server.hits(), 0)
})

test('public addresses are known as such', () => {
  for (const address of ['8.8.8.8', '93.184.215.14', '2606:4700::6810:84e5', '2a00:1450:4001::200e']) {
    assert.equal(isPublicAddress(address), true, address)
  }
  // RFC 6052: what NAT64 makes of a public IPv4 address.
  assert.equal(isPublicAddress('64:ff9b::808:808'), true)
  for (const address of ['', 'example.com', 'fe80::1%eth0', '64:ff9b::10.0.0.1', '::ffff:8.8.8.8', '1.2.3']) {
    assert.equal(isPublicAddress(address), false, address)
  }
})
