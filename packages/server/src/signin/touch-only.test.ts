import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedOn, flag } from '../../../../tests/harness/authenticator.ts'
import { password } from '../accounts/people.fixture.ts'
import { hallWithPasskey } from './passkeys.fixture.ts'

test('MF-06: whose only passkey feels a touch and no more confirms a change by it after the password, and not without', async (t) => {
  const { hall, authenticator } = await hallWithPasskey()
  t.after(() => hall.house.close())
  const { database, runtime } = hall.house
  // As it is brought from a system that did not ask for more.
  const touching = { sql: 'update passkeys set user_verified = 0', parameters: [] }
  assert.ok((await database.commit([touching])).ok)
  runtime.advance(601)
  const visitor = hall.visitor()
  await visitor.visit('/sign-in')
  const form = { username: 'ada@example.test', password }
  assert.equal((await visitor.submit('/sign-in', form)).location, '/account')
  await visitor.visit('/account')
  const asked = await visitor.submit('/account/factors/set-up', {})
  assert.match(asked.location ?? '', /^\/sign-in\?reason=confirm&level=mfa&continue=/)
  const page = await visitor.visit(asked.location ?? '')
  const fields = { ...form, level: 'mfa', continue: page.field('continue') ?? '' }
  const half = await visitor.submit('/sign-in', fields)
  const second = await visitor.visit(half.location ?? '')
  const { options, ticket } = askedOn(second)
  const passkey = authenticator.get(options, { flags: (flags) => flags & ~flag.userVerified })
  const proof = { step: second.field('step') ?? '', factor: 'passkey', passkey, passkey_ticket: ticket }
  assert.equal((await visitor.submit('/sign-in/second', proof)).location, '/account')
  await visitor.visit('/account')
  assert.equal((await visitor.submit('/account/factors/set-up', {})).status, 200)
})
