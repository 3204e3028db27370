import fastify, { type FastifyRequest } from 'fastify'
import { auth, getAuth, requireAuth } from './fastify.ts'
import { runSuite } from './suite.fixture.ts'

runSuite<FastifyRequest>({
  framework: 'fastify 5',
  getAuth,
  requireAuth,
  idOf: (request) => (request.params as { id: string }).id,
  async start(routes) {
    const app = fastify()
    for (const { path, options, answer } of routes) {
      const hook = options === null ? {} : { onRequest: auth(options) }
      const methods = ['GET', 'HEAD', 'POST', 'OPTIONS'] as const
      for (const method of methods) {
        const route = { exposeHeadRoute: false, ...hook }
        app.route({
          method,
          url: path,
          ...route,
          handler: async (request) => answer(request, request.auth ?? null),
        })
      }
    }
    return { url: await app.listen({ port: 0, host: '127.0.0.1' }), close: () => app.close() }
  },
})
