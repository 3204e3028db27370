// A peer: npm's oidc-provider with one client-credentials client and ES256 JWT access tokens for one API.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'bench' }

const provider = new Provider('http://localhost', {
  clients: [
    {
      client_id: 'bench',
      client_secret: 'bench-secret-0123456789abcdef0123456789',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  jwks: { keys: [jwk] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => 'http://localhost/api',
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'accounts:read',
        audience: 'http://localhost/api',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
})
const server = createServer(provider.callback())
server.listen(0, 'localhost', () =>
  console.log(`ready http://localhost:${(server.address() as AddressInfo).port}`),
)
process.on('SIGTERM', () => process.exit(0))
