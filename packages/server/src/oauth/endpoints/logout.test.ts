import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Visitor } from '../../platform/house.ts'
import { disableClient } from '../clients/clients.store.ts'
import { codeFor, exchange, grace, type OAuthHouse, openOAuthHouse, refresh } from '../house.ts'

const bye = 'https://web.example/bye'

describe('RP-initiated logout', () => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse()
  })
  after(() => house.close())

  /** A browser that signed in for `web`, and what `web` got. */
  const signedInForWeb = async (): Promise<{ browser: Visitor; idToken: string; refreshToken: unknown }> => {
    const browser = await house.signedIn()
    const code = (await codeFor(browser, { scope: 'openid offline_access' })).get('code')
    const tokens = (await exchange(house.visitor(), code)).json()
    return { browser, idToken: String(tokens['id_token']), refreshToken: tokens['refresh_token'] }
  }
  const address = (parameters: Record<string, string>): string =>
    `/oauth/logout?${new URLSearchParams(parameters)}`
  const isSignedIn = async (browser: Visitor): Promise<boolean> =>
    (await codeFor(browser, { prompt: 'none' })).get('error') !== 'login_required'

  test('a hint of the session ends it at once, and everything that lived by it; the person goes back with the state', async () => {
    const { browser, idToken, refreshToken } = await signedInForWeb()
    const answer = await browser.visit(
      address({ id_token_hint: idToken, post_logout_redirect_uri: bye, state: 'a b&c' }),
    )
    assert.equal(answer.status, 303)
    assert.equal(answer.location, `${bye}?state=a%20b%26c`)
    assert.equal(await isSignedIn(browser), false)
    assert.equal((await refresh(house.visitor(), refreshToken)).json()['error'], 'invalid_grant')
  })

  test('an expired hint still counts, a changed one never, and neither sends anybody anywhere unproven', async () => {
    const { browser, idToken } = await signedInForWeb()
    house.runtime.advance(3000)
    const changed = `${idToken.slice(0, -4)}AAAA`
    for (const id_token_hint of [changed, 'nonsense', idToken.replace('.', '..')]) {
      const refused = await browser.visit(address({ id_token_hint, post_logout_redirect_uri: bye }))
      assert.equal(refused.status, 400)
      assert.equal(refused.location, undefined)
    }
    assert.equal(await isSignedIn(browser), true)
    assert.equal(
      (await browser.visit(address({ id_token_hint: idToken, post_logout_redirect_uri: bye }))).location,
      bye,
    )
  })

  test('SE-11: an address that is not registered byte for byte is an error page, and nobody is signed out', async () => {
    const { browser, idToken } = await signedInForWeb()
    for (const uri of [
      `${bye}/`,
      `${bye}?added=1`,
      'https://evil.example/',
      `${bye}#x`,
      'https://web.example/callback',
    ]) {
      const refused = await browser.visit(address({ id_token_hint: idToken, post_logout_redirect_uri: uri }))
      assert.equal(refused.status, 400, uri)
      assert.equal(refused.location, undefined)
    }
    assert.equal(await isSignedIn(browser), true)
    const exact = await browser.visit(
      address({ id_token_hint: idToken, post_logout_redirect_uri: `${bye}?from=here`, state: 's' }),
    )
    assert.equal(exact.location, `${bye}?from=here&state=s`)
  })

  test('SE-10: without a hint the person is asked, by a page of ours, and stays signed in until the answer', async () => {
    const { browser } = await signedInForWeb()
    for (const parameters of [{}, { state: 'only' }, { client_id: 'web', post_logout_redirect_uri: bye }]) {
      const answer = await browser.visit(address(parameters as Record<string, string>))
      assert.match(answer.location ?? '', /^\/sign-out\?continue=/)
      assert.equal(await isSignedIn(browser), true)
    }
  })

  test('a hint of somebody else asks too', async () => {
    const { idToken } = await signedInForWeb()
    const other = await house.signedIn(grace)
    const answer = await other.visit(address({ id_token_hint: idToken, post_logout_redirect_uri: bye }))
    assert.match(answer.location ?? '', /^\/sign-out\?continue=/)
  })

  test('without an address, or without a session, the person sees that they are signed out', async () => {
    const { browser, idToken } = await signedInForWeb()
    assert.equal((await browser.visit(address({ id_token_hint: idToken }))).location, '/sign-out')
    assert.equal(
      (await browser.visit(address({ id_token_hint: idToken, post_logout_redirect_uri: bye }))).location,
      bye,
    )
    assert.equal(
      (await house.visitor().visit(address({ post_logout_redirect_uri: bye }))).location,
      '/sign-out',
      'nobody proved whose address it is',
    )
  })

  test('a hint for one client opens no address of another', async () => {
    const { browser, idToken } = await signedInForWeb()
    const refused = await browser.visit(
      address({ id_token_hint: idToken, client_id: 'other', post_logout_redirect_uri: bye }),
    )
    assert.equal(refused.status, 400)
    assert.equal(await isSignedIn(browser), true)
  })

  test('a POST comes back as the same request by GET, so that the cookie comes with it', async () => {
    const { browser, idToken } = await signedInForWeb()
    const posted = await browser.visit('/oauth/logout', {
      form: { id_token_hint: idToken, post_logout_redirect_uri: bye },
    })
    assert.equal(posted.status, 303)
    assert.equal((await browser.visit(posted.location ?? '')).location, bye)
    assert.equal(await isSignedIn(browser), false)
  })

  test('SC-06: what is posted stands in no address of ours, and what nobody sealed opens nothing', async () => {
    const { idToken } = await signedInForWeb()
    const somebody = await house.signedIn(grace)
    const posted = await somebody.visit('/oauth/logout', { form: { id_token_hint: idToken } })
    const asked = await somebody.visit(posted.location ?? '')
    for (const location of [posted.location, asked.location]) {
      assert.ok(location)
      assert.equal(
        idToken.split('.').some((part) => location.includes(part)),
        false,
      )
    }
    assert.equal((await somebody.visit('/oauth/logout?sealed=nonsense')).status, 400)
  })

  test('SE-11: the address of a client that is disabled is nobody’s', async () => {
    const ours = await openOAuthHouse()
    await ours.database.commit([disableClient(ours.database, 'web', ours.runtime.now())])
    const wire = { client_id: 'web', post_logout_redirect_uri: bye }
    const refused = await ours.visitor().visit(address(wire))
    assert.deepEqual([refused.status, refused.location], [400, undefined])
    await ours.close()
  })
})
