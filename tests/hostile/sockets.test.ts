// Bytes that are no proper HTTP, or too much of it, or too slow.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { ownTime, timeOfThose } from '../harness/own-time.ts'
import { credentials } from '../harness/population.ts'
import { get } from '../harness/wire.ts'
import { formType, type Heard, judge, openTarget, send, sendBytes, type Target } from './target.ts'

const form = 'grant_type=client_credentials&scope=vault:read'

describe('the socket', () => {
  let target: Target
  before(async () => {
    target = await openTarget(0)
  })
  after(() => target[Symbol.asyncDispose]())

  const host = () => `Host: 127.0.0.1:${target.port}`
  const tokenHead = (...lines: string[]) =>
    [
      'POST /oauth/token HTTP/1.1',
      host(),
      `Authorization: ${credentials.machine}`,
      formType.join(': '),
      ...lines,
      '',
      '',
    ].join('\r\n')
  const smuggled = () => `GET /livez HTTP/1.1\r\n${host()}\r\n\r\n`

  /** Refused, hung up on, and nothing behind it was read as a second request. */
  function refused(heard: Heard, name: string): void {
    equal(heard.status, 400, `${name}: ${heard.raw.slice(0, 200)}`)
    equal(heard.raw.match(/HTTP\/1\.1 /g)?.length, 1, `${name}: a second request was answered`)
    ok(heard.ms < 5000, `${name}: the connection stays open`)
  }

  test('a good request in the same bytes is answered', async () => {
    const heard = await sendBytes(
      target.port,
      tokenHead('Connection: close', `Content-Length: ${form.length}`) + form,
    )
    equal(heard.status, 200, heard.raw)
  })

  const ambiguous: readonly (readonly [name: string, lines: readonly string[], body: string])[] = [
    ['length and chunks', [`Content-Length: ${form.length}`, 'Transfer-Encoding: chunked'], `0\r\n\r\n`],
    ['chunks and length', ['Transfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n`],
    ['two lengths', [`Content-Length: ${form.length}`, 'Content-Length: 0'], form],
    ['two equal lengths', [`Content-Length: ${form.length}`, `Content-Length: ${form.length}`], form],
    ['a list of lengths', [`Content-Length: ${form.length}, ${form.length}`], form],
    ['a signed length', [`Content-Length: +${form.length}`], form],
    ['a negative length', ['Content-Length: -1'], form],
    ['a length in hexadecimal', ['Content-Length: 0x10'], form],
    ['a length beyond counting', ['Content-Length: 99999999999999999999999'], form],
    ['a length with a space before the colon', [`Content-Length : ${form.length}`], form],
    ['a folded header', ['X-One: a', ' b', `Content-Length: ${form.length}`], form],
    ['a folded length', ['Content-Length:', ` ${form.length}`], form],
    ['chunks under another name', ['Transfer-Encoding: xchunked'], `0\r\n\r\n`],
    ['chunks that are not last', ['Transfer-Encoding: chunked, identity'], `0\r\n\r\n`],
    ['chunks by two headers', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], `0\r\n\r\n`],
    ['chunks in disguise', ['Transfer-Encoding: \x0bchunked'], `0\r\n\r\n`],
    ['a chunk length that is none', ['Transfer-Encoding: chunked'], `zz\r\nabc\r\n0\r\n\r\n`],
    [
      'a chunk length beyond counting',
      ['Transfer-Encoding: chunked'],
      `ffffffffffffffffff\r\nabc\r\n0\r\n\r\n`,
    ],
    ['a header without a name', [': value', `Content-Length: ${form.length}`], form],
    ['a header name with a space', ['X One: a', `Content-Length: ${form.length}`], form],
    ['a NUL in a header', ['X-One: a\0b', `Content-Length: ${form.length}`], form],
    ['a bare carriage return', ['X-One: a\rContent-Length: 0', `Content-Length: ${form.length}`], form],
  ]
  for (const [name, lines, body] of ambiguous) {
    test(`${name}: refused, and what follows is not taken for another request [HT-13 C28]`, async () => {
      refused(await sendBytes(target.port, tokenHead(...lines) + body + smuggled()), name)
    })
  }

  test('lines that end without a carriage return are refused [HT-13]', async () => {
    const bytes = tokenHead(`Content-Length: ${form.length}`).replaceAll('\r\n', '\n') + form + smuggled()
    refused(await sendBytes(target.port, bytes), 'bare line feeds')
    const mixed = `POST /oauth/token HTTP/1.1\r\n${host()}\nContent-Length: 0\r\n\r\n${smuggled()}`
    refused(await sendBytes(target.port, mixed), 'one bare line feed')
  })

  test('a request without a host, with two, or of another protocol is refused [HT-13 HT-22 C20]', async () => {
    const requests = [
      'GET /livez HTTP/1.1\r\n\r\n',
      `GET /account HTTP/1.1\r\n${host()}\r\nHost: evil.test\r\n\r\n`,
      'GET / HTTP/9.9\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
      'GET\r\n\r\n',
      '\0\0\0\0\r\n\r\n',
      'SSH-2.0-OpenSSH_9\r\n',
    ]
    for (const bytes of requests) {
      const { status, raw } = await sendBytes(target.port, bytes, 3000)
      ok(status === 400 || status === 421 || status === 505, `${JSON.stringify(bytes)}: ${raw.slice(0, 100)}`)
      equal(raw.match(/HTTP\/1\.1 /g)?.length, 1)
    }
  })

  test('TRACE, CONNECT and methods that a page has no use for do nothing [HT-09]', async () => {
    for (const method of ['TRACE', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'SEARCH', 'PURGE']) {
      for (const path of ['/', '/account', '/oauth/token', '/oauth/jwks', '/livez']) {
        const heard = await send(target.port, { method, target: path, headers: [['X-Secret', 'echo-me']] })
        judge(heard)
        equal(heard.status, 405, `${method} ${path}`)
        match(heard.headers.get('allow')?.[0] ?? '', /GET|POST/)
        equal(heard.body.includes('echo-me'), false)
      }
    }
    const tunnel = await sendBytes(
      target.port,
      `CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n`,
      3000,
    )
    ok(tunnel.status === 0 || tunnel.status >= 400, tunnel.raw.slice(0, 100))
    const absolute = await sendBytes(
      target.port,
      `GET http://evil.test/account HTTP/1.1\r\n${host()}\r\nConnection: close\r\n\r\n`,
    )
    equal(absolute.status, 400, 'an absolute target is for proxies')
    const star = await sendBytes(target.port, `OPTIONS * HTTP/1.1\r\n${host()}\r\nConnection: close\r\n\r\n`)
    equal(star.status, 400)
  })

  test('headers of more than 16 KiB are 431, however they are spread [HT-11]', async () => {
    const floods = [
      [['X-Long', 'a'.repeat(17_000)]],
      [['Cookie', `a=${'b'.repeat(17_000)}`]],
      [['Authorization', `Bearer ${'a'.repeat(17_000)}`]],
      Array.from({ length: 600 }, (_, at) => [`X-Header-${at}`, 'some value of it']),
    ] as unknown as readonly (readonly (readonly [string, string])[])[]
    for (const headers of floods) {
      const heard = await send(target.port, { target: '/oauth/userinfo', headers })
      equal(heard.status, 431, heard.raw.slice(0, 100))
    }
    const long = await send(target.port, { target: `/sign-in?hint=${'a'.repeat(17_000)}` })
    equal(long.status, 431)
    judge(await send(target.port, { target: `/sign-in?hint=${'a'.repeat(12_000)}` }))
  })

  test('a body of more than 64 KiB is 413 without being read to its end, in one piece or in chunks [HT-11]', async () => {
    const body = `grant_type=client_credentials&a=${'b'.repeat(1_000_000)}`
    for (const path of ['/oauth/token', '/oauth/introspect', '/sign-in', '/oauth/authorize']) {
      const whole = await send(target.port, { method: 'POST', target: path, headers: [formType], body })
      judge(whole)
      equal(whole.status, 413, path)
      const chunk = `${body.length.toString(16)}\r\n${body}\r\n`
      const head = `POST ${path} HTTP/1.1\r\n${host()}\r\n${formType.join(': ')}\r\nTransfer-Encoding: chunked\r\n\r\n`
      const chunked = await sendBytes(target.port, `${head}${chunk}0\r\n\r\n${smuggled()}`, 5000)
      equal(chunked.status, 413, path)
      equal(
        chunked.raw.match(/HTTP\/1\.1 /g)?.length,
        1,
        'what follows a body that was not read is not a request',
      )
    }
    const fits = `grant_type=client_credentials&scope=vault:read&a=${'b'.repeat(60_000)}`
    const headers = [formType, ['Authorization', credentials.machine] as const]
    equal(
      (await send(target.port, { method: 'POST', target: '/oauth/token', headers, body: fits })).status,
      200,
    )
  })

  test('compressed bodies are not unpacked [HT-11 C3]', async () => {
    const headers = [formType, ['Content-Encoding', 'gzip'] as const]
    const heard = await send(target.port, {
      method: 'POST',
      target: '/oauth/token',
      headers,
      body: '\x1f\x8b\x08',
    })
    equal(heard.status, 415)
  })

  test('pipelined requests are answered in their order, one for one', async () => {
    const one = `GET /livez HTTP/1.1\r\n${host()}\r\n\r\n`
    const last = `GET /readyz HTTP/1.1\r\n${host()}\r\nConnection: close\r\n\r\n`
    const { raw } = await sendBytes(target.port, one.repeat(20) + last)
    equal(raw.match(/HTTP\/1\.1 200/g)?.length, 21)
  })

  /** Writes, and resets the connection at the first byte of an answer or after a moment. */
  const hangUp = (bytes: string): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect(target.port, '127.0.0.1')
      const reset = () => socket.resetAndDestroy()
      const timer = setTimeout(reset, 20)
      socket.on('error', () => {})
      socket.on('data', reset)
      socket.on('close', () => {
        clearTimeout(timer)
        resolve()
      })
      socket.write(bytes)
    })

  test('whoever hangs up on an answer or in the middle of a form ends nothing, at any route [HT-14]', async () => {
    const paths = [...new Set(target.routes.map(({ path }) => path.replaceAll(/:\w+/g, 'x')))]
    ok(paths.length > 50)
    const type = formType.join(': ')
    const expecting = `Expect: 100-continue\r\nConnection: upgrade\r\nUpgrade: x`
    for (const path of paths) {
      await Promise.all([
        hangUp(`GET ${path} HTTP/1.1\r\n${host()}\r\nAccept: text/html\r\n\r\n`.repeat(3)),
        hangUp(`POST ${path} HTTP/1.1\r\n${host()}\r\n${type}\r\nContent-Length: 30\r\n\r\na=b`),
        hangUp(
          `POST ${path} HTTP/1.1\r\n${host()}\r\n${type}\r\n${expecting}\r\nContent-Length: 3\r\n\r\na=b`,
        ),
      ])
    }
    equal((await get(`${target.origin}/readyz`)).status, 200)
    const { child } = target.running
    const written = child.stdout() + child.stderr()
    const complaint = written.split('\n').find((line) => /"level":"(?:error|fatal)"/.test(line))
    equal(complaint, undefined)
  })

  test('whoever dawdles over headers is cut off within 15 s, and 300 of them keep nobody waiting [HT-12 F35]', async () => {
    using time = ownTime()
    using servers = timeOfThose(() => get(`${target.origin}/livez`))
    const sockets: Socket[] = []
    const cutAfter: Promise<number>[] = []
    for (let at = 0; at < 300; at++) {
      const socket = connect(target.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(`POST /oauth/token HTTP/1.1\r\n${host()}\r\nX-Slow: `)
      sockets.push(socket)
      cutAfter.push(new Promise((resolve) => socket.on('close', () => resolve(servers.ms()))))
      socket.resume()
    }
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('a')
    }, 500)
    const waits: number[] = []
    while (time.ms() < 4000) {
      const from = time.ms()
      equal((await get(`${target.origin}/readyz`)).status, 200)
      waits.push(time.ms() - from)
      await new Promise((resume) => setTimeout(resume, 20))
    }
    const slowest = waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.9)] ?? 0
    ok(slowest < 500, `others waited for ${Math.round(slowest)} ms`)
    const cut = await Promise.all(cutAfter)
    clearInterval(drip)
    const longest = Math.max(...cut)
    ok(longest < 15_000, `a slow sender was kept for ${Math.round(longest)} ms`)
    deepEqual(cut.length, 300)
  })

  test('nothing of that has hurt the server', async () => {
    equal((await get(`${target.origin}/readyz`)).status, 200)
    const { child } = target.running
    const complaint = `${child.stdout()}${child.stderr()}`
      .split('\n')
      .find((line) => /"level":"(?:error|fatal)"/.test(line))
    equal(complaint, undefined)
  })
})
