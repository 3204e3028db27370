import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protectedResource, resourceMetadata } from './resource-metadata.ts'
import { createVerifier } from './verifier.ts'

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

test('the document says how bound tokens are taken, where the settings do', () => {
  const place = { issuer: 'https://id.test', audience: 'https://api.test/v1' }
  const said = (options: Parameters<typeof protectedResource>[0]) => {
    const {
      bearer_methods_supported: bearer,
      dpop_signing_alg_values_supported: algorithms,
      dpop_bound_access_tokens_required: required,
    } = JSON.parse(protectedResource({ ...place, ...options }).document.text)
    return { bearer, algorithms, required }
  }
  const nothing = { bearer: ['header'], algorithms: undefined, required: undefined }
  assert.deepEqual(said({}), nothing)
  assert.deepEqual(said({ dpop: 'off' }), nothing)
  const algorithms = ['ES256'] as const
  assert.deepEqual(said({ dpop: { algorithms } }), { ...nothing, algorithms })
  assert.deepEqual(said({ dpop: { use: 'required', algorithms } }), {
    bearer: [],
    algorithms,
    required: true,
  })
  const verifier = createVerifier({ ...place, dpop: 'required' })
  assert.equal(JSON.parse(resourceMetadata(verifier).document.text).dpop_bound_access_tokens_required, true)
})

test('the document says that tokens may be bound to certificates, where the settings do (RFC 8705 §3)', () => {
  const place = { issuer, audience: 'https://api.test/v1' }
  const said = (options: object): unknown =>
    JSON.parse(protectedResource({ ...place, ...options }).document.text)[
      'tls_client_certificate_bound_access_tokens'
    ]
  assert.equal(said({}), undefined)
  for (const clientCertificate of ['connection', { header: 'Client-Cert' }] as const) {
    assert.equal(said({ clientCertificate }), true)
    const { document } = resourceMetadata(createVerifier({ ...place, clientCertificate }))
    assert.equal(JSON.parse(document.text)['tls_client_certificate_bound_access_tokens'], true)
  }
})
