import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aClient } from '../clients/client.fixture.ts'
import {
  bondOf,
  type Confirmation,
  confirmationClaim,
  confirmationOf,
  holderOf,
  isSameBond,
  schemeOf,
} from './confirmation.ts'

const jkt: Confirmation = { kind: 'jkt', thumbprint: 'x'.repeat(43) }
const x5t: Confirmation = { kind: 'x5t', thumbprint: 'x'.repeat(43) }
const none: Confirmation = { kind: 'none' }

test('what a token is bound to is written and read back, and tells how the token is sent', () => {
  assert.deepEqual(confirmationClaim(jkt), { cnf: { jkt: 'x'.repeat(43) } })
  assert.deepEqual(confirmationClaim(x5t), { cnf: { 'x5t#S256': 'x'.repeat(43) } })
  assert.deepEqual(confirmationClaim(none), {})
  for (const confirmation of [jkt, x5t, none])
    assert.deepEqual(confirmationOf(confirmationClaim(confirmation)), confirmation)
  // RFC 8705 §3: such a token is a bearer token to look at.
  assert.deepEqual([jkt, x5t, none].map(schemeOf), ['DPoP', 'Bearer', 'Bearer'])
})

test('a cnf that is not spoken here is no bearer token, but none at all', () => {
  const unknown: Record<string, unknown>[] = [
    { jkt: 'x', 'x5t#S256': 'y' },
    { 'x5t#S256': 1 },
    { x5t: 'y' },
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

test('RT-10: of two kinds with one thumbprint, none passes for the other', () => {
  const page = aClient({ authentication: 'none' })
  for (const bond of [jkt, x5t] as const) assert.deepEqual(bondOf(holderOf(page, bond) ?? ''), bond)
  assert.notEqual(holderOf(page, jkt), holderOf(page, x5t))
  const copy = { ...aClient({}), instanceKey: 'x'.repeat(43) }
  assert.deepEqual(bondOf(holderOf(copy, x5t) ?? ''), jkt)
  assert.notEqual(holderOf(copy, none), holderOf(page, jkt))
  const all = [none, jkt, x5t, { ...x5t, thumbprint: 'y'.repeat(43) }]
  for (const one of all) for (const other of all) assert.equal(isSameBond(one, other), one === other)
})
