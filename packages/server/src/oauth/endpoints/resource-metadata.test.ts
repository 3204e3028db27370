import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type OAuthHouse, openOAuthHouse } from '../house.ts'

let house: OAuthHouse
before(async () => {
  house = await openOAuthHouse()
})
after(() => house.close())

const root = '/.well-known/oauth-protected-resource'
const told = async (path: string, of: OAuthHouse = house) => (await of.visitor().visit(path)).json()

test('whoever asks userinfo without a token hears where it says which server issues them, by either scheme', async () => {
  const answer = await house.visitor().visit('/oauth/userinfo')
  const challenge = answer.header('www-authenticate') ?? ''
  const named = [...challenge.matchAll(/resource_metadata="([^"]*)"/g)].map(([, address]) => address)
  assert.deepEqual(named, Array(2).fill(house.issuer.at(`${root}/oauth/userinfo`)))
  const bad = await house.visitor().visit('/oauth/userinfo', { headers: { authorization: 'Bearer x' } })
  assert.match(bad.header('www-authenticate') ?? '', /resource_metadata="/)
})

test('each resource is the address from which the well-known one is made, and its server is this one', async () => {
  for (const [path, resource] of [
    [root, house.issuer.url],
    [`${root}/oauth/userinfo`, house.issuer.at('/oauth/userinfo')],
  ] as const) {
    const metadata = await told(path)
    assert.equal(metadata['resource'], resource)
    assert.deepEqual(metadata['authorization_servers'], [house.issuer.url])
    assert.equal(metadata['jwks_uri'], house.issuer.at('/oauth/jwks'))
    assert.deepEqual(metadata['bearer_methods_supported'], ['header', 'body'])
    assert.equal(metadata['dpop_bound_access_tokens_required'], false)
  }
  assert.equal((await house.visitor().visit(`${root}/oauth/token`)).status, 404)
})

test('it is read by scripts of every origin, and kept for a while', async () => {
  const answer = await house.visitor().visit(root, { headers: { origin: 'https://anyone.example' } })
  assert.equal(answer.header('access-control-allow-origin'), '*')
  assert.equal(answer.header('cache-control'), 'public, max-age=300')
})

test('where tokens have to be bound, it says so', async () => {
  const strict = await openOAuthHouse({ profile: 'fapi2' })
  const metadata = await told(`${root}/oauth/userinfo`, strict)
  assert.deepEqual(metadata['bearer_methods_supported'], [])
  assert.equal(metadata['dpop_bound_access_tokens_required'], true)
  assert.deepEqual(metadata['resource_signing_alg_values_supported'], ['ES256'])
  await strict.close()
})
