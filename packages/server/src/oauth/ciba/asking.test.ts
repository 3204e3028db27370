import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../../platform/house.ts'
import { rowCount } from '../house.ts'
import { ask, asked, openCibaHouse } from './ciba.fixture.ts'

test('who is asked gets a letter that leads to the question, for as long as it stands, and says none of its words', async () => {
  const house = await openCibaHouse()
  await asked(house, { binding_message: 'W4SCT' })
  const [letter = assert.fail()] = await house.letters()
  assert.deepEqual([letter.to, letter.kind], ['ada@example.test', 'request.waiting'])
  assert.match(letter.text, /“The Counter” asks to use your account/)
  assert.match(letter.text, /^http:\/\/localhost:4400\/approve$/m)
  assert.doesNotMatch(letter.text + letter.html + letter.subject, /W4SCT/)
  const [row] = await house.database.read('select until from letters', [])
  assert.equal(row?.['until'], house.runtime.now() + 300)
  await house.close()
})

test('PW-24: whoever had three letters finds further requests on their account page', async () => {
  const house = await openCibaHouse()
  for (let i = 0; i < 5; i++) await asked(house)
  assert.equal((await house.letters()).length, 3)
  assert.equal(await rowCount(house, 'backchannel_requests'), 5)
  await house.close()
})

test('PW-08: for a name that nobody has as much is queued as for one that somebody has', async () => {
  const house = await openCibaHouse()
  const queued = async () => (await house.database.read('select length(sealed) as n from letters', [])).length
  await asked(house, { login_hint: 'nobody@example.test' })
  assert.equal(await queued(), 1)
  assert.deepEqual(await house.letters(), [])
  for (let i = 0; i < 4; i++) await ask(house.visitor(), { login_hint: 'nobody@example.test' })
  assert.equal(await queued(), 3, 'and no more of it')
  await house.close()
})

test('where mail is closed people are asked all the same', async () => {
  const house = await openCibaHouse({ house: await openHouse({ mail: 'closed' }) })
  await asked(house)
  assert.equal(await rowCount(house, 'letters'), 0)
  await house.close()
})
