// A proof of possession is for the address that was asked for (RFC 9449 §4.3), not for what a router made of it.
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Get } from '@nestjs/common'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import express from 'express'
import fastify from 'fastify'
import Koa from 'koa'
import passport from 'passport'
import { testDpopKey, testIssuer } from '../testing/index.ts'
import * as forExpress from './express.ts'
import * as forFastify from './fastify.ts'
import * as forKoa from './koa.ts'
import { CountersignModule } from './nest.ts'
import { controller, createNest, decorate, moduleOf } from './nest-application.fixture.ts'
import { Strategy } from './passport.ts'

const issuer = await testIssuer({ audience: 'https://api.test/v1' })
const options = { ...issuer.options, dpop: 'required' } as const
const key = await testDpopKey()
const token = issuer.token({ boundTo: key.thumbprint })

/** Asks for `/v1/me` with a proof for that address, and with one for what is left of it below the mount. */
async function judges(listener: RequestListener): Promise<void> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    for (const [path, status] of [
      ['/v1/me', 200],
      ['/me', 401],
    ] as const) {
      const proof = key.proof({ method: 'GET', url: `https://api.test${path}`, token })
      const headers = { authorization: `DPoP ${token}`, dpop: proof }
      const response = await fetch(`http://127.0.0.1:${port}/v1/me?page=2`, { headers })
      assert.equal(response.status, status, `${path}: ${await response.text()}`)
    }
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('express and passport judge the address that was asked for, below a mount', async () => {
  const router = express.Router()
  router.get('/me', forExpress.auth(options), (_, response) => void response.end('passed'))
  await judges(express().use('/v1', router))
  const strategies = new passport.Passport()
  strategies.use(new Strategy(options))
  const other = express.Router()
  const guard = strategies.authenticate('countersign', { session: false })
  other.get('/me', guard, (_, response) => void response.end('passed'))
  await judges(express().use('/v1', other))
})

test('koa judges the address that was asked for, whatever middleware makes of it', async () => {
  const app = new Koa()
  app.use(async (ctx, next) => {
    ctx.path = ctx.path.replace('/v1', '')
    await next()
  })
  app.use(forKoa.auth(options))
  app.use((ctx) => {
    ctx.body = 'passed'
  })
  await judges(app.callback())
})

test('fastify judges the address that was asked for, however it is rewritten', async () => {
  const app = fastify({ rewriteUrl: ({ url = '' }) => url.replace('/v1', '') })
  app.get('/me', { onRequest: forFastify.auth(options) }, async () => 'passed')
  await app.ready()
  await judges((request, response) => app.routing(request, response))
  await app.close()
})

test('nest judges the address that was asked for, on both platforms', async () => {
  class Me {
    respond() {
      return 'passed'
    }
  }
  decorate(Me, 'respond', Get('me'))
  const root = moduleOf({ imports: [CountersignModule.forRoot(options)], controllers: [controller(Me)] })
  const onExpress = await createNest(new ExpressAdapter(), root)
  onExpress.setGlobalPrefix('v1')
  await onExpress.init()
  await judges(onExpress.getHttpAdapter().getInstance())
  await onExpress.close()
  const rewriting = new FastifyAdapter({ rewriteUrl: ({ url = '' }) => url.replace('/v1', '') })
  const onFastify = await createNest(rewriting, root)
  await onFastify.init()
  const instance = rewriting.getInstance()
  await instance.ready()
  await judges((request, response) => instance.routing(request, response))
  await onFastify.close()
})
