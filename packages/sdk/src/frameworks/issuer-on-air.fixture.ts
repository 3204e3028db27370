// The issuer for tests at an address of its own, for applications that know nothing of it but their environment.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestIssuer, testIssuer } from '../testing/index.ts'

export interface IssuerOnAir extends TestIssuer {
  close(): Promise<void>
}

/** Listens on loopback, and names itself and its audience in the environment of this process. */
export async function issuerOnAir(audience = 'https://api.test'): Promise<IssuerOnAir> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = await testIssuer({ issuer: address, audience })
  server.on('request', async (request, response) => {
    const answer = await issuer.fetch(`${address}${request.url}`, {})
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
  })
  process.env['COUNTERSIGN_ISSUER'] = address
  process.env['COUNTERSIGN_AUDIENCE'] = audience
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { ...issuer, close }
}
