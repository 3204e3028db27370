// What was allowed before everybody needed two factors, and is fetched afterwards.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { edgeOf, Visitor } from '../../platform/house.ts'
import { codeFor, exchange, type OAuthHouse, openOAuthHouse } from '../house.ts'
import { oauthRoutes } from '../oauth.routes.ts'

let house: OAuthHouse
before(async () => {
  house = await openOAuthHouse()
})
after(() => house.close())

test('MF-05: a code that one factor was given for becomes no token once everybody needs two', async () => {
  const { room } = house
  const strict = { ...room, platform: { ...room.platform, secondFactor: 'required' as const } }
  const program = new Visitor(edgeOf(house, oauthRoutes(strict)))
  const code = (await codeFor(await house.signedIn())).get('code')
  const refused = await exchange(program, code)
  assert.deepEqual([refused.status, refused.json()['error']], [400, 'invalid_grant'])
  assert.equal((await exchange(house.visitor(), code)).status, 200, 'and nothing else is wrong with it')
})
