import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { ExpressAdapter } from '@nestjs/platform-express'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import passport from 'passport'
import { testIssuer } from '../testing/index.ts'
import * as forExpress from './express.ts'
import * as forFastify from './fastify.ts'
import * as forFetch from './fetch.ts'
import * as forHono from './hono.ts'
import { givePlatformBack } from './hono-globals.fixture.ts'
import * as forKoa from './koa.ts'
import * as forNest from './nest.ts'
import { createNest, moduleOf } from './nest-application.fixture.ts'
import * as forNext from './next.ts'
import * as forNode from './node.ts'
import * as forPassport from './passport.ts'

givePlatformBack()
const issuer = await testIssuer({ audience: 'https://api.test/v1' })
const { options } = issuer
const metadata = { scopesSupported: ['accounts:read'] }
const place = { issuer: issuer.issuer, audience: issuer.audience, ...metadata }
const path = '/.well-known/oauth-protected-resource/v1'

/** Starts a listener, and expects the document at its address and a refusal elsewhere. */
async function serves(listener: RequestListener): Promise<void> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    for (const at of [path, '/.well-known/oauth-protected-resource']) {
      const response = await fetch(`http://127.0.0.1:${port}${at}`)
      assert.equal(response.status, 200)
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
      assert.deepEqual(await response.json(), {
        resource: 'https://api.test/v1',
        authorization_servers: ['https://issuer.test'],
        bearer_methods_supported: ['header'],
        scopes_supported: ['accounts:read'],
      })
    }
    const refused = await fetch(`http://127.0.0.1:${port}/me`)
    assert.equal(refused.status, 401)
    await refused.body?.cancel()
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('express serves the metadata, from auth() at the root or from a route of its own', async () => {
  await serves(express().use(forExpress.auth({ ...options, metadata })))
  await serves(express().use(forExpress.protectedResourceMetadata(place)).use(forExpress.auth(options)))
})

test('koa serves the metadata', async () => {
  const listener = (...all: readonly forKoa.Middleware[]) => {
    const app = new Koa()
    for (const one of all) app.use(one)
    return app.callback()
  }
  await serves(listener(forKoa.auth({ ...options, metadata })))
  await serves(listener(forKoa.protectedResourceMetadata(place), forKoa.auth(options)))
})

test('passport serves the metadata, from the strategy at the root or from a route of its own', async () => {
  const strategies = new passport.Passport()
  strategies.use(forPassport.auth({ ...options, metadata }))
  const guard = strategies.authenticate('countersign', { session: false })
  await serves(express().use(guard))
  await serves(express().use(forPassport.protectedResourceMetadata(place)).use(guard))
})

test('a nest application serves the metadata from middleware too', async () => {
  const root = moduleOf({ imports: [forNest.CountersignModule.forRoot(options)] })
  const app = await createNest(new ExpressAdapter(), root)
  app.use(forNest.protectedResourceMetadata(place))
  app.use((_: IncomingMessage, response: ServerResponse) => void response.writeHead(401).end())
  await app.init()
  await serves(app.getHttpAdapter().getInstance())
  await app.close()
})

test('a route of next serves the metadata, and so does its proxy', async () => {
  const route = forNext.protectedResourceMetadata(place)
  const guarded = forNext.auth(options)(() => new Response('passed'))
  const isMetadata = (request: Request) => new URL(request.url).pathname.startsWith('/.well-known/')
  await serves(getRequestListener((request) => (isMetadata(request) ? route(request) : guarded(request))))
  const proxy = forNext.protect({ ...options, metadata })
  await serves(getRequestListener(async (request) => (await proxy(request)) ?? new Response('passed')))
})

test('hono serves the metadata', async () => {
  const guarded = new Hono().use(forHono.auth({ ...options, metadata }))
  await serves(getRequestListener(guarded.fetch))
  const routed = new Hono().use(forHono.protectedResourceMetadata(place)).use(forHono.auth(options))
  await serves(getRequestListener(routed.fetch))
})

test('node:http serves the metadata', async () => {
  const check = forNode.auth({ ...options, metadata })
  await serves(async (request, response) => {
    if ((await check(request, response)) !== null) response.end('passed')
  })
  const answered = forNode.protectedResourceMetadata(place)
  const bare = forNode.auth(options)
  await serves(async (request, response) => {
    if (!answered(request, response)) await bare(request, response)
  })
})

test('a fetch handler serves the metadata', async () => {
  await serves(getRequestListener(forFetch.auth({ ...options, metadata })(() => new Response('passed'))))
  const answer = forFetch.protectedResourceMetadata(place)
  const guarded = forFetch.auth(options)(() => new Response('passed'))
  await serves(getRequestListener(async (request) => answer(request) ?? guarded(request)))
})

test('fastify serves the metadata from either plugin, and decorates the instance', async () => {
  const app = fastify()
  await app.register(forFastify.countersign, { ...options, metadata })
  app.get('/me', { onRequest: app.authenticate }, async (request) => request.user.subject)
  app.get('/teller', { onRequest: app.auth({ role: 'teller' }) }, async (request) => request.auth.subject)
  await app.ready()
  await serves((request, response) => app.routing(request, response))
  const headers = { authorization: `Bearer ${issuer.token()}` }
  assert.equal((await app.inject({ url: '/me', headers })).body, 'usr_test')
  assert.equal((await app.inject({ url: '/teller', headers })).statusCode, 403)
  await app.close()

  const routed = fastify()
  await routed.register(forFastify.protectedResourceMetadata, place)
  routed.get('/me', { onRequest: forFastify.auth(options) }, async () => 'passed')
  await routed.ready()
  await serves((request, response) => routed.routing(request, response))
  await routed.close()
})
