import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../tests/harness/engines.ts'
import { limitPolicies } from '../accounts/credentials/limit-policies.ts'
import { mailedLink, noLimits, password } from '../accounts/people.fixture.ts'
import { openHall, signIn, whoIs } from './signin.fixture.ts'

const another = 'another-difference-engine'

onBothEngines('A person’s way', (open) => {
  test('a person signs up, out and in again, changes the password, and ends what they left open', async () => {
    const hall = await openHall({ house: await open() })
    const visitor = hall.visitor()
    await visitor.visit('/sign-up')
    const person = { name: 'Ada Lovelace', email: 'ada@example.test', username: 'ada', password }
    assert.equal((await visitor.submit('/sign-up', person)).status, 200)
    const link = await mailedLink(hall.house, person.email)
    const secret = (await visitor.visit(link)).field('secret') ?? ''
    assert.equal((await visitor.submit('/sign-up/confirm', { secret })).location, '/account')
    assert.equal((await visitor.submit('/sign-out', {})).location, '/sign-out')
    assert.equal(await whoIs(visitor), undefined)

    const phone = hall.visitor()
    assert.equal((await signIn(phone, { username: 'ADA', form: { remember: 'yes' } })).status, 303)
    assert.equal((await signIn(visitor, { password: another })).status, 403)
    assert.equal((await signIn(visitor)).status, 303)
    await visitor.visit('/account')
    const change = { current_password: password, new_password: another }
    assert.equal(
      (await visitor.submit('/account/password', change)).location,
      '/account?done=password-changed',
    )
    assert.equal(await whoIs(visitor), 'ada@example.test')
    assert.equal(await whoIs(phone), undefined)
    assert.equal((await signIn(phone)).status, 403)
    assert.equal((await signIn(phone, { password: another })).status, 303)

    hall.house.runtime.advance(601)
    const asked = await visitor.submit('/account/sessions/revoke-others', {})
    assert.equal(asked.status, 403)
    const confirmed = await visitor.submit('/account/sessions/revoke-others', { password: another })
    assert.equal(confirmed.location, '/account?done=others-ended')
    assert.deepEqual([await whoIs(visitor), await whoIs(phone)], ['ada@example.test', undefined])
  })

  test('PW-16: of forty guesses at once five are evaluated', async () => {
    const hall = await openHall({
      house: await open(),
      limits: { ...noLimits, account: limitPolicies.account },
    })
    await hall.add()
    const before = hall.hashes()
    const visitors = Array.from({ length: 40 }, () => hall.visitor())
    await Promise.all(visitors.map((visitor) => visitor.visit('/sign-in')))
    const form = { username: 'ada@example.test', password: 'wrong-analytical-engine' }
    const answers = await Promise.all(visitors.map((visitor) => visitor.submit('/sign-in', form)))
    const evaluated = hall.hashes() - before
    assert.ok(evaluated > 0 && evaluated <= 5, String(evaluated))
    for (const { status } of answers) assert.ok([403, 429, 503].includes(status), String(status))
  })

  test('SE-01: two tabs that prove the person again at once both get in, and the old secret is dead', async () => {
    const hall = await openHall({ house: await open(), limits: noLimits })
    await hall.add()
    const browser = hall.visitor()
    await signIn(browser)
    const page = await browser.visit('/account')
    const token = page.field('form_token') ?? ''
    const tab = () => {
      const visitor = hall.visitor()
      for (const [name, value] of browser.cookies) visitor.cookies.set(name, value)
      return visitor
    }
    const tabs = [tab(), tab()]
    const form = { form_token: token, username: 'ada@example.test', password }
    const answers = await Promise.all(tabs.map((visitor) => visitor.submit('/sign-in', form)))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [303, 303],
    )
    const live = await Promise.all([browser, ...tabs].map(whoIs))
    assert.equal(live[0], undefined)
    assert.ok(live.slice(1).includes('ada@example.test'))
    const secrets = tabs.map((visitor) => visitor.cookies.get('sid'))
    assert.equal(new Set([...secrets, browser.cookies.get('sid')]).size, 3)
  })
})
