import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { byPassword } from '../../accounts/sessions/session.ts'
import {
  ada,
  claimsIn,
  codeFor,
  errorOf,
  exchange,
  grace,
  type OAuthHouse,
  openOAuthHouse,
  secret,
  type Wire,
} from '../house.ts'

describe('The claims parameter', () => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse()
  })
  after(() => house.close())

  /** What a request's tokens and userinfo say. */
  async function told(claims: object, more: Wire = {}) {
    const code = (await codeFor(await house.signedIn(), { claims: JSON.stringify(claims), ...more })).get(
      'code',
    )
    const tokens = (await exchange(house.visitor(), code, { client_id: 'web', client_secret: secret })).json()
    const authorization = `Bearer ${String(tokens['access_token'])}`
    const userinfo = await house.visitor().visit('/oauth/userinfo', { headers: { authorization } })
    return { idToken: claimsIn(tokens['id_token']), userinfo: userinfo.json() }
  }
  const error = async (claims: object, user = ada, more: Wire = {}) =>
    errorOf(await house.signedIn(user), {
      claims: JSON.stringify(claims),
      prompt: 'none',
      scope: 'openid',
      ...more,
    })

  test('oidcc-claims-essential: a claim is told where it is asked for, however it is asked for', async () => {
    for (const how of [null, { essential: true }, { essential: false }, { value: 'Ada Lovelace' }, {}]) {
      const { idToken, userinfo } = await told(
        { userinfo: { name: how }, id_token: { nickname: how } },
        { scope: 'openid' },
      )
      assert.equal(userinfo['name'], ada.name)
      assert.equal(userinfo['nickname'], undefined)
      assert.equal(idToken['nickname'], ada.claims['nickname'])
      assert.equal(idToken['name'], undefined)
    }
  })

  test('an essential claim that nobody knows is left out, and is no error', async () => {
    const { idToken, userinfo } = await told(
      {
        userinfo: { unheard_of: { essential: true } },
        id_token: { 'name#ja': { essential: true }, auth_time: { essential: true } },
      },
      { scope: 'openid' },
    )
    assert.deepEqual(Object.keys(userinfo), ['sub'])
    assert.equal(idToken['name#ja'], undefined)
    assert.equal(typeof idToken['auth_time'], 'number')
  })

  test('C34: a claim by name is never one that we make', async () => {
    const mine = ['sub', 'iss', 'aud', 'exp', 'sid', 'roles', 'constructor', 'toString']
    const asked = Object.fromEntries(mine.map((name) => [name, null]))
    const { idToken, userinfo } = await told({ userinfo: asked, id_token: asked }, { scope: 'openid' })
    assert.deepEqual(userinfo, { sub: ada.id })
    assert.deepEqual([idToken['sub'], idToken['aud'], idToken['roles']], [ada.id, 'web', undefined])
  })

  test('a subject by value, in either place, is who must be signed in', async () => {
    for (const place of ['id_token', 'userinfo']) {
      assert.equal(await error({ [place]: { sub: { value: ada.id } } }), null)
      assert.equal(await error({ [place]: { sub: { values: [grace.id, ada.id] } } }), null)
      assert.equal(await error({ [place]: { sub: { value: ada.id } } }, grace), 'login_required')
      assert.equal(await error({ [place]: { sub: { values: [] } } }), 'login_required')
      assert.equal(await error({ [place]: { sub: { value: 7 } } }), 'login_required')
    }
  })

  test('an essential kind of sign-in is met or refused, a wished one is neither', async () => {
    const acr = (how: object) => ({ id_token: { acr: how } })
    assert.equal(await error(acr({ essential: true, values: ['gold', byPassword.acr] })), null)
    assert.equal(await error(acr({ essential: true, value: byPassword.acr })), null)
    assert.equal(await error(acr({ essential: true })), null)
    assert.equal(await error(acr({ essential: true, value: 'gold' })), 'unmet_authentication_requirements')
    assert.equal(await error(acr({ value: 'gold' })), null)
    assert.equal(await error(acr({ values: ['gold'] }), ada, { acr_values: 'gold' }), null)
  })

  test('what is no claims parameter is said to be none', async () => {
    const browser = await house.signedIn()
    for (const claims of [
      '[]',
      '{"userinfo":[]}',
      '{"userinfo":{"name":7}}',
      '{"id_token":{"acr":{"values":"a"}}}',
      '{"a":1,"a":2}',
      '{',
    ])
      assert.equal(await errorOf(browser, { claims }), 'invalid_request', claims)
  })
})
