// The modules of the suite's Basic OP plan that are about the authorization endpoint (OpenID Connect Core §3.1.2, §5.5, §6),
// for both response modes.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as jose from 'jose'
import type { Person } from '../harness/person.ts'
import { specimen } from '../harness/specimens.ts'
import { ada, asksWho, type Changes, callback, type Tester, type Tokens } from './oidcc-tester.ts'

/** By name of the module, and what it shows. */
export type Modules = Readonly<Record<string, (tester: Tester) => Promise<void>>>

/** Signs in with this change, and asks userinfo who that was. */
async function succeeds(tester: Tester, changes: Changes): Promise<Tokens> {
  const tokens = await tester.signedIn(tester.person(), changes)
  const { status, json } = await tester.userinfo(tokens.access)
  assert.deepEqual([status, json['sub']], [200, tokens.claims.sub])
  return tokens
}

/** Signs in, then asks once more with a change. @returns the tokens of both */
async function twice(
  tester: Tester,
  change: (first: Tokens) => Changes,
  { later = 2, asksAgain }: { readonly later?: number; readonly asksAgain: boolean },
): Promise<readonly [Tokens, Tokens]> {
  const person = tester.person()
  const before = await tester.signedIn(person)
  // The suite waits a moment, so that times tell the two apart.
  await tester.advance(later)
  const asking = tester.asking(change(before))
  if (asksAgain) assert.ok(asksWho(await person.open(tester.addressOf(asking))))
  const after = await tester.tokens(await tester.code(person, asking, asksAgain ? ada : {}), asking)
  assert.equal(after.claims.sub, before.claims.sub)
  return [before, after]
}

const authTime = ({ claims }: Tokens): number => Number(claims['auth_time'])

async function isSameSignIn(tester: Tester, change: (first: Tokens) => Changes): Promise<void> {
  const [before, after] = await twice(tester, change, { asksAgain: false })
  assert.equal(authTime(after), authTime(before))
}

async function isNewSignIn(tester: Tester, changes: Changes): Promise<void> {
  const [before, after] = await twice(tester, () => changes, { asksAgain: true })
  assert.ok(authTime(after) > authTime(before))
}

/** Nobody is sent anywhere: a page with its stable title and code says why. */
async function endsOnAPage(tester: Tester, person: Person, changes: Changes): Promise<void> {
  const seen = await person.open(tester.addressOf(tester.asking(changes)))
  assert.deepEqual([seen.status, seen.left], [400, undefined])
  assert.match(seen.html, /This request can’t be answered/)
  assert.match(seen.html, /<code>invalid_request<\/code>/)
  assert.equal(
    seen.forms.some(({ action }) => action.startsWith(callback)),
    false,
  )
}

/** A request object; unsigned without a key (RFC 7519 §6). */
function requestObject(tester: Tester, parameters: Readonly<Record<string, string>>, signs?: jose.JWK) {
  const clientId = parameters['client_id'] ?? ''
  const claims = { ...parameters, iss: clientId, aud: tester.on.issuer }
  if (signs === undefined) return new jose.UnsecuredJWT(claims).setExpirationTime('5m').encode()
  return new jose.SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: String(signs.kid), typ: 'oauth-authz-req+jwt' })
    .setExpirationTime(Math.floor(Date.now() / 1000) + 3000)
    .sign(signs)
}

export const requestModules: Modules = {
  'oidcc-response-type-missing: a request without a response type comes back as invalid': async (tester) => {
    const asking = tester.asking({ response_type: undefined })
    assert.equal(await tester.refusal(tester.person(), asking), 'invalid_request')
  },
  'oidcc-ensure-request-without-nonce-succeeds-for-code-flow: a request needs no nonce, and its ID token then has none':
    async (tester) => {
      const { claims } = await succeeds(tester, { nonce: undefined })
      assert.equal('nonce' in claims, false)
    },
  'oidcc-alternate-happy-flow: the order of scopes and of parameters means nothing': async (tester) => {
    const person = tester.person()
    const asking = tester.asking({ scope: 'email openid' })
    const turned = Object.fromEntries(Object.entries(asking.parameters).reverse())
    const code = await tester.code(person, { ...asking, parameters: turned })
    const { access, claims } = await tester.tokens(code, asking)
    assert.equal((await tester.userinfo(access)).json['email'], 'ada@example.test')
    assert.equal('email' in claims, false)
  },
  'oidcc-display-page: display=page is no error': async (tester) =>
    void (await succeeds(tester, { display: 'page' })),
  'oidcc-display-popup: display=popup is no error': async (tester) =>
    void (await succeeds(tester, { display: 'popup' })),
  'oidcc-prompt-login: who is signed in signs in again, and the ID token says when': (tester) =>
    isNewSignIn(tester, { prompt: 'login' }),
  'oidcc-prompt-none-not-logged-in: nobody is asked; the client hears that they would have to be': async (
    tester,
  ) => {
    const asking = tester.asking({ prompt: 'none' })
    assert.equal(await tester.refusal(tester.person(), asking, {}), 'login_required')
  },
  'oidcc-prompt-none-logged-in: who is signed in sees no page, and it is the same sign-in': (tester) =>
    isSameSignIn(tester, () => ({ prompt: 'none' })),
  'oidcc-max-age-1: a sign-in of two seconds ago is too old for max_age=1': (tester) =>
    isNewSignIn(tester, { max_age: '1' }),
  'oidcc-max-age-10000: a sign-in of two seconds ago is young enough for max_age=10000': (tester) =>
    isSameSignIn(tester, () => ({ max_age: '10000' })),
  'oidcc-ensure-request-with-unknown-parameter-succeeds: a parameter that nobody knows is ignored': async (
    tester,
  ) => void (await succeeds(tester, { extra: 'foobar' })),
  'oidcc-id-token-hint: a hint of who is signed in is answered without a page': (tester) =>
    isSameSignIn(tester, ({ idToken }) => ({ id_token_hint: idToken, prompt: 'none' })),
  'oidcc-login-hint: the hint stands in the form, and the person signs in': async (tester) => {
    const person = tester.person()
    const asking = tester.asking({ login_hint: 'ada@example.test' })
    const page = await person.open(tester.addressOf(asking))
    assert.ok(page.forms.some(({ fields }) => fields.get('username') === 'ada@example.test'))
    const { password } = ada
    await tester.tokens(await tester.code(person, asking, { username: 'ada@example.test', password }), asking)
  },
  'oidcc-ui-locales: languages that are not spoken here are no error': async (tester) =>
    void (await succeeds(tester, { ui_locales: 'se' })),
  'oidcc-claims-locales: languages of claims are no error': async (tester) =>
    void (await succeeds(tester, { claims_locales: 'se' })),
  'oidcc-ensure-request-with-acr-values-succeeds: a wish that is not met is no error, and the ID token says what was':
    async (tester) => {
      const { claims } = await succeeds(tester, { acr_values: '1 2' })
      const { acr_values_supported: known } = await tester.metadata()
      assert.ok(Array.isArray(known) && known.includes(claims['acr']))
    },
  'oidcc-ensure-registered-redirect-uri: an address that is not registered is a page, and nobody is sent there':
    (tester) => endsOnAPage(tester, tester.person(), { redirect_uri: `${callback}/other` }),
  'oidcc-ensure-post-request-succeeds: a request may be posted, from another site': async (tester) => {
    const person = tester.person()
    const asking = tester.asking()
    const posted = await person.open(`${tester.on.issuer}/oauth/authorize`, {
      method: 'POST',
      body: new URLSearchParams(asking.parameters),
      headers: { origin: 'http://localhost:4402', 'sec-fetch-site': 'cross-site' },
    })
    const fields = tester.answerOf(await person.goOn(posted, ada))
    assert.equal(fields['state'], asking.parameters['state'])
    const code = { code: fields['code'] ?? '', code_verifier: asking.verifier, redirect_uri: callback }
    await tester.tokens({ grant_type: 'authorization_code', ...code }, asking)
  },
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: a client that registered no address hears that its reference is not supported, and nothing is fetched':
    async (tester) => {
      let fetched = 0
      const server = createServer((_, response) => {
        fetched++
        response.end()
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const request_uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/request.jwt`
      const error = await tester.refusal(tester.person(), tester.asking({ request_uri }))
      await new Promise((resolve) => server.close(resolve))
      assert.deepEqual([error, fetched], ['request_uri_not_supported', 0])
      assert.equal((await tester.metadata())['require_request_uri_registration'], true)
    },
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: an object that nobody signed is refused, and never just ignored':
    async (tester) => {
      for (const [clientId, error] of [
        ['demo-web', 'request_not_supported'],
        ['signs', 'invalid_request_object'],
      ] as const) {
        const asking = tester.asking({ client_id: clientId })
        const request = String(await requestObject(tester, asking.parameters))
        const parameters = { ...asking.parameters, request }
        assert.equal(await tester.refusal(tester.person(), { parameters }), error)
      }
      const { request_object_signing_alg_values_supported: algorithms } = await tester.metadata()
      assert.ok(Array.isArray(algorithms) && !algorithms.includes('none'))
    },
  'oidcc-ensure-request-object-with-redirect-uri: of two redirect URIs the signed one counts; beside an object that is refused, a wrong one leads nowhere':
    async (tester) => {
      const wrong = `${callback}/other`
      const asking = tester.asking({ client_id: 'signs' })
      const request = await requestObject(tester, asking.parameters, specimen('ES256', 'signs').jwk)
      const parameters = { ...asking.parameters, redirect_uri: wrong, request }
      assert.ok((await tester.code(tester.person(), { ...asking, parameters }))['code'])
      const unsigned = String(await requestObject(tester, asking.parameters))
      const seen = await tester
        .person()
        .open(tester.addressOf({ parameters: { ...parameters, request: unsigned } }))
      assert.deepEqual([seen.status, seen.left], [400, undefined])
    },
  'oidcc-ensure-request-with-valid-pkce-succeeds: a verifier that answers its challenge is taken, and another is not':
    async (tester) => {
      const person = tester.person()
      const asking = tester.asking()
      const code = await tester.code(person, asking)
      const wrong = await tester.redeem({ ...code, code_verifier: tester.asking().verifier })
      assert.deepEqual([wrong.status, wrong.json['error']], [400, 'invalid_grant'])
      await tester.signedIn(person)
      const { code_challenge_methods_supported: methods } = await tester.metadata()
      assert.deepEqual(methods, ['S256'])
    },
}
