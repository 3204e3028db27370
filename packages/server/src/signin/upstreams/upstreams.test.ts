import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { issuerAt } from '../../platform/http/issuer.ts'
import { type UpstreamSettings, upstreamSettings } from './settings.ts'
import { upstreamsFrom } from './upstreams.ts'

const production = { issuer: issuerAt('https://id.example.com'), development: false }
const development = { issuer: issuerAt('http://localhost:4400'), development: true }
const secret = 'a secret nobody may see'
const all: UpstreamSettings = {
  google: { id: 'google-id', secret },
  facebook: { id: 'facebook-id', secret },
  oidc: { id: 'oidc-id', secret, issuer: 'https://idp.example.com', name: 'Example Works' },
}

test('a provider without id and secret is off in production and simulated in development', () => {
  assert.deepEqual(upstreamsFrom({}, production), [])
  const simulated = upstreamsFrom({}, development)
  assert.deepEqual(
    simulated.map(({ id, issuer, simulated: is }) => [id, issuer, is]),
    [
      ['google', 'http://localhost:4400/dev/idp/google', true],
      ['facebook', 'http://localhost:4400/dev/idp/facebook', true],
      ['oidc', 'http://localhost:4400/dev/idp/oidc', true],
    ],
  )
  const facebook = simulated.find(({ driver }) => driver === 'oauth')
  assert.deepEqual(facebook?.driver === 'oauth' ? facebook.endpoints : null, {
    authorization: 'http://localhost:4400/dev/idp/facebook/v25.0/dialog/oauth',
    token: 'http://localhost:4400/dev/idp/facebook/v25.0/oauth/access_token',
    profile: 'http://localhost:4400/dev/idp/facebook/v25.0/me?fields=id,name,email',
  })
})

test('id and secret switch the real provider on, in development too', () => {
  for (const world of [production, development]) {
    const upstreams = upstreamsFrom(all, world)
    assert.deepEqual(
      upstreams.map(({ id, name, issuer, clientId, simulated }) => [id, name, issuer, clientId, simulated]),
      [
        ['google', 'Google', 'https://accounts.google.com', 'google-id', false],
        ['facebook', 'Facebook', 'https://www.facebook.com', 'facebook-id', false],
        ['oidc', 'Example Works', 'https://idp.example.com', 'oidc-id', false],
      ],
    )
  }
  assert.equal(upstreamsFrom({ google: all.google }, production).length, 1)
})

test('C32: no print of an upstream shows its secret', () => {
  const upstreams = upstreamsFrom(all, production)
  assert.doesNotMatch(JSON.stringify(upstreams) + inspect(upstreams, { depth: 9 }), /nobody may see/)
})

test('Facebook is asked with a proof of the app secret, which its strict apps want', () => {
  const [, facebook] = upstreamsFrom(all, production)
  // HMAC-SHA256 of "token" under the key "key", by openssl.
  assert.deepEqual(facebook?.quirks.profile?.('token', 'key'), {
    appsecret_proof: '646b8eac0c4ae4178299c9bd924e2bf073dfb07e024901a8c864f65b9462bf0d',
  })
})

test('the settings of a provider are whole or refused', () => {
  const { google, oidc } = upstreamSettings
  assert.equal(google.safeParse({ id: 'i', secret: 's' }).success, true)
  for (const bad of [
    { id: 'i' },
    { secret: 's' },
    { id: '', secret: 's' },
    { id: 'i', secret: 's', more: 1 },
  ]) {
    assert.equal(google.safeParse(bad).success, false)
  }
  const given = { id: 'i', secret: 's', issuer: 'https://idp.example.com/realms/one' }
  assert.equal(oidc.parse(given).name, 'Single sign-on')
  for (const issuer of [
    'http://idp.example.com',
    'idp.example.com',
    'https://user@idp.example.com',
    'https://idp.example.com/?a=1',
    'https://idp.example.com/#x',
    'https://idp.example.com/.well-known/openid-configuration',
  ]) {
    assert.equal(oidc.safeParse({ ...given, issuer }).success, false, issuer)
  }
})
