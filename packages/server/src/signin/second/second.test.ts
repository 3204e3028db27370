import assert from 'node:assert/strict'
import { test } from 'node:test'
import { insertTotp, newRecoveryCodes } from '../../accounts/factors/factors.ts'
import { codeAt, stepAt, usualShape } from '../../accounts/factors/totp.ts'
import { openHall, signIn, whoIs } from '../signin.fixture.ts'

const totp = { ...usualShape, secret: Buffer.from('12345678901234567890') }

test('MF-05: after a password, who has a second factor gets no session before it', async (t) => {
  const hall = await openHall()
  t.after(() => hall.house.close())
  const { house } = hall
  const ada = await hall.add()
  const recovery = newRecoveryCodes(house, ada.id)
  await house.database.commit([insertTotp(house, ada.id, totp), recovery.writes])
  const visitor = hall.visitor()
  const half = await signIn(visitor)
  assert.match(half.location ?? '', /^\/sign-in\/second\?step=/)
  assert.equal(visitor.cookies.get('sid'), undefined)
  assert.equal(await whoIs(visitor), undefined)
  const page = await visitor.visit(half.location ?? '')
  assert.equal(page.status, 200)
  const step = page.field('step') ?? ''
  const wrong = await visitor.submit('/sign-in/second', { step, factor: 'totp', otp: '000000' })
  assert.equal(wrong.status, 403)
  const otp = codeAt(totp, stepAt(totp, house.runtime.now()))
  const right = await visitor.submit('/sign-in/second', { step, factor: 'totp', otp })
  assert.equal(right.location, '/account')
  assert.equal(await whoIs(visitor), 'ada@example.test')
})
