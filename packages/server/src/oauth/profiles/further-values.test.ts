// For each profile, as in profiles.test.ts: what the metadata name of CIBA, attested clients, assertions and answers that are
// signed is tried over HTTP, and what they don't name is refused.
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  asymmetricAlgorithms,
  cibaGrant,
  importPrivateJwk,
  type JwsAlgorithm,
  jwtBearerGrant,
  type SigningKey,
} from '@countersign/protocol'
import { publicPart, specimen } from '../../../../../tests/harness/specimens.ts'
import { forge } from '../../../../../tests/harness/token-kinds.ts'
import { signingAlgorithms } from '../../platform/keys/keyring.ts'
import { holder } from '../binding/holder.fixture.ts'
import type { deliveryModes } from '../ciba/members.ts'
import { createClient } from '../clients/registration.ts'
import { bank, headerIn, type OAuthHouse, openOAuthHouse, post, type Wire } from '../house.ts'
import { trustIssuer } from '../jwt-bearer/trust.ts'
import { profileNames } from './rules.ts'
import { type StrictClient, strictClient } from './strict.fixture.ts'

/** A JWT of a kind that says what it is for. */
function signed(typ: string, claims: object, key: SigningKey): string {
  return forge({ typ, alg: key.alg, kid: key.kid }, claims, key)
}

function asks(house: OAuthHouse, client: StrictClient, more: Wire = {}) {
  return post(house.visitor(), '/oauth/ciba', { ...client.proof(), ...more })
}

/** A signed request by the back channel. */
function backchannel(house: OAuthHouse, id: string, key: SigningKey): string {
  const now = house.runtime.now()
  const asked = { scope: 'openid', login_hint: 'ada@example.test' }
  const times = { iat: now, nbf: now, exp: now + 60 }
  return signed(
    'JWT',
    { iss: id, aud: house.issuer.url, jti: house.runtime.secret(8), ...times, ...asked },
    key,
  )
}

const partner = 'https://partner.example'

async function trusting(house: OAuthHouse, keys: readonly SigningKey[], jwks: readonly object[]) {
  const trusted = await trustIssuer(house, {
    issuer: partner,
    jwks: { keys: jwks },
    subjects: { by: 'email', domains: ['example.test'] },
    accepts: ['grant', 'id-jag'],
    clients: ['exchanges'],
    scopes: ['accounts:read'],
  })
  assert.ok(trusted.ok, JSON.stringify(trusted))
  const client = await strictClient(house, 'exchanges', 'ES256', {
    grants: [jwtBearerGrant],
    scopes: ['accounts:read'],
  })
  const show = async (typ: string, key: SigningKey) => {
    const now = house.runtime.now()
    const person = { sub: 'ada there', email: 'ada@example.test', email_verified: true }
    const times = { iat: now, exp: now + 60, jti: house.runtime.secret(8) }
    const to = { aud: house.issuer.url, ...(typ.includes('id-jag') && { client_id: 'exchanges' }) }
    const claims = { iss: partner, ...to, ...person, ...times }
    const form = { grant_type: jwtBearerGrant, assertion: signed(typ, claims, key) }
    const answer = await client.asItself({ ...form, scope: 'accounts:read' })
    return answer.status === 200
  }
  return { show, keys }
}

for (const profile of profileNames)
  describe(`Under the profile ${profile}`, () => {
    let house: OAuthHouse
    let metadata: Record<string, unknown>
    const names = (member: string): readonly string[] => (metadata[member] ?? []) as string[]
    before(async () => {
      house = await openOAuthHouse({ profile })
      metadata = (await house.visitor().visit('/.well-known/openid-configuration')).json()
    })
    after(() => house.close())

    test('answers by the back channel are heard of in the ways that are named, and in no other', async () => {
      const named = names('backchannel_token_delivery_modes_supported')
      assert.equal(named.length > 0, names('grant_types_supported').includes(cibaGrant))
      for (const mode of ['poll', 'ping', 'push'] as readonly string[]) {
        const id = `hears-by-${mode}`
        const notificationEndpoint = mode === 'poll' ? null : `https://${id}.example/told`
        const ciba = { mode: mode as (typeof deliveryModes)[number], notificationEndpoint, signingAlg: null }
        const registered = { grants: [cibaGrant], scopes: ['openid'], ciba } as const
        if (!named.includes(mode)) {
          await assert.rejects(strictClient(house, id, 'ES256', registered), /ciba\.mode/)
          continue
        }
        const client = await strictClient(house, id, 'ES256', registered)
        const token = mode === 'ping' ? { client_notification_token: 'a-token' } : {}
        const answer = await asks(house, client, {
          scope: 'openid',
          login_hint: 'ada@example.test',
          ...token,
        })
        assert.equal(answer.status, 200, `${mode} ${answer.body}`)
      }
      assert.equal(metadata['backchannel_user_code_parameter_supported'], false)
      house.runtime.advance(3600)
    })

    test('requests by the back channel are taken by the algorithms that are named, and by no other', async () => {
      const named = names('backchannel_authentication_request_signing_alg_values_supported')
      for (const alg of asymmetricAlgorithms) {
        const id = `back-${alg}`.toLowerCase()
        const { key, jwk } = specimen(alg, `${id} signs`)
        const client = await strictClient(house, id, 'ES256', {
          jwks: { keys: [publicPart(jwk), publicPart(specimen('ES256', `${id} ES256`).jwk)] },
          grants: [cibaGrant],
          scopes: ['openid'],
          ciba: { mode: 'poll', notificationEndpoint: null, signingAlg: alg },
        })
        const answer = await asks(house, client, { request: backchannel(house, id, key) })
        assert.equal(answer.status === 200, named.includes(alg), `${alg} ${answer.body}`)
        house.runtime.advance(3600)
      }
    })

    test('attested clients are known by the algorithms that are named, and by no other', async () => {
      const ofAttester = names('client_attestation_signing_alg_values_supported')
      const ofCopy = names('client_attestation_pop_signing_alg_values_supported')
      const isServed = names('token_endpoint_auth_methods_supported').includes('attest_jwt_client_auth')
      assert.equal(ofAttester.length > 0, isServed)
      const keys = asymmetricAlgorithms.map((alg) => publicPart(specimen(alg, `attests ${alg}`).jwk))
      const made = await createClient(house, {
        id: 'wallet',
        name: 'The Wallet',
        authentication: 'attest_jwt_client_auth',
        attesterJwks: { keys },
        grants: ['client_credentials'],
        scopes: ['accounts:read'],
      })
      assert.ok(made.ok)
      const isLetIn = async (attester: JwsAlgorithm, copy: JwsAlgorithm): Promise<boolean> => {
        const now = house.runtime.now()
        const { key, jwk } = specimen(copy, `copy ${copy}`)
        const cnf = { jwk: publicPart(jwk) }
        const attested = { sub: 'wallet', iat: now, exp: now + 3600, cnf }
        const shown = { aud: house.issuer.url, jti: house.runtime.secret(8), iat: now }
        const { status } = await post(
          house.visitor(),
          '/oauth/token',
          { grant_type: 'client_credentials', scope: 'accounts:read', resource: bank },
          {
            'oauth-client-attestation': signed(
              'oauth-client-attestation+jwt',
              attested,
              specimen(attester, `attests ${attester}`).key,
            ),
            'oauth-client-attestation-pop': signed('oauth-client-attestation-pop+jwt', shown, key),
            ...holder(house, 'wallet').headers(),
          },
        )
        return status === 200
      }
      for (const alg of asymmetricAlgorithms) {
        assert.equal(await isLetIn(alg, 'ES256'), ofAttester.includes(alg) && isServed, `attester ${alg}`)
        assert.equal(await isLetIn('ES256', alg), ofCopy.includes(alg) && isServed, `copy ${alg}`)
      }
    })

    test('what a trusted issuer says is believed by the algorithms that are named for assertions', async () => {
      const named = names('token_endpoint_auth_signing_alg_values_supported')
      assert.ok(names('grant_types_supported').includes(jwtBearerGrant))
      assert.deepEqual(names('authorization_grant_profiles_supported'), [
        'urn:ietf:params:oauth:grant-profile:id-jag',
      ])
      const specimens = asymmetricAlgorithms.map((alg) => specimen(alg, `partner ${alg}`))
      const { show, keys } = await trusting(
        house,
        specimens.map(({ key }) => key),
        specimens.map(({ jwk }) => publicPart(jwk)),
      )
      for (const key of keys)
        for (const typ of ['authorization-grant+jwt', 'oauth-id-jag+jwt'])
          assert.equal(await show(typ, key), named.includes(key.alg), `${typ} ${key.alg}`)
    })

    test('userinfo is signed by the algorithms that are named, and clients of others are not served', async () => {
      const named = names('userinfo_signing_alg_values_supported')
      for (const userinfoAlg of signingAlgorithms) {
        const client = await strictClient(house, `reads-${userinfoAlg}`, 'ES256', { userinfoAlg })
        if (!named.includes(userinfoAlg)) {
          assert.equal((await client.push()).json()['error'], 'invalid_client')
          continue
        }
        const { access_token: token } = (await client.tokens({ scope: 'openid', resource: undefined })).json()
        const { body } = await house
          .visitor()
          .visit('/oauth/userinfo', { headers: client.holder.sends(token) })
        assert.equal(headerIn(body).alg, userinfoAlg)
      }
    })

    test('prompts that are named are understood, and no other', async () => {
      const named = names('prompt_values_supported')
      const client = await strictClient(house, 'any-prompt')
      for (const prompt of [...named, 'create', 'sing'])
        assert.equal((await client.push({ prompt })).status === 201, named.includes(prompt), prompt)
    })

    test('whoever asks about tokens proves who they are by one of the methods that are named', async () => {
      const named = names('introspection_endpoint_auth_methods_supported')
      assert.equal(named.includes('none'), false)
      const form = { token: 'anything', client_id: 'spa' }
      const unproven = await post(house.visitor(), '/oauth/introspect', form)
      assert.equal(unproven.json()['error'], 'invalid_client')
      const client = await strictClient(house, 'asks-about')
      const proven = await post(house.visitor(), '/oauth/introspect', {
        ...client.proof(),
        token: 'anything',
      })
      assert.deepEqual(proven.json(), { active: false })
      assert.ok(named.includes('private_key_jwt'))
    })

    test('programs can register themselves where the metadata say where', async () => {
      const { status } = await house.visitor().visit('/oauth/register', {
        method: 'POST',
        body: JSON.stringify({ redirect_uris: ['https://registers.example/cb'] }),
        headers: { 'content-type': 'application/json' },
      })
      assert.equal(status === 201, metadata['registration_endpoint'] !== undefined, String(status))
    })
  })

describe('FAPI 2.0 §5.4.1: EdDSA is Ed25519 alone', () => {
  const { privateKey } = generateKeyPairSync('ed448')
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'ed448', alg: 'EdDSA' }
  const key = importPrivateJwk(jwk, 'EdDSA')
  const others = { keys: [publicPart(jwk), publicPart(specimen('ES256', 'curve ES256').jwk)] }
  for (const [profile, isTaken] of [
    ['default', true],
    ['fapi2', false],
  ] as const)
    test(`by the other curve nothing is signed under it: ${profile}`, async (t) => {
      const house = await openOAuthHouse({ profile })
      t.after(() => house.close())
      const now = house.runtime.now()
      const client = await strictClient(house, 'curve', 'ES256', {
        jwks: others,
        grants: ['authorization_code', 'client_credentials', cibaGrant],
        scopes: ['openid', 'accounts:read'],
        ciba: { mode: 'poll', notificationEndpoint: null, signingAlg: 'EdDSA' },
      })
      const assertion = {
        grant_type: 'client_credentials',
        scope: 'accounts:read',
        resource: bank,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: signed(
          'client-authentication+jwt',
          { iss: 'curve', sub: 'curve', aud: house.issuer.url, jti: 'once', exp: now + 60 },
          key,
        ),
      }
      const proof = forge(
        { typ: 'dpop+jwt', alg: 'EdDSA', jwk: key.members },
        { jti: 'proof', htm: 'POST', htu: house.issuer.at('/oauth/token'), iat: now },
        key,
      )
      const object = signed('oauth-authz-req+jwt', claimsOf(client.object()), key)
      const { show } = await trusting(house, [key], [publicPart(jwk)])
      const outcomes = {
        assertion:
          (await post(house.visitor(), '/oauth/token', assertion, client.holder.headers())).status === 200,
        proof: (await client.asItself({}, { dpop: proof })).status === 200,
        object:
          (await post(house.visitor(), '/oauth/par', { ...client.proof(), request: object })).status === 201,
        backchannel:
          (await asks(house, client, { request: backchannel(house, 'curve', key) })).status === 200,
        grant: await show('authorization-grant+jwt', key),
      }
      const all = Object.fromEntries(Object.keys(outcomes).map((name) => [name, isTaken]))
      assert.deepEqual(outcomes, all)
    })
})

function claimsOf(token: string): object {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object
}
