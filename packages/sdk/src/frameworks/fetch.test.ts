import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { auth, getAuth, requireAuth } from './fetch.ts'
import { givePlatformBack } from './hono-globals.fixture.ts'
import { runSuite } from './suite.fixture.ts'
import type { SuiteRoute } from './suite-routes.fixture.ts'

type Answer = (request: Request) => Response | Promise<Response>

function protect({ options, answer }: SuiteRoute<Request>): Answer {
  if (options === null) return (request) => Response.json(answer(request, null))
  return auth(options)((request, principal) => Response.json(answer(request, principal)))
}

givePlatformBack()
runSuite<Request>({
  framework: 'fetch',
  quirks: { knowsNoErrors: true },
  getAuth,
  requireAuth,
  idOf: ({ url }) => new URL(url).pathname.split('/').at(-1) ?? '',
  async start(routes) {
    const answers = routes.map((route) => ({
      prefix: route.path.replace('/:id', '/'),
      answer: protect(route),
    }))
    async function fetch(request: Request): Promise<Response> {
      const path = new URL(request.url).pathname
      const found = answers.find(({ prefix }) =>
        prefix.endsWith('/') ? path.startsWith(prefix) : path === prefix,
      )
      return found === undefined ? new Response(null, { status: 404 }) : found.answer(request)
    }
    return new Promise((resolve) => {
      const server = serve({ fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) => {
        const close = () => new Promise<void>((closed) => server.close(() => closed()))
        resolve({ url: `http://127.0.0.1:${port}`, close })
      })
    })
  },
})
