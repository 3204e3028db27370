// For each profile: what the metadata name is tried over HTTP, and what they don't name is refused.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { asymmetricAlgorithms, grantTypes, type JwsAlgorithm } from '@countersign/protocol'
import { publicPart, specimen } from '../../../../../tests/harness/specimens.ts'
import { signingAlgorithms } from '../../platform/keys/keyring.ts'
import { holder } from '../binding/holder.fixture.ts'
import { authenticationMethods } from '../clients/methods.ts'
import { createClient } from '../clients/registration.ts'
import {
  authorizeUrl,
  bank,
  clients,
  headerIn,
  type OAuthHouse,
  openOAuthHouse,
  post,
  received,
  rowCount,
  secret,
  type Wire,
} from '../house.ts'
import { defaultLifetimes } from '../lifetimes.ts'
import { type ProfileName, profileNames, profiles, within } from './rules.ts'
import { strictClient } from './strict.fixture.ts'

/** What proves a client of a method, without a key. */
const credentials: Readonly<Record<string, (id: string) => Wire>> = {
  client_secret_basic: (id) => ({ client_id: id, client_secret: secret }),
  client_secret_post: (id) => ({ client_id: id, client_secret: secret }),
  none: (id) => ({ client_id: id }),
}

for (const profile of profileNames) describe(`Under the profile ${profile}`, () => trials(profile))

function trials(profile: ProfileName): void {
  let house: OAuthHouse
  let metadata: Record<string, unknown>
  const names = (member: string): readonly string[] => (metadata[member] ?? []) as string[]
  before(async () => {
    house = await openOAuthHouse({ profile })
    metadata = (await house.visitor().visit('/.well-known/openid-configuration')).json()
  })
  after(() => house.close())

  test('both well-known addresses tell the same, PKCE and `iss` among it', async () => {
    const other = await house.visitor().visit('/.well-known/oauth-authorization-server')
    assert.deepEqual(other.json(), metadata)
    assert.deepEqual(names('code_challenge_methods_supported'), ['S256'])
    assert.equal(metadata['authorization_response_iss_parameter_supported'], true)
  })

  test('every endpoint that is named is there, and none that another profile has', async () => {
    const named = Object.entries(metadata).filter(([name]) => name.endsWith('_endpoint'))
    const routes = new Set(house.edge.routes.map(({ path }) => house.issuer.at(path)))
    for (const [name, address] of named) assert.ok(routes.has(String(address)), name)
    const device = await post(house.visitor(), '/oauth/device', { client_id: 'spa' })
    assert.equal(device.status === 404, metadata['device_authorization_endpoint'] === undefined)
  })

  test('clients of the methods that are named are served, and of no other', async () => {
    const named = names('token_endpoint_auth_methods_supported')
    for (const authentication of Object.keys(credentials)) {
      const id = `by-${authentication}`
      const made = await createClient(house, {
        id,
        name: id,
        authentication: authentication as keyof typeof authenticationMethods,
        redirectUris: [`https://${id}.example/callback`],
        scopes: ['openid'],
        ...(authentication !== 'none' && { secret }),
      })
      assert.ok(made.ok)
      const form = {
        grant_type: 'refresh_token',
        refresh_token: 'csrt_x',
        ...credentials[authentication]?.(id),
      }
      const answer = await post(house.visitor(), '/oauth/token', form, holder(house).headers())
      const error = named.includes(authentication) ? 'invalid_grant' : 'invalid_client'
      assert.equal(answer.json()['error'], error, authentication)
      const visit = await (await house.signedIn()).visit(
        authorizeUrl({ client_id: id, redirect_uri: `https://${id}.example/callback`, scope: 'openid' }),
      )
      assert.equal(visit.status === 303, named.includes(authentication), authentication)
    }
    const byKey = await (await strictClient(house, 'by-key')).asItself()
    assert.equal(byKey.status === 200, named.includes('private_key_jwt'))
    for (const method of named) assert.ok(Object.hasOwn(authenticationMethods, method), method)
  })

  test('assertions are taken by the algorithms that are named, and by no other', async () => {
    const named = names('token_endpoint_auth_signing_alg_values_supported')
    for (const alg of asymmetricAlgorithms) {
      const client = await strictClient(house, `asserts-${alg}`, alg)
      assert.equal((await client.asItself()).status === 200, named.includes(alg), alg)
    }
  })

  test('proofs are taken by the algorithms that are named, and by no other', async () => {
    const named = names('dpop_signing_alg_values_supported')
    const client = await strictClient(house, 'prover')
    for (const alg of asymmetricAlgorithms) {
      const answer = await client.asItself({}, holder(house, 'prover', alg).headers())
      assert.equal(answer.status === 200, named.includes(alg), alg)
    }
  })

  test('signed requests are taken by the algorithms that are named, and by no other', async () => {
    const named = names('request_object_signing_alg_values_supported')
    const keys = asymmetricAlgorithms.map((alg) => publicPart(specimen(alg, `signs ${alg}`).jwk))
    const client = await strictClient(house, 'signs', 'ES256', { jwks: { keys } })
    for (const alg of asymmetricAlgorithms) {
      const answer = await post(house.visitor(), '/oauth/par', {
        ...client.proof(),
        request: client.object(alg),
      })
      assert.equal(answer.status === 201, named.includes(alg), `${alg} ${answer.body}`)
    }
  })

  test('ID tokens are signed by the algorithms that are named, and clients of others are not served', async () => {
    const named = names('id_token_signing_alg_values_supported')
    assert.deepEqual(named, names('authorization_signing_alg_values_supported'))
    for (const idTokenAlg of signingAlgorithms) {
      const client = await strictClient(house, `gets-${idTokenAlg}`, 'ES256', { idTokenAlg })
      if (!named.includes(idTokenAlg)) {
        assert.equal((await client.push()).json()['error'], 'invalid_client')
        continue
      }
      assert.equal(headerIn((await client.tokens()).json()['id_token']).alg, idTokenAlg)
    }
  })

  test('grants that are named are known, and no other', async () => {
    const named = names('grant_types_supported')
    const client = await strictClient(house, 'any-grant')
    for (const grant_type of [...grantTypes, 'password', 'urn:example:other']) {
      const more = { code: 'x', refresh_token: 'x', device_code: 'x', code_verifier: 'x'.repeat(43) }
      const answer = await post(
        house.visitor(),
        '/oauth/token',
        { grant_type, ...more, ...client.proof() },
        client.holder.headers(),
      )
      if (!named.includes(grant_type))
        assert.equal(answer.json()['error'], 'unsupported_grant_type', grant_type)
      else assert.notEqual(answer.json()['error'], 'unsupported_grant_type', grant_type)
    }
  })

  test('answers come in the modes that are named, and in no other', async () => {
    const named = names('response_modes_supported')
    const client = await strictClient(house, 'any-mode')
    for (const mode of [...named, 'fragment', 'fragment.jwt', 'web_message']) {
      const answer = await client.push({ response_mode: mode })
      assert.equal(answer.status === 201, named.includes(mode), mode)
    }
    for (const type of ['token', 'id_token', 'code id_token', 'none'])
      assert.equal((await client.push({ response_type: type })).json()['error'], 'unsupported_response_type')
    for (const method of ['plain', 'S512', undefined])
      assert.equal((await client.push({ code_challenge_method: method })).status, 400)
  })

  test('a request that nobody pushed is taken where the metadata don’t ask for that', async () => {
    await strictClient(house, 'unpushed')
    const url = authorizeUrl({
      client_id: 'unpushed',
      redirect_uri: 'https://unpushed.example/callback',
      resource: bank,
    })
    const answer = await (await house.signedIn()).visit(url)
    if (metadata['require_pushed_authorization_requests'] === true)
      assert.equal(received(answer).get('error'), 'invalid_request')
    else assert.match(answer.location ?? '', /\/oauth\/authorize\?flow=/)
  })

  test('scopes that are named may be asked for', async () => {
    const everything: readonly string[] = [...clients.spa.scopes, 'roles']
    for (const scope of names('scopes_supported')) assert.ok(everything.includes(scope), scope)
    const client = await strictClient(house, 'any-scope', 'ES256', { scopes: everything })
    const asked = names('scopes_supported').filter((scope) => !scope.startsWith('ledger'))
    assert.equal((await client.push({ scope: asked.join(' ') })).status, 201)
  })
}

describe('Rules', () => {
  const opened: OAuthHouse[] = []
  const under = async (profile: ProfileName): Promise<OAuthHouse> => {
    const house = await openOAuthHouse({ profile })
    opened.push(house)
    return house
  }
  after(async () => {
    for (const house of opened) await house.close()
  })

  test('FAPI 2.0 gives no access token that is not bound to a key', async () => {
    const client = await strictClient(await under('fapi2'), 'bearer')
    assert.equal((await client.asItself({}, {})).json()['error'], 'invalid_dpop_proof')
    assert.equal((await client.asItself()).json()['token_type'], 'DPoP')
  })

  test('RT-03: FAPI 2.0 rotates no refresh token: it stays good for its client, up to its two ends', async () => {
    const house = await under('fapi2')
    const client = await strictClient(house, 'again')
    const { refresh_token: token } = (await client.tokens()).json()
    const answers = await Promise.all(Array.from({ length: 5 }, () => client.refresh(token)))
    for (const answer of answers) assert.equal(answer.json()['refresh_token'], token)
    assert.equal(new Set(answers.map((answer) => answer.json()['access_token'])).size, 5)
    assert.equal(await rowCount(house, 'refresh_tokens'), 1)
    const other = await strictClient(house, 'stranger')
    assert.equal((await other.refresh(token)).json()['error'], 'invalid_grant')
    // Each use moves the idle end, and none the absolute one.
    const { refreshIdle, refreshAbsolute } = house.room.lifetimes
    for (const _ of [1, 2]) {
      house.runtime.advance(refreshIdle - 1)
      assert.equal((await client.refresh(token)).status, 200)
    }
    house.runtime.advance(refreshAbsolute - 2 * (refreshIdle - 1))
    assert.equal((await client.refresh(token)).json()['error'], 'invalid_grant')
  })

  test('FAPI 2.0: a refresh token that nobody uses has an end', async () => {
    const house = await under('fapi2')
    const client = await strictClient(house, 'idle')
    const { refresh_token: token } = (await client.tokens()).json()
    house.runtime.advance(house.room.lifetimes.refreshIdle)
    assert.equal((await client.refresh(token)).json()['error'], 'invalid_grant')
  })

  test('FAPI 2.0 wants a signed request to say since when it is good', async () => {
    for (const [profile, status] of [
      ['fapi2', 400],
      ['default', 201],
    ] as const) {
      const house = await under(profile)
      const client = await strictClient(house, 'dated')
      const request = client.object('ES256', { nbf: undefined })
      const answer = await post(house.visitor(), '/oauth/par', { ...client.proof(), request })
      assert.equal(answer.status, status, profile)
    }
  })

  test('a profile shortens lives, and lengthens none', () => {
    const asked = { ...defaultLifetimes, code: 30, pushedRequest: 3600 }
    const lifetimes = within(profiles.fapi2, asked)
    assert.deepEqual(lifetimes, { ...asked, pushedRequest: 599, refreshGrace: 0 })
    assert.equal(within(profiles.fapi2, { ...asked, code: 600 }).code, 60)
    assert.deepEqual(within(profiles.default, asked), asked)
  })

  test('where an API has to be named, its scopes are given to nobody who doesn’t', async () => {
    const house = await under('mcp')
    const client = await strictClient(house, 'nameless')
    assert.equal((await client.asItself({ resource: undefined })).json()['error'], 'invalid_target')
    assert.equal((await client.push({ resource: undefined })).json()['error'], 'invalid_target')
    assert.equal((await client.push({ resource: undefined, scope: 'openid' })).status, 201)
    assert.equal((await client.push()).status, 201)
    const device = await createClient(house, {
      id: 'device',
      name: 'Device',
      authentication: 'none',
      grants: ['urn:ietf:params:oauth:grant-type:device_code'],
      scopes: ['accounts:read'],
    })
    assert.ok(device.ok)
    const form = { client_id: 'device', scope: 'accounts:read' }
    const ask = (more: Wire) => post(house.visitor(), '/oauth/device', { ...form, ...more })
    assert.equal((await ask({})).json()['error'], 'invalid_target')
    assert.equal((await ask({ resource: bank })).status, 200)
  })

  test('where clients don’t know the word for it, the grant asks to keep access, and the person may refuse', async () => {
    for (const [profile, expected] of [
      ['mcp', 'string'],
      ['default', 'undefined'],
    ] as const) {
      const client = await strictClient(await under(profile), 'keeps')
      const { refresh_token: token } = (await client.tokens({ scope: 'accounts:read' })).json()
      assert.equal(typeof token, expected, profile)
      const { refresh_token: other } = (await client.tokens({ scope: 'openid accounts:read' })).json()
      assert.equal(other, undefined, profile)
    }
  })

  test('an algorithm that signs answers or requests is one of the profile’s', async () => {
    const house = await under('fapi2')
    const alg: JwsAlgorithm = 'ES384'
    const keys = ['ES256' as const, alg].map((name) => publicPart(specimen(name, `unfit ${name}`).jwk))
    const signs = await strictClient(house, 'unfit', 'ES256', {
      jwks: { keys },
      requests: { signingAlg: alg },
    })
    assert.equal((await signs.push()).json()['error'], 'invalid_client')
    const hears = await strictClient(house, 'hears', 'ES256', { requests: { responseAlg: 'RS256' } })
    assert.equal((await hears.push()).json()['error'], 'invalid_client')
  })
})
