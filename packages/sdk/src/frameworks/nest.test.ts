import 'reflect-metadata'
import { All, Controller, type INestApplication, Module, Req } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { AuthOptions } from '../verify/guard.ts'
import type { Principal } from '../verify/register.ts'
import {
  Auth,
  CountersignModule,
  CurrentUser,
  getAuth,
  type NestRequest,
  Public,
  requireAuth,
} from './nest.ts'
import { runSuite, type SuiteAdapter } from './suite.fixture.ts'
import type { SuiteRoute } from './suite-routes.fixture.ts'

type Start = (root: new () => object) => Promise<INestApplication>

/** A controller with one handler, decorated by hand: the syntax is not for files that Node runs as they are. */
function controllerOf({ path, options, answer }: SuiteRoute<NestRequest>) {
  class Address {
    respond(request: NestRequest, principal: Principal | null) {
      return answer(request, principal)
    }
  }
  const { prototype } = Address
  const respond = Object.getOwnPropertyDescriptor(prototype, 'respond')
  if (respond === undefined) throw new TypeError('the handler is gone')
  All(path)(prototype, 'respond', respond)
  Req()(prototype, 'respond', 0)
  CurrentUser()(prototype, 'respond', 1)
  const guarded = options === null ? Public() : Auth(options)
  guarded(prototype, 'respond', respond)
  Controller()(Address)
  return Address
}

function rootOf(routes: readonly SuiteRoute<NestRequest>[], base: AuthOptions<NestRequest>) {
  class Root {}
  Module({ imports: [CountersignModule.forRoot(base)], controllers: routes.map(controllerOf) })(Root)
  return Root
}

function adapter(framework: string, create: Start): SuiteAdapter<NestRequest> {
  return {
    framework,
    getAuth,
    requireAuth,
    idOf: ({ params }) => String(params['id']),
    async start(routes, base) {
      const app = await create(rootOf(routes, base))
      await app.listen(0, '127.0.0.1')
      return { url: await app.getUrl(), close: () => app.close() }
    },
  }
}

// Nest prints what it answers with 500, which the suite provokes.
const quiet = { logger: false } as const
runSuite(adapter('nest 12 on express', (root) => NestFactory.create(root, new ExpressAdapter(), quiet)))
runSuite(adapter('nest 12 on fastify', (root) => NestFactory.create(root, new FastifyAdapter(), quiet)))
