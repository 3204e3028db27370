// Sends requests and counts what the server spent on them. CPU time of the server's process, not wall time: the
// machines are noisy and the sender shares them.
import { type Agent, request } from 'node:http'
import { Connection } from './connection.ts'
import type { Server } from './process.ts'

export interface Shot {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Reply {
  readonly status: number
  readonly body: string
}

export interface Measured {
  /** Server CPU per request in microseconds. */
  readonly cpuUs: number
  /** Requests per second of wall time. */
  readonly perSecond: number
  readonly requests: number
  /** Milliseconds of the slowest percent. */
  readonly p99Ms: number
}

/** One request over a kept connection. */
export function send(agent: Agent, base: string, shot: Shot): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const url = new URL(shot.path, base)
    const outgoing = request(
      {
        agent,
        host: url.hostname,
        port: url.port,
        path: url.pathname + url.search,
        method: shot.method,
        headers: shot.headers,
      },
      (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      },
    )
    outgoing.on('error', reject)
    outgoing.end(shot.body)
  })
}

/**
 * Keeps `concurrency` requests under way until `count` are done, after a warm-up.
 * @param aim makes each worker's next shot from its last reply; a reply that is not `expect` ends the measurement
 */
export async function measure(
  server: Server,
  options: {
    concurrency: number
    count: number
    /** Requests before those that count; a quarter of them unless told. */
    warmUp?: number
    expect: number
    aim: (worker: number, last?: Reply) => Shot | Promise<Shot>
    /** Told of every reply, the last one of each worker too. */
    heard?: ((reply: Reply) => void) | undefined
  },
): Promise<Measured> {
  const connections = Array.from({ length: options.concurrency }, () => new Connection(server.url))
  const last: Reply[] = []
  const round = async (count: number, times: number[]): Promise<void> => {
    let left = count
    const worker = async (connection: Connection, index: number): Promise<void> => {
      while (left > 0) {
        left -= 1
        const shot = await options.aim(index, last[index])
        const began = performance.now()
        const reply = await connection.send(shot)
        times.push(performance.now() - began)
        if (reply.status !== options.expect)
          throw new Error(`${shot.method} ${shot.path} answered ${reply.status}: ${reply.body.slice(0, 300)}`)
        last[index] = reply
        options.heard?.(reply)
      }
    }
    await Promise.all(connections.map(worker))
  }
  await round(options.warmUp ?? Math.ceil(options.count / 4), [])
  const times: number[] = []
  const before = await server.usage()
  const began = performance.now()
  await round(options.count, times)
  const seconds = (performance.now() - began) / 1000
  const after = await server.usage()
  for (const connection of connections) connection.close()
  times.sort((a, b) => a - b)
  return {
    cpuUs: (after.cpuUs - before.cpuUs) / options.count,
    perSecond: options.count / seconds,
    requests: options.count,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? 0,
  }
}
