// What passport's users bring along: several strategies at once, callbacks of their own, options at the route.
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import express, { type NextFunction, type Request, type Response } from 'express'
import passport from 'passport'
import { testIssuer } from '../testing/index.ts'
import { getAuth, requireAuth, Strategy } from './passport.ts'

const issuer = await testIssuer()
const session = false

/** A stranger to us: knows one API key. */
const apiKey = {
  name: 'key',
  authenticate(this: { success(user: object): void; fail(challenge: string): void }, request: Request) {
    if (request.get('x-api-key') === 'good') this.success({ subject: 'robot' })
    else this.fail('Key realm="robots"')
  },
}

function strategies() {
  const all = new passport.Passport()
  all.use(new Strategy(issuer.options))
  all.use(apiKey)
  return all
}

async function asks(listener: RequestListener, headers: Readonly<Record<string, string>>) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    const response = await fetch(`http://127.0.0.1:${port}/`, { headers })
    const challenge = response.headers.get('www-authenticate')
    return { status: response.status, challenge, text: await response.text() }
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

test('where several strategies are tried, ours leaves the request to the next', async () => {
  const app = express()
  const guard = strategies().authenticate(['countersign', 'key'], { session })
  app.get('/', guard, (request, response) => void response.send(request.user?.subject))
  assert.equal((await asks(app, bearer(issuer.token()))).text, 'usr_test')
  assert.equal((await asks(app, { 'x-api-key': 'good' })).text, 'robot')
  const refused = await asks(app, {})
  assert.equal(refused.status, 401)
  assert.match(refused.challenge ?? '', /^Bearer.*, Key realm="robots"$/)
})

test('who another strategy knows is nobody to getAuth()', async () => {
  const app = express()
  const guard = strategies().authenticate(['countersign', 'key'], { session })
  app.get('/', guard, (request, response) => void response.json(getAuth(request)))
  assert.equal((await asks(app, { 'x-api-key': 'good' })).text, 'null')
  assert.equal(JSON.parse((await asks(app, bearer(issuer.token()))).text).subject, 'usr_test')
})

test('a route asks for more in its own words, and says so when refused', async () => {
  const app = express()
  const guard = strategies().authenticate('countersign', { session, scope: 'a', maxAge: 300 })
  app.get('/', guard, (request, response) => void response.send(requireAuth(request).subject))
  assert.equal((await asks(app, bearer(issuer.token({ scope: 'a' })))).status, 200)
  const lacking = await asks(app, bearer(issuer.token()))
  assert.deepEqual([lacking.status, lacking.text], [403, 'Forbidden'])
  assert.match(lacking.challenge ?? '', /^Bearer error="insufficient_scope", .*, scope="a"/)
  const old = await asks(app, bearer(issuer.token({ scope: 'a', authenticatedAt: 1 })))
  assert.equal(old.status, 401)
  assert.match(old.challenge ?? '', /max_age="300"/)
})

test('an error handler may have the last word, with the challenge set before', async () => {
  const app = express()
  app.use(strategies().authenticate('countersign', { session, failWithError: true }))
  // Express knows who wants errors by the number of parameters.
  app.use((error: { status: number }, _: Request, response: Response, _next: NextFunction) => {
    response.status(error.status).json({ mine: true })
  })
  const refused = await asks(app, bearer('wrong'))
  assert.deepEqual([refused.status, refused.text], [401, '{"mine":true}'])
  assert.match(refused.challenge ?? '', /^Bearer error="invalid_token"/)
})

test('options that contradict each other fail the request, and let nobody pass', async () => {
  assert.throws(() => new Strategy({ ...issuer.options, optional: true, scope: 'a' }), TypeError)
  assert.throws(() => new Strategy(), TypeError)
  const app = express()
  app.set('env', 'test')
  app.use(strategies().authenticate('countersign', { session, optional: true, scope: 'a' }))
  app.get('/', (_, response) => void response.send('passed'))
  for (const headers of [{}, bearer(issuer.token({ scope: 'a' }))]) {
    assert.equal((await asks(app, headers)).status, 500)
  }
})
