// The issuer for tests on a port, for programs that can only ask over the network; counts what it is asked.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type TestIssuer, testIssuer } from '../../packages/sdk/src/testing/index.ts'

export interface AskedIssuer extends AsyncDisposable {
  readonly issuer: TestIssuer
  /** Requests so far for a path. */
  readonly asked: (path: string) => number
  /** From now on requests for a path wait, until the function that this returns is called. */
  readonly hold: (path: string) => () => void
}

export async function askedIssuer(): Promise<AskedIssuer> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = await testIssuer({ issuer: address })
  const counts = new Map<string, number>()
  const held = new Map<string, Promise<void>>()
  server.on('request', async (request, response) => {
    const { method = 'GET', url = '/' } = request
    counts.set(url, (counts.get(url) ?? 0) + 1)
    await held.get(url)
    const headers = new Headers(request.headers as Record<string, string>)
    const body = method === 'GET' ? null : await buffer(request)
    const answer = await issuer.fetch(`${address}${url}`, {
      method,
      headers,
      body: body && new Uint8Array(body),
    })
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    if (answer.body === null) return response.end()
    response.flushHeaders()
    // Whoever listens for revocations may go without a word.
    return Readable.fromWeb(answer.body as never)
      .on('error', () => response.end())
      .pipe(response)
  })
  return {
    issuer,
    asked: (path) => counts.get(path) ?? 0,
    hold: (path) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      held.set(path, promise)
      return () => {
        held.delete(path)
        resolve()
      }
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
