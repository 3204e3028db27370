import type { AddressInfo } from 'node:net'
import Koa, { type Context } from 'koa'
import { auth, getAuth, requireAuth } from './koa.ts'
import { runSuite } from './suite.fixture.ts'
import type { SuiteRoute } from './suite-routes.fixture.ts'

type Serve = (ctx: Context) => Promise<void>

function serve({ options, answer }: SuiteRoute<Context>): Serve {
  const respond = (ctx: Context) => {
    ctx.body = answer(ctx, ctx.state.auth ?? null)
  }
  if (options === null) return async (ctx) => respond(ctx)
  const middleware = auth(options)
  return (ctx) => middleware(ctx, async () => respond(ctx))
}

runSuite<Context>({
  framework: 'koa 3',
  getAuth,
  requireAuth,
  idOf: ({ path }) => path.split('/').at(-1) ?? '',
  async start(routes) {
    const app = new Koa()
    // Koa prints what it answers with 500, which the suite provokes.
    app.silent = true
    const served = routes.map((route) => ({ prefix: route.path.replace('/:id', '/'), answer: serve(route) }))
    app.use(async (ctx) => {
      const found = served.find(({ prefix }) =>
        prefix.endsWith('/') ? ctx.path.startsWith(prefix) : ctx.path === prefix,
      )
      await found?.answer(ctx)
    })
    const server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
    return { url: `http://127.0.0.1:${port}`, close }
  },
})
