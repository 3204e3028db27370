// What a case of the suite works with: an application of some framework, its issuer, and a raw HTTP client.
import { request as httpRequest } from 'node:http'
import type { TestIssuer } from '../testing/index.ts'
import type { Refusal } from '../verify/refusal.ts'
import type { Principal } from '../verify/register.ts'

export type Mode = 'local' | 'database' | 'revocable'

/** What a framework does by itself, whatever an adapter wants. */
export interface Quirks {
  /** It writes the bodies of refusals itself: only status and headers are the adapter's. */
  readonly writesBodies?: boolean
  /** It shows the first of several Authorization headers and hides the rest. */
  readonly hidesRepeatedHeaders?: boolean
  /** It answers 500 to what a route throws where no `auth()` stands around it. */
  readonly knowsNoErrors?: boolean
  /** It answers odd addresses itself, each in its own way, before any route is asked. */
  readonly answersOddAddresses?: boolean
}

export interface Reply {
  readonly quirks: Quirks
  readonly status: number
  readonly header: (name: string) => string | null
  readonly text: string
  readonly body: {
    readonly code?: string
    readonly principal?: Principal | null
    readonly isSame?: boolean
    readonly [name: string]: unknown
  }
}

export interface Scene {
  readonly mode: Mode
  readonly quirks: Quirks
  readonly issuer: TestIssuer
  /** The application's, without a slash at its end. */
  readonly url: string
  /** The clock of issuer and verifier, in seconds. */
  readonly clock: { now: number }
  /** While `isDown`, the issuer cannot be reached; `asked` lists the addresses that it was asked for. */
  readonly network: { isDown: boolean; asked: string[] }
  readonly refusals: Refusal[]
}

export interface Case {
  readonly says: string
  /** For what only one mode can promise. */
  readonly only?: Mode
  readonly run: (scene: Scene) => Promise<void>
}

/** GETs a path with an Authorization header; each further value is a header of its own. */
export function get(scene: Scene, path: string, ...authorization: readonly string[]): Promise<Reply> {
  return send(scene, path, authorization)
}

/** The same with `Bearer <token>`. */
export function bearer(scene: Scene, path: string, token: string): Promise<Reply> {
  return send(scene, path, [`Bearer ${token}`])
}

interface Sending {
  readonly method?: string
  /** What stands in the request's first line, where it is no path. */
  readonly target?: string
  readonly body?: string
  /** Names and values of further headers in turn. */
  readonly more?: readonly string[]
}

/** Over `node:http`, because fetch would join repeated headers before they leave. */
export function send(
  { url: origin, quirks }: Scene,
  path: string,
  authorization: readonly string[],
  { method = 'GET', target, body = '', more = [] }: Sending = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const url = `${origin}${path}`
    const headers = ['host', new URL(url).host, ...more]
    for (const value of authorization) headers.push('authorization', value)
    if (body !== '')
      headers.push('content-type', 'text/plain', 'content-length', String(Buffer.byteLength(body)))
    const request = httpRequest(
      url,
      { method, headers, ...(target !== undefined && { path: target }) },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const header = (name: string) => response.headers[name]?.toString() ?? null
          const isJson = /json/.test(header('content-type') ?? '')
          const parsed: Reply['body'] = isJson && text !== '' ? JSON.parse(text) : {}
          resolve({ quirks, status: response.statusCode ?? 0, header, text, body: parsed })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
