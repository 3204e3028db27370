// Names and passwords at APIs (RFC 7617): `auth({ basic: true })` on Express and on Hono, before a server in a process of its
// own, which has the profile `basic` on.
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { auth as authOfExpress } from '@countersign/sdk/express'
import { auth as authOfHono } from '@countersign/sdk/hono'
import { type AuthOptions, createVerifier } from '@countersign/sdk/verify'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { putPassword } from '../../packages/server/src/accounts/credentials/passwords.store.ts'
import { passwordsOf } from '../../packages/server/src/accounts/credentials/passwords.ts'
import { endAllSessions } from '../../packages/server/src/accounts/sessions/sessions.store.ts'
import { type Installation, issuer, openInstallation, type Running } from '../harness/installation.ts'

const audience = 'http://localhost:4401/api'
const password = 'analytical-engine-1843'
const basicOf = (name: string, secret: string) => ({
  authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
})

describe('An API that takes names and passwords', () => {
  let installation: Installation
  let server: Running
  const exchanges: (string | null)[] = []
  const apis = new Map<string, { readonly server: Server; readonly origin: string }>()

  const settings = {
    issuer,
    audience,
    mode: 'database',
    clientId: 'demo-machine',
    clientSecret: 'demo-machine-secret-0123456789abcdef',
    fetch: (url: string, init: RequestInit) => {
      if (url.endsWith('/get_access_token')) exchanges.push(new Headers(init.headers).get('x-forwarded-for'))
      return fetch(url.replace(issuer, server.origin), init)
    },
  } as const
  const options = {
    ...settings,
    // Somebody else each time, as far as limits are concerned.
    basic: { peer: () => `203.0.113.${exchanges.length}` },
  } satisfies AuthOptions<never>

  const listening = (name: string, api: Server): Promise<void> =>
    new Promise((resolve) => {
      api.listen(0, '127.0.0.1', () => {
        apis.set(name, { server: api, origin: `http://127.0.0.1:${(api.address() as AddressInfo).port}` })
        resolve()
      })
    })
  // Node's own fetch would say how it fetches, as browsers do.
  const ask = async (name: string, headers: Record<string, string> = {}, path = '/me') => {
    const asking = request(`${apis.get(name)?.origin}${path}`, { headers }).end()
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    const { statusCode: status, headers: answered } = response
    const text = Buffer.concat(await response.toArray()).toString()
    return {
      status,
      challenge: answered['www-authenticate'] ?? '',
      json: JSON.parse(text) as Record<string, unknown>,
    }
  }

  before(async () => {
    installation = await openInstallation()
    server = await installation.start({ development: true })
    const byExpress = express()
    byExpress.get('/me', authOfExpress(options), (req, res) => {
      res.json(req.auth)
    })
    byExpress.get('/scoped', authOfExpress({ ...options, scope: 'accounts:read' }), (_req, res) => {
      res.json({})
    })
    byExpress.get('/open', authOfExpress({ ...options, optional: true }), (req, res) => {
      res.json({ subject: (req.auth as typeof req.auth | null)?.subject ?? null })
    })
    await listening('Express', createServer(byExpress))
    const byHono = new Hono()
    byHono.get('/me', authOfHono(options), (c) => c.json(c.get('auth')))
    await listening('Hono', createServer(getRequestListener(byHono.fetch)))
  })
  after(async () => {
    for (const api of apis.values()) api.server.close()
    await installation[Symbol.asyncDispose]()
  })

  test('lets people in, and knows who they are', async () => {
    const people = await Promise.all(
      [...apis.keys()].map(async (name) => {
        const answer = await ask(name, basicOf('ada', password))
        equal(answer.status, 200, name)
        return answer.json
      }),
    )
    const [one, other] = people
    match(String(one?.['subject']), /./)
    equal(one?.['subject'], other?.['subject'])
    deepEqual(one?.['scope'], [])
    // Both are one process, and one API.
    deepEqual(exchanges, ['203.0.113.0'])
  })

  test('has fifty requests at once cost the server one try at a password, and the next fifty none', async () => {
    const before = exchanges.length
    for (const name of apis.keys())
      for (const round of [1, 2]) {
        const headers = basicOf('grace', password)
        const answers = await Promise.all(Array.from({ length: 50 }, () => ask(name, headers)))
        deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]), `${name} ${round}`)
      }
    equal(exchanges.length, before + 1)
  })

  test('says to programs what it takes, and to no browser that it takes a password', async () => {
    for (const name of apis.keys())
      for (const sent of [{}, basicOf('nobody', password)]) {
        const program = await ask(name, sent)
        equal(program.status, 401)
        const basic = `Basic realm="${audience}", charset="UTF-8"`
        ok(program.challenge.endsWith(basic), name)
        const page = await ask(name, {
          ...sent,
          origin: 'https://shop.example',
          'sec-fetch-site': 'cross-site',
        })
        equal(page.status, 401)
        match(page.challenge, /^Bearer/)
        ok(!/basic/i.test(page.challenge), name)
      }
    const old = await ask('Express', { 'x-requested-with': 'XMLHttpRequest' })
    ok(!/basic/i.test(old.challenge), 'a browser of before such headers')
    equal((await ask('Express', basicOf('admin', 'wrong'))).json['code'], 'wrong_password')
  })

  test('takes no password that a browser adds by itself', async () => {
    for (const mode of ['navigate', 'no-cors']) {
      const headers = { ...basicOf('ada', password), 'sec-fetch-mode': mode }
      equal((await ask('Express', headers)).status, 401, mode)
    }
    equal((await ask('Express', { ...basicOf('ada', password), 'sec-fetch-mode': 'cors' })).status, 200)
  })

  test('takes one way in at a time, and a wrong password for nothing where none is needed', async () => {
    const both = { authorization: `${basicOf('ada', password).authorization}, Bearer abc` }
    equal((await ask('Express', both)).status, 400)
    equal((await ask('Express', basicOf('ada', password), '/me?access_token=abc')).status, 400)
    deepEqual((await ask('Express', {}, '/open')).json, { subject: null })
    equal((await ask('Express', basicOf('admin', 'wrong'), '/open')).status, 401)
  })

  test('gives no scope that no operator has let a password have', async () => {
    const answer = await ask('Express', basicOf('ada', password), '/scoped')
    equal(answer.status, 403)
    match(answer.challenge, /insufficient_scope/)
  })

  test('refuses a changed password at once, whichever API took it before', async () => {
    const changed = 'difference-engine-1822'
    for (const name of apis.keys()) equal((await ask(name, basicOf('tim', password))).status, 200)
    await installation.within(async (platform) => {
      const { database, runtime } = platform
      const [row] = await database.read("select id from users where username = 'tim'", [])
      const id = String(row?.['id'])
      const hash = await passwordsOf(platform).protect(id, changed)
      // As changing it on the account page does.
      const now = runtime.now()
      await database.commit([putPassword(database, now, id, hash), endAllSessions(database, now, id)])
    })
    for (const name of apis.keys()) {
      equal((await ask(name, basicOf('tim', password))).status, 401, name)
      equal((await ask(name, basicOf('tim', changed))).status, 200, name)
    }
  })

  test('refuses a password that came over plain http from elsewhere, whatever its sender says of that', async () => {
    for (const name of apis.keys()) {
      const told = await ask(name, { ...basicOf('ada', password), 'x-forwarded-proto': 'http' })
      deepEqual([told.status, told.json['code']], [403, 'https_required'], name)
    }
    const guarded = (more: object = {}) =>
      new Hono().get('/me', authOfHono({ ...options, basic: { ...options.basic, ...more } }), (c) =>
        c.json(c.get('auth')),
      )
    const send = async (api: Hono, url: string, forwarded?: string) => {
      const headers = { ...basicOf('ada', password), ...(forwarded && { 'x-forwarded-proto': forwarded }) }
      return (await api.request(url, { headers })).status
    }
    const [usual, proxied] = [guarded() as unknown as Hono, guarded({ behindProxy: true }) as unknown as Hono]
    equal(await send(usual, 'http://192.0.2.2/me'), 403)
    equal(await send(usual, 'http://192.0.2.2/me', 'https'), 403)
    equal(await send(usual, 'https://api.example/me'), 200)
    equal(await send(proxied, 'http://192.0.2.2/me'), 200)
    equal(await send(proxied, 'http://192.0.2.2/me', 'http'), 403)
  })

  test('does not start where a password could be read on its way, or a token that says nothing not be checked', () => {
    const refuses = (more: object, why: RegExp) => {
      throws(() => authOfExpress({ ...options, ...more }), why)
    }
    refuses({ audience: 'http://api.example/' }, /basic is for https/)
    refuses({ audience: 'urn:example:api' }, /basic needs baseUrl/)
    refuses({ audience: 'urn:example:api', baseUrl: 'http://api.example' }, /basic is for https/)
    refuses({ issuer: 'http://id.example', dangerPlainHttp: true }, /basic is for https/)
    refuses({ basic: { path: '@evil.example/get_access_token' } }, /begin with a slash/)
    const local = createVerifier({ issuer, audience })
    throws(() => authOfExpress({ verifier: local, basic: true }), /basic needs mode/)
  })
})
