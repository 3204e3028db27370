// The listener: `node:http` straight onto the edge. There is one way in for every request; `fetch` does the same for
// whoever embeds the server.
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, Server as NetServer } from 'node:net'
import { type Arrival, type Edge, largestBody } from '../platform/http/edge.ts'
import type { Outgoing, TextStream } from '../platform/http/exchange.ts'
import {
  certificateReader,
  headerOf,
  isThisMachine,
  peerReader,
  privacyReader,
  type ReadCertificate,
  trustIn,
} from '../platform/http/proxies.ts'
import { type ServerCertificate, tlsOptions } from '../platform/http/tls-door.ts'

/** Where to listen, and whom to believe. */
export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** Proxies whose `X-Forwarded-For` we believe, as addresses or CIDR ranges. */
  readonly trustProxy?: readonly string[]
  /** The lower-case name of the header in which those proxies tell a client's certificate. */
  readonly certificateHeader?: string | undefined
  /** Speaks TLS itself. */
  readonly tls?:
    | (ServerCertificate & {
        /** Whether clients are asked for a certificate of theirs. */
        readonly asksForCertificates: boolean
      })
    | undefined
}

/** A door that is open. */
export interface Listening {
  readonly port: number
  /**
   * From now on every answer ends its connection (RFC 9112 §9.6), so that clients come back to somebody else, and
   * nobody is just sending on a kept connection when it is closed.
   */
  leave(): void
  /** Stops accepting, waits for requests in flight for at most `seconds`, then closes. */
  drain(seconds?: number): Promise<void>
}

/** Opens a door to the edge. @throws the system’s error when the address can’t be listened on */
export async function listen(edge: Pick<Edge, 'answer'>, options: ListenOptions): Promise<Listening> {
  const trusts = trustIn(options.trustProxy ?? [])
  const door: Door = {
    edge,
    peerOf: peerReader(trusts),
    isPrivate: privacyReader(trusts),
    certificateOf: certificateReader(trusts, options.certificateHeader),
    isLeaving: false,
    isClosed: false,
    streams: new Set(),
  }
  const leave = (): void => {
    door.isLeaving = true
  }
  const { tls } = options
  const answer = (message: IncomingMessage, response: ServerResponse): void =>
    void serve(door, message, response)
  const server: Server =
    tls === undefined
      ? createServer(limits, answer)
      : createSecureServer({ ...limits, ...tlsOptions(tls, tls.asksForCertificates) }, answer)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: options.port, host: options.host, backlog: longestQueue }, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    leave,
    drain: (seconds = 30) => {
      leave()
      door.isClosed = true
      for (const finish of door.streams) finish()
      return drain(server, seconds)
    },
  }
}

/**
 * Connections that may wait to be let in, as far as the system allows as many: when many come at once, whoever finds the
 * queue full tries again only after a second, then two, then four.
 */
const longestQueue = 4096

const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1000,
} as const

interface Door {
  readonly edge: Pick<Edge, 'answer'>
  readonly peerOf: (message: IncomingMessage) => string
  readonly isPrivate: (message: IncomingMessage) => boolean
  readonly certificateOf: ReadCertificate
  isLeaving: boolean
  /** Nobody new is let in: what would never end by itself is to finish. */
  isClosed: boolean
  /** Asks a body that is being sent bit by bit to finish. */
  readonly streams: Set<() => void>
}

async function serve(door: Door, message: IncomingMessage, response: ServerResponse): Promise<void> {
  let outgoing: Outgoing
  try {
    const body = await readBody(message)
    outgoing = await door.edge.answer({
      method: message.method ?? 'GET',
      target: message.url ?? '/',
      headers: { get: (name) => headerOf(message, name) },
      body,
      peer: door.peerOf(message),
      isPrivate: door.isPrivate(message),
      certificate: door.certificateOf(message),
    })
    if (body === 'too large' || door.isLeaving) response.shouldKeepAlive = false
  } catch {
    // The edge answers every error itself; what is left is a connection that broke while it was read.
    response.destroy()
    return
  }
  try {
    await send(door, response, outgoing, message.method === 'HEAD')
  } catch {
    // An answer that can't be written is a mistake of ours, and ends nobody else's.
    if (response.headersSent) response.destroy()
    else response.writeHead(500).end()
  }
}

/** @throws TypeError for an answer that can't be written */
function send(
  door: Door,
  response: ServerResponse,
  outgoing: Outgoing,
  headOnly: boolean,
): Promise<void> | void {
  if (response.destroyed) return
  const { status, headers, body } = outgoing
  if (typeof body !== 'string') {
    response.writeHead(status, headers as OutgoingHttpHeaders)
    if (!headOnly) return pour(door, response, body)
    response.end()
    return
  }
  const hasBody = status !== 204 && status !== 304
  const length = hasBody ? Buffer.byteLength(body) : 0
  const sized = hasBody ? { ...headers, 'content-length': String(length) } : headers
  response.writeHead(status, sized as OutgoingHttpHeaders)
  if (headOnly || !hasBody) response.end()
  // Most bodies are ASCII: as many bytes as characters, and nothing to encode.
  else response.end(body, length === body.length ? 'latin1' : 'utf8')
}

/** Milliseconds for which a reader may take nothing of what it was sent. */
const slowestReadMs = 30_000

/** Sends a body bit by bit, no faster than it is read. */
async function pour(door: Door, response: ServerResponse, body: TextStream): Promise<void> {
  const pieces = body[Symbol.asyncIterator]()
  const finish = (): void => void pieces.return?.()
  door.streams.add(finish)
  response.once('close', finish)
  response.flushHeaders()
  if (door.isClosed) finish()
  try {
    for (let piece = await pieces.next(); piece.done !== true; piece = await pieces.next()) {
      if (response.destroyed) return
      if (!response.write(piece.value)) await untilRead(response)
    }
    response.end()
  } catch {
    // Whoever makes the pieces has said what went wrong; the reader sees an answer that broke off.
    response.destroy()
  } finally {
    door.streams.delete(finish)
    finish()
  }
}

/** Waits until what was written is on its way; lets go of a reader that takes nothing for too long. */
async function untilRead(response: ServerResponse): Promise<void> {
  await new Promise<void>((resume) => {
    const done = (): void => {
      clearTimeout(alarm)
      response.off('drain', done)
      response.off('close', done)
      resume()
    }
    const alarm = setTimeout(() => response.destroy(), slowestReadMs)
    response.on('drain', done)
    response.on('close', done)
  })
}

function readBody(message: IncomingMessage): Promise<Arrival['body']> {
  if (message.method === 'GET' || message.method === 'HEAD') return Promise.resolve(null)
  if (Number(message.headers['content-length'] ?? 0) > largestBody) return Promise.resolve('too large')
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    message.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > largestBody) {
        message.removeAllListeners('data')
        message.pause()
        resolve('too large')
      } else chunks.push(chunk)
    })
    message.on('end', () => resolve(chunks.length === 1 ? (chunks[0] ?? null) : Buffer.concat(chunks)))
    // A request that is cut off ends in an error as well.
    message.on('error', reject)
  })
}

/** Milliseconds between two looks for connections on which nobody is waiting for anything. */
const idleLookMs = 200

/**
 * Lets in whoever has knocked by now: the kernel cuts off everybody who waits at a door that is closed. One turn of the
 * event loop accepts one connection.
 */
async function emptyQueue(server: Server): Promise<void> {
  let came = true
  const note = (): void => {
    came = true
  }
  server.on('connection', note)
  for (let turns = 0; came && turns < 200; turns++) {
    came = false
    await new Promise((resume) => setImmediate(resume))
  }
  server.off('connection', note)
}

async function drain(server: Server, seconds: number): Promise<void> {
  await emptyQueue(server)
  // `http.Server.close` would end idle connections at once, and count among them those that were just let in.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
  const idle = setInterval(() => server.closeIdleConnections(), idleLookMs)
  const force = setTimeout(() => server.closeAllConnections(), seconds * 1000)
  await closed
  clearInterval(idle)
  clearTimeout(force)
}

/** The edge as a web-standard handler, for embedding. @param peer the client's address, as the embedder knows it */
export function answerFetch(
  edge: Pick<Edge, 'answer'>,
): (request: Request, peer?: string) => Promise<Response> {
  return async (request, peer = '127.0.0.1') => {
    const url = new URL(request.url)
    const outgoing = await edge.answer({
      method: request.method,
      target: url.pathname + url.search,
      headers: {
        get: (name) =>
          name === 'host'
            ? (request.headers.get('host') ?? url.host)
            : (request.headers.get(name) ?? undefined),
      },
      body: await bytesOf(request),
      peer,
      isPrivate: url.protocol === 'https:' || isThisMachine(peer),
    })
    const headers = new Headers()
    for (const [name, value] of Object.entries(outgoing.headers)) {
      for (const one of typeof value === 'string' ? [value] : value) headers.append(name, one)
    }
    const hasBody = outgoing.status !== 204 && outgoing.status !== 304 && request.method !== 'HEAD'
    return new Response(hasBody ? webBody(outgoing.body) : null, { status: outgoing.status, headers })
  }
}

function webBody(body: Outgoing['body']): string | ReadableStream<Uint8Array> {
  if (typeof body === 'string') return body
  const encoder = new TextEncoder()
  let pieces: AsyncIterator<string> | undefined
  return new ReadableStream({
    pull: async (to) => {
      pieces ??= body[Symbol.asyncIterator]()
      const piece = await pieces.next()
      if (piece.done === true) to.close()
      else to.enqueue(encoder.encode(piece.value))
    },
    cancel: async () => void (await pieces?.return?.()),
  })
}

async function bytesOf(request: Request): Promise<Arrival['body']> {
  if (request.body === null) return null
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body) {
    length += chunk.length
    if (length > largestBody) return 'too large'
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
