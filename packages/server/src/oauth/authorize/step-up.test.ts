import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorizeUrl, openOAuthHouse } from '../house.ts'

test('who is signed in and must prove it again is told why; who is not is just asked to sign in', async () => {
  const house = await openOAuthHouse()
  const reason = (location: string | undefined): string | null =>
    new URL(location ?? '', 'http://localhost:4400').searchParams.get('reason')
  const browser = await house.signedIn()
  assert.equal(reason((await browser.visit(authorizeUrl({ prompt: 'login' }))).location), 'confirm')
  house.runtime.advance(400)
  assert.equal(reason((await browser.visit(authorizeUrl({ max_age: '300' }))).location), 'confirm')
  assert.equal(reason((await house.visitor().visit(authorizeUrl())).location), null)
  await house.close()
})
