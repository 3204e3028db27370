import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { type OwnKey, ownKey } from '../../../../../tests/harness/own-key.ts'
import { openHouse } from '../../platform/house.ts'
import { egress } from '../../platform/http/egress.ts'
import { ada, codeFor, exchange, type OAuthHouse, openOAuthHouse, secret } from '../house.ts'
import { aClient } from './client.fixture.ts'
import { keySources } from './key-sources.ts'
import { createClient } from './registration.ts'

let house: OAuthHouse
let key: OwnKey
/** What the client's own server answers; null for an error. */
let answer: string | null = null
let asked = 0
let site: Server
let at = ''

before(async () => {
  house = await openOAuthHouse({ encryptedTokens: true })
  key = await ownKey('ECDH-ES', 'A256GCM')
  site = createServer((_request, response) => {
    asked += 1
    response.writeHead(answer === null ? 500 : 200, { 'content-type': 'application/json' })
    response.end(answer ?? '')
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  at = `127.0.0.1:${(site.address() as AddressInfo).port}`
})
after(async () => {
  site.close()
  await house.close()
})

test('ID tokens are encrypted to a key at the client’s address, and are not given out while there is none', async () => {
  const made = await createClient(
    house,
    {
      id: 'away',
      name: 'Away',
      secret,
      redirectUris: ['https://away.example/cb'],
      jwksUri: `http://${at}/jwks`,
      idTokenEncryption: key.encryption,
    },
    { encryptedTokens: true },
  )
  assert.ok(made.ok, JSON.stringify(made))
  const wanted = { client_id: 'away', redirect_uri: 'https://away.example/cb', scope: 'openid' }
  const code = (await codeFor(await house.signedIn(ada), wanted)).get('code')
  const redeem = () => {
    const { redirect_uri } = wanted
    return exchange(house.visitor(), code, { client_id: 'away', client_secret: secret, redirect_uri })
  }
  const early = await redeem()
  assert.deepEqual([early.status, early.json()['error']], [400, 'invalid_request'])
  answer = JSON.stringify({ keys: [key.jwk] })
  house.runtime.advance(30)
  const late = await redeem()
  assert.equal(late.status, 200, late.body)
  assert.equal(String(late.json()['id_token']).split('.').length, 5)
})

test('FD-06: keys are not fetched from this machine or a private network, whatever the address says', async () => {
  const strict = await openHouse({ development: false })
  try {
    const resolved = egress({ resolve: async () => [{ address: '127.0.0.1', family: 4 }] })
    const port = at.split(':')[1]
    const before = asked
    for (const way of [strict.egress, resolved]) {
      const { withKeys } = keySources({ ...strict, egress: way })
      for (const jwksUri of [
        `http://${at}/jwks`,
        `https://${at}/jwks`,
        `https://localhost:${port}/jwks`,
        `https://[::1]:${port}/jwks`,
        `https://[::ffff:127.0.0.1]:${port}/jwks`,
        'https://169.254.169.254/latest/meta-data',
        'https://10.0.0.1/jwks',
      ])
        assert.equal((await withKeys(aClient({ jwksUri }))).jwks, null, jwksUri)
    }
    const rebound = keySources({ ...strict, egress: resolved })
    assert.equal(
      (await rebound.withKeys(aClient({ jwksUri: `https://client.example:${port}/jwks` }))).jwks,
      null,
    )
    assert.equal(asked, before, 'nothing arrived')
  } finally {
    await strict.close()
  }
})
