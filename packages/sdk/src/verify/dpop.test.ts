import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { testDpopKey, testIssuer } from '../testing/index.ts'
import { passes, refuses, start, url, world } from './dpop.fixture.ts'
import {
  authorizeRequest,
  createGuard,
  createVerifier,
  requireAuth,
  UnauthenticatedError,
  type VerifierOptions,
} from './index.ts'

test('a bound token passes with a proof for the request, in both modes', async () => {
  for (const mode of ['local', 'database'] as const) {
    const { ask, headers } = await world({ mode })
    passes(await ask())
    passes(await ask(headers({ method: 'POST' }), { method: 'POST' }))
  }
})

test('a bound token is never a bearer token, and an unbound one needs no proof', async () => {
  for (const mode of ['local', 'database'] as const) {
    const { ask, headers, issuer, token, verifier } = await world({ mode })
    const bearer = { authorization: `Bearer ${token}` }
    refuses(await ask(bearer), 'invalid_token', /sent as a bearer token/)
    refuses(await ask({ ...headers(), ...bearer }), 'invalid_token', /sent as a bearer token/)
    await assert.rejects(verifier.verify(token), UnauthenticatedError)
    const unbound = issuer.token({ subject: 'usr_ada' })
    refuses(await ask(headers({ token: unbound })), 'invalid_token', /not bound to a key/)
    passes(await ask({ authorization: `Bearer ${unbound}` }))
    passes(await ask({ ...headers(), authorization: `Bearer ${unbound}` }))
  }
})

test('the proof is for this method, this address and this token', async () => {
  const { ask, headers, issuer, key } = await world()
  const other = issuer.token({ boundTo: key.thumbprint })
  refuses(await ask(headers({ method: 'POST' })), 'invalid_dpop_proof', /\(htm\)/)
  refuses(await ask(headers({ url: 'https://api.test/other' })), 'invalid_dpop_proof', /\(htu\).*baseUrl/)
  refuses(await ask(headers({ url: 'https://evil.test/accounts' })), 'invalid_dpop_proof', /\(htu\)/)
  refuses(
    await ask({ ...headers(), dpop: key.proof({ url, token: other }) }),
    'invalid_dpop_proof',
    /\(ath\)/,
  )
  passes(await ask(headers({ url: 'https://API.test:443/accounts#x' })))
})

test('no altered proof passes, wherever it is altered', async () => {
  const { ask, headers } = await world()
  const character = fc.constantFrom(...'AQgw09-_.= ,\u00e9')
  await fc.assert(
    fc.asyncProperty(fc.nat(), character, fc.boolean(), async (place, other, isInserted) => {
      const { authorization, dpop } = headers()
      const at = place % dpop.length
      const altered = dpop.slice(0, at) + other + dpop.slice(isInserted ? at : at + 1)
      fc.pre(altered.trim() !== dpop)
      const outcome = await ask({ authorization, dpop: altered })
      assert.ok(!outcome.ok && outcome.status === 401)
    }),
    { numRuns: 300 },
  )
})

test('the proof is of the key that the token is bound to', async () => {
  const { ask, headers, token } = await world()
  const thief = await testDpopKey({ now: () => start })
  refuses(await ask({ ...headers(), dpop: thief.proof({ url, token }) }), 'invalid_token', /another key/)
})

test('one proof is there, and only one', async () => {
  const { headers, token, verifier } = await world()
  const { authorization, dpop } = headers()
  const check = (view: Parameters<typeof authorizeRequest>[0]) => authorizeRequest(view, verifier)
  const place = { method: 'GET', url: '/accounts' }
  refuses(await check({ ...place, headers: { authorization } }), 'invalid_dpop_proof', /no DPoP header/)
  const twice: readonly Parameters<typeof authorizeRequest>[0][] = [
    { ...place, headers: { authorization, dpop: `${dpop}, ${dpop}` } },
    { ...place, headers: { authorization, dpop: [dpop, dpop] } },
    { ...place, headers: { authorization, dpop, DPoP: dpop } },
    {
      ...place,
      headers: { authorization, dpop },
      rawHeaders: ['authorization', authorization, 'DPoP', dpop, 'dpop', dpop],
    },
    {
      ...place,
      headers: new Headers([
        ['authorization', authorization],
        ['dpop', dpop],
        ['dpop', 'x'],
      ]),
    },
  ]
  for (const view of twice) refuses(await check(view), 'invalid_dpop_proof', /more than one DPoP header/)
  const both = { ...place, url: '/accounts?access_token=x', headers: { authorization, dpop } }
  assert.equal((await check(both)).ok, false)
  const schemes = new Headers([
    ['authorization', authorization],
    ['authorization', `Bearer ${token}`],
  ])
  refuses(await check({ ...place, headers: schemes }), 'invalid_request', /Authorization/)
  passes(await check({ ...place, headers: { Authorization: authorization, DPoP: dpop } }))
})

test('a proof is good once, whatever else has changed', async () => {
  for (const mode of ['local', 'database'] as const) {
    const { ask, headers, clock } = await world({ mode })
    const sent = headers()
    passes(await ask(sent))
    refuses(await ask(sent), 'invalid_dpop_proof', /used before/)
    clock.now += 59
    refuses(await ask(sent), 'invalid_dpop_proof', /used before/)
    clock.now += 1
    refuses(await ask(sent), 'invalid_dpop_proof', /expired/)
    const raced = headers()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => ask(raced)))
    assert.equal(outcomes.filter(({ ok }) => ok).length, 1)
  }
})

test('two clients may give their proofs the same name', async () => {
  const { ask, headers, issuer, verifier } = await world()
  const claims = { jti: 'first' }
  passes(await ask(headers({ claims })))
  const other = await testDpopKey({ now: () => start })
  const token = issuer.token({ subject: 'usr_ada', boundTo: other.thumbprint })
  const request = new Request(url, { headers: other.headers({ url, token, claims }) })
  passes(await authorizeRequest(request, verifier))
})

test('guards in a row accept one proof for one request, and for no other', async () => {
  const replay = { asked: [] as string[], consume: (proof: string) => replay.asked.push(proof) > 0 }
  const { headers, issuer } = await world()
  const guards = [1, 2].map(() => createGuard<Request>({ ...issuer.options, dpop: { replay } }))
  const request = new Request(url, { headers: headers() })
  for (const guard of guards) assert.equal((await guard(request, request)).ok, true)
  assert.equal(replay.asked.length, 1)
  assert.match(replay.asked[0] ?? '', /^[\w-]{43}$/)
})

test('a guard in front of another that sees its own request object leaves the proof to that one', async () => {
  const { headers, verifier } = await world()
  const guard = createGuard<Request>({ verifier })
  const sent = headers()
  const [front, behind] = [new Request(url, { headers: sent }), new Request(url, { headers: sent })]
  const view = { method: 'GET', url, headers: front.headers, isCheckedAgain: true }
  assert.equal((await guard(view, front)).ok, true)
  assert.equal((await guard(behind, behind)).ok, true)
  const replayed = new Request(url, { headers: sent })
  assert.equal((await guard(replayed, replayed)).ok, false)
})

test('clocks may differ by some seconds, and a proof is good for less than a minute', async () => {
  const { ask, headers } = await world()
  for (const issuedAt of [start - 59, start - 10, start + 10, start + 15])
    passes(await ask(headers({ issuedAt })))
  for (const issuedAt of [start - 60, start + 16]) {
    refuses(await ask(headers({ issuedAt })), 'invalid_dpop_proof', /expired|not_yet_valid/)
  }
})

test('behind a proxy the public address is what the settings say, and never what a header says', async () => {
  const { ask, headers, clock } = await world({ baseUrl: 'https://bank.example/api/v1/' })
  const inside = 'http://10.0.0.7:3000/accounts'
  const forwarded = {
    'x-forwarded-host': 'evil.test',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.test',
  }
  const outside = headers({ url: 'https://bank.example/api/v1/accounts' })
  passes(await ask({ ...outside, ...forwarded }, {}, inside))
  for (const wrong of ['https://evil.test/accounts', inside, 'https://bank.example/accounts']) {
    clock.now++
    const sent = { ...headers({ url: wrong }), ...forwarded }
    refuses(await ask(sent, {}, inside), 'invalid_dpop_proof', /htu/)
  }
})

test('a path that looks like an address is still a path', async () => {
  const { headers, verifier } = await world()
  for (const path of ['//evil.test/accounts', '/accounts', '/a/../accounts']) {
    const sent = headers({ url: 'https://evil.test/accounts' })
    const view = { method: 'GET', url: path, headers: { ...sent } }
    refuses(await authorizeRequest(view, verifier), 'invalid_dpop_proof', /htu/)
  }
  const unknown = { method: 'GET', headers: { ...headers() } }
  refuses(await authorizeRequest(unknown, verifier), 'invalid_dpop_proof', /no path/)
})

test('without a public address nothing is promised, and the log says what to set', async () => {
  const issuer = await testIssuer({ audience: 'urn:api' })
  const key = await testDpopKey()
  const token = issuer.token({ boundTo: key.thumbprint })
  const verifier = createVerifier(issuer.options)
  assert.equal(verifier.dpop, null)
  const outcome = await authorizeRequest(new Request(url, { headers: key.headers({ url, token }) }), verifier)
  refuses(outcome, 'invalid_token', /set baseUrl/)
  for (const dpop of ['allowed', 'required'] as const) {
    assert.throws(() => createVerifier({ ...issuer.options, dpop }), /baseUrl/)
  }
  assert.ok(
    createVerifier({ ...issuer.options, baseUrl: 'https://api.test', dpop: 'required' }).dpop?.isRequired,
  )
})

test('where dpop is off, a bound token is of no use', async () => {
  const { ask, token } = await world({ dpop: 'off' })
  refuses(await ask(), 'invalid_token', /dpop is off/)
  const bearer = await ask({ authorization: `Bearer ${token}` })
  refuses(bearer, 'invalid_token', /bearer/)
  assert.doesNotMatch(JSON.stringify(bearer), /DPoP/)
})

test('where a bound token is required, by the API or by an address, a bearer token is not enough', async () => {
  const required = await world({ dpop: 'required' })
  const allowed = await world()
  const unbound = required.issuer.token()
  const outcomes = [
    await required.ask({ authorization: `Bearer ${unbound}` }),
    await authorizeRequest(
      new Request(url, { headers: { authorization: `Bearer ${allowed.issuer.token()}` } }),
      allowed.verifier,
      { dpop: 'required' },
    ),
  ]
  for (const outcome of outcomes) {
    refuses(outcome, 'invalid_token', /bound to a key is required/)
    assert.ok(!outcome.ok)
    assert.match(outcome.headers['www-authenticate'] ?? '', /^DPoP error="invalid_token".*, algs="ES256 /)
  }
  await assert.rejects(required.verifier.verify(unbound), UnauthenticatedError)
  passes(await required.ask())
  const off = await world({ dpop: 'off' })
  assert.throws(() => createGuard({ verifier: off.verifier, dpop: 'required' }), TypeError)
})

test('a challenge names the scheme that failed first, and the others that are taken', async () => {
  const challenged = async (options: Partial<VerifierOptions>, sent: 'none' | 'bearer' | 'dpop') => {
    const { ask, headers } = await world(options)
    const tokens = { none: {}, bearer: { authorization: 'Bearer x' }, dpop: { ...headers(), dpop: 'x' } }
    const outcome = await ask(tokens[sent])
    return outcome.ok
      ? ''
      : (outcome.headers['www-authenticate'] ?? '').replace(/error_description="[^"]*", /, '')
  }
  const algorithms = { algorithms: ['ES256', 'EdDSA'] } as const
  const allowed = { dpop: algorithms }
  const required = { dpop: { use: 'required', ...algorithms } } as const
  assert.equal(await challenged({}, 'none'), 'Bearer')
  assert.match(await challenged({}, 'dpop'), /^DPoP error="invalid_dpop_proof", algs="[^"]+", Bearer$/)
  assert.equal(await challenged(allowed, 'none'), 'Bearer, DPoP algs="ES256 EdDSA"')
  assert.match(
    await challenged(allowed, 'bearer'),
    /^Bearer error="invalid_token".*, DPoP algs="ES256 EdDSA"$/,
  )
  assert.equal(
    await challenged(allowed, 'dpop'),
    'DPoP error="invalid_dpop_proof", algs="ES256 EdDSA", Bearer',
  )
  assert.equal(await challenged(required, 'none'), 'DPoP algs="ES256 EdDSA"')
  assert.equal(await challenged(required, 'bearer'), 'DPoP error="invalid_token", algs="ES256 EdDSA"')
})

test('what a route refuses later is said under the scheme of its request', async () => {
  const { headers, verifier } = await world()
  const guard = createGuard<Request>({ verifier })
  const request = new Request(url, { headers: headers() })
  assert.equal((await guard(request, request)).ok, true)
  assert.throws(
    () => requireAuth(request, { maxAge: 0, acr: 'urn:strong' }),
    (error) =>
      error instanceof UnauthenticatedError &&
      /^DPoP error="insufficient_user_authentication".*acr_values="urn:strong".*, algs="/.test(
        error.headers['www-authenticate'] ?? '',
      ),
  )
})

test('a proof may only be signed with an algorithm that was announced', async () => {
  const { ask } = await world({ dpop: { algorithms: ['EdDSA'] } })
  refuses(await ask(), 'invalid_dpop_proof', /unknown_key/)
  for (const algorithms of [[], ['HS256'], ['none']]) {
    await assert.rejects(world({ dpop: { algorithms: algorithms as never } }), TypeError)
  }
})

test('what binds a token in a way that cannot be checked here refuses it', async () => {
  const { issuer, key, verifier } = await world()
  const jkt = key.thumbprint
  const confirmations = [
    null,
    'x',
    {},
    { jkt: '' },
    { jkt: 1 },
    { jkt: `${jkt}=` },
    { jkt, 'x5t#S256': 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0' },
    { 'x5t#S256': 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0=' },
    { jkt, kid: 'x' },
    { jwk: {} },
  ]
  for (const cnf of confirmations) {
    const token = issuer.token({ claims: { cnf } })
    for (const headers of [key.headers({ url, token }), { authorization: `Bearer ${token}` }]) {
      refuses(await authorizeRequest(new Request(url, { headers }), verifier), 'invalid_token', /bound|cnf/)
    }
  }
  const certified = issuer.token({ certificate: 'A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0' })
  const outcome = await verifier.check(certified)
  assert.ok(!outcome.ok)
  assert.match(outcome.detail, /TLS client certificate/)
})
