import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openHouse } from '../../platform/house.ts'
import { initiation } from '../authorize/initiate.ts'
import { changeClient, descriptionOf } from '../clients/change.ts'
import { clientById, disableClient } from '../clients/clients.store.ts'
import { ada, authorizeUrl, codeFor, exchange, grace, post } from '../house.ts'
import {
  application,
  changeOf,
  openRegistrationHouse,
  type RegistrationHouse,
} from './registration.fixture.ts'

let open: RegistrationHouse
let byToken: RegistrationHouse
before(async () => {
  open = await openRegistrationHouse({ mode: 'open', scopes: ['accounts:read'] })
  byToken = await openRegistrationHouse({ mode: 'token' })
})
after(() => Promise.all([open.close(), byToken.close()]))

/** A network of its own, so that no test uses up what another has left. */
let networks = 0
const stranger = () => {
  networks += 1
  return `198.51.${networks}.1`
}

async function registered(metadata: object = application): Promise<Record<string, unknown>> {
  const { status, body } = await open.register(metadata, undefined, stranger())
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

async function refusal(metadata: object | string): Promise<unknown[]> {
  const { status, body } = await open.register(metadata, undefined, stranger())
  return [status, body['error'], body['error_description']]
}

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
    const { client_id: id, client_secret: secret } = await registered()
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
  })

  test('a client gets less than it asks for where that is harmless', async () => {
    const { scope } = await registered({
      ...application,
      scope: 'openid transfers:write accounts:read nothing',
    })
    assert.equal(scope, 'openid accounts:read')
    const without = await registered({
      ...application,
      grant_types: ['authorization_code'],
      scope: 'openid offline_access',
    })
    assert.equal(without['scope'], 'openid')
  })

  test('a client does not register itself for what only operators give', async () => {
    for (const grant of ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange', 'password'])
      assert.deepEqual((await refusal({ ...application, grant_types: [grant] })).slice(0, 2), [
        400,
        'invalid_client_metadata',
      ])
    const body = await registered({
      ...application,
      first_party: true,
      api: 'https://bank.example/api',
      client_id: 'web',
    })
    const client = await clientById(open.database, String(body['client_id']))
    assert.deepEqual([client?.firstParty, client?.api, client?.id === 'web'], [false, null, false])
  })

  test('what a client wishes of sign-in holds where its requests say nothing of it', async () => {
    const body = await registered({
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
    assert.equal((await refusal({ ...application, default_max_age: -1 }))[1], 'invalid_client_metadata')
  })

  test('a client is opened from here by people who gave it something, and by nobody else', async () => {
    const metadata = { ...application, initiate_login_uri: 'https://app.example/begin?from=list' }
    const { client_id, client_secret: _ } = await registered(metadata)
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
    const answer = await refusal({ ...application, software_statement: 'eyJhbGciOiJub25lIn0.e30.' })
    assert.deepEqual(answer.slice(0, 2), [400, 'unapproved_software_statement'])
  })
})

describe('hostile metadata', () => {
  test('AZ-03: http redirect URIs are for loopback hosts only', async () => {
    assert.deepEqual((await refusal({ redirect_uris: ['http://rp.example/cb'] })).slice(0, 2), [
      400,
      'invalid_redirect_uri',
    ])
    for (const uri of ['http://127.0.0.1/cb', 'http://localhost:8080/cb', 'http://[::1]/cb'])
      await registered({ redirect_uris: [uri], token_endpoint_auth_method: 'none' })
  })

  test('AZ-05: no fragment, no user, no wildcard; private schemes are reverse domains', async () => {
    const bad = [
      'https://app.example/cb#',
      'https://app.example/cb#part',
      'https://user@app.example/cb',
      'https://*.app.example/cb',
      'https://app.example/*',
      'app:/cb',
      'app.example',
      '/cb',
      'https://APP.example/cb',
      'https://app.example:443/cb',
    ]
    for (const uri of bad)
      assert.equal((await refusal({ redirect_uris: [uri] }))[1], 'invalid_redirect_uri', uri)
    assert.equal((await registered({ redirect_uris: ['com.example.app:/cb'] }))['application_type'], 'native')
    const web = { redirect_uris: ['com.example.app:/cb'], application_type: 'web' }
    assert.equal((await refusal(web))[1], 'invalid_redirect_uri')
  })

  test('AZ-06: no address of a client runs anything or stays on this machine', async () => {
    const members = [
      ['logo_uri'],
      ['policy_uri'],
      ['tos_uri'],
      ['client_uri'],
      ['initiate_login_uri'],
      ['jwks_uri'],
      ['backchannel_logout_uri'],
      ['frontchannel_logout_uri'],
      ['request_uris', 'list'],
      ['post_logout_redirect_uris', 'list'],
      ['redirect_uris', 'list'],
    ] as const
    const addresses = [
      'javascript:alert(1)',
      'JavaScript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'blob:x',
    ]
    for (const [name, list] of members)
      for (const uri of addresses) {
        const [status, , words] = await refusal({ ...application, [name]: list === undefined ? uri : [uri] })
        assert.equal(status, 400, `${name} ${uri}`)
        assert.ok(!String(words).includes(uri), 'input is not quoted')
      }
  })

  test('FD-06: addresses that are fetched are not on private networks', async () => {
    const house = await openHouse({ development: false, issuer: 'http://localhost:4400' })
    const strict = await openRegistrationHouse({ mode: 'open', most: 100 }, house)
    try {
      const hosts = [
        '10.0.0.1',
        '127.0.0.1',
        '169.254.169.254',
        '[::1]',
        '[fd00::1]',
        'localhost',
        'a.localhost',
      ]
      for (const host of hosts)
        for (const metadata of [
          { jwks_uri: `https://${host}/jwks` },
          { request_uris: [`https://${host}/request`] },
          { backchannel_logout_uri: `https://${host}/out` },
        ]) {
          const answer = await strict.register({ ...application, ...metadata }, undefined, stranger())
          assert.deepEqual([answer.status, answer.body['error']], [400, 'invalid_client_metadata'], host)
        }
      const fine = { ...application, jwks_uri: 'https://app.example/jwks' }
      assert.equal((await strict.register(fine, undefined, stranger())).status, 201)
    } finally {
      await strict.close()
    }
  })

  test('what is no metadata is refused without a word of it', async () => {
    const deep = `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`
    const cases: [string, object | string, number][] = [
      ['nothing', '', 400],
      ['no JSON', '{"redirect_uris":', 400],
      ['a list', '[]', 400],
      ['a text', '"text"', 400],
      ['two members of one name', '{"client_name":"a","client_name":"b"}', 400],
      ['a deep object', deep, 400],
      ['control characters', { ...application, client_name: 'Bank\u202Eelpmaxe' }, 400],
      ['a long name', { ...application, client_name: 'x'.repeat(101) }, 400],
      [
        'many addresses',
        { redirect_uris: Array.from({ length: 21 }, (_, at) => `https://app.example/${at}`) },
        400,
      ],
      [
        'much of everything',
        { ...application, contacts: Array.from({ length: 19 }, () => 'x'.repeat(2000)) },
        400,
      ],
      ['keys twice', { ...application, jwks: { keys: [] }, jwks_uri: 'https://app.example/jwks' }, 400],
    ]
    for (const [name, metadata, status] of cases) {
      const answer = await open.register(metadata, undefined, stranger())
      assert.equal(answer.status, status, name)
      assert.equal(typeof answer.body['error'], 'string', name)
    }
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
    const own = '{"__proto__":{"polluted":1},"redirect_uris":["https://app.example/cb"]}'
    assert.equal((await refusal(own))[0], 400)
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  })

  test('whoever registers too often waits, and others do not', async () => {
    const peer = stranger()
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => open.register(application, undefined, peer)),
    )
    assert.equal(answers.filter(({ status }) => status === 201).length, 20)
    const late = answers.find(({ status }) => status === 429)
    assert.ok(Number(late?.header('retry-after')) > 0)
    await registered()
  })

  test('there are never more of such clients than an operator wants', async () => {
    const small = await openRegistrationHouse({ mode: 'open', most: 3 })
    try {
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => small.register(application, undefined, stranger())),
      )
      assert.equal(answers.filter(({ status }) => status === 201).length, 3)
      const [last] = answers.filter(({ status }) => status !== 201)
      assert.deepEqual([last?.status, last?.body['error']], [403, 'access_denied'])
    } finally {
      await small.close()
    }
  })
})

describe('registration by token', () => {
  test('without a good token nothing is registered', async () => {
    const none = await byToken.register(application)
    assert.equal(none.status, 401)
    assert.equal(none.header('www-authenticate'), 'Bearer realm="registration"')
    const token = await byToken.invite()
    for (const bad of ['x', `${token.slice(0, -1)}A`, token.replace('csit', 'csat')]) {
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

describe('a client looks after itself (RFC 7592)', () => {
  test('it reads what is registered of it, as often as it likes, and without its secret', async () => {
    const body = await registered()
    for (const _ of [1, 2]) {
      const read = await open.manage('GET', body)
      assert.equal(read.status, 200)
      const { client_secret: _secret, client_secret_expires_at: _end, ...rest } = body
      assert.deepEqual(read.body, rest)
    }
  })

  test('a change replaces everything, and its token; the old one is refused from then on', async () => {
    const body = await registered({ ...application, logo_uri: 'https://app.example/logo.png' })
    const { logo_uri: _, ...rest } = changeOf(body, { client_name: 'Renamed' })
    const changed = await open.manage('PUT', body, rest)
    assert.equal(changed.status, 200, JSON.stringify(changed.body))
    assert.deepEqual([changed.body['client_name'], changed.body['logo_uri']], ['Renamed', undefined])
    assert.equal(changed.body['client_secret'], undefined, 'the secret stays as it is')
    assert.notEqual(changed.body['registration_access_token'], body['registration_access_token'])
    assert.equal((await open.manage('GET', body)).status, 401)
    assert.equal((await open.manage('GET', changed.body)).body['client_name'], 'Renamed')
  })

  test('null is as good as nothing, and a secret comes and goes with the need for it', async () => {
    const body = await registered()
    const open1 = await open.manage(
      'PUT',
      body,
      changeOf(body, { token_endpoint_auth_method: 'none', client_secret: null }),
    )
    assert.equal(open1.status, 200, JSON.stringify(open1.body))
    const again = changeOf(open1.body, { token_endpoint_auth_method: 'client_secret_post', contacts: null })
    const closed = await open.manage('PUT', open1.body, again)
    assert.match(String(closed.body['client_secret']), /^[\w-]{43}$/)
    assert.equal(closed.body['client_secret_expires_at'], 0)
  })

  test('people are asked anew about a client that has made itself look like another one', async () => {
    const body = await registered()
    const client_id = String(body['client_id'])
    const asked = { client_id, redirect_uri: 'https://app.example/cb', scope: 'openid' }
    const browser = await open.signedIn(ada)
    const isAsked = async () =>
      /^\/oauth\/authorize\?flow=/.test((await browser.visit(authorizeUrl(asked))).location ?? '')
    await codeFor(browser, asked)
    assert.equal(await isAsked(), false)
    open.runtime.advance(1)
    const contacts = await open.manage('PUT', body, changeOf(body, { contacts: ['ops@app.example'] }))
    assert.equal(await isAsked(), false)
    const renamed = await open.manage(
      'PUT',
      contacts.body,
      changeOf(contacts.body, { client_name: 'Your Bank' }),
    )
    assert.equal(renamed.status, 200)
    open.runtime.advance(2)
    assert.equal(await isAsked(), true)
    await changeClient(open, client_id, descriptionOf)
    assert.equal(await isAsked(), true)
  })

  test('a change must be about this client, and name nothing that is not the client’s to say', async () => {
    const body = await registered()
    const other = await registered()
    const bad = [
      { client_id: other['client_id'] },
      { client_id: undefined },
      { client_secret: other['client_secret'] },
      { client_secret: 5 },
      { registration_access_token: body['registration_access_token'] },
      { registration_client_uri: body['registration_client_uri'] },
      { client_id_issued_at: 1 },
      { client_secret_expires_at: 0 },
      { software_statement: 'x' },
      { redirect_uris: ['http://evil.example/'] },
      { grant_types: ['client_credentials'] },
    ]
    for (const change of bad)
      assert.equal(
        (await open.manage('PUT', body, changeOf(body, change))).status,
        400,
        JSON.stringify(change),
      )
    assert.equal((await open.manage('GET', body)).status, 200, 'what is refused uses no token up')
    const address = { ...body, registration_client_uri: other['registration_client_uri'] }
    for (const method of ['GET', 'DELETE']) assert.equal((await open.manage(method, address)).status, 401)
    const unknown = { ...body, registration_client_uri: '/oauth/register/nobody' }
    assert.equal((await open.manage('GET', unknown)).status, 401)
    assert.equal((await open.manage('POST', body, {})).status, 405)
  })

  test('what an operator gave a client is not lost when it changes itself', async () => {
    const body = await registered()
    const id = String(body['client_id'])
    const given = await changeClient(open, id, (client) => ({
      ...descriptionOf(client),
      firstParty: true,
      scopes: [...client.scopes, 'transfers:write'],
    }))
    assert.ok(given?.ok)
    const change = changeOf(body, { scope: 'openid transfers:write ledger:read', client_name: 'Still' })
    const changed = await open.manage('PUT', body, change)
    assert.equal(changed.body['scope'], 'openid transfers:write')
    assert.equal((await clientById(open.database, id))?.firstParty, true)
  })

  test('a client that is deleted is gone with all that it was given, and one that is disabled is nobody', async () => {
    const body = await registered()
    assert.equal((await open.manage('DELETE', body)).status, 204)
    assert.equal((await open.manage('GET', body)).status, 401)
    assert.equal(await clientById(open.database, String(body['client_id'])), undefined)
    const rows = await open.database.read(
      `select * from registrations where client_id = '${String(body['client_id'])}'`,
      [],
    )
    assert.equal(rows.length, 0)
    const other = await registered()
    await open.database.commit([disableClient(open.database, String(other['client_id']), 1)])
    for (const method of ['GET', 'DELETE']) assert.equal((await open.manage(method, other)).status, 401)
  })

  test('whoever guesses tokens is stopped, and the client’s own still works', async () => {
    const body = await registered()
    const guess = { ...body, registration_access_token: 'guess' }
    const statuses = new Set<number>()
    for (let count = 0; count < 30; count += 1) statuses.add((await open.manage('GET', guess)).status)
    assert.deepEqual([...statuses].sort(), [401, 429])
    assert.equal((await open.manage('GET', body)).status, 200)
  })
})
