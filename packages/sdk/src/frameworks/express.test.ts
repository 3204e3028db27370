import type { AddressInfo } from 'node:net'
import express, { type Request } from 'express'
import { auth, getAuth, requireAuth } from './express.ts'
import { runSuite } from './suite.fixture.ts'

runSuite<Request>({
  framework: 'express 5',
  getAuth,
  requireAuth,
  idOf: (request) => String(request.params['id']),
  async start(routes) {
    const app = express()
    // Express prints what it answers with 500, but not in its test environment.
    app.set('env', 'test')
    for (const { path, options, answer } of routes) {
      const guards = options === null ? [] : [auth(options)]
      app.all(path, ...guards, (request: Request, response) => {
        response.json(answer(request, request.auth ?? null))
      })
    }
    const server = app.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    return {
      url: `http://127.0.0.1:${port}`,
      close: () => new Promise((resolve) => server.close(() => resolve())),
    }
  },
})
