// Numbers that other systems hold: each is one person's, for ever.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type House, openHouse } from '../../platform/house.ts'
import { eraseUser } from './erase.ts'
import { rememberMoved } from './moved.store.ts'
import { numberOf, putNumber, userByNumber } from './numbers.store.ts'
import { addSomeone } from './someone.fixture.ts'

let house: House
before(async () => {
  house = await openHouse()
})
after(() => house.close())

const anybody = async () => (await addSomeone(house)).id

test('people get the numbers from one on, each their own, however many come at once', async () => {
  const people = await Promise.all(Array.from({ length: 30 }, anybody))
  const numbers = await Promise.all(people.map((id) => numberOf(house.database, 'a', id)))
  assert.equal(new Set(numbers).size, people.length)
  assert.ok(numbers.includes(1))
  assert.equal(await numberOf(house.database, 'a', people[3] ?? ''), numbers[3])
})

test('one person who asks many times at once has one number', async () => {
  const id = await anybody()
  const numbers = await Promise.all(Array.from({ length: 8 }, () => numberOf(house.database, 'b', id)))
  assert.equal(new Set(numbers).size, 1)
})

test('C4: the number of somebody who was deleted is never another’s', async () => {
  const gone = await anybody()
  const number = await numberOf(house.database, 'c', gone)
  await house.database.commit([eraseUser(house, gone)])
  assert.equal(await userByNumber(house.database, 'c', number), null)
  assert.notEqual(await numberOf(house.database, 'c', await anybody()), number)
})

test('C4, C22: neither is a number that somebody was brought with, wherever an operator has numbers begin', async () => {
  const { database } = house
  const [gone, stays] = [await anybody(), await anybody()]
  await database.commit([putNumber(database, 'f', 70, stays), putNumber(database, 'f', 71, gone)])
  await database.commit([eraseUser(house, gone)])
  assert.equal(await numberOf(database, 'f', await anybody(), 50), 72)
  const early = await anybody()
  await database.commit([putNumber(database, 'f', 60, early)])
  await database.commit([eraseUser(house, early)])
  assert.equal(await numberOf(database, 'f', await anybody(), 50), 73)
})

test('numbers begin where an operator says', async () => {
  assert.equal(await numberOf(house.database, 'd', await anybody(), 5000), 5000)
  assert.equal(await numberOf(house.database, 'd', await anybody(), 5000), 5001)
  await house.database.commit([putNumber(house.database, 'd', 9000, await anybody())])
  assert.equal(await numberOf(house.database, 'd', await anybody(), 5000), 9001)
})

test('C4: once somebody was brought, newcomers get numbers that the system before will not reach', async () => {
  const { database, runtime } = house
  const brought = await anybody()
  const moved = { userId: brought, digest: '', passwordDigest: null, movedAt: runtime.now() }
  await database.commit([
    putNumber(database, 'e', 41, brought),
    rememberMoved(database, 'django', '41', moved),
  ])
  assert.equal(await numberOf(database, 'e', await anybody()), 1_000_000_001)
  assert.equal(await numberOf(database, 'e', await anybody()), 1_000_000_002)
  assert.equal(await numberOf(database, 'e', brought), 41)
})
