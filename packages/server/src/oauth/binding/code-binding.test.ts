// RFC 9449 §10: a code that is bound to a key from the first request on.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { authorizeUrl, codeFor, exchange, introspected, type OAuthHouse, openOAuthHouse } from '../house.ts'
import { type Holder, holder } from './holder.fixture.ts'

let house: OAuthHouse
let mine: Holder
let other: Holder
before(async () => {
  house = await openOAuthHouse()
  mine = holder(house)
  other = holder(house, 'another holder')
})
after(() => house.close())

const boundCode = async (more = {}) =>
  (await codeFor(await house.signedIn(), { dpop_jkt: mine.thumbprint, ...more })).get('code')

test('TK-09 (FAPI2 EnsureDpopAuthCodeBindingSuccess): a code that names a key is exchanged with it', async () => {
  const answer = await exchange(house.visitor(), await boundCode(), {}, mine.headers())
  assert.equal(answer.status, 200)
  assert.equal(answer.json()['token_type'], 'DPoP')
})

test('TK-09 (FAPI2 EnsureMismatchedDpopJktFails): with another key or none it is refused, and stays good for its own', async () => {
  const code = await boundCode()
  for (const headers of [other.headers(), {}]) {
    const { status, json } = await exchange(house.visitor(), code, {}, headers)
    assert.deepEqual([status, json()['error']], [400, 'invalid_grant'])
  }
  assert.equal((await exchange(house.visitor(), code, {}, mine.headers())).status, 200)
})

test('TK-03 TK-09: a replay with another key ends nothing, one with its own does', async () => {
  const code = await boundCode()
  const { access_token: token } = (await exchange(house.visitor(), code, {}, mine.headers())).json()
  for (const headers of [other.headers(), {}])
    assert.equal((await exchange(house.visitor(), code, {}, headers)).json()['error'], 'invalid_grant')
  assert.equal((await introspected(house, token))['active'], true)
  assert.equal((await exchange(house.visitor(), code, {}, mine.headers())).status, 400)
  assert.deepEqual(await introspected(house, token), { active: false })
})

test('TK-09: a code that names no key is bound by whoever exchanges it', async () => {
  const code = (await codeFor(await house.signedIn())).get('code')
  assert.equal((await exchange(house.visitor(), code, {}, other.headers())).json()['token_type'], 'DPoP')
})

test('TK-09 AZ-11: a dpop_jkt that can be no thumbprint, or is named twice, is refused to the client', async () => {
  const browser = await house.signedIn()
  for (const thumbprint of ['x', `${mine.thumbprint}=`, `${mine.thumbprint.slice(0, 42)}/`, 'B'.repeat(43)]) {
    const { location = '' } = await browser.visit(authorizeUrl({ dpop_jkt: thumbprint, prompt: 'none' }))
    const { searchParams } = new URL(location)
    assert.equal(searchParams.get('error'), 'invalid_request', thumbprint)
  }
  const twice = `${authorizeUrl({ dpop_jkt: mine.thumbprint })}&dpop_jkt=${other.thumbprint}`
  const { location = '' } = await browser.visit(twice)
  assert.equal(new URL(location).searchParams.get('error'), 'invalid_request')
})
