// Nest applications for tests, decorated by hand: the syntax is not for files that Node runs as they are.
import 'reflect-metadata'
import { Controller, type INestApplication, Module, type ModuleMetadata } from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'

type Constructor = new () => object

export const platforms: Readonly<Record<string, () => AbstractHttpAdapter>> = {
  express: () => new ExpressAdapter(),
  fastify: () => new FastifyAdapter(),
}

/** As `@one @other` above a method; the last is the innermost. */
export function decorate(
  { prototype }: Constructor,
  name: string,
  ...decorators: readonly MethodDecorator[]
): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
  if (descriptor === undefined) throw new TypeError(`There is no ${name} to decorate`)
  for (const one of decorators.toReversed()) one(prototype, name, descriptor)
}

/** Makes a controller of a class, with further decorators above it. */
export function controller<Class extends Constructor>(
  Class: Class,
  ...decorators: readonly ClassDecorator[]
): Class {
  Controller()(Class)
  for (const one of decorators.toReversed()) one(Class)
  return Class
}

export function moduleOf(metadata: ModuleMetadata): Constructor {
  class Root {}
  Module(metadata)(Root)
  return Root
}

export function createNest(platform: AbstractHttpAdapter, root: Constructor): Promise<INestApplication> {
  // Nest prints what it answers with 500, and ends the process for what is wrong at start.
  return NestFactory.create(root, platform, { logger: false, abortOnError: false })
}
