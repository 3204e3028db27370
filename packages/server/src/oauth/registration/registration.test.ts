import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { initiation } from '../authorize/initiate.ts'
import { clientById, disableClient } from '../clients/clients.store.ts'
import { ada, authorizeUrl, codeFor, consentPageOf, exchange, grace, post } from '../house.ts'
import {
  application,
  changeOf,
  openRegistrationHouse,
  type RegistrationHouse,
  stranger,
} from './registration.fixture.ts'

let open: RegistrationHouse
let byToken: RegistrationHouse
before(async () => {
  open = await openRegistrationHouse({ mode: 'open', scopes: ['accounts:read'] })
  byToken = await openRegistrationHouse({ mode: 'token' })
})
after(() => Promise.all([open.close(), byToken.close()]))

describe('registration', () => {
  test('PM-14: is off unless said, and then is in no metadata', async () => {
    const closed = await openRegistrationHouse({})
    try {
      const answer = await closed.register(application)
      assert.deepEqual([answer.status, answer.body['error']], [403, 'access_denied'])
      const own = { registration_client_uri: '/oauth/register/web', registration_access_token: 'x' }
      for (const method of ['GET', 'DELETE']) assert.equal((await closed.manage(method, own)).status, 403)
      assert.equal((await closed.manage('PUT', own, application)).status, 403)
      const metadata = async (house: RegistrationHouse) =>
        (await house.visitor().visit('/.well-known/openid-configuration')).json()['registration_endpoint']
      assert.equal(await metadata(closed), undefined)
      assert.equal(await metadata(open), 'http://localhost:4400/oauth/register')
    } finally {
      await closed.close()
    }
  })

  test('gives a client its id, its secret, the way to itself, and all that is registered of it', async () => {
    const { status, body, header } = await open.register(application, undefined, stranger())
    assert.equal(status, 201)
    assert.equal(header('cache-control'), 'no-store')
    const id = String(body['client_id'])
    assert.match(String(body['client_secret']), /^[\w-]{43}$/)
    assert.equal(body['client_secret_expires_at'], 0)
    assert.equal(body['client_id_issued_at'], open.runtime.now())
    assert.match(String(body['registration_access_token']), /^csra_/)
    assert.equal(body['registration_client_uri'], `http://localhost:4400/oauth/register/${id}`)
    assert.deepEqual(
      [body['client_name'], body['redirect_uris'], body['grant_types'], body['response_types']],
      ['An Application', application.redirect_uris, application.grant_types, ['code']],
    )
    assert.equal(body['token_endpoint_auth_method'], 'client_secret_basic')
    assert.equal(body['scope'], 'openid profile email address phone offline_access accounts:read')
    const stored = JSON.stringify(await open.database.read('select * from registrations', []))
    assert.ok(!stored.includes(String(body['registration_access_token'])))
    assert.ok(!JSON.stringify(await clientById(open.database, id)).includes(String(body['client_secret'])))
  })

  test('a client that registered itself takes people to tokens, and is nobody’s own', async () => {
    const { client_id: id, client_secret: secret } = await open.registered()
    const asked = { client_id: String(id), redirect_uri: 'https://app.example/cb', scope: 'openid' }
    const code = (await codeFor(await open.signedIn(ada), asked)).get('code')
    const { redirect_uri } = asked
    const answer = await exchange(open.visitor(), code, {
      client_id: String(id),
      client_secret: String(secret),
      redirect_uri,
    })
    assert.equal(answer.status, 200, answer.body)
    assert.equal((await clientById(open.database, String(id)))?.firstParty, false)
    const page = await (await open.signedIn(ada)).visit(
      authorizeUrl({ ...asked, scope: 'openid accounts:read' }),
    )
    assert.match(String(page.location), /^\/oauth\/authorize\?flow=/)
    const consent = await consentPageOf(await open.signedIn(grace), asked)
    assert.match(consent.body, /It registered itself/)
  })

  test('scripts of any origin may register: they send no cookie, and what they get is their own', async () => {
    const headers = { origin: 'https://inspector.example', 'access-control-request-method': 'POST' }
    const preflight = await open.visitor().visit('/oauth/register', { method: 'OPTIONS', headers })
    assert.equal(preflight.header('access-control-allow-origin'), '*')
    assert.match(preflight.header('access-control-allow-headers') ?? '', /authorization, content-type/)
    assert.equal(preflight.header('access-control-allow-credentials'), undefined)
  })

  test('a client gets less than it asks for where that is harmless', async () => {
    const { scope } = await open.registered({
      ...application,
      scope: 'openid transfers:write accounts:read nothing',
    })
    assert.equal(scope, 'openid accounts:read')
    const typed = await open.registered({
      redirect_uris: ['https://app.example/cb'],
      authorization_details_types: ['payment', 'accounts:read'],
    })
    // Types of details go by the same list.
    assert.deepEqual(typed['authorization_details_types'], ['accounts:read'])
    const without = await open.registered({
      ...application,
      grant_types: ['authorization_code'],
      scope: 'openid offline_access',
    })
    assert.equal(without['scope'], 'openid')
  })

  test('who gives up refresh tokens gives up offline_access with them, and need not say so', async () => {
    const body = await open.registered()
    assert.match(String(body['scope']), / offline_access/)
    const { grant_types: _, scope: _all, ...rest } = changeOf(body)
    const changed = await open.manage('PUT', body, rest)
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
    assert.deepEqual(changed.body['grant_types'], ['authorization_code'])
    assert.doesNotMatch(String(changed.body['scope']), /offline_access/)
  })

  test('a client does not register itself for what only operators give', async () => {
    for (const grant of ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange', 'password'])
      assert.deepEqual((await open.refusal({ ...application, grant_types: [grant] })).slice(0, 2), [
        400,
        'invalid_client_metadata',
      ])
    const body = await open.registered({
      ...application,
      first_party: true,
      api: 'https://bank.example/api',
      client_id: 'web',
    })
    const client = await clientById(open.database, String(body['client_id']))
    assert.deepEqual([client?.firstParty, client?.api, client?.id === 'web'], [false, null, false])
  })

  test('what a client wishes of sign-in holds where its requests say nothing of it', async () => {
    const body = await open.registered({
      ...application,
      default_max_age: 60,
      require_auth_time: true,
      default_acr_values: ['urn:example:strong'],
    })
    const asked = {
      client_id: String(body['client_id']),
      redirect_uri: 'https://app.example/cb',
      scope: 'openid',
    }
    const browser = await open.signedIn(ada)
    const at = async (more = {}) => (await browser.visit(authorizeUrl({ ...asked, ...more }))).location ?? ''
    assert.match(await at(), /^\/oauth\/authorize\?flow=/)
    open.runtime.advance(61)
    assert.match(await at(), /^\/sign-in\?/)
    assert.match(await at({ max_age: '1000' }), /^\/oauth\/authorize\?flow=/)
    assert.equal((await open.refusal({ ...application, default_max_age: -1 }))[1], 'invalid_client_metadata')
  })

  test('a client is opened from here by people who gave it something, and by nobody else', async () => {
    const metadata = { ...application, initiate_login_uri: 'https://app.example/begin?from=list' }
    const { client_id, client_secret: _ } = await open.registered(metadata)
    const clientId = String(client_id)
    const asked = { client_id: clientId, redirect_uri: 'https://app.example/cb', scope: 'openid' }
    assert.equal(await initiation(open, { userId: ada.id, clientId }), null)
    await codeFor(await open.signedIn(ada), asked)
    assert.equal(
      await initiation(open, { userId: ada.id, clientId }),
      'https://app.example/begin?from=list&iss=http%3A%2F%2Flocalhost%3A4400',
    )
    assert.equal(await initiation(open, { userId: grace.id, clientId }), null)
    await open.database.commit([disableClient(open.database, clientId, 1)])
    assert.equal(await initiation(open, { userId: ada.id, clientId }), null)
    assert.equal(await initiation(open, { userId: ada.id, clientId: 'web' }), null)
  })

  test('software statements are not approved here, whoever signed them', async () => {
    const answer = await open.refusal({ ...application, software_statement: 'eyJhbGciOiJub25lIn0.e30.' })
    assert.deepEqual(answer.slice(0, 2), [400, 'unapproved_software_statement'])
  })
})

describe('registration by token', () => {
  test('without a good token nothing is registered', async () => {
    const none = await byToken.register(application)
    assert.equal(none.status, 401)
    assert.equal(none.header('www-authenticate'), 'Bearer realm="registration"')
    const token = await byToken.invite()
    for (const bad of [
      'x',
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      token.replace('csit', 'csat'),
    ]) {
      const answer = await byToken.register(application, bad)
      assert.equal(answer.status, 401)
      assert.match(answer.header('www-authenticate') ?? '', /error="invalid_token"/)
    }
    assert.equal((await byToken.register(application, token)).status, 201)
    assert.equal((await byToken.register(application, token)).status, 401, 'it was good once')
  })

  test('a token is over when its time is, and is not spent by what is refused', async () => {
    const token = await byToken.invite({ uses: 2, seconds: 60 })
    assert.equal((await byToken.register({ redirect_uris: ['x'] }, token)).status, 400)
    assert.equal((await byToken.register(application, token)).status, 201)
    byToken.runtime.advance(60)
    assert.equal((await byToken.register(application, token)).status, 401)
  })

  test('a token has a policy of its own, which holds for later changes too', async () => {
    const token = await byToken.invite({
      policy: {
        grants: ['client_credentials'],
        scopes: ['accounts:read'],
        methods: ['client_secret_basic'],
        hosts: [],
      },
    })
    const machine = {
      grant_types: ['client_credentials'],
      response_types: [],
      scope: 'accounts:read transfers:write',
    }
    for (const other of [application, { ...machine, token_endpoint_auth_method: 'none' }])
      assert.equal((await byToken.register(other, token)).status, 400)
    const { status, body } = await byToken.register(machine, token)
    assert.deepEqual([status, body['scope']], [201, 'accounts:read'])
    const form = {
      grant_type: 'client_credentials',
      client_id: String(body['client_id']),
      client_secret: String(body['client_secret']),
      scope: 'accounts:read',
    }
    assert.equal((await post(byToken.visitor(), '/oauth/token', form)).status, 200)
    const changed = await byToken.manage(
      'PUT',
      body,
      changeOf(body, { scope: 'accounts:read transfers:write' }),
    )
    assert.deepEqual([changed.status, changed.body['scope']], [200, 'accounts:read'])
  })

  test('redirect URIs are at the hosts that the policy names', async () => {
    const token = await byToken.invite({ uses: 9, policy: { hosts: ['app.example'] } })
    assert.equal((await byToken.register(application, token)).status, 201)
    for (const uri of [
      'https://evil.example/cb',
      'https://app.example.evil.example/cb',
      'com.example.app:/cb',
      'http://127.0.0.1/cb',
    ])
      assert.equal(
        (await byToken.register({ redirect_uris: [uri] }, token)).body['error'],
        'invalid_redirect_uri',
        uri,
      )
  })
})
