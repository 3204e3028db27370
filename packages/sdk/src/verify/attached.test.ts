import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testIssuer } from '../testing/index.ts'
import { createGuard } from './guard.ts'
import {
  createVerifier,
  ForbiddenError,
  getAuth,
  NotFoundError,
  requireAuth,
  UnauthenticatedError,
} from './index.ts'

const issuer = await testIssuer()
const verifier = createVerifier(issuer.options)

async function judged(token?: string): Promise<Request> {
  const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const request = new Request('https://api.test/', { headers })
  await createGuard<Request>({ verifier, optional: true, metadata: true })(request, request)
  return request
}

test('getAuth never throws, whatever it is given', () => {
  const hostile = new Proxy({}, { get: () => assert.fail(), has: () => assert.fail() })
  for (const value of [undefined, null, 0, 'x', Symbol('x'), {}, [], () => 0, hostile, Object.create(null)]) {
    assert.equal(getAuth(value), null)
  }
})

test('getAuth tells who a judged request is from', async () => {
  assert.equal(getAuth(await judged(issuer.token({ subject: 'usr_ada' })))?.subject, 'usr_ada')
  assert.equal(getAuth(await judged()), null)
  assert.equal(getAuth(await judged('wrong')), null)
})

test('what is written on a request makes nobody of it', async () => {
  const request = await judged()
  Object.assign(request, { auth: { subject: 'usr_admin', roles: ['administrator'] } })
  assert.equal(getAuth(request), null)
  assert.throws(() => requireAuth(request), UnauthenticatedError)
})

test('requireAuth returns the principal, or throws what is to be answered', async () => {
  const request = await judged(issuer.token({ roles: ['teller'], scope: 'a', authenticatedAt: 0 }))
  assert.equal(requireAuth(request, { role: 'teller', scope: 'a' }).subject, 'usr_test')
  assert.throws(() => requireAuth(request, { role: 'administrator' }), ForbiddenError)
  assert.throws(() => requireAuth(request, { scope: 'b' }), { status: 403, code: 'insufficient_scope' })
  assert.throws(() => requireAuth(request, { scope: 'b', hide: true }), NotFoundError)
  assert.throws(() => requireAuth(request, { maxAge: 60 }), {
    name: 'UnauthenticatedError',
    status: 401,
    code: 'insufficient_user_authentication',
  })
  assert.throws(() => requireAuth(request, { scope: [] }), TypeError)
})

test('an error carries the whole answer', async () => {
  const error = await judged().then((request) => {
    try {
      return requireAuth(request, { scope: 'a' })
    } catch (thrown) {
      return thrown
    }
  })
  assert.ok(error instanceof UnauthenticatedError)
  const response = error.getResponse()
  assert.equal(response.status, 401)
  const metadata = 'https://api.test/.well-known/oauth-protected-resource'
  assert.equal(response.headers.get('www-authenticate'), `Bearer scope="a", resource_metadata="${metadata}"`)
  const { code } = (await response.json()) as { code: string }
  assert.equal(code, 'unauthenticated')
})

test('where auth() has not run, requireAuth says so to the log', () => {
  assert.throws(() => requireAuth(new Request('https://api.test/')), {
    status: 401,
    detail: /auth\(\) has not run/,
  })
})
