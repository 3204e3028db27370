import { deepEqual, equal, rejects } from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { AuthError, isOver } from './errors.ts'
import { call, insist } from './wire.ts'

const answers: Record<string, readonly [number, string, Record<string, string>?]> = {
  '/good': [200, '{"a":1}'],
  '/empty': [200, ''],
  '/refused': [400, '{"error":"invalid_grant"}'],
  '/hostile': [400, '{"error":"<img src=x onerror=alert(1)>"}'],
  '/bare': [400, '{}'],
  '/proxy': [403, '<h1>Forbidden</h1>'],
  '/page': [200, '<h1>Sign in to the hotel’s network</h1>'],
  '/broken': [500, '{"error":"invalid_grant"}'],
  '/busy': [429, '{"error":"invalid_grant"}'],
  '/moved': [307, '', { location: '/good' }],
}
const server = createServer((request, response) => {
  const [status, body, headers] = answers[request.url ?? ''] ?? [404, '']
  response.writeHead(status, headers).end(body)
})
let origin = ''
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, resolve))
  origin = `http://localhost:${(server.address() as AddressInfo).port}`
})
after(() => {
  server.closeAllConnections()
  server.close()
})

test('an answer is an answer, an empty one too', async () => {
  deepEqual(await call(`${origin}/good`), { a: 1 })
  deepEqual(await call(`${origin}/empty`), {})
})

test('what the server refuses carries its code', async () => {
  await rejects(call(`${origin}/refused`), (error) => isOver(error))
})

test('a code that is none never gets into the error', async () => {
  await rejects(call(`${origin}/hostile`), {
    code: 'invalid_response',
    message: 'Authentication failed: invalid_response',
  })
})

for (const path of ['/bare', '/proxy', '/page', '/broken', '/busy', '/moved', '/missing'])
  test(`${path} is no answer, and signs nobody out`, async () => {
    await rejects(
      call(origin + path),
      (error) => error instanceof AuthError && error.code === 'network' && !isOver(error),
    )
  })

test('a server that is not there is no answer', async () => {
  await rejects(call('http://localhost:1/'), { code: 'network' })
})

test('what could not be asked is tried three times, a refusal once', async (t) => {
  t.mock.method(Math, 'random', () => 0)
  for (const [code, expected] of [
    ['network', 3],
    ['invalid_grant', 1],
  ] as const) {
    let tries = 0
    const attempt = () => {
      tries++
      return Promise.reject(new AuthError(code))
    }
    await rejects(insist(attempt), { code })
    equal(tries, expected)
  }
})

test('a second try that succeeds is a success', async (t) => {
  t.mock.method(Math, 'random', () => 0)
  let tries = 0
  equal(await insist(async () => (tries++ ? 'yes' : Promise.reject(new AuthError('network')))), 'yes')
})
