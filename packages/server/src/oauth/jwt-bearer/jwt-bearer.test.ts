import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { jwtBearerGrant, publicJwk, signDpopProof, thumbprint } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { linkIdentity } from '../../accounts/identities/identities.store.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { openHouse } from '../../platform/house.ts'
import { createClient } from '../clients/registration.ts'
import { devicesOf } from '../device/devices.ts'
import {
  ada,
  bank,
  claimsIn,
  grace,
  introspected,
  ledger,
  type OAuthHouse,
  post,
  rowCount,
  secret,
  tokensFor,
} from '../house.ts'
import {
  aKey,
  grantClaims,
  grantOf,
  idJagOf,
  openPartnerHouse,
  partner,
  partnerIssuer,
  partnerKey,
  show,
  signedAs,
} from './partner.fixture.ts'
import { distrustIssuer, trustIssuer } from './trust.ts'

describe('The JWT bearer grant', () => {
  let house: OAuthHouse
  before(async () => {
    house = await openPartnerHouse()
  })
  after(() => house.close())
  const errorOf = async (assertion: string, more = {}): Promise<unknown> => {
    const answer = await show(house, assertion, more)
    return answer.status === 200 ? null : answer.json()['error']
  }

  test('what a trusted issuer says of a person becomes a token for an API, and no refresh token', async () => {
    const answer = await show(house, grantOf(house), { scope: 'accounts:read' })
    assert.equal(answer.status, 200, answer.body)
    const { access_token: token, ...rest } = answer.json()
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 300, scope: 'accounts:read' })
    const claims = claimsIn(token)
    assert.deepEqual([claims['sub'], claims['aud'], claims['client_id']], [ada.id, bank, 'app'])
    assert.deepEqual([claims['acr'], claims['amr'], claims['auth_time']], ['0', [], undefined])
    assert.equal((await introspected(house, token, 'bank-api'))['active'], true)
    assert.deepEqual(await devicesOf(house, ada.id), [])
  })

  test('TK-17: never more than the issuer is trusted for and the client may have', async () => {
    assert.equal(await errorOf(grantOf(house), { scope: 'transfers:write' }), 'invalid_scope')
    assert.equal(await errorOf(grantOf(house), { scope: 'openid' }), 'invalid_scope')
    assert.equal(await errorOf(grantOf(house), {}), 'invalid_target', 'two APIs would be possible')
    assert.equal(await errorOf(grantOf(house), { resource: 'https://other.example/' }), 'invalid_target')
    const answer = await show(house, grantOf(house), { resource: ledger })
    assert.equal(answer.json()['scope'], 'ledger:read')
  })

  test('TK-13: its audience is this server or its token endpoint, and nobody else', async () => {
    const { issuer } = house
    const asked = (aud: unknown) => errorOf(grantOf(house, { aud }), { scope: 'accounts:read' })
    for (const aud of [issuer.url, [issuer.url], issuer.at('/oauth/token'), [issuer.at('/oauth/token')]])
      assert.equal(await asked(aud), null, JSON.stringify(aud))
    const others = [
      `${issuer.url}/`,
      issuer.at('/oauth/par'),
      'https://elsewhere.example',
      [issuer.url, 'https://elsewhere.example'],
      [issuer.url, issuer.at('/oauth/token')],
      [],
      undefined,
    ]
    for (const aud of others) assert.equal(await asked(aud), 'invalid_grant', JSON.stringify(aud))
  })

  test('TK-14: it has its time, and an end that is not far', async () => {
    const now = house.runtime.now()
    const asked = (more: object) => errorOf(grantOf(house, more), { scope: 'accounts:read' })
    assert.equal(await asked({ exp: now + 300 }), null)
    assert.equal(await asked({ iat: undefined }), null)
    for (const more of [
      { exp: now - 16 },
      { exp: now + 316 },
      { iat: now - 300, exp: now + 60 },
      { iat: now + 61 },
      { nbf: now + 61 },
      { exp: undefined },
      { jti: undefined },
      { sub: undefined },
    ])
      assert.equal(await asked(more), 'invalid_grant', JSON.stringify(more))
  })

  test('C11: it is good once', async () => {
    const assertion = grantOf(house)
    assert.equal(await errorOf(assertion, { scope: 'accounts:read' }), null)
    assert.equal(await errorOf(assertion, { scope: 'accounts:read' }), 'invalid_grant')
    // The same name of another issuer’s is another one; a refused one is not used up.
    const jti = 'of two issuers'
    assert.equal(await errorOf(grantOf(house, { jti }), { scope: 'nothing' }), 'invalid_scope')
    assert.equal(await errorOf(grantOf(house, { jti }), { scope: 'accounts:read' }), null)
  })

  test('nobody is believed who is not named, and nobody signs in another’s name', async () => {
    const scope = { scope: 'accounts:read' }
    assert.equal(await errorOf(grantOf(house, { iss: 'https://stranger.example' }), scope), 'invalid_grant')
    assert.equal(await errorOf(grantOf(house, { iss: `${partnerIssuer}/` }), scope), 'invalid_grant')
    const stranger = await aKey('partner')
    const claims = grantClaims(house)
    assert.equal(await errorOf(signedAs('authorization-grant+jwt', claims, stranger), scope), 'invalid_grant')
    assert.equal(await errorOf('no token', scope), 'invalid_grant')
    assert.equal(await errorOf(`${grantOf(house)}x`, scope), 'invalid_grant')
    assert.equal(await errorOf(grantOf(house), { ...scope, client_id: 'stranger' }), 'invalid_grant')
  })

  test('C4: nothing else that a trusted issuer signs is a grant', async () => {
    const scope = { scope: 'accounts:read' }
    for (const typ of [undefined, 'JWT', 'authorization-grant+jwt', 'application/authorization-grant+jwt'])
      assert.equal(await errorOf(signedAs(typ, grantClaims(house)), scope), null, String(typ))
    for (const typ of ['at+jwt', 'logout+jwt', 'client-authentication+jwt', 'dpop+jwt', 'secevent+jwt'])
      assert.equal(await errorOf(signedAs(typ, grantClaims(house)), scope), 'invalid_grant', typ)
    const others = [
      { nonce: 'n' },
      { at_hash: 'h' },
      { azp: 'app' },
      { sid: 's' },
      { client_id: 'app', scope: 'accounts:read' },
      { events: {} },
      { sub: partnerIssuer },
    ]
    for (const more of others)
      assert.equal(await errorOf(signedAs('JWT', grantClaims(house, more)), scope), 'invalid_grant')
    const own = await tokensFor(house)
    assert.equal(await errorOf(String(own['id_token']), scope), 'invalid_grant')
    assert.equal(await errorOf(String(own['access_token']), scope), 'invalid_grant')
  })

  test('C16: an address counts where both sides have verified it, in a domain that the issuer is believed for', async () => {
    const asked = (more: object) => errorOf(grantOf(house, more), { scope: 'accounts:read' })
    assert.equal(await asked({ email: 'ADA@example.test' }), null)
    for (const more of [
      { email: undefined },
      { email_verified: false },
      { email_verified: 'true' },
      { email_verified: undefined },
      { email: 'ada@elsewhere.test' },
      { email: 'ada@sub.example.test' },
      { email: 'nobody@example.test' },
      { email: 'ada@elsewhere.test@example.test' },
    ])
      assert.equal(await asked(more), 'invalid_grant', JSON.stringify(more))
  })

  test('a public client shows nothing, a client without the grant neither, and no address carries one', async () => {
    const open = await createClient(house, {
      id: 'open',
      name: 'Open',
      authentication: 'none',
      grants: [jwtBearerGrant],
    })
    assert.deepEqual(open.ok ? [] : open.findings.map(({ path, code }) => [path, code]), [
      ['grants', 'public'],
    ])
    assert.equal(await errorOf(grantOf(house), { client_id: 'machine' }), 'unauthorized_client')
    const query = `assertion=${grantOf(house)}`
    const form = { grant_type: jwtBearerGrant, client_id: 'app', client_secret: secret }
    assert.equal(
      (await post(house.visitor(), `/oauth/token?${query}`, form)).json()['error'],
      'invalid_request',
    )
  })

  test('a token ends with its person and its client, and the issuer’s word ends when it is trusted no more', async () => {
    const own = await openPartnerHouse()
    const answer = await show(own, grantOf(own), { scope: 'accounts:read' })
    const token = answer.json()['access_token']
    assert.ok(await distrustIssuer(own, partnerIssuer))
    assert.ok(!(await distrustIssuer(own, partnerIssuer)))
    assert.equal((await show(own, grantOf(own), { scope: 'accounts:read' })).json()['error'], 'invalid_grant')
    assert.equal((await introspected(own, token, 'bank-api'))['active'], true)
    await own.database.commit([disableUser(own.database, own.runtime.now(), ada.id)])
    assert.deepEqual(await introspected(own, token, 'bank-api'), { active: false })
    await trustIssuer(own, partner)
    assert.equal((await show(own, grantOf(own), { scope: 'accounts:read' })).json()['error'], 'invalid_grant')
    await own.close()
  })

  test('who is linked to an account there is found by it alone', async () => {
    const own = await openPartnerHouse({ trust: { subjects: { by: 'identity', upstream: 'partner' } } })
    const scope = { scope: 'accounts:read' }
    assert.equal((await show(own, grantOf(own), scope)).json()['error'], 'invalid_grant')
    await own.database.commit([
      linkIdentity(own.database, {
        id: 'idn_1',
        userId: grace.id,
        upstream: 'partner',
        issuer: partnerIssuer,
        subject: 'ada at partner',
        email: null,
        createdAt: own.runtime.now(),
      }),
    ])
    const token = (await show(own, grantOf(own), scope)).json()['access_token']
    assert.equal(claimsIn(token)['sub'], grace.id)
    assert.equal((await show(own, grantOf(own, { sub: 'another' }), scope)).json()['error'], 'invalid_grant')
    await own.close()
  })

  describe('by an ID-JAG', () => {
    test('a client is let in for what it names, and for no longer', async () => {
      const answer = await show(
        house,
        idJagOf(house, { scope: 'accounts:read', resource: bank, auth_time: 17 }),
      )
      assert.equal(answer.status, 200, answer.body)
      const { access_token: token, ...rest } = answer.json()
      assert.deepEqual(rest, { token_type: 'Bearer', expires_in: 300, scope: 'accounts:read' })
      assert.deepEqual([claimsIn(token)['aud'], claimsIn(token)['auth_time']], [bank, 17])
      const wider = { scope: 'ledger:read' }
      assert.equal(await errorOf(idJagOf(house, { scope: 'accounts:read' }), wider), 'invalid_scope')
      const elsewhere = idJagOf(house, { resource: bank })
      assert.equal(await errorOf(elsewhere, { resource: ledger, scope: 'ledger:read' }), 'invalid_target')
      assert.equal(await errorOf(idJagOf(house, { scope: 'unknown' })), 'invalid_scope')
      assert.equal(await errorOf(idJagOf(house, { resource: 'https://other.example/' })), 'invalid_target')
    })

    test('what it says that is not carried here makes it worth less, never more', async () => {
      const details = { authorization_details: [{ type: 'payment' }] }
      assert.equal(await errorOf(idJagOf(house, details)), 'invalid_scope')
      assert.equal(await errorOf(idJagOf(house, { ...details, scope: 'accounts:read' })), null)
      const scope = { scope: 'accounts:read' }
      assert.equal(await errorOf(idJagOf(house, { act: { sub: 'robot' } }), scope), 'invalid_grant')
      assert.equal(await errorOf(idJagOf(house, { cnf: { jkt: 'a'.repeat(43) } }), scope), 'invalid_grant')
      assert.equal(await errorOf(idJagOf(house, { cnf: { kid: 'k' } }), scope), 'invalid_grant')
      const key = await aKey('holder')
      const bound = idJagOf(house, { cnf: { jkt: thumbprint(publicJwk(key)) } })
      const claims = {
        jti: 'once',
        htm: 'POST',
        htu: house.issuer.at('/oauth/token'),
        iat: house.runtime.now(),
      }
      const dpop = signDpopProof(claims, key)
      const form = { grant_type: jwtBearerGrant, assertion: bound, client_id: 'app', client_secret: secret }
      const answer = await post(house.visitor(), '/oauth/token', { ...form, ...scope }, { dpop })
      assert.equal(answer.json()['token_type'], 'DPoP', answer.body)
    })

    test('it is for one client and one server, and has a type of its own', async () => {
      const scope = { scope: 'accounts:read' }
      assert.equal(await errorOf(idJagOf(house, { client_id: 'stranger' }), scope), 'invalid_grant')
      assert.equal(await errorOf(idJagOf(house, { client_id: undefined }), scope), 'invalid_grant')
      assert.equal(await errorOf(idJagOf(house, { aud: [house.issuer.url] }), scope), 'invalid_grant')
      assert.equal(
        await errorOf(idJagOf(house, { aud: house.issuer.at('/oauth/token') }), scope),
        'invalid_grant',
      )
      assert.equal(await errorOf(idJagOf(house, { iat: undefined }), scope), 'invalid_grant')
      const assertion = idJagOf(house)
      assert.equal(await errorOf(assertion, scope), null)
      assert.equal(await errorOf(assertion, scope), 'invalid_grant')
    })

    test('an issuer that is trusted for grants is not for ID-JAGs, nor the other way round', async () => {
      const own = await openPartnerHouse({ trust: { accepts: ['id-jag'], clients: [] } })
      const scope = { scope: 'accounts:read' }
      assert.equal((await show(own, grantOf(own), scope)).json()['error'], 'invalid_grant')
      assert.equal((await show(own, idJagOf(own), scope)).status, 200)
      const forStranger = idJagOf(own, { client_id: 'stranger' })
      assert.equal((await show(own, forStranger, { ...scope, client_id: 'stranger' })).status, 200)
      await trustIssuer(own, { ...partner, accepts: ['grant'] })
      assert.equal((await show(own, idJagOf(own), scope)).json()['error'], 'invalid_grant')
      await own.close()
    })

    test('the metadata say so', async () => {
      const metadata = (await house.visitor().visit('/.well-known/oauth-authorization-server')).json()
      assert.ok((metadata['grant_types_supported'] as string[]).includes(jwtBearerGrant))
      assert.deepEqual(metadata['authorization_grant_profiles_supported'], [
        'urn:ietf:params:oauth:grant-profile:id-jag',
      ])
    })
  })

  test('keys at an address are fetched, and fetched again for a key that is not known', async () => {
    const next = await aKey('next')
    let published = [publicJwk(partnerKey)]
    let asked = 0
    const egress = async () => {
      asked += 1
      return new Response(JSON.stringify({ keys: published }))
    }
    const own = await openPartnerHouse({ house: { ...(await openHouse()), egress } })
    const { jwks: _, ...rest } = partner
    const saved = await trustIssuer(own, { ...rest, jwksUri: 'https://partner.example/jwks' })
    assert.ok(saved.ok)
    assert.equal((await show(own, grantOf(own), { scope: 'accounts:read' })).status, 200)
    published = [publicJwk(next)]
    const assertion = signedAs('authorization-grant+jwt', grantClaims(own), next)
    assert.equal((await show(own, assertion, { scope: 'accounts:read' })).status, 200)
    assert.equal(asked, 2)
    await own.close()
  })
})

describe('Trusting an issuer', () => {
  test('what is wrong with one is said before it is believed', async (t) => {
    const house = await openPartnerHouse()
    t.after(() => house.close())
    const findings = async (more: object) => {
      const saved = await trustIssuer(house, { ...partner, ...more })
      return saved.ok ? [] : saved.findings.map(({ path, code }) => `${path} ${code}`)
    }
    assert.deepEqual(await findings({}), [])
    assert.deepEqual(await findings({ issuer: 'http://partner.example' }), ['issuer not_a_uri'])
    assert.deepEqual(await findings({ issuer: 'https://partner.example/?a=b' }), ['issuer not_a_uri'])
    assert.deepEqual(await findings({ issuer: house.issuer.url }), ['issuer own'])
    assert.deepEqual(await findings({ jwks: undefined }), ['jwks missing'])
    assert.deepEqual(await findings({ jwksUri: 'https://partner.example/jwks' }), ['jwks missing'])
    assert.deepEqual(await findings({ jwks: undefined, jwksUri: 'ftp://x' }), ['jwksUri not_a_uri'])
    assert.deepEqual(await findings({ jwks: { keys: [] } }), ['jwks unusable'])
    assert.deepEqual(await findings({ accepts: ['saml'] }), ['accepts unknown'])
    assert.deepEqual(await findings({ accepts: [] }), ['accepts missing'])
    assert.deepEqual(await findings({ clients: [] }), ['clients missing'])
    assert.deepEqual(await findings({ clients: [], accepts: ['id-jag'] }), [])
    assert.deepEqual(await findings({ scopes: ['openid'] }), ['scopes.0 unknown'])
    assert.deepEqual(await findings({ scopes: [] }), ['scopes missing'])
    assert.deepEqual(await findings({ maximumSeconds: 3601 }), ['maximumSeconds range'])
    for (const domains of [[], ['Example.test'], ['*'], ['example.test ']])
      assert.deepEqual(await findings({ subjects: { by: 'email', domains } }), ['subjects domain'])
    assert.deepEqual(await findings({ subjects: { by: 'identity', upstream: '' } }), ['subjects upstream'])
  })
})

onBothEngines('An assertion that many show at once', (open) => {
  test('C11: lets one of them in', async () => {
    const house = await openPartnerHouse({ house: await open() })
    const assertion = grantOf(house)
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => show(house, assertion, { scope: 'accounts:read' })),
    )
    const outcomes = answers.map((answer) => (answer.status === 200 ? 'in' : answer.json()['error']))
    assert.deepEqual(outcomes.toSorted(), ['in', ...Array.from({ length: 7 }, () => 'invalid_grant')])
    assert.equal(await rowCount(house, 'families'), 1)
  })
})
