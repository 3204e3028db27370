import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testIssuer } from '../testing/index.ts'
import { createGuard } from './guard.ts'
import { closeAuth } from './verifier.ts'

test('closeAuth ends what guards without a verifier of their own follow, and they ask instead', async (t) => {
  const issuer = await testIssuer()
  const followed: AbortSignal[] = []
  const asked: string[] = []
  const fetch: typeof issuer.fetch = (url, init) => {
    asked.push(new URL(url).pathname)
    if (url.endsWith('/revocations') && init.signal) followed.push(init.signal)
    return issuer.fetch(url, init)
  }
  t.mock.method(globalThis, 'fetch', fetch)
  const { fetch: _, now: __, ...settings } = issuer.options
  // The first two share a verifier; what is given its own fetch has one of its own.
  const guards = [{}, {}, { fetch }].map((more) => createGuard({ ...settings, ...more, mode: 'revocable' }))
  const pass = async (guard: (typeof guards)[number] | undefined) => {
    const request = { method: 'GET', url: '/', headers: { authorization: `Bearer ${issuer.token()}` } }
    assert.equal((await guard?.(request, request))?.ok, true)
  }
  for (const guard of guards) await pass(guard)
  assert.deepEqual(
    followed.map(({ aborted }) => aborted),
    [false, false],
  )
  assert.ok(!asked.includes('/oauth/introspect'))

  closeAuth()
  assert.deepEqual(
    followed.map(({ aborted }) => aborted),
    [true, true],
  )
  await pass(guards[0])
  assert.ok(asked.includes('/oauth/introspect'))
  assert.equal(followed.length, 2, 'what was closed stays so')

  await pass(createGuard({ ...settings, mode: 'revocable' }))
  assert.equal(followed.length, 3, 'whoever comes later follows anew')
  closeAuth()
  assert.deepEqual(
    followed.map(({ aborted }) => aborted),
    [true, true, true],
  )
})
