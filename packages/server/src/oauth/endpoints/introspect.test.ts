import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { defineRole, grantRole, withdrawRole } from '../../access/roles.store.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { deleteClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import {
  ada,
  bank,
  introspected,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  post,
  secret,
  tokensFor,
} from '../house.ts'

let house: OAuthHouse
before(async () => {
  house = await openOAuthHouse()
})
after(() => house.close())

const inactive = { active: false }

async function machineToken(scope = 'accounts:read'): Promise<unknown> {
  const form = { grant_type: 'client_credentials', client_id: 'machine', client_secret: secret, scope }
  return (await post(house.visitor(), '/oauth/token', form)).json()['access_token']
}

describe('Introspection', () => {
  test('tells a client about its own token', async () => {
    const { access_token: token } = await tokensFor(house)
    const seen = await introspected(house, token)
    assert.equal(seen['active'], true)
    assert.equal(seen['token_type'], 'Bearer')
    assert.equal(seen['sub'], ada.id)
    assert.equal(seen['username'], 'ada')
    assert.equal(seen['client_id'], 'web')
    assert.equal(seen['aud'], bank)
    assert.equal(seen['iss'], house.issuer.url)
    assert.equal(seen['scope'], 'openid accounts:read')
    assert.equal(typeof seen['exp'], 'number')
  })

  test('JW-18: tells an API about tokens made for it, and nobody else', async () => {
    const forBank = await machineToken()
    const forLedger = await machineToken('ledger:read')
    assert.equal((await introspected(house, forBank, 'bank-api'))['sub'], 'machine')
    assert.deepEqual(await introspected(house, forLedger, 'bank-api'), inactive)
    assert.deepEqual(await introspected(house, forBank, 'other'), inactive)
    assert.equal((await introspected(house, forLedger, 'machine'))['aud'], ledger)
  })

  test('JW-18: asks who is asking', async () => {
    const token = String(await machineToken())
    const anonymous = await post(house.visitor(), '/oauth/introspect', { token })
    assert.equal(anonymous.status, 401)
    const public_ = await post(house.visitor(), '/oauth/introspect', { token, client_id: 'spa' })
    assert.equal(public_.status, 401)
    assert.equal(public_.json()['error'], 'invalid_client')
    const missing = await post(house.visitor(), '/oauth/introspect', {
      client_id: 'machine',
      client_secret: secret,
    })
    assert.equal(missing.json()['error'], 'invalid_request')
    assert.equal((await house.visitor().visit('/oauth/introspect')).status, 405)
  })

  test('JW-18: says nothing but inactive of what is expired, altered or made up', async () => {
    const token = String(await machineToken())
    const [header = '', payload = '', signature = ''] = token.split('.')
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    const texts = [
      'x',
      '..',
      `${token}x`,
      `${header}.${payload}.`,
      `${none}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
      `csat_${'A'.repeat(49)}`,
      `csrt_${'A'.repeat(49)}`,
      'A'.repeat(20_000),
    ]
    for (const text of texts)
      assert.deepEqual(await introspected(house, text, 'machine'), inactive, text.slice(0, 40))
    house.runtime.advance(300)
    assert.deepEqual(await introspected(house, token, 'machine'), inactive)
  })

  test('JW-09: an ID token is no access token', async () => {
    assert.deepEqual(await introspected(house, (await tokensFor(house))['id_token']), inactive)
  })

  test('PM-05: roles are those of now', async () => {
    const { database } = house
    await database.commit([defineRole(database, { name: 'teller', description: '' })])
    await database.commit([grantRole(database, ada.id, 'teller')])
    const { access_token: token } = await tokensFor(house)
    assert.deepEqual((await introspected(house, token))['roles'], ['teller'])
    await database.commit([withdrawRole(database, ada.id, 'teller')])
    assert.equal('roles' in (await introspected(house, token)), false)
  })

  test('a refresh token is its client’s alone, and only while it is the living end', async () => {
    const first = await tokensFor(house, { scope: 'openid offline_access accounts:read' })
    const token = first['refresh_token']
    assert.equal((await introspected(house, token))['active'], true)
    assert.deepEqual(await introspected(house, token, 'other'), inactive)
    assert.deepEqual(await introspected(house, token, 'bank-api'), inactive)
    const form = {
      grant_type: 'refresh_token',
      refresh_token: String(token),
      client_id: 'web',
      client_secret: secret,
    }
    await post(house.visitor(), '/oauth/token', form)
    assert.deepEqual(await introspected(house, token), inactive)
  })

  test('JW-04: a hostile kid is no key and no error', async () => {
    const token = String(await machineToken())
    const [header = '', ...rest] = token.split('.')
    const parsed = JSON.parse(Buffer.from(header, 'base64url').toString()) as Record<string, unknown>
    for (const kid of ["' or 1=1 --", '../../etc/passwd', '__proto__', 'constructor', 'k'.repeat(5000)]) {
      const bent = Buffer.from(JSON.stringify({ ...parsed, kid })).toString('base64url')
      assert.deepEqual(await introspected(house, [bent, ...rest].join('.'), 'machine'), inactive)
    }
  })
})

test('C22 (CVE-2026-55670): a token of a deleted client is none of the client that is given its name', async () => {
  const ours = await openOAuthHouse()
  const description = { id: 'again', name: 'Again', secret, scopes: ['accounts:read', 'ledger:read'] }
  await createClient(ours, description)
  const own = async (scope: string) => {
    const form = { grant_type: 'client_credentials', client_id: 'again', client_secret: secret, scope }
    return (await post(ours.visitor(), '/oauth/token', form)).json()['access_token']
  }
  const old = [await own('accounts:read'), await own('ledger:read')]
  await ours.database.commit([deleteClient(ours, 'again')])
  ours.runtime.advance(1)
  await createClient(ours, description)
  for (const token of old) assert.deepEqual(await introspected(ours, token, 'again'), inactive)
  assert.equal((await introspected(ours, await own('accounts:read'), 'again'))['active'], true)
  await ours.close()
})

describe('Revocation', () => {
  const revoke = (token: unknown, more: Record<string, string | undefined> = {}) =>
    post(house.visitor(), '/oauth/revoke', {
      token: String(token),
      client_id: 'web',
      client_secret: secret,
      ...more,
    })
  const offline = { scope: 'openid offline_access accounts:read' }

  test('of a refresh token ends its family', async () => {
    const tokens = await tokensFor(house, offline)
    const answer = await revoke(tokens['refresh_token'], { token_type_hint: 'access_token' })
    assert.equal(answer.status, 200)
    assert.equal(answer.body, '')
    assert.deepEqual(await introspected(house, tokens['refresh_token']), inactive)
    assert.deepEqual(await introspected(house, tokens['access_token']), inactive)
  })

  test('of an access token ends that one alone', async () => {
    const tokens = await tokensFor(house, offline)
    assert.equal((await revoke(tokens['access_token'])).status, 200)
    assert.deepEqual(await introspected(house, tokens['access_token']), inactive)
    assert.deepEqual(await introspected(house, tokens['access_token'], 'bank-api'), inactive)
    assert.equal((await introspected(house, tokens['refresh_token']))['active'], true)
    assert.equal((await revoke(tokens['access_token'])).status, 200)
  })

  test('of an opaque token, and of one that a client got for itself, likewise', async () => {
    const opaque = await machineToken('ledger:read')
    const jwt = await machineToken()
    for (const token of [opaque, jwt]) {
      assert.equal((await introspected(house, token, 'machine'))['active'], true)
      await revoke(token, { client_id: 'machine' })
      assert.deepEqual(await introspected(house, token, 'machine'), inactive)
    }
  })

  test('RT-12: public clients revoke too, and nobody revokes another’s', async () => {
    const mine = await tokensFor(house, { ...offline, client_id: 'spa' })
    const others = await tokensFor(house, offline)
    const asSpa = { client_id: 'spa', client_secret: undefined }
    for (const token of [others['refresh_token'], others['access_token'], 'unknown', 'x.y.z']) {
      assert.equal((await revoke(token, asSpa)).status, 200)
    }
    assert.equal((await introspected(house, others['refresh_token']))['active'], true)
    assert.equal((await introspected(house, others['access_token']))['active'], true)
    await revoke(mine['refresh_token'], asSpa)
    assert.deepEqual(await introspected(house, mine['access_token'], 'bank-api'), inactive)
  })

  test('asks who is asking, and for a token', async () => {
    assert.equal((await revoke('x', { client_secret: 'wrong' })).status, 401)
    const missing = await post(house.visitor(), '/oauth/revoke', { client_id: 'web', client_secret: secret })
    assert.equal(missing.json()['error'], 'invalid_request')
  })

  test('RT-13 C10: a failure to store is never called success', async () => {
    const failing = await openOAuthHouse()
    const tokens = await tokensFor(failing, offline)
    await failing.database.commit([{ sql: 'drop table events', parameters: [] }])
    const form = { token: String(tokens['refresh_token']), client_id: 'web', client_secret: secret }
    assert.ok((await post(failing.visitor(), '/oauth/revoke', form)).status >= 500)
    assert.equal((await introspected(failing, tokens['access_token']))['active'], true)
    await failing.close()
  })

  test('SC-08: is written down', async () => {
    const tokens = await tokensFor(house, offline)
    await revoke(tokens['refresh_token'])
    const rows = await house.database.read(
      "select * from events where type = 'token.revoked' order by id desc limit 1",
      [],
    )
    assert.equal(rows[0]?.['client_id'], 'web')
    assert.equal(rows[0]?.['user_id'], ada.id)
  })
})

describe('UserInfo', () => {
  const everything = 'openid profile email address phone'
  const bearer = (token: unknown) => ({ headers: { authorization: `Bearer ${String(token)}` } })

  test('tells what the scopes allow, by GET, by POST, and by POST with the token in the form', async () => {
    const { access_token: token } = await tokensFor(house, { scope: everything })
    const byGet = await house.visitor().visit('/oauth/userinfo', bearer(token))
    const byPost = await house.visitor().visit('/oauth/userinfo', { method: 'POST', ...bearer(token) })
    const byForm = await post(house.visitor(), '/oauth/userinfo', { access_token: String(token) })
    for (const { status, body } of [byGet, byPost, byForm]) {
      assert.equal(status, 200)
      assert.equal(body, byGet.body)
    }
    const claims = byGet.json()
    assert.equal(claims['sub'], ada.id)
    assert.equal(claims['email'], 'ada@example.test')
    assert.equal(claims['email_verified'], true)
    assert.equal(claims['preferred_username'], 'ada')
    assert.deepEqual(claims['address'], { formatted: '12 St James’s Square, London' })
    assert.equal(Object.keys(claims).length, 20, 'every standard claim')
  })

  test('each scope gives its own claims', async () => {
    const keys = async (scope: string) => {
      const { access_token: token } = await tokensFor(house, { scope })
      return Object.keys((await house.visitor().visit('/oauth/userinfo', bearer(token))).json()).toSorted()
    }
    assert.deepEqual(await keys('openid'), ['sub'])
    assert.deepEqual(await keys('openid email'), ['email', 'email_verified', 'sub'])
    assert.deepEqual(await keys('openid phone'), ['phone_number', 'phone_number_verified', 'sub'])
    assert.deepEqual(await keys('openid address'), ['address', 'sub'])
    assert.equal((await keys('openid profile')).includes('birthdate'), true)
  })

  test('claims asked for by name come without their scope', async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true }, nonsense: null, sub: null } })
    const { access_token: token } = await tokensFor(house, { claims })
    const told = (await house.visitor().visit('/oauth/userinfo', bearer(token))).json()
    assert.deepEqual(told, { name: 'Ada Lovelace', sub: ada.id })
  })

  test('JW-17: no token, or one in the query, is no token', async () => {
    const { access_token: token } = await tokensFor(house)
    for (const path of ['/oauth/userinfo', `/oauth/userinfo?access_token=${String(token)}`]) {
      const answer = await house.visitor().visit(path)
      assert.equal(answer.status, 401)
      const challenges =
        /^Bearer realm="userinfo", resource_metadata="[^"]+", DPoP realm="userinfo", resource_metadata="[^"]+", algs="ES256 [^"]+"$/
      assert.match(answer.header('www-authenticate') ?? '', challenges)
    }
  })

  test('two tokens at once are refused, and so is half a one', async () => {
    const { access_token: token } = await tokensFor(house)
    const both = await post(
      house.visitor(),
      '/oauth/userinfo',
      { access_token: String(token) },
      bearer(token).headers,
    )
    assert.equal(both.status, 400)
    assert.equal((await house.visitor().visit('/oauth/userinfo', bearer(''))).status, 400)
  })

  test('JW-19: needs openid', async () => {
    const { access_token: token } = await tokensFor(house, { scope: 'accounts:read' })
    const answer = await house.visitor().visit('/oauth/userinfo', bearer(token))
    assert.equal(answer.status, 403)
    assert.match(answer.header('www-authenticate') ?? '', /error="insufficient_scope".*scope="openid"/)
    assert.equal((await house.visitor().visit('/oauth/userinfo', bearer(await machineToken()))).status, 401)
  })

  test('JW-19: needs a session that was not ended', async () => {
    const { access_token: token } = await tokensFor(house)
    await house.database.commit([endAllSessions(house.database, house.runtime.now(), ada.id)])
    const answer = await house.visitor().visit('/oauth/userinfo', bearer(token))
    assert.equal(answer.status, 401)
    assert.match(answer.header('www-authenticate') ?? '', /error="invalid_token"/)
  })

  test('JW-09: takes neither an ID token nor a refresh token', async () => {
    const tokens = await tokensFor(house, { scope: 'openid offline_access' })
    for (const name of ['id_token', 'refresh_token']) {
      assert.equal((await house.visitor().visit('/oauth/userinfo', bearer(tokens[name]))).status, 401)
    }
  })
})
