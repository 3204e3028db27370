// What the adapters on Node's own request and response share.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Guard } from '../verify/guard.ts'

/** An answer in full, ready to be sent. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

type View = Parameters<Guard<IncomingMessage>>[0]

/** Express cuts the mount path off `url` and keeps the whole in `originalUrl`. */
export function viewOf(request: IncomingMessage & { readonly originalUrl?: string }): View {
  const { method, url, originalUrl, headers, rawHeaders } = request
  return { method, url: originalUrl ?? url, headers, rawHeaders }
}

export function send(response: ServerResponse, answer: Answer): void {
  response.statusCode = answer.status
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  response.end(answer.text)
}

export function toResponse(answer: Answer): Response {
  return new Response(answer.text, { status: answer.status, headers: answer.headers })
}
