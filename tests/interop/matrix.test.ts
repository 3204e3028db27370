// The whole matrix of `openid-client` and `oauth4webapi`, unchanged, over the wire: what their documents describe, each with
// each other, by applications that register themselves, with a nonce in every proof. Mutual TLS is in mutual-tls.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Server, serverOfThisFile } from '../harness/server.ts'
import { combinations, makeKeys, nameOf, scope } from './matrix.ts'
import * as byOauth4webapi from './matrix-oauth4webapi.ts'
import * as byOpenidClient from './matrix-openid-client.ts'

const keys = await makeKeys()
let secret = ''
const on = serverOfThisFile({
  bank: true,
  env: {
    COUNTERSIGN_REGISTRATION: 'open',
    COUNTERSIGN_REGISTRATION_SCOPES: 'all',
    COUNTERSIGN_DPOP_NONCES: 'on',
    COUNTERSIGN_ENCRYPTED_TOKENS: 'on',
  },
  prepare: createOthers,
})

/** What no application may register itself for. */
async function createOthers(server: Server): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-matrix-'))
  const file = join(folder, 'client.json')
  const metadata = {
    client_id: 'others',
    client_name: 'Others',
    grant_types: [
      'client_credentials',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:device_code',
      'urn:openid:params:grant-type:ciba',
    ],
    response_types: [],
    scope,
    introspection_signed_response_alg: 'ES256',
    id_token_signed_response_alg: 'ES256',
  }
  writeFileSync(file, JSON.stringify(metadata))
  secret = String((await server.countersign('client', 'create', '--metadata', file))['client_secret'])
  rmSync(folder, { recursive: true })
}

for (const [library, by] of [
  ['openid-client', byOpenidClient],
  ['oauth4webapi', byOauth4webapi],
] as const) {
  describe(`${library}, from the request to revocation`, () => {
    for (const asked of combinations)
      test(`a code with PKCE and ${nameOf(asked)}`, () => by.codeFlow(on, asked, keys))
    for (const isBound of [false, true])
      test(`client credentials, a device and CIBA${isBound ? ', bound by DPoP' : ''}, introspection as a token`, () =>
        by.otherGrants(on, 'others', secret, isBound))
  })
}
