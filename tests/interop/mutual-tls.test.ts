// Mutual TLS (RFC 8705) asked of this server by `openid-client` and `oauth4webapi` as they come from npm: clients that
// authenticate by certificates, at the addresses that the metadata name, and get tokens that are bound to them.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import type { Issued } from '../harness/certificates.ts'
import { fetchShowing, mutualTlsOfThisFile, registeredCertificate } from '../harness/mutual-tls.ts'
import { Person } from '../harness/person.ts'
import { password, serverOfThisFile } from '../harness/server.ts'

const callback = 'https://client.example/callback'
const mtls = await mutualTlsOfThisFile()
const issued = mtls.clients.issue({ subject: [['CN', 'site']], uri: ['spiffe://example/site'] })
const own = registeredCertificate('own')

const on = serverOfThisFile({
  env: mtls.env,
  prepare: async (server) => {
    const clients = {
      site: {
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_san_uri: 'spiffe://example/site',
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid email offline_access',
        id_token_signed_response_alg: 'ES256',
      },
      own: {
        token_endpoint_auth_method: 'self_signed_tls_client_auth',
        jwks: own.jwks,
        grant_types: ['client_credentials'],
        scope: 'accounts:read',
      },
      page: {
        token_endpoint_auth_method: 'none',
        redirect_uris: [callback],
        grant_types: ['authorization_code', 'refresh_token'],
        scope: 'openid email offline_access',
        id_token_signed_response_alg: 'ES256',
      },
    }
    for (const [id, metadata] of Object.entries(clients)) {
      const whole = {
        client_id: id,
        client_name: id,
        tls_client_certificate_bound_access_tokens: true,
        ...metadata,
      }
      await server.countersign(
        'client',
        'create',
        '--metadata',
        mtls.keep(`${id}.json`, JSON.stringify(whole)),
      )
    }
  },
})

/** openid-client as this client, which shows this certificate and knows where to. */
async function configured(id: string, shown: Issued | null, authentication = client.TlsClientAuth()) {
  const metadata = { use_mtls_endpoint_aliases: true }
  const config = await client.discovery(new URL(on.issuer), id, metadata, authentication)
  if (shown !== null) config[client.customFetch] = fetchShowing(shown) as client.CustomFetch
  return config
}

/** Ada allows what is asked, and openid-client exchanges the code. */
async function walk(config: client.Configuration) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = await client.buildAuthorizationUrlWithPAR(config, {
    redirect_uri: callback,
    scope: 'openid email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
  })
  const { left } = await new Person(callback).walk(url.href, { username: 'ada', password })
  ok(left)
  const checks = { pkceCodeVerifier, expectedState, idTokenExpected: true }
  return client.authorizationCodeGrant(config, left, checks)
}

const refused = (code: string) => (error: unknown) => {
  equal((error as { error?: unknown }).error, code)
  return true
}

test('openid-client: a certificate that an authority issued is the client, from the pushed request to revocation', async () => {
  const config = await configured('site', issued)
  const tokens = await walk(config)
  equal((await client.fetchUserInfo(config, tokens.access_token, 'usr_ada')).email, 'ada@example.test')
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
  const seen = await client.tokenIntrospection(config, renewed.access_token)
  deepEqual([seen.active, seen.cnf], [true, { 'x5t#S256': issued.thumbprint }])
  await client.tokenRevocation(config, renewed.refresh_token ?? '')
  equal((await client.tokenIntrospection(config, renewed.access_token)).active, false)
})

test('openid-client: another certificate, or none, is nobody', async () => {
  const stranger = mtls.clients.issue({ subject: [['CN', 'site']] })
  for (const shown of [stranger, own, null]) {
    const config = await configured('site', shown)
    await rejects(client.clientCredentialsGrant(config), refused('invalid_client'))
  }
})

test('openid-client: a public client’s tokens are bound to whatever certificate it shows', async () => {
  const config = await configured('page', own, client.None())
  const { access_token: token, refresh_token: refreshToken = '' } = await walk(config)
  equal((await client.fetchUserInfo(config, token, 'usr_ada')).sub, 'usr_ada')
  const thief = await configured('page', issued, client.None())
  await rejects(client.fetchUserInfo(thief, token, 'usr_ada'))
  await rejects(client.refreshTokenGrant(thief, refreshToken), refused('invalid_grant'))
  ok((await client.refreshTokenGrant(config, refreshToken)).access_token)
})

test('oauth4webapi: a certificate that the client registered gets tokens that are bound to it', async () => {
  const issuer = new URL(on.issuer)
  const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer))
  const self: oauth.Client = { client_id: 'own', use_mtls_endpoint_aliases: true }
  const options = { [oauth.customFetch]: fetchShowing(own) as never }
  const resource = { resource: on.api, scope: 'accounts:read' }
  const answer = await oauth.clientCredentialsGrantRequest(
    server,
    self,
    oauth.TlsClientAuth(),
    resource,
    options,
  )
  const { access_token: token } = await oauth.processClientCredentialsResponse(server, self, answer)
  const asked = await oauth.introspectionRequest(server, self, oauth.TlsClientAuth(), token, options)
  const seen = await oauth.processIntrospectionResponse(server, self, asked)
  deepEqual([seen.active, seen.cnf], [true, { 'x5t#S256': own.thumbprint }])
  match(
    server.mtls_endpoint_aliases?.token_endpoint ?? '',
    new RegExp(`:${mtls.env['COUNTERSIGN_MTLS_PORT']}/`),
  )
})
