import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limitPolicies } from '../accounts/credentials/limit-policies.ts'
import { arm, wrongCode } from '../accounts/factors/factors.fixture.ts'
import { noLimits, password } from '../accounts/people.fixture.ts'
import { openHall, signIn } from './signin.fixture.ts'

test('PW-12, PW-18: to confirm, a right password is no failure, whatever code stands beside it', async (t) => {
  const { account, device } = limitPolicies
  const hall = await openHall({ limits: { ...noLimits, account, device } })
  const { house } = hall
  t.after(() => house.close())
  const ada = await hall.add()
  const armed = await arm(house, ada.id)
  const visitor = hall.visitor()
  const half = await signIn(visitor)
  const step = (await visitor.visit(half.location ?? '')).field('step') ?? ''
  await visitor.submit('/sign-in/second', { step, factor: 'totp', otp: armed.code() })
  house.runtime.advance(601)
  await visitor.visit('/account')
  const ask = (code: string) =>
    visitor.submit('/account/factors/codes', { username: 'ada@example.test', password, code })
  for (let i = 0; i < 20; i++) assert.equal((await ask(wrongCode(armed))).status, 403)
  assert.equal((await ask(armed.code())).status, 200)
})
