// The modules of the suite's Basic OP plan that are about tokens and claims (OpenID Connect Core §2, §3.1.3, §5, §9, §12), for
// both response modes.
import assert from 'node:assert/strict'
import { standardClaims } from '@countersign/protocol'
import * as jose from 'jose'
import { get, post } from '../harness/wire.ts'
import type { Modules } from './oidcc-basic-requests.ts'
import { basic, type Credential, first, type Tester } from './oidcc-tester.ts'

type Scope = keyof typeof standardClaims

const types: Readonly<Record<string, string>> = {
  updated_at: 'number',
  email_verified: 'boolean',
  phone_number_verified: 'boolean',
  address: 'object',
}

/** The claims of these scopes, each of its type, at userinfo; of no others, and none of them in the ID token. */
async function releases(tester: Tester, ...scopes: Scope[]): Promise<void> {
  const scope = ['openid', ...scopes].join(' ')
  const { access, claims } = await tester.signedIn(tester.person(), { scope })
  const { status, json } = await tester.userinfo(access)
  assert.equal(status, 200)
  const wanted = scopes.flatMap((name) => [...standardClaims[name]])
  assert.deepEqual(Object.keys(json).sort(), ['sub', ...wanted].sort())
  assert.equal(json['sub'], claims.sub)
  for (const name of wanted) {
    assert.equal(typeof json[name], types[name] ?? 'string', name)
    assert.equal(name in claims, false, name)
  }
  const { scopes_supported: known } = await tester.metadata()
  for (const name of scopes) assert.ok(Array.isArray(known) && known.includes(name))
}

async function isRefused(tester: Tester, form: Readonly<Record<string, string>>, credential?: Credential) {
  const { status, json, headers } = await tester.redeem(form, credential)
  assert.deepEqual([status, json['error']], [400, 'invalid_grant'])
  assert.match(headers.get('cache-control') ?? '', /no-store/)
}

/** A code is redeemed, and again later: that is refused, and what the first time gave is revoked. */
async function reuse(tester: Tester, seconds: number): Promise<void> {
  const asking = tester.asking()
  const form = await tester.code(tester.person(), asking)
  const { access } = await tester.tokens(form, asking)
  assert.equal((await tester.userinfo(access)).status, 200)
  if (seconds > 0) await tester.advance(seconds)
  await isRefused(tester, form)
  assert.equal((await tester.userinfo(access)).status, 401)
}

export const tokenModules: Modules = {
  'oidcc-server: a code becomes tokens; the ID token is sound, and userinfo knows its subject': async (
    tester,
  ) => {
    const { access, claims } = await tester.signedIn(tester.person())
    const { status, json, headers } = await tester.userinfo(access)
    assert.equal(status, 200)
    assert.match(headers.get('content-type') ?? '', /^application\/json/)
    assert.deepEqual(json, { sub: claims.sub })
  },
  'oidcc-idtoken-signature: the ID token is signed as the client is registered, by a key that its kid finds':
    async (tester) => {
      const { id_token_signing_alg_values_supported: algorithms } = await tester.metadata()
      for (const [clientId, alg, credential] of [
        ['demo-web', 'ES256', first],
        ['second', 'RS256', { authorization: basic('second', tester.second) }],
      ] as const) {
        const { header, idToken } = await tester.signedIn(
          tester.person(),
          { client_id: clientId },
          credential,
        )
        assert.equal(header.alg, alg)
        assert.ok(Array.isArray(algorithms) && algorithms.includes(alg))
        const { json } = await get(`${tester.on.issuer}/oauth/jwks`)
        const keys = json['keys'] as jose.JWK[]
        assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
        const [key] = keys.filter(({ kid }) => kid === header.kid)
        assert.ok(key)
        await jose.compactVerify(idToken, await jose.importJWK(key, alg))
      }
    },
  'oidcc-idtoken-unsigned: “none” is not offered, so no ID token comes unsigned, and none is taken back':
    async (tester) => {
      const { id_token_signing_alg_values_supported: algorithms } = await tester.metadata()
      assert.ok(Array.isArray(algorithms) && !algorithms.includes('none'))
      const person = tester.person()
      const { idToken, header } = await tester.signedIn(person)
      assert.notEqual(header.alg, 'none')
      const id_token_hint = new jose.UnsecuredJWT(jose.decodeJwt(idToken)).encode()
      const asking = tester.asking({ id_token_hint, prompt: 'none' })
      assert.equal(await tester.refusal(person, asking, {}), 'invalid_request')
    },
  'oidcc-userinfo-get: userinfo takes a GET with the token in its header': async (tester) => {
    const { access, claims } = await tester.signedIn(tester.person())
    const { status, json } = await tester.userinfo(access)
    assert.deepEqual([status, json['sub']], [200, claims.sub])
  },
  'oidcc-userinfo-post-header: userinfo takes a POST with the token in its header': async (tester) => {
    const { access, claims } = await tester.signedIn(tester.person())
    const { status, json } = await post(`${tester.on.issuer}/oauth/userinfo`, {}, `Bearer ${access}`)
    assert.deepEqual([status, json['sub']], [200, claims.sub])
  },
  'oidcc-userinfo-post-body: userinfo takes a POST with the token in its form': async (tester) => {
    const { access, claims } = await tester.signedIn(tester.person())
    const { status, json } = await post(`${tester.on.issuer}/oauth/userinfo`, { access_token: access })
    assert.deepEqual([status, json['sub']], [200, claims.sub])
  },
  'oidcc-scope-profile: profile releases its claims': (tester) => releases(tester, 'profile'),
  'oidcc-scope-email: email releases its claims': (tester) => releases(tester, 'email'),
  'oidcc-scope-address: address releases its claim': (tester) => releases(tester, 'address'),
  'oidcc-scope-phone: phone releases its claims': (tester) => releases(tester, 'phone'),
  'oidcc-scope-all: all four release every standard claim': (tester) =>
    releases(tester, 'profile', 'email', 'address', 'phone'),
  'oidcc-claims-essential: a claim that is asked for by name comes without its scope': async (tester) => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
    const tokens = await tester.signedIn(tester.person(), { claims })
    const { json } = await tester.userinfo(tokens.access)
    assert.deepEqual(json, { sub: tokens.claims.sub, name: 'Ada Lovelace' })
    assert.equal((await tester.metadata())['claims_parameter_supported'], true)
  },
  'oidcc-codereuse: a code is good for one exchange, and a second ends the first’s tokens': (tester) =>
    reuse(tester, 0),
  'oidcc-codereuse-30seconds: the same after thirty seconds, when the code has long been spent': (tester) =>
    reuse(tester, 30),
  'oidcc-server-client-secret-post: a secret may come in the form': async (tester) => {
    const asking = tester.asking({ client_id: 'second' })
    const code = await tester.code(tester.person(), asking)
    const wrong = { client_id: 'second', client_secret: `${tester.second}x` }
    const refused = await tester.redeem(code, { fields: wrong })
    assert.deepEqual([refused.status, refused.json['error']], [401, 'invalid_client'])
    await tester.tokens(code, asking, { fields: { ...wrong, client_secret: tester.second } })
    const { token_endpoint_auth_methods_supported: methods } = await tester.metadata()
    assert.ok(Array.isArray(methods) && methods.includes('client_secret_post'))
  },
  'oidcc-refresh-token: offline access is renewed by its own client, as the same person since the same sign-in, and by no other':
    async (tester) => {
      const person = tester.person()
      const scope = 'openid offline_access'
      const before = await tester.signedIn(person, { scope, prompt: 'consent' })
      assert.ok(before.refresh)
      const form = { grant_type: 'refresh_token', refresh_token: before.refresh }
      await isRefused(tester, form, { authorization: basic('second', tester.second) })
      await tester.advance(1)
      const asking = { ...tester.asking({ nonce: undefined }), verifier: '' }
      const after = await tester.tokens(form, asking)
      for (const claim of ['iss', 'sub', 'aud', 'auth_time', 'acr', 'sid'])
        assert.deepEqual(after.claims[claim], before.claims[claim], claim)
      assert.ok(Number(after.claims.iat) > Number(before.claims.iat))
      assert.notEqual(after.access, before.access)
      assert.equal((await tester.userinfo(after.access)).status, 200)
      const { scopes_supported: scopes } = await tester.metadata()
      assert.ok(Array.isArray(scopes) && scopes.includes('offline_access'))
    },
}
