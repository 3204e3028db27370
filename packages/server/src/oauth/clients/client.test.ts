import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ClientAuthenticationMethod } from '@countersign/protocol'
import { aClient } from './client.fixture.ts'
import { type Client, identityProof } from './client.ts'

function clientWith(authentication: ClientAuthenticationMethod, ...redirectUris: string[]): Client {
  return aClient({ authentication, redirectUris })
}

const cases: readonly [registered: string, asked: string, proof: ReturnType<typeof identityProof>][] = [
  ['https://app.example/cb', 'https://app.example/cb', 'proven'],
  ['http://localhost:5001/cb', 'http://localhost:5001/cb', 'local'],
  ['http://localhost/cb', 'http://localhost/cb', 'local'],
  ['http://127.0.0.1:5001/cb', 'http://127.0.0.1:5001/cb', 'local'],
  ['http://127.0.0.1/cb', 'http://127.0.0.1:49152/cb', 'unproven'],
  ['http://127.0.0.1/cb', 'http://127.0.0.1/cb', 'unproven'],
  ['http://[::1]/cb', 'http://[::1]:49152/cb', 'unproven'],
  ['com.example.app:/cb', 'com.example.app:/cb', 'unproven'],
]

for (const [registered, asked, proof] of cases) {
  test(`AZ-20: at ${asked}, registered as ${registered}, a public client is ${proof}`, () => {
    assert.equal(identityProof(clientWith('none', registered), asked), proof)
  })
}

test('a client that authenticates itself is proven wherever it is answered', () => {
  for (const [registered, asked] of cases) {
    assert.equal(identityProof(clientWith('client_secret_basic', registered), asked), 'proven')
  }
})
