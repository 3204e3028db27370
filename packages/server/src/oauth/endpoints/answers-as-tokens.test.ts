import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type AddressedKind, TokenError, verifyToken } from '@countersign/protocol'
import { type OwnKey, ownKey } from '../../../../../tests/harness/own-key.ts'
import { changeClient, descriptionOf } from '../clients/change.ts'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import {
  ada,
  authorizeUrl,
  bank,
  claimsIn,
  codeFor,
  exchange,
  headerIn,
  type OAuthHouse,
  openOAuthHouse,
  post,
  secret,
  type Wire,
} from '../house.ts'
import { profiles } from '../profiles/rules.ts'
import { introspectionToken, introspectionType, wantsToken } from './introspection-answer.ts'

const options = { encryptedTokens: true }
const redirectUri = 'https://app.example/callback'

describe('Answers that are tokens', () => {
  let house: OAuthHouse
  let key: OwnKey
  before(async () => {
    house = await openOAuthHouse(options)
    key = await ownKey('ECDH-ES+A256KW', 'A256GCM', 'app')
    const app = {
      name: 'App',
      secret,
      redirectUris: [redirectUri],
      scopes: ['openid', 'email', 'accounts:read'],
    }
    const sealed = { jwks: { keys: [key.jwk] } }
    const { encryption } = key
    const clients: ClientDescription[] = [
      { ...app, id: 'signed', userinfoAlg: 'RS256' },
      { ...app, ...sealed, id: 'both', userinfoAlg: 'ES256', userinfoEncryption: encryption },
      { ...app, ...sealed, id: 'sealed', userinfoEncryption: encryption },
      { ...app, ...sealed, id: 'answered', responseEncryption: encryption },
      { ...app, ...sealed, id: 'asks', introspectionAlg: 'ES256', introspectionEncryption: encryption },
      { ...app, id: 'named', userinfoAlg: 'RS256', subjectType: 'pairwise' },
    ]
    for (const client of clients) {
      const made = await createClient(house, client, options)
      assert.ok(made.ok, JSON.stringify(made))
    }
  })
  after(() => house.close())

  const tokenOf = async (client: string, more: Wire = {}): Promise<string> => {
    const wire = { client_id: client, redirect_uri: redirectUri, scope: 'openid email', ...more }
    const code = (await codeFor(await house.signedIn(), wire)).get('code')
    const answer = await exchange(house.visitor(), code, { client_id: client, client_secret: secret })
    return String(answer.json()['access_token'])
  }
  const asked = async (client: string) => {
    const authorization = `Bearer ${await tokenOf(client)}`
    const answer = await house.visitor().visit('/oauth/userinfo', { headers: { authorization } })
    assert.equal(answer.header('content-type'), 'application/jwt')
    assert.equal(answer.header('cache-control'), 'no-store')
    return answer.body
  }
  const verified = (kind: AddressedKind, token: string, audience: string) =>
    verifyToken(kind, token, {
      keys: (header) => house.room.keyring.find(header),
      issuer: house.issuer.url,
      audience,
      now: house.runtime.now(),
    }).claims

  test('oidcc-userinfo-rs256: userinfo is signed with what the client registered, for it alone', async () => {
    const token = await asked('signed')
    assert.deepEqual([headerIn(token).alg, headerIn(token).typ], ['RS256', 'JWT'])
    const claims = verified('userinfo', token, 'signed')
    assert.equal(claims.sub, ada.id)
    assert.equal(claims['email'], ada.email)
    assert.throws(() => verified('userinfo', token, 'both'), TokenError)
  })

  test('C4: a signed answer of userinfo is no ID token and no credential', async () => {
    const token = await asked('signed')
    assert.throws(() => verified('id', token, 'signed'), TokenError)
    const authorization = `Bearer ${token}`
    assert.equal((await house.visitor().visit('/oauth/userinfo', { headers: { authorization } })).status, 401)
    const wire = { client_id: 'signed', redirect_uri: redirectUri, id_token_hint: token, prompt: 'none' }
    const { location = '' } = await (await house.signedIn()).visit(authorizeUrl(wire))
    assert.equal(new URL(location).searchParams.get('error'), 'invalid_request')
  })

  test('who registered both gets it signed, then encrypted; who registered encryption alone gets claims inside', async () => {
    const inside = await key.open(await asked('both'))
    assert.equal(verified('userinfo', inside, 'both').sub, ada.id)
    const claims = JSON.parse(await key.open(await asked('sealed'))) as Record<string, unknown>
    assert.deepEqual(
      [claims['sub'], claims['aud'], claims['iss'], claims['email']],
      [ada.id, 'sealed', house.issuer.url, ada.email],
    )
  })

  test('a client that knows people by names of its own is told by that name', async () => {
    const claims = verified('userinfo', await asked('named'), 'named')
    assert.match(String(claims.sub), /^psn_/)
    assert.ok(!JSON.stringify(claims).includes(ada.id))
  })

  test('an error at userinfo stays what it is', async () => {
    const answer = await house
      .visitor()
      .visit('/oauth/userinfo', { headers: { authorization: 'Bearer none' } })
    assert.equal(answer.status, 401)
    assert.match(String(answer.header('www-authenticate')), /error="invalid_token"/)
  })

  test('answers to authorization requests are signed, then encrypted, where it is registered so', async () => {
    const wire = { client_id: 'answered', redirect_uri: redirectUri, scope: 'openid', response_mode: 'jwt' }
    const received = await codeFor(await house.signedIn(), wire)
    assert.deepEqual([...received.keys()], ['response'])
    const sealed = received.get('response') ?? ''
    assert.equal(sealed.split('.').length, 5)
    const claims = verified('authorizationResponse', await key.open(sealed), 'answered')
    assert.equal(typeof claims['code'], 'string')
  })

  const introspect = (client: string, token: string, accept?: string) =>
    post(
      house.visitor(),
      '/oauth/introspect',
      { token, client_id: client, client_secret: secret },
      accept === undefined ? {} : { accept },
    )

  test('introspection is answered by a token where one is asked for, else as JSON', async () => {
    const token = await tokenOf('signed', { scope: 'openid accounts:read', resource: bank })
    const plain = await introspect('bank-api', token)
    assert.equal(plain.header('content-type'), 'application/json')
    assert.equal(plain.header('vary'), 'accept')
    const answer = await introspect('bank-api', token, introspectionType)
    assert.equal(answer.header('content-type'), introspectionType)
    assert.deepEqual(
      [headerIn(answer.body).typ, headerIn(answer.body).alg],
      ['token-introspection+jwt', 'RS256'],
    )
    const claims = verified('introspection', answer.body, 'bank-api')
    assert.deepEqual(claims['token_introspection'], plain.json())
    assert.deepEqual(Object.keys(claims).toSorted(), ['aud', 'iat', 'iss', 'token_introspection'])
  })

  test('C4: what is told to one API is not told to another, and passes for no token', async () => {
    const token = await tokenOf('signed', { scope: 'openid accounts:read', resource: bank })
    const { body } = await introspect('bank-api', token, introspectionType)
    assert.throws(() => verified('introspection', body, 'ledger-api'), TokenError)
    for (const kind of ['access', 'id', 'userinfo'] as const)
      assert.throws(() => verified(kind, body, 'bank-api'), TokenError)
    const foreign = await introspect('web', token, introspectionType)
    assert.deepEqual(claimsIn(foreign.body)['token_introspection'], { active: false })
  })

  test('nobody is answered who does not authenticate', async () => {
    const token = await tokenOf('signed')
    for (const form of [{ client_id: 'spa' }, { client_id: 'bank-api', client_secret: 'x'.repeat(32) }, {}]) {
      const answer = await post(
        house.visitor(),
        '/oauth/introspect',
        { token, ...form },
        { accept: introspectionType },
      )
      assert.equal(answer.status, 401)
      assert.equal(answer.header('content-type'), 'application/json')
    }
  })

  test('an answer is encrypted to whoever registered so', async () => {
    const { body } = await introspect('asks', await tokenOf('asks'), introspectionType)
    const claims = verified('introspection', await key.open(body), 'asks')
    assert.equal((claims['token_introspection'] as Record<string, unknown>)['active'], true)
  })

  test('an Accept header is read as it is meant', () => {
    const wanting = [
      introspectionType,
      `${introspectionType};q=0.5`,
      `application/json;q=0.4, ${introspectionType};q=0.5`,
    ]
    for (const accept of [
      ...wanting,
      introspectionType.toUpperCase(),
      `text/html, ${introspectionType} ; q=1.0`,
    ])
      assert.ok(wantsToken(accept), accept)
    const content = [
      '*/*',
      'application/*',
      'application/json',
      `${introspectionType};q=0`,
      'application/jwt',
      '',
    ]
    for (const accept of [
      ...content,
      `application/json, ${introspectionType};q=0.9`,
      `${introspectionType};q=2`,
    ])
      assert.ok(!wantsToken(accept), accept)
    assert.ok(!wantsToken(undefined))
  })

  test('a profile that knows no RS256 signs with what it knows', async () => {
    const { client } = await house.room.clients.lookNow('bank-api')
    assert.ok(client !== undefined)
    const room = { ...house.room, rules: profiles.fapi2 }
    assert.equal(headerIn(await introspectionToken(room, client, { active: false })).alg, 'ES256')
  })

  test('what is registered is checked, and goes only with a key', async () => {
    const app = { name: 'App', secret, redirectUris: [redirectUri] }
    const { encryption } = key
    const findings = async (more: object, on = options) => {
      const made = await createClient(house, { ...app, ...more } as ClientDescription, on)
      return made.ok ? [] : made.findings.map(({ path, code }) => `${path} ${code}`)
    }
    assert.deepEqual(await findings({ userinfoAlg: 'HS256' }), ['userinfoAlg unknown'])
    assert.deepEqual(await findings({ introspectionAlg: 'none' }), ['introspectionAlg unknown'])
    assert.deepEqual(await findings({ userinfoEncryption: encryption }), ['jwks missing'])
    assert.deepEqual(await findings({ introspectionEncryption: { ...encryption, alg: 'dir' } }), [
      'introspectionEncryption unknown',
    ])
    const withKey = { jwks: { keys: [key.jwk] }, responseEncryption: encryption }
    assert.deepEqual(await findings(withKey, { encryptedTokens: false }), ['responseEncryption off'])
    assert.deepEqual(await findings(withKey), [])
    assert.deepEqual(await findings({ jwks: { keys: [key.jwk] } }), [])
  })

  test('a client that knows people by names of its own does not change who it knows', async () => {
    const changed = async (more: Partial<ClientDescription>) => {
      const done = await changeClient(
        house,
        'named',
        (client) => ({ ...descriptionOf(client), ...more }),
        options,
      )
      assert.ok(done !== null)
      return done.ok ? [] : done.findings.map(({ path, code }) => `${path} ${code}`)
    }
    assert.deepEqual(await changed({ redirectUris: ['https://elsewhere.example/callback'] }), [
      'redirectUris sector',
    ])
    assert.deepEqual(await changed({ subjectType: 'public' }), ['subjectType fixed'])
    assert.deepEqual(await changed({ redirectUris: ['https://app.example/new'] }), [])
  })
})
