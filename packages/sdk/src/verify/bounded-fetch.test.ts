import assert from 'node:assert/strict'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { fetchJson } from './bounded-fetch.ts'

const open = new Set<ServerResponse>()
const reached: string[] = []

const answers: Readonly<Record<string, RequestListener>> = {
  '/good': (_, response) => json(response, '{"keys":[]}'),
  '/set': (_, response) => response.setHeader('content-type', 'application/jwk-set+json').end('{}'),
  '/html': (_, response) => response.setHeader('content-type', 'text/html').end('{}'),
  '/untyped': (_, response) => response.end('{}'),
  '/moved': (_, response) => response.writeHead(302, { location: '/good' }).end(),
  '/broken': (_, response) => response.writeHead(500).end('{}'),
  '/created': (_, response) => response.writeHead(201, { 'content-type': 'application/json' }).end('{}'),
  '/lax': (_, response) => json(response, '{"a":1,"a":2}'),
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    response.write('{"a":')
    response.destroy()
  },
  '/full': (_, response) => json(response, `"${'x'.repeat(256 * 1024 - 2)}"`),
  '/large': (_, response) => json(response, `"${'x'.repeat(256 * 1024 - 1)}"`),
  '/endless': (_, response) => {
    response.setHeader('content-type', 'application/json')
    const more = () => {
      while (response.write('x'.repeat(16_384)));
      response.once('drain', more)
    }
    more()
  },
  '/silent': (_, response) => void open.add(response),
  '/halting': (_, response) => {
    open.add(response.setHeader('content-type', 'application/json'))
    response.write('{')
  },
}

const server = createServer((request, response) => {
  const path = request.url ?? ''
  reached.push(path)
  answers[path]?.(request, response)
})

before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
after(() => {
  for (const response of open) response.destroy()
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
})

function json(response: ServerResponse, text: string): void {
  response.setHeader('content-type', 'application/json; charset=utf-8').end(text)
}

function ask(path: string, timeoutMs = 60_000) {
  const { port } = server.address() as AddressInfo
  return fetchJson(`http://127.0.0.1:${port}${path}`, {}, { fetch, timeoutMs })
}

async function fault(path: string, timeoutMs?: number): Promise<string> {
  const answer = await ask(path, timeoutMs)
  assert.equal(answer.ok, false)
  return answer.ok ? '' : answer.detail
}

test('a JSON answer is read, of either type and up to 256 KiB', async () => {
  const good = await ask('/good')
  assert.deepEqual(good.ok && good.value, { keys: [] })
  assert.equal((await ask('/set')).ok, true)
  assert.equal((await ask('/full')).ok, true)
})

test('a redirect is not followed', async () => {
  reached.length = 0
  assert.match(await fault('/moved'), /redirect/)
  assert.deepEqual(reached, ['/moved'])
})

test('only 200 is an answer', async () => {
  assert.match(await fault('/broken'), /status 500/)
  assert.match(await fault('/created'), /status 201/)
})

test('what is not JSON by its type is not read', async () => {
  assert.match(await fault('/html'), /content type/)
  assert.match(await fault('/untyped'), /content type/)
})

test('JSON that could be read in two ways, or is cut off, is no answer', async () => {
  assert.match(await fault('/lax'), /unreadable/)
  assert.match(await fault('/cut'), /unreadable|unreachable/)
})

test('a body over 256 KiB is not read to its end', async () => {
  assert.match(await fault('/large'), /over 262144 bytes/)
  assert.match(await fault('/endless'), /over 262144 bytes/)
})

test('an answer that does not come, or does not end, is given up', async () => {
  assert.match(await fault('/silent', 40), /no whole answer within 40 ms/)
  assert.match(await fault('/halting', 40), /no whole answer within 40 ms/)
})

test('a fetch that ignores its signal is given up all the same', async () => {
  const deaf = () => new Promise<Response>(() => undefined)
  const answer = await fetchJson('http://issuer.test', {}, { fetch: deaf, timeoutMs: 20 })
  assert.equal(answer.ok, false)
})

test('an unreachable issuer is a failure with its system code, not a throw', async () => {
  const answer = await fetchJson('http://127.0.0.1:1/', {}, { fetch, timeoutMs: 5000 })
  assert.ok(!answer.ok)
  assert.match(answer.detail, /^unreachable \(\w+\)$/)
})

test('what a replaced fetch throws is not repeated', async () => {
  const failing = () => Promise.reject(new Error('secret-in-message'))
  const answer = await fetchJson('http://issuer.test', {}, { fetch: failing, timeoutMs: 5000 })
  assert.ok(!answer.ok)
  assert.doesNotMatch(answer.detail, /secret/)
})
