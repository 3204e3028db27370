import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aClient } from '../clients/client.fixture.ts'
import { type Confirmation, confirmationClaim, confirmationOf, holderOf, schemeOf } from './confirmation.ts'

const jkt: Confirmation = { kind: 'jkt', thumbprint: 'x'.repeat(43) }
const none: Confirmation = { kind: 'none' }

test('what a token is bound to is written and read back, and tells how the token is sent', () => {
  assert.deepEqual(confirmationClaim(jkt), { cnf: { jkt: 'x'.repeat(43) } })
  assert.deepEqual(confirmationClaim(none), {})
  for (const confirmation of [jkt, none])
    assert.deepEqual(confirmationOf(confirmationClaim(confirmation)), confirmation)
  assert.deepEqual([schemeOf(jkt), schemeOf(none)], ['DPoP', 'Bearer'])
})

test('a cnf that is not spoken here is no bearer token, but none at all', () => {
  const unknown: Record<string, unknown>[] = [
    { 'x5t#S256': 'y' },
    { jkt: 'x', 'x5t#S256': 'y' },
    { jkt: 1 },
    {},
    { jwk: {} },
  ]
  for (const cnf of unknown) assert.equal(confirmationOf({ cnf }), null, JSON.stringify(cnf))
})

test('RT-10: refresh tokens of public clients alone are bound to the key', () => {
  const page = aClient({ authentication: 'none' })
  const site = aClient({ authentication: 'client_secret_basic' })
  assert.equal(holderOf(page, jkt), 'x'.repeat(43))
  assert.equal(holderOf(site, jkt), null)
  assert.equal(holderOf(page, none), null)
})
