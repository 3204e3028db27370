import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../platform/house.ts'
import { localPath } from '../platform/http/exchange.ts'
import { openReturn } from '../platform/http/return.ts'
import { signInBefore, signInPath } from './sign-in-path.ts'

test('nothing is said in the address of who is sent to sign in for nothing in particular', () => {
  assert.equal(signInPath({}), '/sign-in')
})

test('a name that is filled in, and a reason, arrive as they were given', () => {
  const { pathname, searchParams } = new URL(
    signInPath({ hint: 'ada+x&level=mfa@example.com', reason: 'confirm', stepUp: true }),
    'https://id.example.com',
  )
  assert.equal(pathname, '/sign-in')
  assert.deepEqual(Object.fromEntries(searchParams), {
    reason: 'confirm',
    level: 'mfa',
    hint: 'ada+x&level=mfa@example.com',
  })
})

test('who is sent to sign in on the way to somewhere comes back there, in their own browser alone', async () => {
  const { vault } = await openHouse()
  const browser = { digest: 'one browser', formToken: '', nonce: '' }
  const path = localPath('/account/api-keys?a=b&c=%26')
  const address = signInBefore({ vault }, { browser }, path, { reason: 'confirm' })
  const { searchParams } = new URL(address, 'https://id.example.com')
  const sealed = searchParams.get('continue') ?? ''
  assert.deepEqual([...searchParams.keys()], ['reason', 'continue'])
  assert.equal(openReturn(vault, browser, sealed), path)
  assert.equal(openReturn(vault, { ...browser, digest: 'another' }, sealed), null)
})
