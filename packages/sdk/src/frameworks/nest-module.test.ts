// What Nest adds to the suite: a module that closes what nobody has opened, decorators that add up, refusals that pass
// through the application's exception filters.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ArgumentsHost,
  Catch,
  ForbiddenException,
  Get,
  HttpException,
  Logger,
  Module,
  type ModuleMetadata,
  Req,
  UnauthorizedException,
  UseFilters,
  UseGuards,
} from '@nestjs/common'
import { ExternalContextCreator } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { testIssuer } from '../testing/index.ts'
import type { Refusal } from '../verify/index.ts'
import {
  Auth,
  auth,
  Can,
  CountersignModule,
  type CountersignModuleOptions,
  type NestRequest,
  Public,
  Roles,
  requireAuth,
  Scopes,
} from './nest.ts'
import { controller, createNest, decorate, moduleOf, platforms } from './nest-application.fixture.ts'

const issuer = await testIssuer({ audience: 'https://api.test/v1' })
const { options, token } = issuer
type Controllers = NonNullable<ModuleMetadata['controllers']>

/** A controller with one handler at `/at`. */
function at(own: readonly MethodDecorator[], around: readonly ClassDecorator[] = []) {
  class One {
    respond() {
      return 'passed'
    }
  }
  decorate(One, 'respond', Get('at'), ...own)
  return controller(One, ...around)
}

function rootOf(controllers: Controllers, more: CountersignModuleOptions = {}) {
  return moduleOf({ imports: [CountersignModule.forRoot({ ...options, ...more })], controllers })
}

async function open(root: new () => object, platform = 'express', prefix = '') {
  const app = await createNest(platforms[platform]?.() ?? new ExpressAdapter(), root)
  if (prefix !== '') app.setGlobalPrefix(prefix)
  await app.listen(0, '127.0.0.1')
  const url = await app.getUrl()
  return {
    app,
    ask: (path: string, sent?: string) =>
      fetch(`${url}${path}`, { headers: sent === undefined ? {} : { authorization: `Bearer ${sent}` } }),
    [Symbol.asyncDispose]: () => app.close(),
  }
}

/** The statuses of `/at` for these tokens. */
async function statuses(controllers: Controllers, sent: readonly (string | undefined)[]) {
  await using running = await open(rootOf(controllers))
  const replies = await Promise.all(sent.map((one) => running.ask('/at', one)))
  return replies.map(({ status }) => status)
}

for (const platform of Object.keys(platforms)) {
  test(`on ${platform} a handler that nobody has opened is closed`, async () => {
    await using running = await open(rootOf([at([])]), platform)
    assert.equal((await running.ask('/at')).status, 401)
    const passed = await running.ask('/at', token())
    assert.deepEqual([passed.status, await passed.text()], [200, 'passed'])
    assert.equal((await running.ask('/nowhere')).status, 404)
  })

  test(`on ${platform} the module serves the metadata, outside the application’s prefix`, async () => {
    await using running = await open(rootOf([at([])], { metadata: true }), platform, 'v1')
    for (const path of ['', '/v1']) {
      const response = await running.ask(`/.well-known/oauth-protected-resource${path}`)
      assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
      assert.equal(response.headers.get('access-control-allow-origin'), '*')
      const document = (await response.json()) as Record<string, unknown>
      assert.equal(document['resource'], issuer.audience)
    }
    const refused = await running.ask('/v1/at')
    const url = 'https://api.test/.well-known/oauth-protected-resource/v1'
    assert.match(refused.headers.get('www-authenticate') ?? '', new RegExp(`resource_metadata="${url}"`))
  })

  test(`on ${platform} refusals pass through the filters, with their headers set before`, async () => {
    const seen: unknown[] = []
    class Filter {
      catch(exception: HttpException, host: ArgumentsHost) {
        seen.push(exception)
        const response = host.switchToHttp().getResponse()
        response.status(exception.getStatus()).send({ mine: exception.getResponse() })
      }
    }
    Catch(HttpException)(Filter)
    class Late {
      respond(request: NestRequest) {
        return requireAuth(request, { role: 'teller', maxAge: 300 })
      }
    }
    Req()(Late.prototype, 'respond', 0)
    decorate(Late, 'respond', Get('late'))
    UseFilters(Filter)(Late)
    await using running = await open(rootOf([at([UseFilters(Filter)]), controller(Late)]), platform)
    const early = await running.ask('/at')
    assert.match(early.headers.get('www-authenticate') ?? '', /^Bearer/)
    assert.equal(((await early.json()) as { mine: { code: string } }).mine.code, 'unauthenticated')
    const late = await running.ask('/late', token())
    assert.match(late.headers.get('www-authenticate') ?? '', /^Bearer error="insufficient_scope"/)
    assert.equal(late.status, 403)
    assert.ok(seen[0] instanceof UnauthorizedException && seen[1] instanceof ForbiddenException)
  })
}

test('what stands at handler, class and module must hold together', async () => {
  const both = at([Scopes('b'), Roles('teller')], [Scopes('a'), Roles('teller', 'administrator')])
  const roles = ['teller']
  const sent = [
    token({ scope: 'a b', roles }),
    token({ scope: 'b', roles }),
    token({ scope: 'a', roles }),
    token({ scope: 'a b', roles: ['administrator'] }),
  ]
  assert.deepEqual(await statuses([both], sent), [200, 403, 403, 403])
})

test('the strictest age and the classes in common are what counts', async () => {
  const steps = at([Auth({ maxAge: 900, acr: 'x y' })], [Auth({ maxAge: 300, acr: ['y', 'z'] })])
  const { now } = issuer.options
  const sent = [
    token({ acr: 'y', authenticatedAt: now() - 290 }),
    token({ acr: 'y', authenticatedAt: now() - 400 }),
    token({ acr: 'x' }),
    token({ acr: 'z' }),
  ]
  assert.deepEqual(await statuses([steps], sent), [200, 401, 401, 401])
})

test('several decorators at one place add up, in any order', async () => {
  const decorated = at([Scopes('a'), Auth({ role: 'teller' }), Scopes('b')])
  const sent = [token({ scope: 'a b', roles: ['teller'] }), token({ scope: 'a b' }), token({ scope: 'a' })]
  assert.deepEqual(await statuses([decorated], sent), [200, 403, 403])
})

test('a decorator that wraps a handler takes none of its demands away', async () => {
  const wraps: MethodDecorator = (_target, _name, descriptor) => {
    const { value } = descriptor as TypedPropertyDescriptor<unknown>
    if (typeof value === 'function') {
      // As decorators for caches and logs do; what Nest noted at the function goes along, what others did does not.
      const wrapped = function (this: unknown, ...args: unknown[]) {
        return value.apply(this, args)
      }
      for (const key of ['path', 'method'])
        Reflect.defineMetadata(key, Reflect.getMetadata(key, value), wrapped)
      Object.assign(descriptor, { value: wrapped })
    }
    return descriptor
  }
  const sent = [undefined, token({ scope: 'a' }), token({ scope: 'b' }), token({ scope: 'a b' })]
  for (const own of [
    [wraps, Scopes('a', 'b')],
    [Scopes('b'), wraps, Scopes('a')],
  ] as const) {
    class Wrapped {
      respond() {
        return 'passed'
      }
    }
    const descriptor = Object.getOwnPropertyDescriptor(Wrapped.prototype, 'respond') ?? {}
    for (const one of [...own, Get('at')].toReversed()) {
      one(Wrapped.prototype, 'respond', descriptor)
      Object.defineProperty(Wrapped.prototype, 'respond', descriptor)
    }
    assert.deepEqual(await statuses([controller(Wrapped)], sent), [401, 403, 403, 200])
  }
})

test('a class that inherits a handler inherits its demands, and one that writes it anew does not', async () => {
  class Base {
    respond() {
      return 'passed'
    }
  }
  decorate(Base, 'respond', Get('at'), Public())
  class Same extends Base {}
  class Anew extends Base {
    override respond() {
      return 'passed'
    }
  }
  decorate(Anew, 'respond', Get('at'))
  assert.deepEqual(await statuses([controller(Same)], [undefined]), [200])
  assert.deepEqual(await statuses([controller(Anew)], [undefined, token()]), [401, 200])
})

test('the nearer of @Public() and a demand counts', async () => {
  assert.deepEqual(await statuses([at([Public()], [Roles('teller')])], [undefined, 'bad']), [200, 200])
  assert.deepEqual(await statuses([at([Roles('teller')], [Public()])], [undefined, token()]), [401, 403])
  assert.deepEqual(await statuses([at([], [Public()])], [undefined]), [200])
})

test('what is optional around a demand is not optional', async () => {
  const sent = [undefined, token(), token({ scope: 'a' })]
  assert.deepEqual(await statuses([at([Scopes('a')], [Auth({ optional: true })])], sent), [401, 403, 200])
  assert.deepEqual(await statuses([at([Auth({ optional: true })])], [undefined, 'bad']), [200, 401])
})

test('the module’s decide is asked by @Can() alone', async () => {
  const asked: unknown[] = []
  const decide: CountersignModuleOptions['decide'] = ({ action, resource, principal }) => {
    asked.push([action, resource.id])
    return principal.subject === 'usr_ada'
  }
  const can = at([Can('read', ({ query }) => ({ type: 'account', id: query['id'] }))])
  class Free {
    respond() {
      return 'passed'
    }
  }
  decorate(Free, 'respond', Get('free'))
  await using running = await open(rootOf([can, controller(Free)], { decide }))
  assert.equal((await running.ask('/free', token())).status, 200)
  assert.deepEqual(asked, [])
  assert.equal((await running.ask('/at?id=7', token({ subject: 'usr_ada' }))).status, 200)
  assert.equal((await running.ask('/at?id=7', token())).status, 403)
  assert.equal((await running.ask('/at', token({ subject: 'usr_ada' }))).status, 403)
  assert.deepEqual(asked, [
    ['read', '7'],
    ['read', '7'],
  ])
})

const impossible: Readonly<Record<string, () => Controllers>> = {
  'a place that is open and asks for something': () => [at([Public(), Scopes('a')])],
  'an option that asks and does not': () => [at([Auth({ optional: true, role: 'teller' })])],
  'classes of sign-in that no sign-in has': () => [at([Auth({ acr: 'x' })], [Auth({ acr: 'y' })])],
  'a question without anybody to answer it': () => [at([Can('read', () => null)])],
  'two questions': () => {
    const can = { can: ['read', () => null], decide: () => true } as const
    return [at([Auth(can)], [Auth(can)])]
  },
  'an age that is none': () => [at([Auth({ maxAge: -1 })])],
}
for (const [what, controllers] of Object.entries(impossible)) {
  test(`${what} stops the start`, async () => {
    await assert.rejects(async () => {
      const app = await createNest(new ExpressAdapter(), rootOf(controllers()))
      await app.init().finally(() => app.close())
    }, TypeError)
  })
}

test('a missing setting stops the start', async () => {
  const root = moduleOf({ imports: [CountersignModule.forRoot()], controllers: [at([])] })
  await assert.rejects(createNest(new ExpressAdapter(), root), /COUNTERSIGN_ISSUER/)
})

test('the options may come from another module', async () => {
  const settings = Symbol('settings')
  class Settings {}
  Module({ providers: [{ provide: settings, useValue: options }], exports: [settings] })(Settings)
  const imported = CountersignModule.forRootAsync({
    imports: [Settings],
    inject: [settings],
    useFactory: (given: CountersignModuleOptions) => given,
  })
  await using running = await open(moduleOf({ imports: [imported], controllers: [at([Scopes('a')])] }))
  assert.equal((await running.ask('/at')).status, 401)
  assert.equal((await running.ask('/at', token({ scope: 'a' }))).status, 200)
})

test('without the module, a guard protects what it stands at', async () => {
  const root = moduleOf({ controllers: [at([UseGuards(auth({ ...options, scope: 'a' }))])] })
  await using running = await open(root)
  const refused = await running.ask('/at', token())
  assert.equal(refused.status, 403)
  assert.match(refused.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal((await running.ask('/at', token({ scope: 'a' }))).status, 200)
})

test('the log learns why a request was refused', async () => {
  const told: Refusal[] = []
  await using running = await open(rootOf([at([])], { onRefusal: (refusal) => void told.push(refusal) }))
  await running.ask('/at', token({ audience: 'https://other.test' }))
  assert.match(told[0]?.detail ?? '', /audience/)
})

test('what is no HTTP request is refused, until it is @Public()', async (t) => {
  class Resolver {
    closed() {
      return 'passed'
    }
    opened() {
      return 'passed'
    }
  }
  decorate(Resolver, 'opened', Public())
  const root = moduleOf({ imports: [CountersignModule.forRoot(options)], providers: [Resolver] })
  await using running = await open(root)
  const said = t.mock.method(Logger.prototype, 'error', () => undefined)
  const resolver = running.app.get(Resolver)
  const contexts = running.app.get(ExternalContextCreator)
  // As the packages for GraphQL, messages and sockets call their handlers.
  const call = (name: 'closed' | 'opened') =>
    contexts.create(
      resolver,
      resolver[name],
      name,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      'graphql',
    )
  await assert.rejects(async () => call('closed')({}), ForbiddenException)
  await assert.rejects(async () => call('closed')({}), ForbiddenException)
  assert.equal(await call('opened')({}), 'passed')
  assert.equal(said.mock.callCount(), 1)
  assert.match(String(said.mock.calls[0]?.arguments[0]), /Resolver\.closed is refused.*graphql.*@Public\(\)/)
})
