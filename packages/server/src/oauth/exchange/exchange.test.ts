// Token exchange over HTTP (RFC 8693), on both engines: what is given for what, and to whom it is refused.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { accessTokenType, tokenExchange } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { createClient } from '../clients/registration.ts'
import {
  ada,
  bank,
  claimsIn,
  codeFor,
  exchange,
  introspected,
  ledger,
  type OAuthHouse,
  secret,
  tokensFor,
} from '../house.ts'
import {
  archive,
  exchanged,
  exchangeToken,
  openExchangeHouse,
  ownToken,
  refusal,
  tokenOfAda,
} from './exchange.fixture.ts'

onBothEngines('Token exchange', (open) => {
  let house: OAuthHouse
  before(async () => {
    house = await openExchangeHouse({ house: await open() })
  })

  test('gives an API a token for the next one that says for whom, and who acts', async () => {
    const token = await tokenOfAda(house)
    const before = claimsIn(token)
    house.runtime.advance(100)
    const answer = await exchangeToken(house, token, { resource: archive })
    assert.equal(answer.status, 200)
    assert.equal(answer.header('cache-control'), 'no-store')
    const { access_token: given, ...rest } = answer.json()
    assert.deepEqual(rest, {
      token_type: 'Bearer',
      issued_token_type: accessTokenType,
      expires_in: 200,
      scope: 'archive:read',
    })
    const claims = claimsIn(given)
    const same = ['sub', 'sid', 'fam', 'auth_time', 'acr', 'amr', 'iss', 'exp']
    for (const name of same) assert.deepEqual(claims[name], before[name], name)
    assert.equal(claims['aud'], archive)
    assert.equal(claims['client_id'], 'teller')
    assert.deepEqual(claims['act'], { sub: 'teller' })
    assert.deepEqual(claims['via'], ['web'])
  })

  test('is told by introspection with everybody who acts, the last one outermost (RFC 8693 §4.1)', async () => {
    const forLedger = await exchanged(house, await tokenOfAda(house), { audience: ledger })
    const forArchive = await exchanged(house, forLedger, { client_id: 'keeper', audience: archive })
    const told = await introspected(house, forArchive, 'archivist')
    assert.equal(told['active'], true)
    assert.equal(told['sub'], ada.id)
    assert.equal(told['username'], ada.username)
    assert.equal(told['client_id'], 'keeper')
    assert.deepEqual(told['act'], { sub: 'keeper', act: { sub: 'teller' } })
    assert.deepEqual(told['via'], ['web', 'teller'])
    assert.equal(
      (await introspected(house, forLedger, 'archivist'))['active'],
      false,
      'it is not for that one',
    )
  })

  test('takes tokens in whatever form they have, and of a machine as of a person', async () => {
    const forLedger = await exchanged(house, await ownToken(house), { resource: ledger })
    assert.match(forLedger, /^csat_/)
    const claims = claimsIn(await exchanged(house, forLedger, { client_id: 'keeper', resource: archive }))
    assert.equal(claims['sub'], 'machine')
    assert.deepEqual(claims['act'], { sub: 'keeper', act: { sub: 'teller' } })
    assert.deepEqual(claims['via'], ['machine', 'teller'])
    assert.equal(claims['fam'], undefined)
  })

  test('lets a client narrow its own token, and nobody acts for another then', async () => {
    const asked = { client_id: 'site', redirect_uri: 'https://site.example/callback' }
    const code = (
      await codeFor(await house.signedIn(), { ...asked, scope: 'accounts:read transfers:write' })
    ).get('code')
    const own = { client_id: 'site', client_secret: secret }
    const tokens = (await exchange(house.visitor(), code, own)).json()
    const narrowed = await exchanged(house, tokens['access_token'], { ...own, scope: 'accounts:read' })
    const claims = claimsIn(narrowed)
    assert.equal(claims['scope'], 'accounts:read')
    assert.equal(claims['act'], undefined)
    assert.equal(claims['via'], undefined)
    assert.equal(await refusal(house, narrowed, { ...own, scope: 'transfers:write' }), 'invalid_scope')
  })

  test('names nobody as acting for one who is impersonated, where an operator allows it', async () => {
    const claims = claimsIn(await exchanged(house, await tokenOfAda(house), { client_id: 'support' }))
    assert.equal(claims['sub'], ada.id)
    assert.equal(claims['act'], undefined)
    assert.equal(claims['client_id'], 'support')
    assert.deepEqual(claims['via'], ['web'])
  })

  test('gives no refresh token and no ID token, whatever the person allowed', async () => {
    const token = await tokenOfAda(house, { scope: 'openid offline_access accounts:read' })
    const answer = (await exchangeToken(house, token, { resource: archive })).json()
    assert.equal(answer['refresh_token'], undefined)
    assert.equal(answer['id_token'], undefined)
    assert.equal(await refusal(house, token, { resource: archive, scope: 'openid' }), 'invalid_scope')
  })

  test('is written down with both parties', async () => {
    await exchanged(house, await tokenOfAda(house), { resource: archive })
    const rows = await house.database.read(
      `select client_id, user_id, session_id, family_id, detail from events where type = 'token.exchanged'
       order by id desc limit 1`,
      [],
    )
    const { detail, ...who } = rows[0] as Record<string, unknown>
    assert.equal(who['client_id'], 'teller')
    assert.equal(who['user_id'], ada.id)
    assert.ok(who['session_id'] && who['family_id'])
    assert.deepEqual(JSON.parse(String(detail)), {
      subject: ada.id,
      from: 'web',
      actor: 'teller',
      impersonation: false,
      scope: ['archive:read'],
      audience: archive,
    })
  })

  test('is refused to clients that nobody allowed it, public ones among them', async () => {
    const token = await tokenOfAda(house)
    assert.equal(await refusal(house, token, { client_id: 'web' }), 'unauthorized_client')
    assert.equal(await refusal(house, token, { client_id: 'bank-api' }), 'unauthorized_client')
    assert.equal(
      await refusal(house, token, { client_id: 'spa', client_secret: undefined }),
      'unauthorized_client',
    )
    assert.equal(await refusal(house, token, { client_secret: 'wrong' }), 'invalid_client')
    const created = await createClient(house, {
      name: 'Public',
      authentication: 'none',
      redirectUris: ['https://public.example/callback'],
      exchange: { audiences: [archive] },
    })
    assert.ok(!created.ok)
    assert.deepEqual(
      created.findings.map(({ path, code }) => `${path} ${code}`),
      ['exchange public'],
    )
  })

  const targets: Record<string, readonly [Record<string, string>, string]> = {
    'an API that the client may not reach': [{ resource: bank }, 'invalid_target'],
    'an API that does not exist': [{ audience: 'nowhere' }, 'invalid_target'],
    'no URI as a resource': [{ resource: 'nowhere' }, 'invalid_target'],
    'two APIs': [{ resource: archive, audience: ledger }, 'invalid_target'],
    'one of several without a name': [{}, 'invalid_target'],
    'a scope that nothing leads to': [{ resource: archive, scope: 'archive:write' }, 'invalid_scope'],
    'a scope of the token that is not one there': [
      { resource: archive, scope: 'accounts:read' },
      'invalid_scope',
    ],
    'a scope that leads there but was not given': [
      { resource: archive, scope: 'transfers:write' },
      'invalid_scope',
    ],
    'a scope that is none': [{ resource: archive, scope: '"' }, 'invalid_scope'],
  }
  for (const [name, [more, error]] of Object.entries(targets)) {
    test(`names its target: ${name} is ${error}`, async () => {
      assert.equal(await refusal(house, await tokenOfAda(house), more), error)
    })
  }

  test('finds its target by the scope that is asked for', async () => {
    const token = await exchanged(house, await tokenOfAda(house), { scope: 'archive:read' })
    assert.equal(claimsIn(token)['aud'], archive)
  })

  const urn = 'urn:ietf:params:oauth:token-type'
  const malformed: Record<string, Record<string, string | undefined>> = {
    'no subject token': { subject_token: undefined },
    'no type of it': { subject_token_type: undefined },
    'an ID token': { subject_token_type: `${urn}:id_token` },
    'a refresh token': { subject_token_type: `${urn}:refresh_token` },
    'a JWT of no particular kind': { subject_token_type: `${urn}:jwt` },
    'a SAML assertion': { subject_token_type: `${urn}:saml2` },
    'an unknown type': { subject_token_type: 'access_token' },
    'a refresh token asked for': { requested_token_type: `${urn}:refresh_token` },
    'an actor without its type': { actor_token: 'x' },
    'a type without its actor': { actor_token_type: accessTokenType },
  }
  for (const [name, more] of Object.entries(malformed)) {
    test(`takes access tokens and gives them: ${name} is invalid_request (RFC 8693 §2.2.2)`, async () => {
      const asked = { resource: archive, ...more }
      assert.equal(await refusal(house, await tokenOfAda(house), asked), 'invalid_request')
    })
  }

  test('tokens that are none, dead or somebody else’s are all answered alike', async () => {
    const {
      access_token: live,
      id_token: identity,
      refresh_token: renewing,
    } = await tokensFor(house, {
      scope: 'openid offline_access accounts:read',
    })
    const [head, body, signature] = String(live).split('.')
    const forged = { ...claimsIn(live), sub: 'usr_grace' }
    const other = Buffer.from(JSON.stringify(forged)).toString('base64url')
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')
    const forLedger = await exchanged(house, live, { resource: ledger })
    const answers = new Set<string>()
    const tokens = [
      'x',
      identity,
      renewing,
      `${head}.${other}.${signature}`,
      `${none}.${body}.`,
      'csat_x',
      forLedger,
    ]
    // What the bank's API holds for the ledger is its own; what is for the ledger alone is the ledger's.
    const asked = (token: unknown) =>
      exchangeToken(house, token, {
        resource: archive,
        client_id: token === forLedger ? 'support' : 'teller',
      })
    for (const token of tokens) {
      const answer = await asked(token)
      assert.equal(answer.status, 400, String(token))
      answers.add(answer.body)
    }
    house.runtime.advance(300)
    answers.add((await asked(live)).body)
    assert.deepEqual(
      [...answers].map((text) => JSON.parse(text).error),
      ['invalid_request'],
    )
    assert.ok(![...answers].some((text) => text.includes('csat_x')))
  })

  test('TK-06: tokens in the address are refused', async () => {
    const token = await tokenOfAda(house)
    const query = new URLSearchParams({ subject_token: token })
    const answer = await house.visitor().visit(`/oauth/token?${query}`, {
      body: new URLSearchParams({
        grant_type: tokenExchange,
        subject_token: token,
        subject_token_type: accessTokenType,
        client_id: 'teller',
        client_secret: secret,
      }).toString(),
    })
    assert.equal(answer.json()['error'], 'invalid_request')
  })
})
