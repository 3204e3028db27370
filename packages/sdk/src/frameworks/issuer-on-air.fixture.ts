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
  const restore = name({ COUNTERSIGN_ISSUER: address, COUNTERSIGN_AUDIENCE: audience })
  const close = () =>
    new Promise<void>((resolve) => {
      restore()
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { ...issuer, close }
}

function name(variables: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(variables).map((variable) => [variable, process.env[variable]] as const)
  Object.assign(process.env, variables)
  return () => {
    for (const [variable, value] of before) {
      if (value === undefined) delete process.env[variable]
      else process.env[variable] = value
    }
  }
}
