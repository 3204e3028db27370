// Refusals in Nest's terms: its own exceptions, so that an application's exception filters see them, thrown once the
// headers that RFC 6750 §3 wants are on the response, so that no filter can forget them.
import {
  BadRequestException,
  ForbiddenException,
  HttpException,
  NotFoundException,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common'
import * as verify from '../verify/attached.ts'
import { RefusalError } from '../verify/errors.ts'
import type { Principal } from '../verify/index.ts'

/** Express's and Node's responses have the one, Fastify's replies the other. */
export type NestResponse =
  | { setHeader(name: string, value: string): unknown }
  | { header(name: string, value: string): unknown }

interface Refused {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: object
}

const exceptions = {
  400: BadRequestException,
  401: UnauthorizedException,
  403: ForbiddenException,
  404: NotFoundException,
  503: ServiceUnavailableException,
}

/** Prepares the response, and makes what is to be thrown. */
export function exceptionOf({ status, headers, body }: Refused, response?: NestResponse): HttpException {
  if (response !== undefined) addHeaders(response, headers)
  const Exception = status in exceptions ? exceptions[status as keyof typeof exceptions] : undefined
  return Exception === undefined ? new HttpException(body, status) : new Exception(body)
}

export function addHeaders(response: NestResponse, headers: Refused['headers']): void {
  for (const [name, value] of Object.entries(headers)) {
    if ('setHeader' in response) response.setHeader(name, value)
    else response.header(name, value)
  }
}

const responses = new WeakMap<object, NestResponse>()

/** Remembers where a refusal of this request goes, should its handler want one. */
export function remember(request: object, response: NestResponse): void {
  responses.set(request, response)
}

/**
 * The principal of a request (Express's or Fastify's, as `@Req()` gives it) that a guard has let pass, when it meets the
 * requirements too.
 *
 * @throws UnauthorizedException, ForbiddenException, NotFoundException (with `hide`), with their challenge on the
 *   response; TypeError for options that make no sense
 */
export function requireAuth(request: unknown, options?: Parameters<typeof verify.requireAuth>[1]): Principal {
  try {
    return verify.requireAuth(request, options)
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error
    const isObject = typeof request === 'object' && request !== null
    throw exceptionOf(error, isObject ? responses.get(request) : undefined)
  }
}
