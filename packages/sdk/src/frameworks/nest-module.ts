// The Nest module: one guard before every handler of every controller, closed unless `@Public()` opens it.
import {
  ConfigurableModuleBuilder,
  type DynamicModule,
  Module,
  type OnModuleInit,
  UseGuards,
} from '@nestjs/common'
import { APP_GUARD, DiscoveryModule, DiscoveryService, HttpAdapterHost, MetadataScanner } from '@nestjs/core'
import type { AuthOptions } from '../verify/guard.ts'
import { resourceMetadata } from '../verify/resource-metadata.ts'
import { sharedVerifier } from '../verify/verifier.ts'
import type { NestRequest } from './nest-demands.ts'
import { closed, type FindGuard, globalGuard, guardsOf } from './nest-guard.ts'

/** The module's options: those of `auth()`, for every handler. */
export type CountersignModuleOptions = AuthOptions<NestRequest>

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<CountersignModuleOptions>({ moduleName: 'Countersign' })
    .setClassMethodName('forRoot')
    .build()

/**
 * Import it once, at the root: from then on every handler of every controller needs a token, but for those that are
 * `@Public()`. With `metadata` it also serves `/.well-known/oauth-protected-resource` (RFC 9728), outside any prefix.
 *
 * A missing setting, and a demand that nobody could meet, stop the start.
 */
export class CountersignModule extends ConfigurableModuleClass {
  static override forRoot(options: CountersignModuleOptions = {}): DynamicModule {
    return { ...ConfigurableModuleClass.forRoot(options), module: CountersignModule }
  }
}

const findGuard = Symbol('the guard of each handler')

Module({
  imports: [DiscoveryModule],
  providers: [
    { provide: findGuard, inject: [MODULE_OPTIONS_TOKEN], useFactory: guardsOf },
    { provide: APP_GUARD, inject: [findGuard], useFactory: globalGuard },
    { provide: Symbol('closed doors'), inject: [DiscoveryService], useFactory: closeOtherDoors },
    {
      provide: Symbol('readiness'),
      inject: [findGuard, DiscoveryService, MetadataScanner],
      useFactory: checkedAtStart,
    },
    {
      provide: Symbol('metadata'),
      inject: [MODULE_OPTIONS_TOKEN, HttpAdapterHost],
      useFactory: serveMetadata,
    },
  ],
})(CountersignModule)

/** Makes the guard of every handler before the first request, so that what is wrong with one stops the start. */
function checkedAtStart(
  find: FindGuard,
  discovery: DiscoveryService,
  methods: MetadataScanner,
): OnModuleInit {
  return {
    onModuleInit() {
      for (const { metatype } of discovery.getControllers()) {
        if (typeof metatype !== 'function') continue
        const prototype: Readonly<Record<string, unknown>> = metatype.prototype
        for (const name of methods.getAllMethodNames(prototype)) {
          const handler = prototype[name]
          if (typeof handler === 'function') find({ handler, controller: metatype, name })
        }
      }
    },
  }
}

/**
 * Nest applies no global guard to gateways, nor to a microservice that is connected without `inheritAppConfig`: their
 * classes get one of their own, while they are made and before anything calls them.
 */
function closeOtherDoors(discovery: DiscoveryService): null {
  const gateways = discovery.getProviders().filter(({ metatype }) => isGateway(metatype))
  for (const { metatype } of [...discovery.getControllers(), ...gateways]) {
    if (typeof metatype !== 'function' || shut.has(metatype)) continue
    shut.add(metatype)
    UseGuards(closed)(metatype)
  }
  return null
}

const shut = new WeakSet<object>()

function isGateway(metatype: unknown): boolean {
  if (typeof metatype !== 'function') return false
  return Reflect.getMetadataKeys(metatype).some((key) => String(key).startsWith('websockets:'))
}

/** On the platform itself: a route of Nest's would stand below the application's prefix, and behind the guard. */
function serveMetadata(options: CountersignModuleOptions, { httpAdapter }: HttpAdapterHost): null {
  const { metadata = false } = options
  if (metadata === false || httpAdapter === undefined) return null
  const verifier = options.verifier ?? sharedVerifier(options)
  const { paths, document } = resourceMetadata(verifier, metadata === true ? {} : metadata)
  for (const path of new Set(paths)) {
    httpAdapter.get(path, (_: unknown, response: unknown) => {
      for (const [name, value] of Object.entries(document.headers))
        httpAdapter.setHeader(response, name, value)
      httpAdapter.reply(response, document.text, document.status)
    })
  }
  return null
}
