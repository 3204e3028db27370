// Clients of which each copy is vouched for (draft-ietf-oauth-attestation-based-client-auth-10), on both engines.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { codeChallenge, type JwsAlgorithm, signToken } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { publicPart, specimen } from '../../../../../tests/harness/specimens.ts'
import { goodClaims } from '../../../../../tests/harness/token-kinds.ts'
import { holder } from '../binding/holder.fixture.ts'
import { disableClient } from '../clients/clients.store.ts'
import { createClient } from '../clients/registration.ts'
import {
  ada,
  bank,
  claimsIn,
  codeFor,
  type OAuthHouse,
  openOAuthHouse,
  post,
  secret,
  type Wire,
} from '../house.ts'

const redirect_uri = 'https://wallet.example/cb'
const codeVerifier = 'a-verifier-that-is-long-enough-to-be-one-0123456789'

const wallet = {
  id: 'wallet',
  name: 'The Wallet',
  authentication: 'attest_jwt_client_auth',
  attesterJwks: { keys: [publicPart(specimen('ES256', 'attester').jwk)] },
  redirectUris: [redirect_uri],
  grants: ['authorization_code', 'refresh_token', 'client_credentials'],
  scopes: ['openid', 'offline_access', 'accounts:read'],
} as const

onBothEngines('An attested client', (open) => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse({ house: await open() })
    for (const client of [wallet, { ...wallet, id: 'purse', name: 'The Purse' }]) {
      const created = await createClient(house, client)
      assert.ok(created.ok, JSON.stringify(created))
    }
  })

  interface Copy {
    readonly alg?: JwsAlgorithm
    readonly key?: string
    readonly attester?: string
    readonly attested?: Record<string, unknown>
    readonly proof?: Record<string, unknown>
    /** What the proof is signed with, where that is not the attested key. */
    readonly signer?: string
  }
  let serial = 0
  const headersOf = ({
    alg = 'ES256',
    key = 'copy',
    attester = 'attester',
    attested,
    proof,
    signer,
  }: Copy = {}) => {
    serial += 1
    const now = house.runtime.now()
    const jwk = publicPart(specimen(alg, key).jwk)
    return {
      'oauth-client-attestation': signToken(
        'clientAttestation',
        { sub: 'wallet', iat: now, exp: now + 3600, cnf: { jwk }, ...attested } as never,
        specimen('ES256', attester).key,
      ),
      'oauth-client-attestation-pop': signToken(
        'clientAttestationPop',
        { aud: house.issuer.url, jti: `p${serial}`, iat: now, ...proof } as never,
        specimen(alg, signer ?? key).key,
      ),
    }
  }
  const asMachine = (headers: Record<string, string>, form: Wire = {}) =>
    post(
      house.visitor(),
      '/oauth/token',
      { grant_type: 'client_credentials', scope: 'accounts:read', ...form },
      headers,
    )
  const errorOf = async (headers: Record<string, string>, form: Wire = {}) =>
    (await asMachine(headers, form)).json()['error']
  const exchange = async (headers: Record<string, string>) => {
    const answered = await codeFor(await house.signedIn(), {
      client_id: 'wallet',
      redirect_uri,
      scope: 'openid offline_access accounts:read',
    })
    const form = {
      grant_type: 'authorization_code',
      code: answered.get('code') ?? '',
      code_verifier: codeVerifier,
    }
    return post(house.visitor(), '/oauth/token', form, headers)
  }
  const refresh = (token: unknown, headers: Record<string, string>) =>
    post(
      house.visitor(),
      '/oauth/token',
      { grant_type: 'refresh_token', refresh_token: String(token) },
      headers,
    )

  test('proves who it is by its maker’s word and its own key, with or without its name in the form (§7)', async () => {
    const answer = await asMachine(headersOf())
    assert.equal(answer.status, 200)
    assert.deepEqual(
      [claimsIn(answer.json()['access_token'])['sub'], claimsIn(answer.json()['access_token'])['aud']],
      ['wallet', bank],
    )
    assert.equal((await asMachine(headersOf(), { client_id: 'wallet' })).status, 200)
    for (const alg of ['ES384', 'PS256', 'EdDSA'] as const)
      assert.equal((await asMachine(headersOf({ alg, key: `copy ${alg}` }))).status, 200, alg)
    assert.equal((await asMachine(headersOf({ proof: { iss: 'wallet' } }))).status, 200)
  })

  test('gets tokens for people, at every endpoint where clients authenticate', async () => {
    const tokens = (await exchange(headersOf())).json()
    assert.equal(claimsIn(tokens['id_token'])['sub'], ada.id)
    const pushed = await post(
      house.visitor(),
      '/oauth/par',
      {
        client_id: 'wallet',
        response_type: 'code',
        redirect_uri,
        scope: 'openid',
        code_challenge: codeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      },
      headersOf(),
    )
    assert.equal(pushed.status, 201)
    const token = { token: String(tokens['access_token']) }
    assert.equal(
      (await post(house.visitor(), '/oauth/introspect', token, headersOf())).json()['active'],
      true,
    )
    assert.equal((await post(house.visitor(), '/oauth/revoke', token, headersOf())).status, 200)
  })

  test('TK-12: is refused for whatever is not exactly that, with one answer', async () => {
    const ago = (seconds: number) => house.runtime.now() - seconds
    const parts = () => {
      const good = headersOf()
      return { attestation: good['oauth-client-attestation'], pop: good['oauth-client-attestation-pop'] }
    }
    const both = (attestation: string, pop: string) => ({
      'oauth-client-attestation': attestation,
      'oauth-client-attestation-pop': pop,
    })
    const assertion = () =>
      signToken(
        'clientAssertion',
        { ...goodClaims.clientAssertion, iss: 'wallet', sub: 'wallet', exp: ago(-60) } as never,
        specimen('ES256', 'attester').key,
      )
    const wrong: Record<string, () => Record<string, string>> = {
      'another attester': () => headersOf({ attester: 'nobody' }),
      'the copy vouches for itself': () => headersOf({ attester: 'copy' }),
      'a client that nobody knows': () => headersOf({ attested: { sub: 'nobody' } }),
      'an attestation that is over': () => headersOf({ attested: { exp: ago(60), iat: ago(120) } }),
      'a proof by another key': () => headersOf({ signer: 'thief' }),
      'a proof for another server': () => headersOf({ proof: { aud: 'https://elsewhere.example' } }),
      'a proof of long ago': () => headersOf({ proof: { iat: ago(120) } }),
      'a proof of times to come': () => headersOf({ proof: { iat: ago(-120) } }),
      'a proof of another client’s': () => headersOf({ proof: { iss: 'purse' } }),
      'a key that is none': () => headersOf({ attested: { cnf: { jwk: { kty: 'EC' } } } }),
      'a private key': () => headersOf({ attested: { cnf: { jwk: specimen('ES256', 'copy').jwk } } }),
      'no proof': () => ({ 'oauth-client-attestation': parts().attestation }),
      'no attestation': () => ({ 'oauth-client-attestation-pop': parts().pop }),
      'the proof twice': () => both(parts().attestation, `${parts().pop}, ${parts().pop}`),
      exchanged: () => both(parts().pop, parts().attestation),
      'an assertion in its place': () => both(assertion(), parts().pop),
      'a DPoP proof in its place': () => ({
        'oauth-client-attestation': parts().attestation,
        ...holder(house, 'x').headers(),
      }),
      garbage: () => both('x', 'y'),
    }
    for (const [name, headersFor] of Object.entries(wrong)) {
      house.runtime.advance(10)
      const answer = await asMachine(headersFor())
      assert.deepEqual([answer.status, answer.json()['error']], [401, 'invalid_client'], name)
    }
    assert.equal(await errorOf(headersOf(), { client_id: 'purse' }), 'invalid_client')
    const purse = headersOf({ attested: { sub: 'purse' } })
    assert.equal(await errorOf(purse, { client_id: 'wallet' }), 'invalid_client')
    // Neither a name alone nor a secret is enough; and what vouches for this client does not for others.
    assert.equal(await errorOf({}, { client_id: 'wallet' }), 'invalid_client')
    assert.equal(await errorOf({}, { client_id: 'wallet', client_secret: secret }), 'invalid_client')
    assert.equal(await errorOf(headersOf({ attested: { sub: 'machine' } })), 'invalid_client')
  })

  test('C11: shows each proof once; of ten at the same moment one is let in', async () => {
    house.runtime.advance(120)
    const headers = headersOf()
    const answers = await Promise.all(Array.from({ length: 10 }, () => asMachine(headers)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    // The attestation itself is good for as long as it says.
    const fresh = headersOf()
    const again = { ...headers, 'oauth-client-attestation-pop': fresh['oauth-client-attestation-pop'] }
    assert.equal((await asMachine(again)).status, 200)
  })

  test('RT-12: refreshes with the very copy that got the token (§9, refresh token binding)', async () => {
    house.runtime.advance(120)
    const tokens = (await exchange(headersOf({ key: 'mine' }))).json()
    const stolen = await refresh(tokens['refresh_token'], headersOf({ key: 'another' }))
    assert.equal(stolen.json()['error'], 'invalid_grant')
    const renewed = await refresh(tokens['refresh_token'], headersOf({ key: 'mine' }))
    assert.equal(renewed.status, 200)
    const next = renewed.json()['refresh_token']
    assert.equal((await refresh(next, headersOf({ key: 'another' }))).json()['error'], 'invalid_grant')
    assert.equal((await refresh(next, headersOf({ key: 'mine' }))).status, 200)
  })

  test('may bind its access tokens by DPoP with the same key or another (§5.2)', async () => {
    house.runtime.advance(120)
    const bound = await exchange({ ...headersOf({ key: 'mine' }), ...holder(house, 'other').headers() })
    assert.equal(bound.json()['token_type'], 'DPoP')
    const again = { ...headersOf({ key: 'mine' }), ...holder(house, 'third').headers() }
    assert.equal((await refresh(bound.json()['refresh_token'], again)).json()['token_type'], 'DPoP')
  })

  test('beside another method, an attestation counts for nothing (§7.6)', async () => {
    const form = { client_id: 'machine', client_secret: secret }
    assert.equal((await asMachine(headersOf(), form)).status, 200)
    assert.equal(await errorOf(headersOf(), { ...form, client_secret: `${secret}x` }), 'invalid_client')
  })

  test('C22: is let in no more once it is disabled', async () => {
    await house.database.commit([disableClient(house.database, 'wallet', house.runtime.now())])
    house.runtime.advance(1)
    assert.equal(await errorOf(headersOf()), 'invalid_client')
    await house.database.commit([disableClient(house.database, 'wallet', null)])
    house.runtime.advance(1)
    assert.equal((await asMachine(headersOf())).status, 200)
  })

  test('is registered with the keys of its attesters, and nobody else is', async () => {
    const { attesterJwks: _keys, ...bare } = wallet
    for (const described of [
      { ...bare, id: 'one' },
      { ...wallet, id: 'two', attesterJwks: { keys: [] } },
      { ...wallet, id: 'three', attesterJwks: { keys: [{ kty: 'oct', k: 'x' }] } },
      { ...wallet, id: 'four', authentication: 'none', grants: ['authorization_code'] },
      { ...wallet, id: 'five', secret },
    ] as never[])
      assert.equal((await createClient(house, described)).ok, false)
    const { token_endpoint_auth_methods_supported: methods, ...metadata } = (
      await house.visitor().visit('/.well-known/openid-configuration')
    ).json()
    assert.ok((methods as string[]).includes('attest_jwt_client_auth'))
    assert.ok((metadata['client_attestation_pop_signing_alg_values_supported'] as string[]).includes('ES256'))
    assert.equal(metadata['challenge_endpoint'], undefined)
  })
})

test('where nonces are asked for, proofs name a challenge: of the endpoint, or of the refusal (§6)', async () => {
  const house = await openOAuthHouse({ dpopNonces: true })
  assert.ok((await createClient(house, wallet)).ok)
  const { challenge_endpoint: at } = (
    await house.visitor().visit('/.well-known/oauth-authorization-server')
  ).json()
  assert.equal(at, 'http://localhost:4400/oauth/attestation-challenge')
  const now = house.runtime.now()
  const jwk = publicPart(specimen('ES256', 'copy').jwk)
  const send = (jti: string, challenge?: unknown) =>
    post(
      house.visitor(),
      '/oauth/token',
      { grant_type: 'client_credentials', scope: 'accounts:read' },
      {
        'oauth-client-attestation': signToken(
          'clientAttestation',
          { sub: 'wallet', iat: now, exp: now + 3600, cnf: { jwk } } as never,
          specimen('ES256', 'attester').key,
        ),
        'oauth-client-attestation-pop': signToken(
          'clientAttestationPop',
          { aud: house.issuer.url, jti, iat: now, ...(challenge !== undefined && { challenge }) } as never,
          specimen('ES256', 'copy').key,
        ),
      },
    )
  for (const wrong of [undefined, 'made-up']) {
    const refused = await send('one', wrong)
    assert.deepEqual([refused.status, refused.json()['error']], [400, 'use_attestation_challenge'])
    const told = refused.header('oauth-client-attestation-challenge')
    // The proof that was refused is not used up.
    assert.equal((await send(`${wrong}`, told)).status, 200)
  }
  const answer = await house.visitor().visit('/oauth/attestation-challenge', { body: '' })
  assert.equal(answer.header('cache-control'), 'no-store')
  assert.equal(answer.header('dpop-nonce'), answer.json()['attestation_challenge'])
  assert.equal((await send('three', answer.json()['attestation_challenge'])).status, 200)
})
