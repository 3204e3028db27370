import type { AddressInfo } from 'node:net'
import express, { type Request } from 'express'
import passport from 'passport'
import { getAuth, requireAuth, Strategy } from './passport.ts'
import { runSuite } from './suite.fixture.ts'

runSuite<Request>({
  framework: 'passport on express 5',
  quirks: { writesBodies: true },
  getAuth,
  requireAuth,
  idOf: (request) => String(request.params['id']),
  async start(routes, base) {
    const app = express()
    // Express prints what it answers with 500, but not in its test environment.
    app.set('env', 'test')
    const strategies = new passport.Passport()
    strategies.use(new Strategy(base))
    for (const { path, options, answer } of routes) {
      const guards =
        options === null ? [] : [strategies.authenticate('countersign', { session: false, ...options })]
      app.all(path, ...guards, (request: Request, response) => {
        response.json(answer(request, request.user ?? null))
      })
    }
    const server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
    return { url: `http://127.0.0.1:${port}`, close }
  },
})
