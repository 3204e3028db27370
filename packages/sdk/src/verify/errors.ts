// Refusals as errors, for code that throws: each carries the whole answer, and frameworks know how to send it.
import type { Problem, Refusal, RefusalCode } from './refusal.ts'

/**
 * A request that may not pass: what each of the errors below is. Its members are those that Express, Fastify, Hono and Koa
 * read from a thrown error, so that leaving it to their default handler answers with the right status and headers. `message`
 * is fit to be sent; `detail` says more, for the log alone; neither quotes the request.
 */
export class RefusalError extends Error {
  override readonly name: string = 'RefusalError'
  readonly status: number
  readonly statusCode: number
  /** In the words of http-errors: the message may be sent, and the error is no fault to be logged. */
  readonly expose = true
  readonly code: RefusalCode
  readonly headers: Readonly<Record<string, string>>
  readonly body: Problem
  readonly detail: string

  constructor(refusal: Refusal) {
    super(refusal.body.detail)
    this.status = refusal.status
    this.statusCode = refusal.status
    this.code = refusal.code
    this.headers = refusal.headers
    this.body = refusal.body
    this.detail = refusal.detail
  }

  /** The answer as a web Response; Hono calls it by itself. */
  getResponse(): Response {
    return new Response(JSON.stringify(this.body), { status: this.status, headers: this.headers })
  }
}

/** 400: two tokens, or a malformed Authorization header. */
export class InvalidRequestError extends RefusalError {
  override readonly name = 'InvalidRequestError'
}

/** 401: no token, one that is not accepted (or whose proof is not), or a sign-in that is too old or too weak. */
export class UnauthenticatedError extends RefusalError {
  override readonly name = 'UnauthenticatedError'
}

/** 403: a good token that may not do this. */
export class ForbiddenError extends RefusalError {
  override readonly name = 'ForbiddenError'
}

/** 404: as 403, where the address asked that nobody learn of its existence. */
export class NotFoundError extends RefusalError {
  override readonly name = 'NotFoundError'
}

/** 503: the token could not be checked, because the issuer could not be asked. */
export class UnavailableError extends RefusalError {
  override readonly name = 'UnavailableError'
}

const errors = {
  400: InvalidRequestError,
  401: UnauthenticatedError,
  403: ForbiddenError,
  404: NotFoundError,
  503: UnavailableError,
} as const

export function errorOf(refusal: Refusal): RefusalError {
  return new errors[refusal.status](refusal)
}
