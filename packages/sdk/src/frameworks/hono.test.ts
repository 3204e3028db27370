import type { AddressInfo } from 'node:net'
import { after, before, mock } from 'node:test'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { auth, getAuth, requireAuth } from './hono.ts'
import { givePlatformBack } from './hono-globals.fixture.ts'
import { runSuite } from './suite.fixture.ts'

// Hono prints what it answers with 500, which the suite provokes.
before(() => void mock.method(console, 'error', () => undefined))
after(() => mock.restoreAll())

givePlatformBack()

runSuite<Context>({
  framework: 'hono',
  getAuth,
  requireAuth,
  idOf: (c) => c.req.param('id') ?? '',
  async start(routes) {
    const app = new Hono()
    for (const { path, options, answer } of routes) {
      if (options !== null) app.use(path, auth(options))
      app.all(path, (c) => c.json(answer(c, c.get('auth') ?? null)))
    }
    return new Promise((resolve) => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) => {
        const close = () => new Promise<void>((closed) => server.close(() => closed()))
        resolve({ url: `http://127.0.0.1:${port}`, close })
      })
    })
  },
})
