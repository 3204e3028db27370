// The other side: npm's oidc-provider, configured alike, behind a socket of this process.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import type { Asked, Endpoint } from './asked.ts'
import type { Side } from './side.ts'
import { configuration } from './theirs-configuration.ts'
import { gettersOf } from './theirs-stuff.ts'

const paths: Readonly<Record<Endpoint, string>> = {
  authorize: '/auth',
  pushed: '/request',
  token: '/token',
  userinfo: '/me',
  introspection: '/token/introspection',
  revocation: '/token/revocation',
  logout: '/session/end',
  device: '/device/auth',
}

export async function openTheirs(): Promise<Side> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, configuration())
  server.on('request', provider.callback())
  const getters = gettersOf(provider, issuer)
  return {
    get: (stuff, client) => getters[stuff](client),
    async send({ endpoint, method }: Asked, query, body, headers) {
      const url = `${issuer}${paths[endpoint]}${query === '' ? '' : `?${query}`}`
      const answer = await fetch(url, { method, headers, body, redirect: 'manual' })
      const text = await answer.text()
      return { status: answer.status, header: (name) => answer.headers.get(name), body: text }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
