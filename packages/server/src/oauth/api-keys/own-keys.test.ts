import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Visitor } from '../../platform/house.ts'
import { ada, authorizeUrl, bank, grace, introspected, openOAuthHouse } from '../house.ts'
import { profiles } from '../profiles/rules.ts'
import { makeKey } from './keep-keys.ts'
import { ownKeys } from './own-keys.routes.ts'

test('C3: a person ends a key of their own on the account page, and nobody else’s', async () => {
  const house = await openOAuthHouse()
  const owner = { kind: 'user', userId: ada.id } as const
  const described = { name: 'Nightly', owner, audience: bank, scopes: ['accounts:read'] }
  const made = await makeKey(house, profiles.default, described)
  assert.ok(made.ok)
  const { text, key } = made
  assert.deepEqual(
    (await ownKeys(house, ada.id)).map(({ id, name, may }) => [id, name, may.length]),
    [[key.id, 'Nightly', 1]],
  )
  const end = async (browser: Visitor, id: string) => {
    // Any page brings the form’s token along.
    await browser.visit((await browser.visit(authorizeUrl({ prompt: 'consent' }))).location ?? '')
    return browser.submit('/account/keys/revoke', { key: id })
  }
  assert.equal((await end(await house.signedIn(grace), key.id)).status, 404)
  assert.equal((await introspected(house, text, 'bank-api'))['active'], true)
  const browser = await house.signedIn()
  assert.equal((await end(browser, key.id)).location, '/account?done=key-ended')
  assert.deepEqual(await introspected(house, text, 'bank-api'), { active: false })
  assert.deepEqual(await ownKeys(house, ada.id), [])
  await house.close()
})
