// RFC 8705 §3, §4: tokens that only the holder of a certificate's key can use, by every grant and at every endpoint of ours.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { tokenExchange } from '@countersign/protocol'
import { authority, type Issued } from '../../../../../tests/harness/certificates.ts'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import type { Answer, Visitor } from '../../platform/house.ts'
import { issuerAt } from '../../platform/http/issuer.ts'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import {
  bank,
  claimsIn,
  clients,
  codeFor,
  exchange,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  secret,
} from '../house.ts'
import { mutualTlsBy, showing } from './certificates.fixture.ts'
import { holder } from './holder.fixture.ts'

const trusted = authority()
const mine = trusted.issue({ subject: [['CN', 'mine']] })
const renewed = trusted.issue({ subject: [['CN', 'mine']] })
const others = trusted.issue({ subject: [['CN', 'others']] })

const bound: readonly ClientDescription[] = [
  { ...clients.web, id: 'bound-web', certificateBoundAccessTokens: true },
  { ...clients.spa, id: 'bound-page', certificateBoundAccessTokens: true },
  {
    ...clients.machine,
    id: 'bound-machine',
    secret: undefined,
    authentication: 'tls_client_auth',
    certificateSubject: { kind: 'dn', value: 'CN=mine' },
    certificateBoundAccessTokens: true,
  } as unknown as ClientDescription,
  {
    id: 'bound-bank',
    name: 'The Bank, which asks on',
    secret,
    api: bank,
    certificateBoundAccessTokens: true,
    exchange: { audiences: [bank] },
    scopes: ['accounts:read'],
  },
]

onBothEngines('A token bound to a certificate', (open) => {
  let house: OAuthHouse
  let program: Visitor
  let thief: Visitor
  before(async () => {
    const address = issuerAt('https://mtls.example:8443')
    house = await openOAuthHouse({ house: await open(), mutualTls: { ...mutualTlsBy(trusted), address } })
    for (const description of bound) {
      const created = await createClient(house, JSON.parse(JSON.stringify(description)) as ClientDescription)
      assert.equal(created.ok, true, JSON.stringify(created))
    }
    program = showing(house, mine)
    thief = showing(house, others)
  })

  const by = (own: Issued): Visitor => showing(house, own)
  const wire = { scope: 'openid offline_access accounts:read' }
  const cnf = (own: Issued) => ({ 'x5t#S256': own.thumbprint })
  const userinfo = (visitor: Visitor, token: unknown, scheme = 'Bearer') =>
    visitor.visit('/oauth/userinfo', { headers: { authorization: `${scheme} ${String(token)}` } })

  /** A person allows a client; it exchanges the code with its certificate. */
  async function tokensOf(id: 'bound-web' | 'bound-page', more = {}): Promise<Record<string, unknown>> {
    const redirect = id === 'bound-web' ? clients.web.redirectUris[0] : clients.spa.redirectUris[0]
    const asked = { ...wire, ...more, client_id: id, redirect_uri: redirect }
    const code = (await codeFor(await house.signedIn(), asked)).get('code')
    const answer = await exchange(program, code, asClient(id))
    assert.equal(answer.status, 200, answer.body)
    return answer.json()
  }
  const asClient = (id: string) => ({
    client_id: id,
    ...(id !== 'bound-page' && { client_secret: secret }),
  })
  function refused(answer: Answer, status: number, error: string): void {
    assert.deepEqual([answer.status, answer.json()['error']], [status, error], answer.body)
  }

  test('says whose it is, is told by introspection, and looks like a bearer token', async () => {
    for (const id of ['bound-web', 'bound-page'] as const) {
      const tokens = await tokensOf(id)
      assert.equal(tokens['token_type'], 'Bearer')
      assert.deepEqual(claimsIn(tokens['access_token'])['cnf'], cnf(mine))
    }
    const form = { grant_type: 'client_credentials', client_id: 'bound-machine', resource: bank }
    const machine = (await post(program, '/oauth/token', form)).json()
    assert.deepEqual(claimsIn(machine['access_token'])['cnf'], cnf(mine))
    const seen = await introspected(house, machine['access_token'], 'bank-api')
    assert.deepEqual([seen['active'], seen['token_type'], seen['cnf']], [true, 'Bearer', cnf(mine)])
  })

  test('an opaque one is bound as well', async () => {
    const form = {
      ...{ grant_type: 'client_credentials', client_id: 'bound-machine' },
      ...{ resource: 'https://ledger.example/', scope: 'ledger:read' },
    }
    const { access_token: token } = (await post(program, '/oauth/token', form)).json()
    assert.match(String(token), /^csat_/)
    const seen = (
      await post(program, '/oauth/introspect', { token: String(token), client_id: 'bound-machine' })
    ).json()
    assert.deepEqual(seen['cnf'], cnf(mine))
  })

  test('RT-10: at userinfo it is good with its certificate alone', async () => {
    const { access_token: token } = await tokensOf('bound-page', { scope: 'openid' })
    assert.equal((await userinfo(program, token)).status, 200)
    for (const visitor of [thief, house.visitor(), by(renewed)]) {
      const answer = await userinfo(visitor, token)
      assert.equal(answer.status, 401)
      assert.match(answer.header('www-authenticate') ?? '', /error="invalid_token"/)
    }
    const proof = holder(house).sends(token)
    const asDpop = await program.visit('/oauth/userinfo', { headers: proof })
    assert.equal(asDpop.status, 401)
  })

  test('a client that is registered so gets no other token: not without a certificate, and not by a proof', async () => {
    const form = { grant_type: 'authorization_code' }
    const redirect = clients.web.redirectUris[0]
    const code = (
      await codeFor(await house.signedIn(), { ...wire, client_id: 'bound-web', redirect_uri: redirect })
    ).get('code')
    refused(await exchange(house.visitor(), code, asClient('bound-web')), 400, 'invalid_request')
    refused(
      await exchange(program, code, asClient('bound-web'), holder(house).headers()),
      400,
      'invalid_request',
    )
    assert.equal((await exchange(program, code, { ...form, ...asClient('bound-web') })).status, 200)
  })

  test('RT-10: the refresh token of a public client is bound with it', async () => {
    let { refresh_token: token } = await tokensOf('bound-page')
    for (let generation = 0; generation < 3; generation++) {
      refused(await refresh(thief, token, asClient('bound-page')), 400, 'invalid_grant')
      refused(await refresh(by(renewed), token, asClient('bound-page')), 400, 'invalid_grant')
      refused(await refresh(house.visitor(), token, asClient('bound-page')), 400, 'invalid_request')
      const answer = await refresh(program, token, asClient('bound-page'))
      assert.equal(answer.status, 200, answer.body)
      assert.deepEqual(claimsIn(answer.json()['access_token'])['cnf'], cnf(mine))
      token = answer.json()['refresh_token']
    }
  })

  test('RT-10: a bound refresh token is no use to a client that is not registered so any more', async () => {
    const { refresh_token: token } = await tokensOf('bound-page')
    const { changeClient, descriptionOf } = await import('../clients/change.ts')
    const change = (isBound: boolean) =>
      changeClient(house, 'bound-page', (client) => ({
        ...descriptionOf(client),
        certificateBoundAccessTokens: isBound,
      }))
    await change(false)
    house.runtime.advance(2)
    refused(await refresh(house.visitor(), token, asClient('bound-page')), 400, 'invalid_request')
    refused(
      await refresh(program, token, asClient('bound-page'), holder(house).headers()),
      400,
      'invalid_grant',
    )
    await change(true)
    house.runtime.advance(2)
    assert.equal((await refresh(program, token, asClient('bound-page'))).status, 200)
  })

  test('a confidential client’s refresh token outlives its certificate, and the next tokens are the new one’s', async () => {
    const { refresh_token: token } = await tokensOf('bound-web')
    const answer = await refresh(by(renewed), token, asClient('bound-web'))
    assert.equal(answer.status, 200, answer.body)
    assert.deepEqual(claimsIn(answer.json()['access_token'])['cnf'], cnf(renewed))
    assert.equal((await introspected(house, answer.json()['refresh_token'], 'web'))['active'], false)
  })

  test('an API exchanges one for another that is bound to its own certificate', async () => {
    const { access_token: token } = await tokensOf('bound-web', { resource: bank, scope: 'accounts:read' })
    const form = {
      grant_type: tokenExchange,
      subject_token: String(token),
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      resource: bank,
      ...asClient('bound-bank'),
    }
    refused(await post(house.visitor(), '/oauth/token', form), 400, 'invalid_request')
    const answer = await post(thief, '/oauth/token', form)
    assert.equal(answer.status, 200, answer.body)
    assert.deepEqual(claimsIn(answer.json()['access_token'])['cnf'], cnf(others))
  })

  test('a proof names the address at which certificates are shown, when it is sent there', async () => {
    const client = { client_id: 'machine', client_secret: secret }
    const form = { grant_type: 'client_credentials', resource: bank, ...client }
    const at = (htu: string) => ({ dpop: holder(house).proof({ claims: { htu } }) })
    const other = { host: 'mtls.example:8443' }
    const there = 'https://mtls.example:8443/oauth/token'
    const answer = await post(house.visitor(), '/oauth/token', form, { ...other, ...at(there) })
    assert.equal(answer.status, 200, answer.body)
    const here = house.issuer.at('/oauth/token')
    refused(
      await post(house.visitor(), '/oauth/token', form, { ...other, ...at(here) }),
      400,
      'invalid_dpop_proof',
    )
    refused(await post(house.visitor(), '/oauth/token', form, at(there)), 400, 'invalid_dpop_proof')
  })
})

test('a client is bound to one thing at a time', async () => {
  const house = await openOAuthHouse()
  const created = await createClient(house, {
    ...clients.machine,
    id: 'both',
    dpopBoundAccessTokens: true,
    certificateBoundAccessTokens: true,
  })
  assert.deepEqual(created.ok ? [] : created.findings.map(({ path }) => path), [
    'certificateBoundAccessTokens',
  ])
})
