// How surely somebody signed in: what clients ask for, who can come to it, and what they are told (RFC 9470, OpenID Connect
// Core §5.5.1.1, MF-11).
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { authenticationClasses as classes } from '@countersign/protocol'
import { arm } from '../../accounts/factors/factors.fixture.ts'
import { byPassword, byTotp, together } from '../../accounts/sessions/session.ts'
import { openSession } from '../../accounts/sessions/sessions.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { Visitor } from '../../platform/house.ts'
import {
  ada,
  authorizeUrl,
  claimsIn,
  codeFor,
  errorOf,
  exchange,
  grace,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
} from '../house.ts'

describe('the class of a sign-in', () => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse()
  })
  after(() => house.close())
  beforeEach(() => house.runtime.advance(60))

  /** A browser in which somebody has just proven both factors. */
  async function surely(user: User): Promise<Visitor> {
    const browser = house.visitor()
    const opened = await openSession(
      house,
      { cookies: new Map(), headers: { get: () => undefined }, peer: '203.0.113.7' },
      { userId: user.id, authentication: together(byPassword, byTotp), remember: true },
    )
    assert.ok((await house.database.commit([opened.writes])).ok)
    browser.cookies.set('sid', /sid=([^;]*)/.exec(opened.cookies[0] ?? '')?.[1] ?? '')
    return browser
  }
  const essential = (...values: string[]) => ({
    claims: JSON.stringify({ id_token: { acr: { essential: true, values } } }),
  })
  const { mfa, password } = classes

  test('who has one factor goes on with it where more is wished for, and fails where it is essential', async () => {
    const browser = await house.signedIn(ada)
    assert.equal(
      await errorOf(browser, { acr_values: mfa, prompt: 'none', scope: 'openid' }),
      'consent_required',
    )
    assert.equal(await errorOf(browser, essential(mfa)), 'unmet_authentication_requirements')
    assert.equal(
      await errorOf(browser, { ...essential(mfa), prompt: 'none' }),
      'unmet_authentication_requirements',
    )
  })

  test('a sign-in that is to come to two factors is told so', async () => {
    for (const more of [{ acr_values: mfa }, essential(mfa)]) {
      const { location = '' } = await house.visitor().visit(authorizeUrl(more))
      assert.equal(new URL(location, 'http://x').searchParams.get('level'), 'mfa')
    }
    for (const asked of [undefined, password, `${mfa} ${password}`, 'gold']) {
      const { location = '' } = await house.visitor().visit(authorizeUrl({ acr_values: asked }))
      assert.equal(new URL(location, 'http://x').searchParams.get('level'), null, String(asked))
    }
  })

  test('MF-11: the ID token, the access token and introspection say what was proven, or what was asked for where that is less', async () => {
    const browser = await surely(ada)
    for (const [asked, told] of [
      [undefined, mfa],
      [mfa, mfa],
      [password, password],
      [`${classes.passkey} gold`, mfa],
    ] as const) {
      const code = (await codeFor(browser, { acr_values: asked })).get('code')
      const tokens = (await exchange(house.visitor(), code)).json()
      const identity = claimsIn(tokens['id_token'])
      assert.deepEqual([identity['acr'], identity['amr']], [told, ['pwd', 'otp', 'mfa']], String(asked))
      assert.equal(claimsIn(tokens['access_token'])['acr'], told)
      const seen = await introspected(house, String(tokens['access_token']))
      assert.deepEqual([seen['acr'], seen['amr']], [told, ['pwd', 'otp', 'mfa']])
    }
  })

  test('MF-05: a session from before the second factor gives no code any more, silently or not', async () => {
    const browser = await house.signedIn(grace)
    assert.ok((await codeFor(browser)).get('code'))
    await arm(house, grace.id)
    assert.equal(await errorOf(browser, { prompt: 'none' }), 'login_required')
    assert.match((await browser.visit(authorizeUrl())).location ?? '', /^\/sign-in\?/)
    const sure = await surely(grace)
    assert.ok((await codeFor(sure, essential(mfa))).get('code'))
  })

  test('the metadata names every class', async () => {
    const metadata = (await house.visitor().visit('/.well-known/openid-configuration')).json()
    assert.deepEqual(metadata['acr_values_supported'], Object.values(classes))
  })
})
