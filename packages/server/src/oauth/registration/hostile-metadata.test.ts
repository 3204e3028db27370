import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openHouse } from '../../platform/house.ts'
import { operatorRows } from '../clients/metadata/operator-rows.ts'
import { rows } from '../clients/metadata/rows.ts'
import { unsupported } from '../clients/metadata/unsupported.ts'
import { placeThatSays } from '../subjects/subjects.fixture.ts'
import {
  application,
  openRegistrationHouse,
  type RegistrationHouse,
  stranger,
} from './registration.fixture.ts'

let open: RegistrationHouse
before(async () => {
  open = await openRegistrationHouse({ mode: 'open', scopes: ['accounts:read'] })
})
after(() => open.close())

describe('hostile metadata', () => {
  test('AZ-03: http redirect URIs are for loopback hosts only', async () => {
    assert.deepEqual((await open.refusal({ redirect_uris: ['http://rp.example/cb'] })).slice(0, 2), [
      400,
      'invalid_redirect_uri',
    ])
    for (const uri of ['http://127.0.0.1/cb', 'http://localhost:8080/cb', 'http://[::1]/cb'])
      await open.registered({ redirect_uris: [uri], token_endpoint_auth_method: 'none' })
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
      assert.equal((await open.refusal({ redirect_uris: [uri] }))[1], 'invalid_redirect_uri', uri)
    assert.equal(
      (await open.registered({ redirect_uris: ['com.example.app:/cb'] }))['application_type'],
      'native',
    )
    const web = { redirect_uris: ['com.example.app:/cb'], application_type: 'web' }
    assert.equal((await open.refusal(web))[1], 'invalid_redirect_uri')
  })

  test('AZ-21: no client has a name that nobody sees, or that covers what stands beside it', async () => {
    const names = ['\u3164', '\u2800\u2800', '\u115f\u1160', 'An\u2028Application', `A${'\u0300'.repeat(4)}`]
    for (const name of names)
      assert.equal((await open.refusal({ ...application, client_name: name }))[0], 400, JSON.stringify(name))
    for (const name of ['Ünïcode ❤️', 'אפליקציה', 'アプリ'])
      assert.equal((await open.registered({ ...application, client_name: name }))['client_name'], name)
  })

  test('no client gets into the sector of another one whose answers it would never see', async () => {
    const device = 'urn:ietf:params:oauth:grant-type:device_code'
    const pairwise = { ...application, subject_type: 'pairwise' }
    const [status, code] = await open.refusal({ ...pairwise, grant_types: ['authorization_code', device] })
    assert.deepEqual([status, code], [400, 'invalid_client_metadata'])
    const list = await placeThatSays(JSON.stringify(application.redirect_uris))
    const joining = {
      client_name: 'Other',
      subject_type: 'pairwise',
      sector_identifier_uri: list.uri,
      grant_types: [device],
      response_types: [],
    }
    assert.equal((await open.refusal(joining))[1], 'invalid_client_metadata')
    await list.close()
    await open.registered(pairwise)
  })

  test('C6: a link to sign out leads nobody to an address that nobody here has looked at', async () => {
    const phish = 'https://app.example/sign-in-again'
    const { client_id: id } = await open.registered({ ...application, post_logout_redirect_uris: [phish] })
    const query = new URLSearchParams({ client_id: String(id), post_logout_redirect_uri: phish })
    const answer = await open.visitor().visit(`/oauth/logout?${query}`)
    assert.equal(answer.location, '/sign-out')
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
        const [status, , words] = await open.refusal({
          ...application,
          [name]: list === undefined ? uri : [uri],
        })
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
    assert.equal((await open.refusal(own))[0], 400)
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
    await open.registered()
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

  test('no member of any name and any shape breaks anything: a client is registered, or told what is wrong', async () => {
    const invited = await openRegistrationHouse({ mode: 'token' })
    try {
      const names = [
        ...[...rows, ...operatorRows].flatMap((row) => Object.keys(row.names)),
        ...Object.keys(unsupported),
        'constructor',
        'toString',
        'client_name#x',
      ]
      const own = { ...application, token_endpoint_auth_method: 'none' }
      for (const name of new Set(names)) {
        const token = await invited.invite({ uses: 100 })
        for (const value of shapes) {
          const { status, body } = await invited.register({ ...own, [name]: value }, token)
          const what = `${name}: ${JSON.stringify(value).slice(0, 40)} gives ${status}`
          if (status === 201) assert.equal(typeof body['client_id'], 'string', what)
          else {
            assert.equal(status, 400, what)
            assert.match(String(body['error']), /^invalid_(?:client_metadata|redirect_uri)$/, what)
          }
        }
      }
      assert.deepEqual(
        invited.logged.filter((line) => line.includes('"level":"error"')),
        [],
      )
    } finally {
      await invited.close()
    }
  })
})

/** Values of every shape, hardly ever the right one. */
const shapes: readonly unknown[] = [
  true,
  0,
  -1,
  1.5,
  1e300,
  '',
  'x',
  'x'.repeat(3000),
  '\u0000\u202e',
  'https://app.example/',
  [],
  [''],
  [null],
  [[]],
  [{}],
  ['https://app.example/', 'https://app.example/'],
  {},
  { keys: null },
  { keys: [{}] },
  { audiences: [1] },
]
