// The page at / of a development server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { edgeOf, openHouse, Visitor } from '../platform/house.ts'
import { welcomeRoutes } from './welcome.routes.ts'

test('a newcomer is led to the sample bank where there is one, and nowhere where there is none', async (t) => {
  const house = await openHouse()
  t.after(() => house.close())
  const seen = async (bank: string | null) =>
    (await new Visitor(edgeOf(house, welcomeRoutes(house, bank))).visit('/')).body
  assert.match(
    await seen('http://localhost:4411'),
    /href="http:\/\/localhost:4411\/"[^>]*>Open the sample bank/,
  )
  assert.doesNotMatch(await seen(null), /sample bank<|open the sample bank|:44\d\d\/?"/i)
})
