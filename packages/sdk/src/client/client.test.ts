// Signing in, against a small authorization server and with a page's globals. What only a browser can show (frames,
// reloads, real redirects) is in tests/journeys/client.test.ts.
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { app, heard, stage } from './walk.fixture.ts'

const on = stage()

test('signing in asks with PKCE, state and nonce, and leaves nothing behind', async () => {
  on.page.load(`${app}/orders?page=2`)
  const session = on.client({ scope: 'openid orders:read', resource: 'https://api.example' })
  const callback = await on.walk(session, { loginHint: 'ada@example.test', prompt: 'login', maxAge: 300 })
  const asked = new URL(on.page.left[0] ?? '').searchParams
  deepEqual(
    Object.fromEntries([...asked].filter(([name]) => !['state', 'nonce', 'code_challenge'].includes(name))),
    {
      response_type: 'code',
      client_id: 'shop',
      redirect_uri: `${app}/callback`,
      scope: 'openid orders:read',
      code_challenge_method: 'S256',
      resource: 'https://api.example',
      prompt: 'login',
      login_hint: 'ada@example.test',
      max_age: '300',
    },
  )
  for (const name of ['state', 'nonce', 'code_challenge']) match(asked.get(name) ?? '', /^[\w-]{43}$/)

  on.page.load(callback)
  const back = on.client()
  equal(on.page.href, `${app}/callback`, 'the code has left the address at once')
  deepEqual(await back.ready, { sub: 'ada', name: 'Ada' })
  equal(on.page.href, `${app}/orders?page=2`)
  equal(on.page.sessionStorage.length, 0)
})

test('sign-ins that were begun and left are forgotten with the one that is finished', async () => {
  const session = on.client()
  await on.walk(session)
  on.page.load(await on.walk(session))
  equal((await on.client().ready)?.sub, 'ada')
  equal(on.page.sessionStorage.length, 0)
})

test('signing up asks for the sign-up page where the server offers it', async () => {
  on.provider.levers.metadata = { prompt_values_supported: ['none', 'create'] }
  void on.client().signUp()
  while (on.page.left.length === 0) await turn()
  equal(new URL(on.page.left[0] ?? '').searchParams.get('prompt'), 'create')
})

test('listeners hear of a sign-in, early and late ones', async () => {
  const session = await on.signedIn()
  equal((await heard(session, 'login')).name, 'Ada')
  equal((await heard(session, 'token')).accessToken, await session.getToken())
  equal(session.user?.name, 'Ada')
})

for (const [name, returnTo] of Object.entries({
  'another host': 'https://evil.example/',
  'a host without a scheme': '//evil.example',
  'a backslash': '/\\evil.example',
  'a script': 'javascript:alert(1)',
}))
  test(`a return address that is ${name} leads to the page above the callback`, async () => {
    await on.signedIn({}, { returnTo })
    equal(on.page.href, `${app}/`)
  })

test('an answer that nobody here asked for is refused', async () => {
  const callback = await on.walk(on.client())
  on.page.load(callback.replace(/state=[^&]+/, 'state=forged'))
  const session = on.client()
  equal((await heard(session, 'error')).code, 'state_mismatch')
  equal(await session.ready, null)
  equal(on.page.href, `${app}/`)
  ok(!on.provider.log.includes('POST /token authorization_code'))
})

test('an answer counts once', async () => {
  const callback = await on.walk(on.client())
  on.page.load(callback)
  const session = on.client()
  equal((await session.ready)?.sub, 'ada')
  await session.signOut({ everywhere: false })
  on.page.load(callback)
  const again = on.client()
  equal((await heard(again, 'error')).code, 'state_mismatch')
  equal(again.user, null)
  equal(on.provider.log.filter((line) => line.startsWith('POST /token')).length, 1)
})

test('who is signed in hears nothing of an answer that nobody asked for', async () => {
  const session = await on.signedIn()
  on.page.load(`${app}/callback?code=stolen&state=guessed`)
  const tab = on.client()
  tab.on('error', ({ code }) => ok(false, code))
  equal((await tab.ready)?.sub, 'ada')
  equal(await tab.getToken(), await session.getToken())
})

for (const [name, iss] of Object.entries({ wrong: 'https://evil.example', missing: null }))
  test(`an answer whose issuer is ${name} is refused before its code is used`, async () => {
    on.provider.levers.iss = iss
    on.page.load(await on.walk(on.client()))
    const session = on.client()
    equal((await heard(session, 'error')).code, 'issuer_mismatch')
    equal(await session.ready, null)
    ok(!on.provider.log.includes('POST /token authorization_code'))
  })

test('a server that does not promise the issuer may leave it out, but not name another', async () => {
  on.provider.levers.metadata = { authorization_response_iss_parameter_supported: undefined }
  on.provider.levers.iss = null
  equal((await (await on.signedIn()).ready)?.sub, 'ada')
})

test('metadata of another issuer is refused', async () => {
  on.provider.levers.metadata = { issuer: 'https://evil.example' }
  await rejects(on.client().signIn(), { code: 'issuer_mismatch' })
})

test('an ID token with another nonce signs nobody in', async () => {
  on.provider.levers.idToken = { nonce: 'other' }
  on.page.load(await on.walk(on.client()))
  const session = on.client()
  equal((await heard(session, 'error')).code, 'id_token_invalid')
  equal(session.user, null)
})

test('the server’s refusal is an error event, and the person is back where they were', async () => {
  const callback = await on.walk(on.client(), { returnTo: '/cart' })
  on.page.load(callback.replace(/code=[^&]+/, 'error=access_denied'))
  const session = on.client()
  equal((await heard(session, 'error')).code, 'access_denied')
  equal(on.page.href, `${app}/cart`)
})

test('a name that the ID token lacks comes from userinfo', async () => {
  on.provider.levers.idToken = { name: undefined }
  on.provider.levers.metadata = { userinfo_endpoint: `${on.provider.issuer}/userinfo` }
  equal((await on.signedIn()).user?.name, 'Ada from userinfo')
})

test('claims about somebody else are not believed', async () => {
  on.provider.levers.idToken = { name: undefined, sub: 'grace' }
  on.provider.levers.metadata = { userinfo_endpoint: `${on.provider.issuer}/userinfo` }
  const session = await on.signedIn()
  equal(session.user?.sub, 'grace')
  equal(session.user?.name, undefined)
})
