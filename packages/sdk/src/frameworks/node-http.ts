// What the adapters on Node's own request and response share.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Guard } from '../verify/guard.ts'
import { type ProtectedResourceOptions, protectedResource } from '../verify/resource-metadata.ts'

/** Middleware in Node's terms, so that it leaves the types of a route's parameters alone. */
export type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** An answer in full, ready to be sent. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

type View = Parameters<Guard<IncomingMessage>>[0]

/** Express cuts the mount path off `url` and keeps the whole in `originalUrl`. */
export function viewOf(request: IncomingMessage & { readonly originalUrl?: string }): View {
  const { method, url, originalUrl, headers, rawHeaders, socket } = request
  return { method, url: originalUrl ?? url, headers, rawHeaders, socket }
}

export function send(response: ServerResponse, answer: Answer): void {
  response.statusCode = answer.status
  addHeaders(response, answer.headers)
  response.end(answer.text)
}

export function addHeaders(response: ServerResponse, headers: Answer['headers'] = {}): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
}

export function toResponse(answer: Answer): Response {
  return new Response(answer.text, { status: answer.status, headers: answer.headers })
}

/** The same response with more headers. */
export function withHeaders(response: Response, headers: Answer['headers'] | undefined): Response {
  if (headers === undefined) return response
  // A redirect's own headers, and those of a fetched response, cannot be changed.
  const more = new Response(response.body, response)
  for (const [name, value] of Object.entries(headers)) more.headers.set(name, value)
  return more
}

/** Middleware that answers `/.well-known/oauth-protected-resource` (RFC 9728) and passes everything else on. */
export function protectedResourceMetadata(options: ProtectedResourceOptions = {}): Middleware {
  const metadata = protectedResource(options)
  return (request, response, next) => {
    const { method, url } = viewOf(request)
    const document = metadata.answer(method, url)
    if (document === undefined) next()
    else send(response, document)
  }
}
