import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RefusalError } from '../verify/errors.ts'
import { auth, getAuth, requireAuth } from './node.ts'
import { runSuite, type SuiteAdapter } from './suite.fixture.ts'
import type { SuiteRoute } from './suite-routes.fixture.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>
type Serve = (route: SuiteRoute<IncomingMessage>) => Answer

const awaited: Serve = ({ options, answer }) => {
  if (options === null) return async (request, response) => json(response, answer(request, null))
  const check = auth(options)
  return async (request, response) => {
    const principal = await check(request, response)
    if (principal !== null) json(response, answer(request, principal ?? null))
  }
}

const connected: Serve = ({ options, answer }) => {
  const check = options === null ? null : auth(options)
  return (request, response) =>
    new Promise((resolve, reject) => {
      response.once('finish', resolve)
      const next = (error?: unknown) => {
        if (error !== undefined) return reject(error)
        try {
          json(response, answer(request, 'auth' in request ? getAuth(request) : null))
        } catch (thrown) {
          reject(thrown)
        }
      }
      if (check === null) next()
      else check(request, response, next)
    })
}

function json(response: ServerResponse, value: object): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
}

function fail(response: ServerResponse, error: unknown): void {
  if (error instanceof RefusalError)
    response.writeHead(error.status, error.headers).end(JSON.stringify(error.body))
  else response.writeHead(500).end()
}

function adapter(framework: string, serve: Serve): SuiteAdapter<IncomingMessage> {
  return {
    framework,
    getAuth,
    requireAuth,
    idOf: ({ url }) => url?.split('/').at(-1) ?? '',
    async start(routes) {
      const answers = routes.map((route) => ({
        prefix: route.path.replace('/:id', '/'),
        answer: serve(route),
      }))
      const server = createServer((request, response) => {
        const path = request.url?.split('?', 1)[0] ?? ''
        const found = answers.find(({ prefix }) =>
          prefix.endsWith('/') ? path.startsWith(prefix) : path === prefix,
        )
        if (found === undefined) response.writeHead(404).end()
        else found.answer(request, response).catch((error: unknown) => fail(response, error))
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as AddressInfo
      const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
      return { url: `http://127.0.0.1:${port}`, close }
    },
  }
}

runSuite(adapter('node:http', awaited))
runSuite(adapter('node:http as middleware', connected))
