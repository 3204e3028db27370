import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testIssuer } from '../testing/index.ts'
import { authorizeRequest, createVerifier, UnauthenticatedError, UnavailableError } from './index.ts'

const now = 1_800_000_000

/** A verifier whose introspection endpoint gives this answer. */
async function asking(answer: (request: Request) => Response | Promise<Response>) {
  const issuer = await testIssuer({ now: () => now })
  const verifier = createVerifier({
    ...issuer.options,
    mode: 'database',
    fetch: async (url, init) =>
      url.endsWith('/introspect') ? answer(new Request(url, init)) : issuer.fetch(url, init),
  })
  return { issuer, verifier, token: issuer.token() }
}

const good = { active: true, sub: 'usr_ada', client_id: 'c', aud: 'https://api.test', exp: now + 60 }

test('an answer becomes a principal', async () => {
  const { verifier, token } = await asking(() => Response.json({ ...good, scope: 'a b', roles: ['teller'] }))
  const principal = await verifier.verify(token)
  assert.equal(principal.subject, 'usr_ada')
  assert.deepEqual(principal.scope, ['a', 'b'])
  assert.deepEqual(principal.roles, ['teller'])
})

test('each verification asks, with the client’s credentials and the token in the body', async () => {
  const asked: Request[] = []
  const { issuer, verifier, token } = await asking((request) => {
    asked.push(request)
    return Response.json(good)
  })
  await verifier.verify(token)
  await verifier.verify(token)
  assert.equal(asked.length, 2)
  const [request] = asked
  assert.ok(request !== undefined)
  assert.equal(request.method, 'POST')
  assert.ok(!request.url.includes(token))
  const { clientId, clientSecret } = issuer.options
  assert.equal(request.headers.get('authorization'), `Basic ${btoa(`${clientId}:${clientSecret}`)}`)
  assert.deepEqual(Object.fromEntries(new URLSearchParams(await request.text())), {
    token,
    token_type_hint: 'access_token',
  })
})

test('credentials are form-encoded before they are joined', async () => {
  const sent: (string | null)[] = []
  const issuer = await testIssuer({ now: () => now })
  const verifier = createVerifier({
    ...issuer.options,
    mode: 'database',
    clientId: 'an api:1',
    clientSecret: 'p%ä+:',
    fetch: async (url, init) => {
      sent.push(new Request(url, init).headers.get('authorization'))
      return url.endsWith('/introspect') ? Response.json(good) : issuer.fetch(url, init)
    },
  })
  await verifier.verify(issuer.token())
  assert.equal(sent.at(-1), `Basic ${btoa('an+api%3A1:p%25%C3%A4%2B%3A')}`)
})

test('whatever the issuer does not say plainly is no yes', async () => {
  const refused: readonly object[] = [
    { active: false },
    { ...good, active: false },
    { ...good, aud: undefined },
    { ...good, aud: 'https://other.test' },
    { ...good, aud: ['https://api.test', 'https://other.test'] },
    { ...good, iss: 'https://other.test' },
    { ...good, exp: now - 16 },
    { ...good, exp: String(now + 60) },
    { ...good, nbf: now + 60 },
    { ...good, sub: undefined },
    { ...good, sub: '' },
    { ...good, client_id: undefined },
    { ...good, scope: ['a'] },
    { ...good, scope: 'a "b"' },
    { ...good, roles: 'teller' },
    { ...good, roles: [1] },
    { ...good, auth_time: 'yesterday' },
    { ...good, cnf: { jkt: 'x' } },
  ]
  for (const answer of refused) {
    const { verifier, token } = await asking(() => Response.json(answer))
    await assert.rejects(verifier.verify(token), UnauthenticatedError, JSON.stringify(answer))
  }
})

test('an answer that is none is 503: neither accepted nor called a bad token', async () => {
  const broken: readonly (() => Response | Promise<Response>)[] = [
    () => Response.json({ error: 'server_error' }, { status: 500 }),
    () => Response.json({ error: 'temporarily_unavailable' }, { status: 503 }),
    () => Response.json({ error: 'invalid_client' }, { status: 401 }),
    () => Response.json({}, { status: 403 }),
    () => Response.json(good, { status: 201 }),
    () => new Response(null, { status: 302, headers: { location: 'https://evil.test' } }),
    () => new Response('active', { headers: { 'content-type': 'application/json' } }),
    () => new Response(JSON.stringify(good), { headers: { 'content-type': 'text/html' } }),
    () => Response.json({ ...good, active: 'true' }),
    () => Response.json({ ...good, active: 1 }),
    () => Response.json([good]),
    () => Response.json(null),
    () => Response.json({}),
    () => Promise.reject(new TypeError('fetch failed')),
    () => Response.error(),
  ]
  for (const [index, answer] of broken.entries()) {
    const { verifier, token } = await asking(answer)
    await assert.rejects(verifier.verify(token), UnavailableError, `answer ${index}`)
  }
})

test('wrong credentials of the API are told to the log alone', async () => {
  const { verifier, token } = await asking(() => Response.json({ error: 'invalid_client' }, { status: 401 }))
  const verification = await verifier.check(token)
  assert.ok(!verification.ok)
  assert.match(verification.detail, /refuses this API's clientId and clientSecret/)
  await assert.rejects(
    verifier.verify(token),
    (error) => error instanceof Error && !/client/.test(error.message),
  )
})

test('revocation is seen by the very next verification', async () => {
  const issuer = await testIssuer()
  const verifier = createVerifier({ ...issuer.options, mode: 'database' })
  for (const token of [issuer.token(), issuer.token({ opaque: true })]) {
    await verifier.verify(token)
    issuer.revoke(token)
    await assert.rejects(verifier.verify(token), UnauthenticatedError)
  }
})

test('a token of which the issuer says that it is bound, but not to which key, is refused', async () => {
  for (const token_type of ['DPoP', 'dpop']) {
    const { verifier, token } = await asking(() => Response.json({ ...good, token_type }))
    await assert.rejects(verifier.verify(token), UnauthenticatedError)
  }
  const { verifier, token } = await asking(() => Response.json({ ...good, token_type: 'Bearer' }))
  assert.equal((await verifier.verify(token)).subject, 'usr_ada')
})

test('what RFC 9470 lets the issuer say of the sign-in is what maxAge and acr ask for', async () => {
  const signIn = { auth_time: now - 301, acr: 'urn:password' }
  const { verifier, token } = await asking(() => Response.json({ ...good, ...signIn }))
  const request = { headers: { authorization: `Bearer ${token}` } }
  assert.equal((await authorizeRequest(request, verifier, { maxAge: 301, acr: 'urn:password' })).ok, true)
  const refused = await authorizeRequest(request, verifier, { maxAge: 300, acr: ['urn:a', 'urn:b'] })
  assert.ok(!refused.ok)
  assert.deepEqual([refused.status, refused.code], [401, 'insufficient_user_authentication'])
  assert.match(
    refused.headers['www-authenticate'] ?? '',
    /^Bearer error="insufficient_user_authentication", error_description="[^"]+", acr_values="urn:a urn:b", max_age="300"$/,
  )
  assert.deepEqual([refused.body.acr_values, refused.body.max_age], ['urn:a urn:b', 300])
  for (const unsaid of [{ auth_time: now }, { acr: 'urn:a' }, {}]) {
    const silent = await asking(() => Response.json({ ...good, ...unsaid }))
    const outcome = await authorizeRequest(request, silent.verifier, { maxAge: 300, acr: 'urn:a' })
    assert.ok(!outcome.ok && outcome.code === 'insufficient_user_authentication')
  }
})
