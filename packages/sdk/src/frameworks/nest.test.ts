import { All, type INestApplication, Req } from '@nestjs/common'
import type { AbstractHttpAdapter } from '@nestjs/core'
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
import { controller, createNest, decorate, moduleOf, platforms } from './nest-application.fixture.ts'
import { runSuite, type SuiteAdapter } from './suite.fixture.ts'
import type { SuiteRoute } from './suite-routes.fixture.ts'

function controllerOf({ path, options, answer }: SuiteRoute<NestRequest>) {
  class Address {
    respond(request: NestRequest, principal: Principal | null) {
      return answer(request, principal)
    }
  }
  Req()(Address.prototype, 'respond', 0)
  CurrentUser()(Address.prototype, 'respond', 1)
  decorate(Address, 'respond', All(path), options === null ? Public() : Auth(options))
  return controller(Address)
}

function adapter(platform: string, create: () => AbstractHttpAdapter): SuiteAdapter<NestRequest> {
  return {
    framework: `nest 12 on ${platform}`,
    getAuth,
    requireAuth,
    idOf: ({ params }) => String(params['id']),
    async start(routes, base) {
      const controllers = routes.map(controllerOf)
      const root = moduleOf({ imports: [CountersignModule.forRoot(base)], controllers })
      const app: INestApplication = await createNest(create(), root)
      await app.listen(0, '127.0.0.1')
      return { url: await app.getUrl(), close: () => app.close() }
    },
  }
}

for (const [platform, create] of Object.entries(platforms)) runSuite(adapter(platform, create))
