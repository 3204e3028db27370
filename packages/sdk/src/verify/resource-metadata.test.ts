import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resourceMetadata } from './resource-metadata.ts'

const issuer = 'https://id.test'

test('the address has the well-known part between host and path', () => {
  const addresses = [
    ['https://api.test', 'https://api.test/.well-known/oauth-protected-resource'],
    ['https://api.test/', 'https://api.test/.well-known/oauth-protected-resource'],
    ['https://api.test/v1', 'https://api.test/.well-known/oauth-protected-resource/v1'],
    ['https://api.test:8443/v1/', 'https://api.test:8443/.well-known/oauth-protected-resource/v1/'],
    ['http://localhost:4401/api?x=1', 'http://localhost:4401/.well-known/oauth-protected-resource/api?x=1'],
  ] as const
  for (const [audience, url] of addresses) assert.equal(resourceMetadata({ issuer, audience }).url, url)
})

test('the document names the audience and the issuer as they are', () => {
  const audience = 'https://api.test/v1'
  const { document } = resourceMetadata(
    { issuer, audience },
    { scopesSupported: ['a'], resourceName: 'An API' },
  )
  assert.deepEqual(JSON.parse(document.text), {
    resource: audience,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    scopes_supported: ['a'],
    resource_name: 'An API',
  })
})

test('only a GET or HEAD of its own paths is answered', () => {
  const { answer } = resourceMetadata({ issuer, audience: 'https://api.test/v1' })
  const path = '/.well-known/oauth-protected-resource'
  for (const url of [path, `${path}/v1`, `${path}/v1?x=1`, `https://api.test${path}/v1`]) {
    assert.equal(answer('GET', url)?.status, 200)
    assert.equal(answer('HEAD', url)?.status, 200)
    assert.equal(answer('POST', url), undefined)
  }
  for (const url of [undefined, '', '/', `${path}/`, `${path}/v2`, `/x${path}`, `//api.test${path}`, '*']) {
    assert.equal(answer('GET', url), undefined, String(url))
  }
})

test('an audience that is no address has no metadata', () => {
  for (const audience of ['my-api', 'urn:api', 'https://api.test/#x', 'ftp://api.test']) {
    assert.throws(() => resourceMetadata({ issuer, audience }), TypeError)
  }
})
