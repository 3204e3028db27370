import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { idJagTokenType, jwtBearerGrant, tokenExchange, verifyToken } from '@countersign/protocol'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { openHouse, Visitor } from '../../platform/house.ts'
import { changeClient, descriptionOf } from '../clients/change.ts'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import { changeExchange } from '../exchange/change.ts'
import {
  ada,
  bank,
  claimsIn,
  codeFor,
  exchange,
  headerIn,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  secret,
  type Wire,
} from '../house.ts'
import { trustIssuer } from '../jwt-bearer/trust.ts'

const idTokenType = 'urn:ietf:params:oauth:token-type:id_token'
const refreshTokenType = 'urn:ietf:params:oauth:token-type:refresh_token'
const there = 'https://there.example'
const redirectUri = 'https://wiki.example/callback'

const wiki: ClientDescription = {
  id: 'wiki',
  name: 'The Wiki',
  secret,
  redirectUris: [redirectUri],
  scopes: ['openid', 'email', 'offline_access', 'accounts:read'],
  elsewhere: [
    {
      audience: there,
      clientId: 'app',
      scopes: ['accounts:read', 'transfers:write'],
      resources: [bank],
      namesOf: null,
      email: true,
    },
    {
      audience: 'https://plain.example',
      clientId: 'w',
      scopes: [],
      resources: [],
      namesOf: 'chat',
      email: false,
    },
  ],
}

async function openWiki(): Promise<OAuthHouse> {
  const house = await openOAuthHouse()
  const chat: ClientDescription = {
    id: 'chat',
    name: 'The Chat',
    secret,
    redirectUris: ['https://chat.example/callback'],
    subjectType: 'pairwise',
  }
  for (const client of [wiki, chat, { ...wiki, id: 'other-wiki' }]) {
    const made = await createClient(house, client)
    assert.ok(made.ok, JSON.stringify(made))
  }
  return house
}

async function signedIn(house: OAuthHouse, more: Wire = {}): Promise<Record<string, unknown>> {
  const wire = { client_id: 'wiki', redirect_uri: redirectUri, scope: 'openid offline_access', ...more }
  const code = (await codeFor(await house.signedIn(), wire)).get('code')
  return (await exchange(house.visitor(), code, { client_id: wire.client_id, client_secret: secret })).json()
}

function ask(house: OAuthHouse, token: unknown, more: Wire = {}) {
  return post(house.visitor(), '/oauth/token', {
    grant_type: tokenExchange,
    requested_token_type: idJagTokenType,
    subject_token: String(token),
    subject_token_type: idTokenType,
    audience: there,
    client_id: 'wiki',
    client_secret: secret,
    ...more,
  })
}

describe('An identity assertion for another server', () => {
  let house: OAuthHouse
  before(async () => {
    house = await openWiki()
  })
  after(() => house.close())
  const errorOf = async (token: unknown, more: Wire = {}): Promise<unknown> => {
    const answer = await ask(house, token, more)
    return answer.status === 200 ? null : answer.json()['error']
  }

  test('is given for an ID token, says what an operator allows, and is for one server and one client of it', async () => {
    const { id_token: token } = await signedIn(house)
    const answer = await ask(house, token, { scope: 'accounts:read', resource: bank })
    assert.equal(answer.status, 200, answer.body)
    const { access_token: assertion, ...rest } = answer.json()
    assert.deepEqual(rest, {
      issued_token_type: idJagTokenType,
      token_type: 'N_A',
      expires_in: 300,
      scope: 'accounts:read',
    })
    assert.equal(headerIn(assertion).typ, 'oauth-id-jag+jwt')
    const { claims } = verifyToken('idJag', String(assertion), {
      keys: (header) => house.room.keyring.find(header),
      issuer: house.issuer.url,
      audience: there,
      now: house.runtime.now(),
    })
    const { iat, exp, jti, auth_time: at, ...said } = claims
    assert.deepEqual(said, {
      iss: house.issuer.url,
      sub: ada.id,
      aud: there,
      client_id: 'app',
      scope: 'accounts:read',
      resource: bank,
      acr: 'urn:countersign:acr:password',
      amr: ['pwd'],
      email: ada.email,
      email_verified: true,
    })
    assert.ok(exp - iat === 300 && typeof at === 'number' && jti.length >= 16)
  })

  test('is given for a refresh token too, which stays good', async () => {
    const { refresh_token: token } = await signedIn(house)
    const answer = await ask(house, token, { subject_token_type: refreshTokenType })
    assert.equal(answer.json()['scope'], 'accounts:read transfers:write')
    const renewed = await refresh(house.visitor(), token, { client_id: 'wiki', client_secret: secret })
    assert.equal(renewed.status, 200)
    assert.equal(await errorOf(token, { subject_token_type: refreshTokenType }), 'invalid_request', 'spent')
    const next = renewed.json()['refresh_token']
    assert.equal(await errorOf(next, { subject_token_type: refreshTokenType }), null)
  })

  test('goes nowhere that no operator named, and no further than named', async () => {
    const { id_token: token } = await signedIn(house)
    assert.equal(await errorOf(token, { audience: 'https://elsewhere.example' }), 'invalid_target')
    assert.equal(await errorOf(token, { audience: `${there}/` }), 'invalid_target')
    assert.equal(await errorOf(token, { audience: undefined }), 'invalid_request')
    assert.equal(await errorOf(token, { resource: 'https://other.example/' }), 'invalid_target')
    assert.equal(await errorOf(token, { scope: 'accounts:read admin' }), 'invalid_scope')
    assert.equal(await errorOf(token, { client_id: 'web' }), 'unauthorized_client')
    const plain = claimsIn(
      (await ask(house, token, { audience: 'https://plain.example' })).json()['access_token'],
    )
    assert.deepEqual([plain['scope'], plain['resource'], plain['email']], [undefined, undefined, undefined])
  })

  test('names the person as the server there knows them', async () => {
    const { id_token: token } = await signedIn(house)
    const { access_token: assertion } = (
      await ask(house, token, { audience: 'https://plain.example' })
    ).json()
    const { client } = await house.room.clients.lookNow('chat')
    assert.ok(client !== undefined)
    assert.equal(claimsIn(assertion)['sub'], await house.room.subjects.of(client, ada.id))
  })

  test('C4: is given for nothing else, and for nobody else’s', async () => {
    const tokens = await signedIn(house, { scope: 'openid offline_access accounts:read' })
    const foreign = await signedIn(house, { client_id: 'other-wiki' })
    assert.equal(await errorOf(tokens['access_token']), 'invalid_request')
    assert.equal(await errorOf(foreign['id_token']), 'invalid_request')
    assert.equal(
      await errorOf(foreign['refresh_token'], { subject_token_type: refreshTokenType }),
      'invalid_request',
    )
    assert.equal(
      await errorOf(tokens['id_token'], { subject_token_type: refreshTokenType }),
      'invalid_request',
    )
    const accessType = 'urn:ietf:params:oauth:token-type:access_token'
    assert.equal(await errorOf(tokens['access_token'], { subject_token_type: accessType }), 'invalid_request')
    const actor = { actor_token: String(tokens['access_token']), actor_token_type: accessType }
    assert.equal(await errorOf(tokens['id_token'], actor), 'invalid_request')
    const { access_token: assertion } = (await ask(house, tokens['id_token'])).json()
    assert.equal(await errorOf(assertion), 'invalid_request')
    assert.deepEqual(await introspected(house, assertion, 'wiki'), { active: false })
  })

  test('TK-19: is not given for a session, a person or a token that has ended', async () => {
    const own = await openWiki()
    const refused = async (token: unknown, type = idTokenType) =>
      (await ask(own, token, { subject_token_type: type })).json()['error']
    const tokens = await signedIn(own)
    own.runtime.advance(301)
    assert.equal(await refused(tokens['id_token']), 'invalid_request')
    assert.equal(await refused(tokens['refresh_token'], refreshTokenType), undefined)
    const later = await signedIn(own)
    await own.database.commit([endAllSessions(own.database, own.runtime.now(), ada.id)])
    assert.equal(await refused(later['id_token']), 'invalid_request')
    assert.equal(await refused(later['refresh_token'], refreshTokenType), 'invalid_request')
    const last = await signedIn(own)
    await own.database.commit([disableUser(own.database, own.runtime.now(), ada.id)])
    assert.equal(await refused(last['id_token']), 'invalid_request')
    await own.close()
  })

  test('lets the client in there, once, from one server of ours to another', async () => {
    const other = await openOAuthHouse({ house: await openHouse({ issuer: there }) })
    const trusted = await trustIssuer(other, {
      issuer: house.issuer.url,
      jwks: { keys: house.room.keyring.jwks() },
      accepts: ['id-jag'],
      subjects: { by: 'email', domains: ['example.test'] },
      scopes: ['accounts:read'],
    })
    assert.ok(trusted.ok, JSON.stringify(trusted))
    const made = await createClient(other, {
      id: 'app',
      name: 'The Wiki, there',
      secret,
      grants: [jwtBearerGrant],
      scopes: ['accounts:read'],
    })
    assert.ok(made.ok)
    const { id_token: token } = await signedIn(house)
    const { access_token: assertion } = (await ask(house, token, { scope: 'accounts:read' })).json()
    const shown = () =>
      post(new Visitor(other.edge, there), '/oauth/token', {
        grant_type: jwtBearerGrant,
        assertion: String(assertion),
        client_id: 'app',
        client_secret: secret,
      })
    const answer = await shown()
    assert.equal(answer.status, 200, answer.body)
    const claims = claimsIn(answer.json()['access_token'])
    assert.deepEqual([claims['iss'], claims['sub'], claims['aud']], [there, ada.id, bank])
    assert.equal((await shown()).json()['error'], 'invalid_grant')
    await other.close()
  })

  test('metadata say that it is given', async () => {
    const metadata = (await house.visitor().visit('/.well-known/openid-configuration')).json()
    assert.deepEqual(metadata['identity_chaining_requested_token_types_supported'], [idJagTokenType])
  })

  test('an operator says where to, and what is wrong with that is found', async () => {
    const findings = async (more: object, client: Partial<ClientDescription> = {}) => {
      const [place] = wiki.elsewhere ?? []
      const made = await createClient(house, {
        ...wiki,
        id: 'third',
        ...client,
        elsewhere: [{ ...place, ...more } as never],
      })
      return made.ok ? [] : made.findings.map(({ path, code }) => `${path} ${code}`)
    }
    assert.deepEqual(await findings({ audience: 'there' }), ['elsewhere.0 not_a_uri'])
    assert.deepEqual(await findings({ audience: house.issuer.url }), ['elsewhere.0 own'])
    assert.deepEqual(await findings({ clientId: '' }), ['elsewhere.0 missing'])
    assert.deepEqual(await findings({ scopes: ['a b'] }), ['elsewhere.0 scope'])
    assert.deepEqual(await findings({ resources: ['here'] }), ['elsewhere.0 resource'])
    const { secret: _, ...open } = wiki
    const anyone = await createClient(house, { ...open, id: 'fourth', authentication: 'none' })
    assert.deepEqual(anyone.ok ? [] : anyone.findings.map(({ path }) => path), ['elsewhere'])
    assert.deepEqual(await findings({}), [])
    await changeExchange(house, { id: 'third' }, null)
    const { client } = await house.room.clients.lookNow('third')
    assert.ok(client?.grants.includes(tokenExchange), 'it still goes elsewhere')
    const gone = await changeClient(house, 'third', (before) => ({ ...descriptionOf(before), elsewhere: [] }))
    assert.deepEqual(gone?.ok === false ? gone.findings.map(({ path }) => path) : [], ['exchange'])
  })
})
