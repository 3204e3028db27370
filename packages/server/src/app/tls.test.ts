// Real TLS on a real socket: what our own listener sees of a client's certificate, what it believes of a proxy's header, and
// what is said of files that can't serve.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as plainRequest, type RequestOptions } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import { authority, type Issued, selfIssued } from '../../../../tests/harness/certificates.ts'
import { edgeOf, type House, openHouse } from '../platform/house.ts'
import { type Route, text } from '../platform/http/exchange.ts'
import { type Listening, type ListenOptions, listen } from './serve.ts'
import { loadSettings } from './settings.ts'
import { readTls } from './tls.ts'

const root = authority('Servers')
const server = root.issue({
  subject: [['CN', 'localhost']],
  dns: ['localhost', 'mtls.example'],
  ip: [Buffer.from([127, 0, 0, 1])],
})
const clientsRoot = authority('Clients')
const between = clientsRoot.issue({ subject: [['CN', 'between']], ca: true })
const mine = between.issue({ subject: [['CN', 'mine']] })
const other = selfIssued({ subject: [['CN', 'other']] })
const expired = selfIssued({ subject: [['CN', 'old']], until: Math.floor(Date.now() / 1000) - 60 })
const own = { cert: server.cert, key: server.key }

/** Says back what the edge was told. */
const routes: Route[] = [
  {
    method: 'GET',
    path: '/livez',
    caller: 'anyone',
    run: ({ certificate }) =>
      text(200, `${certificate?.thumbprint ?? 'none'} ${certificate?.chain.length ?? 0}`),
  },
  { method: 'GET', path: '/page', caller: 'browser', run: () => text(200, 'page') },
  {
    method: 'POST',
    path: '/token',
    caller: 'program',
    run: ({ certificate }) => text(200, certificate?.thumbprint ?? 'none'),
  },
]

let house: House
const doors: Listening[] = []
before(async () => {
  house = await openHouse({ issuer: 'https://localhost' })
})
after(async () => {
  await Promise.all(doors.map((door) => door.drain(1)))
  await house.close()
})

async function open(options: Partial<ListenOptions>): Promise<number> {
  const edge = edgeOf(house, routes, { programHosts: ['mtls.example'] })
  const door = await listen(edge, { host: '127.0.0.1', port: 0, ...options })
  doors.push(door)
  return door.port
}

interface Heard {
  readonly status: number
  readonly text: string
}

function get(
  port: number,
  path = '/livez',
  options: RequestOptions & { cert?: string; key?: string } = {},
): Promise<Heard> {
  const secure = { ca: root.cert, port, host: '127.0.0.1', path, agent: false, ...options }
  const sending = options.protocol === 'http:' ? plainRequest(secure) : request(secure)
  return new Promise((resolve, reject) => {
    sending.on('error', reject)
    sending.on('response', (answer) => {
      let said = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        said += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text: said }))
    })
    sending.end()
  })
}

const showing = ({ cert, key }: Issued, ...more: Issued[]) => ({
  cert: cert + more.map((one) => one.cert).join(''),
  key,
})

describe('Our own TLS', () => {
  test('a client’s certificate is seen, with what it sent towards an authority', async () => {
    const port = await open({ tls: { ...own, asksForCertificates: true } })
    assert.equal((await get(port, '/livez', showing(mine, between))).text, `${mine.thumbprint} 1`)
    assert.equal((await get(port, '/livez', showing(mine))).text, `${mine.thumbprint} 0`)
    assert.equal((await get(port)).text, 'none 0')
  })

  test('one that nobody vouches for, or that is over, is seen too: who believes it is asked later', async () => {
    const port = await open({ tls: { ...own, asksForCertificates: true } })
    for (const one of [other, expired])
      assert.equal((await get(port, '/livez', showing(one))).text, `${one.thumbprint} 0`)
  })

  test('every request of a connection has its certificate, and no other connection has', async () => {
    const port = await open({ tls: { ...own, asksForCertificates: true } })
    const { Agent } = await import('node:https')
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: root.cert, ...showing(mine) })
    for (let time = 0; time < 3; time++)
      assert.equal((await get(port, '/livez', { agent })).text, `${mine.thumbprint} 0`)
    agent.destroy()
    assert.equal((await get(port)).text, 'none 0')
  })

  test('a session is not resumed with a certificate of before', async () => {
    const port = await open({ tls: { ...own, asksForCertificates: true } })
    const sessions: Buffer[] = []
    const speak = async (session?: Buffer): Promise<{ reused: boolean; text: string }> => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        ca: root.cert,
        ...showing(mine),
        ...(session && { session }),
      })
      socket.on('session', (one: Buffer) => sessions.push(one))
      await once(socket, 'secureConnect')
      const reused = socket.isSessionReused()
      socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
      let said = ''
      for await (const part of socket) said += String(part)
      return { reused, text: said }
    }
    await speak()
    const again = await speak(sessions.at(-1))
    assert.equal(again.reused, false)
    assert.match(again.text, new RegExp(mine.thumbprint))
  })

  test('a port that does not ask sees none', async () => {
    const port = await open({ tls: { ...own, asksForCertificates: false } })
    assert.equal((await get(port, '/livez', showing(mine))).text, 'none 0')
  })

  test('FAPI 2.0 §5.2.1: nothing older than TLS 1.2, and no suite of before', async () => {
    const port = await open({ tls: { ...own, asksForCertificates: false } })
    const speaks = async (options: object): Promise<string | undefined> => {
      const socket = connect({ port, host: '127.0.0.1', ca: root.cert, ...options })
      try {
        await once(socket, 'secureConnect')
        return socket.getCipher().name
      } catch {
        return undefined
      } finally {
        socket.destroy()
      }
    }
    assert.match((await speaks({ minVersion: 'TLSv1.3' })) ?? '', /^TLS_/)
    assert.match((await speaks({ maxVersion: 'TLSv1.2' })) ?? '', /^ECDHE-ECDSA-.*GCM/)
    assert.equal(
      await speaks({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:AES128-SHA' }),
      undefined,
    )
    assert.equal(
      await speaks({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
      undefined,
    )
  })

  test('the address of certificates is for programs alone', async () => {
    const port = await open({ tls: { ...own, asksForCertificates: true } })
    assert.equal((await get(port, '/page', { headers: { host: 'mtls.example' } })).status, 421)
    assert.equal((await get(port, '/page', { headers: { host: 'localhost' } })).status, 200)
    assert.equal((await get(port, '/livez', { headers: { host: 'mtls.example' } })).status, 200)
  })
})

describe('A proxy’s header', () => {
  const header = 'client-cert'
  const plain = { protocol: 'http:', setDefaultHeaders: true } as const
  const sent = (headers: RequestOptions['headers']) => ({
    ...plain,
    headers: { host: 'localhost', ...headers },
  })

  test('is believed of a trusted proxy, in either form', async () => {
    const port = await open({ trustProxy: ['127.0.0.1'], certificateHeader: header })
    for (const value of [mine.escaped, mine.byteSequence])
      assert.equal((await get(port, '/livez', sent({ 'Client-Cert': value }))).text, `${mine.thumbprint} 0`)
    assert.equal((await get(port, '/livez', sent({}))).text, 'none 0')
    assert.equal((await get(port, '/livez', sent({ 'client-cert': '' }))).text, 'none 0')
  })

  test('C20: is refused of anybody else, whoever they say that they are', async () => {
    const port = await open({ trustProxy: ['10.0.0.0/8'], certificateHeader: header })
    for (const more of [{}, { 'x-forwarded-for': '10.0.0.1' }, { forwarded: 'for=10.0.0.1' }]) {
      const { status, text: said } = await get(port, '/livez', sent({ 'client-cert': mine.escaped, ...more }))
      assert.deepEqual([status, said.includes('trusted proxy')], [400, true])
    }
    assert.equal((await get(port, '/livez', sent({}))).status, 200)
  })

  test('C20: of a client behind a trusted proxy it is the proxy’s word, not the client’s', async () => {
    const port = await open({ trustProxy: ['127.0.0.1'], certificateHeader: header })
    const headers = { 'x-forwarded-for': '203.0.113.9', 'client-cert': mine.escaped }
    assert.equal((await get(port, '/livez', sent(headers))).text, `${mine.thumbprint} 0`)
  })

  test('C20: means nothing where no header is named, nor does another one', async () => {
    const unnamed = await open({ trustProxy: ['127.0.0.1'] })
    assert.equal((await get(unnamed, '/livez', sent({ 'client-cert': mine.escaped }))).text, 'none 0')
    const named = await open({ trustProxy: ['127.0.0.1'], certificateHeader: header })
    const headers = {
      'x-client-cert': mine.escaped,
      client_cert: mine.escaped,
      'client-cert-chain': mine.escaped,
    }
    assert.equal((await get(named, '/livez', sent(headers))).text, 'none 0')
  })

  test('C20 HT-16: twice, it counts in no way; nor what is no certificate, or too long', async () => {
    const port = await open({ trustProxy: ['127.0.0.1'], certificateHeader: header })
    const wrong: readonly (string | string[])[] = [
      [mine.escaped, mine.escaped],
      [mine.escaped, other.escaped],
      [mine.escaped, ''],
      `${mine.byteSequence}, ${mine.byteSequence}`,
      'CN=mine',
      mine.escaped.slice(0, -40),
      mine.thumbprint,
      mine.escaped.padEnd(13_000, 'A'),
    ]
    for (const value of wrong) {
      const { status, text: said } = await get(port, '/livez', sent({ 'client-cert': value }))
      assert.equal(status, 400, String(value).slice(0, 40))
      assert.match(said, /certificate/)
      assert.ok(!said.includes('BEGIN'))
    }
    const token = await get(port, '/token', { ...sent({ 'client-cert': 'x' }), method: 'POST' })
    assert.deepEqual([token.status, JSON.parse(token.text)['error']], [400, 'invalid_request'])
  })

  test('C20: a proxy’s own certificate is never its clients’', async () => {
    const tls = { ...own, asksForCertificates: true }
    const port = await open({ trustProxy: ['127.0.0.1'], certificateHeader: header, tls })
    assert.equal((await get(port, '/livez', showing(mine))).text, 'none 0')
    const headers = { 'client-cert': other.escaped }
    assert.equal((await get(port, '/livez', { ...showing(mine), headers })).text, `${other.thumbprint} 0`)
  })

  test('C20: whoever shows a certificate of their own can’t name another one', async () => {
    const tls = { ...own, asksForCertificates: true }
    const port = await open({ trustProxy: ['10.0.0.0/8'], certificateHeader: header, tls })
    const headers = { 'client-cert': other.escaped }
    assert.equal((await get(port, '/livez', { ...showing(mine), headers })).status, 400)
    assert.equal((await get(port, '/livez', showing(mine))).text, `${mine.thumbprint} 0`)
  })
})

describe('The settings of TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-tls-'))
  after(() => rmSync(folder, { recursive: true }))
  const now = Math.floor(Date.now() / 1000)
  const keep = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const read = (env: Record<string, string>) => {
    const { settings, findings } = loadSettings({ env, config: {}, mode: 'production' })
    assert.deepEqual(findings, [])
    return readTls(settings, now)
  }
  const found = (env: Record<string, string>): string[] =>
    read(env).findings.map(({ path, code }) => `${path.replace('COUNTERSIGN_', '')} ${code}`)
  const good = {
    COUNTERSIGN_URL: 'https://id.example',
    COUNTERSIGN_TLS_CERT: keep('cert.pem', server.cert + root.cert),
    COUNTERSIGN_TLS_KEY: keep('key.pem', server.key),
  }

  test('serve TLS, and ask for certificates at a port of their own', () => {
    assert.deepEqual([read(good).own?.key, read(good).mutual], [server.key, null])
    const all = {
      ...good,
      COUNTERSIGN_MTLS_PORT: '8443',
      COUNTERSIGN_TLS_CLIENT_CA: keep('ca.pem', clientsRoot.cert + between.cert),
    }
    const { mutual, findings } = read(all)
    assert.deepEqual(
      [findings, mutual?.authorities.length, mutual?.address?.url],
      [[], 2, 'https://id.example:8443'],
    )
    assert.equal(read({ ...all, PORT: '8443' }).mutual?.address, null)
    const named = { ...all, COUNTERSIGN_MTLS_URL: 'https://mtls.id.example' }
    assert.equal(read(named).mutual?.address?.url, 'https://mtls.id.example')
  })

  test('ask trusted proxies', () => {
    const env = {
      COUNTERSIGN_URL: 'https://id.example',
      COUNTERSIGN_TRUST_PROXY: '127.0.0.1',
      COUNTERSIGN_CLIENT_CERT_HEADER: 'Client-Cert',
    }
    assert.deepEqual([read(env).findings, read(env).mutual], [[], { authorities: [], address: null }])
  })

  test('that don’t belong together are named', () => {
    const { COUNTERSIGN_TLS_CERT: cert, COUNTERSIGN_TLS_KEY: key } = good
    assert.deepEqual(found({ COUNTERSIGN_TLS_CERT: cert }), ['TLS_CERT incomplete'])
    assert.deepEqual(found({ COUNTERSIGN_TLS_KEY: key }), ['TLS_KEY incomplete'])
    assert.deepEqual(found({ COUNTERSIGN_MTLS_PORT: '8443' }), ['MTLS_PORT incomplete'])
    assert.deepEqual(found({ COUNTERSIGN_CLIENT_CERT_HEADER: 'Client-Cert' }), [
      'CLIENT_CERT_HEADER incomplete',
    ])
    assert.deepEqual(found({ ...good, COUNTERSIGN_MTLS_URL: 'https://mtls.example' }), ['MTLS_URL useless'])
    const useless = { ...good, COUNTERSIGN_TLS_CLIENT_CA: keep('ca2.pem', clientsRoot.cert) }
    assert.deepEqual(found(useless), ['TLS_CLIENT_CA useless'])
  })

  test('that name files that can’t serve are named, all at once, without a word of what is in them', () => {
    const broken: Record<string, [name: string, file: string, codes: string[]]> = {
      'no file': ['COUNTERSIGN_TLS_CERT', join(folder, 'nowhere.pem'), ['TLS_CERT unreadable_file']],
      'a folder': ['COUNTERSIGN_TLS_KEY', folder, ['TLS_KEY unreadable_file']],
      'no certificate': ['COUNTERSIGN_TLS_CERT', keep('text.pem', 'hello'), ['TLS_CERT unusable']],
      'no key': ['COUNTERSIGN_TLS_KEY', keep('nokey.pem', server.cert), ['TLS_KEY unusable']],
      'another key': ['COUNTERSIGN_TLS_KEY', keep('other.pem', other.key), ['TLS_KEY mismatch']],
      'an old certificate': [
        'COUNTERSIGN_TLS_CERT',
        keep('old.pem', expired.cert),
        ['TLS_KEY mismatch', 'TLS_CERT expired'],
      ],
    }
    for (const [what, [name, file, codes]] of Object.entries(broken)) {
      assert.deepEqual(found({ ...good, [name]: file }), codes, what)
      for (const { message } of read({ ...good, [name]: file }).findings)
        assert.doesNotMatch(message, /BEGIN PRIVATE|MII[\w+/]{9}/)
    }
    const authorities = { ...good, COUNTERSIGN_MTLS_PORT: '8443' }
    const trust = (content: string) =>
      found({ ...authorities, COUNTERSIGN_TLS_CLIENT_CA: keep('trust.pem', content) })
    assert.deepEqual(trust(clientsRoot.cert + mine.cert), ['TLS_CLIENT_CA no_authority'])
    assert.deepEqual(trust('nothing'), ['TLS_CLIENT_CA unusable'])
    assert.deepEqual(trust(clientsRoot.cert.replace('MII', 'AAA')), ['TLS_CLIENT_CA unusable'])
    const retired = authority('Retired', { until: now - 60 })
    assert.deepEqual(trust(retired.cert), [], 'one that is over keeps nobody from starting')
  })

  test('a header that says something else is none for certificates', () => {
    for (const name of ['Authorization', 'X-Forwarded-For', 'host', 'a b', '']) {
      const env = { COUNTERSIGN_CLIENT_CERT_HEADER: name }
      const { findings, settings } = loadSettings({ env, config: {}, mode: 'production' })
      assert.deepEqual([findings.length, settings.clientCertHeader], [name === '' ? 0 : 1, undefined], name)
    }
  })
})
