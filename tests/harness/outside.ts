// The world outside, for tests of what the server fetches: one https server that stands for every host, with certificates
// of an authority that this process believes from then on, and whatever answers a test gives it.
import { generateKeyPairSync } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import {
  createSecureContext,
  getCACertificates,
  type SecureContext,
  setDefaultCACertificates,
} from 'node:tls'
import { type Egress, egress } from '../../packages/server/src/platform/http/egress.ts'
import { authority } from './certificates.ts'

/** What is answered at an address: JSON, or whatever a listener says. */
export type Answering =
  | { readonly json: unknown; readonly headers?: Readonly<Record<string, string>>; readonly status?: number }
  | ((request: IncomingMessage, response: ServerResponse) => void)

export interface Outside extends AsyncDisposable {
  readonly port: number
  /** A way out for which every name means this server. */
  readonly egress: Egress
  /** The certificate of the authority, PEM. */
  readonly authority: string
  /** An address at a host, with the port of this server. */
  at(host: string, path: string): string
  /** What is answered there from now on; 404 where nothing was said. */
  answer(address: string, answering: Answering): void
  /** Addresses that were asked for, oldest first. */
  readonly asked: readonly string[]
}

const issuer = authority('Authority of the World Outside')
const keyPair = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** @param options milliseconds for one request of the way out */
export async function openOutside(options: { readonly timeoutMs?: number } = {}): Promise<Outside> {
  if (!getCACertificates('default').includes(issuer.cert))
    setDefaultCACertificates([...getCACertificates('default'), issuer.cert])
  const answers = new Map<string, Answering>()
  const asked: string[] = []
  const contexts = new Map<string, SecureContext>()
  const contextOf = (host: string): SecureContext => {
    let context = contexts.get(host)
    if (context === undefined) {
      const { cert, key } = issuer.issue({ subject: [['CN', host]], dns: [host], keyPair })
      context = createSecureContext({ cert, key })
      contexts.set(host, context)
    }
    return context
  }
  const server = createServer(
    { SNICallback: (host, done) => done(null, contextOf(host)) },
    (request, response) => {
      const address = `https://${request.headers.host}${request.url}`
      asked.push(address)
      respond(answers.get(address), request, response)
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    egress: egress({
      networks: ['127.0.0.0/8'],
      ...options,
      resolve: async () => [{ address: '127.0.0.1', family: 4 }],
    }),
    authority: issuer.cert,
    asked,
    at: (host, path) => `https://${host}:${port}${path}`,
    answer: (address, answering) => void answers.set(address, answering),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function respond(answering: Answering | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (answering === undefined) {
    response.writeHead(404).end()
    return
  }
  if (typeof answering === 'function') {
    answering(request, response)
    return
  }
  const { status = 200, headers = {}, json } = answering
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(json))
}
