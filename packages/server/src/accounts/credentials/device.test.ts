import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../../platform/house.ts'
import { knownDevice, rememberDevice } from './device.ts'

const ada = { userId: 'usr_ada', passwordChangedAt: 7 }

test('PW-12: a browser is known for 180 days after the last sign-in there, however long its cookie is kept', async (t) => {
  const house = await openHouse()
  t.after(() => house.close())
  const holding = (line: string) => {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    return { cookies: new Map([[name, value]]) }
  }
  const first = holding(rememberDevice(house, { cookies: new Map() }, ada))
  const name = knownDevice(house, first, ada)
  assert.ok(name !== null)
  house.runtime.advance(180 * 86_400 - 1)
  assert.equal(knownDevice(house, first, ada), name)
  const renewed = holding(rememberDevice(house, first, ada))
  house.runtime.advance(1)
  assert.equal(knownDevice(house, first, ada), null)
  assert.equal(knownDevice(house, renewed, ada), name, 'the same device, and its tries with it')
  // The moment is no more to be made up than the rest.
  const [cookie = '', value = ''] = [...first.cookies][0] ?? []
  const now = house.runtime.now().toString(36)
  const forged = value.replace(/~[0-9a-z]+~/, `~${now}~`)
  assert.notEqual(forged, value)
  assert.equal(knownDevice(house, { cookies: new Map([[cookie, forged]]) }, ada), null)
})
