import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { defineRole, grantRole } from '../../access/roles.store.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { disableUser, enableUser } from '../../accounts/users/users.store.ts'
import {
  ada,
  bank,
  claimsIn,
  codeFor,
  exchange,
  headerIn,
  introspected,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  post,
  secret,
  tokensFor,
  type Wire,
} from '../house.ts'

let house: OAuthHouse
before(async () => {
  house = await openOAuthHouse()
})
after(() => house.close())

async function freshCode(more: Wire = {}): Promise<string | null> {
  return (await codeFor(await house.signedIn(), more)).get('code')
}

async function assertError(
  answer: Promise<Awaited<ReturnType<typeof exchange>>>,
  error: string,
): Promise<void> {
  const { status, header, json } = await answer
  assert.equal(json()['error'], error)
  assert.ok(status >= 400 && status < 500)
  assert.equal(header('cache-control'), 'no-store')
}

describe('The code grant', () => {
  test('a code becomes an access token for the API, and an ID token', async () => {
    const answer = await exchange(house.visitor(), await freshCode({ nonce: 'a nonce' }))
    assert.equal(answer.status, 200)
    assert.equal(answer.header('cache-control'), 'no-store')
    assert.match(answer.header('content-type') ?? '', /^application\/json/)
    const body = answer.json()
    assert.equal(body['token_type'], 'Bearer')
    assert.equal(body['expires_in'], 300)
    assert.equal(body['scope'], 'openid accounts:read')
    const access = claimsIn(body['access_token'])
    assert.equal(headerIn(body['access_token']).typ, 'at+jwt')
    assert.equal(access['aud'], bank)
    assert.equal(access['sub'], ada.id)
    assert.equal(access['client_id'], 'web')
    assert.equal(access['acr'], 'urn:countersign:acr:password')
    const id = claimsIn(body['id_token'])
    assert.equal(id['aud'], 'web')
    assert.equal(id['nonce'], 'a nonce')
    assert.equal(id['sid'], access['sid'])
    assert.equal(id['auth_time'], access['auth_time'])
    assert.equal(typeof id['at_hash'], 'string')
    assert.equal('email' in id, false)
  })

  test('TK-02: a code’s second use fails and ends what the first one gave', async () => {
    const code = await freshCode({ scope: 'openid offline_access accounts:read' })
    const first = (await exchange(house.visitor(), code)).json()
    assert.equal((await introspected(house, first['access_token']))['active'], true)
    house.runtime.advance(30)
    await assertError(exchange(house.visitor(), code), 'invalid_grant')
    assert.deepEqual(await introspected(house, first['access_token']), { active: false })
    assert.deepEqual(await introspected(house, first['refresh_token']), { active: false })
  })

  test('TK-02: so it does after the code has expired', async () => {
    const code = await freshCode()
    const first = (await exchange(house.visitor(), code)).json()
    house.runtime.advance(120)
    await assertError(exchange(house.visitor(), code), 'invalid_grant')
    assert.deepEqual(await introspected(house, first['access_token']), { active: false })
  })

  const wrong: Record<string, Wire> = {
    'a wrong verifier': { code_verifier: 'another-verifier-that-is-long-enough-0123456789' },
    'no verifier': { code_verifier: undefined },
    'another redirect URI': { redirect_uri: 'https://web.example/other?with=query' },
    'another client': { client_id: 'other', client_secret: secret },
  }
  for (const [name, more] of Object.entries(wrong)) {
    test(`TK-03 TK-06 TK-07 TK-08: with ${name} a replay fails and ends nothing`, async () => {
      const code = await freshCode()
      await assertError(exchange(house.visitor(), code, more), 'invalid_grant')
      const first = await exchange(house.visitor(), code)
      assert.equal(first.status, 200, 'a failed attempt does not use the code up')
      await assertError(exchange(house.visitor(), code, more), 'invalid_grant')
      assert.equal((await introspected(house, first.json()['access_token']))['active'], true)
    })
  }

  test('TK-05: a code dies after sixty seconds', async () => {
    const [code, late] = [await freshCode(), await freshCode()]
    house.runtime.advance(59)
    assert.equal((await exchange(house.visitor(), code)).status, 200)
    house.runtime.advance(1)
    await assertError(exchange(house.visitor(), late), 'invalid_grant')
  })

  test('TK-07: the redirect URI may be sent again, and must then be the same', async () => {
    const answer = await exchange(house.visitor(), await freshCode(), {
      redirect_uri: 'https://web.example/callback',
    })
    assert.equal(answer.status, 200)
  })

  test('TK-08 C8 (CVE-2024-23647): every code has a challenge, so a verifier is never superfluous and never missing', async () => {
    await assertError(exchange(house.visitor(), await freshCode(), { code_verifier: '' }), 'invalid_grant')
    await assertError(
      exchange(house.visitor(), await freshCode(), { code_verifier: 'short' }),
      'invalid_grant',
    )
  })

  test('C10: a code of a session that has ended, or of a disabled user, gives nothing', async () => {
    const { database, runtime } = house
    const ended = await freshCode()
    await database.commit([endAllSessions(database, runtime.now(), ada.id)])
    await assertError(exchange(house.visitor(), ended), 'invalid_grant')
    const disabled = await freshCode()
    await database.commit([disableUser(database, runtime.now(), ada.id)])
    await assertError(exchange(house.visitor(), disabled), 'invalid_grant')
    await database.commit([enableUser(database, runtime.now(), ada.id)])
  })

  test('C33: what only looks like a code is not one', async () => {
    const code = (await freshCode()) ?? ''
    for (const bent of [code.slice(1), `${code}x`, code.toUpperCase(), 'x', `csac_${'A'.repeat(49)}`]) {
      await assertError(exchange(house.visitor(), bent), 'invalid_grant')
    }
  })

  test('TK-20: a code for two APIs gives a token for the one that is named', async () => {
    const scope = 'openid accounts:read ledger:read'
    const code = await freshCode({ scope })
    await assertError(exchange(house.visitor(), code), 'invalid_target')
    const answer = (await exchange(house.visitor(), code, { resource: bank })).json()
    assert.equal(claimsIn(answer['access_token'])['aud'], bank)
    assert.equal(answer['scope'], 'openid accounts:read')
  })

  test('an API may have opaque tokens with a life of their own', async () => {
    const answer = (await exchange(house.visitor(), await freshCode({ scope: 'openid ledger:read' }))).json()
    assert.match(String(answer['access_token']), /^csat_/)
    assert.equal(answer['expires_in'], 600)
    const seen = await introspected(house, answer['access_token'])
    assert.equal(seen['active'], true)
    assert.equal(seen['aud'], ledger)
    house.runtime.advance(600)
    assert.deepEqual(await introspected(house, answer['access_token']), { active: false })
  })

  test('with OpenID Connect’s scopes alone, the token is for the issuer', async () => {
    const tokens = await tokensFor(house, { scope: 'openid email' })
    assert.equal(claimsIn(tokens['access_token'])['aud'], house.issuer.url)
  })

  test('without openid there is no ID token', async () => {
    assert.equal('id_token' in (await tokensFor(house, { scope: 'accounts:read' })), false)
  })

  test('a claim asked for in the ID token stands there', async () => {
    const claims = JSON.stringify({ id_token: { email: null, sub: null, phone_number: { essential: true } } })
    const id = claimsIn((await tokensFor(house, { claims }))['id_token'])
    assert.equal(id['email'], 'ada@example.test')
    assert.equal(id['phone_number'], '+442079460000')
    assert.equal('name' in id, false)
  })

  test('roles stand in access tokens of users who have any', async () => {
    const { database } = house
    assert.equal('roles' in claimsIn((await tokensFor(house))['access_token']), false)
    await database.commit([defineRole(database, { name: 'teller', description: '' })])
    await database.commit([grantRole(database, ada.id, 'teller')])
    assert.deepEqual(claimsIn((await tokensFor(house))['access_token'])['roles'], ['teller'])
  })

  test('a client chooses the algorithm of its ID tokens, and the key is there when the first one needs it', async () => {
    await house.database.commit([
      { sql: "update clients set id_token_alg = 'RS256' where id = 'other'", parameters: [] },
    ])
    const received = await codeFor(await house.signedIn(), { client_id: 'other' })
    const answer = await exchange(house.visitor(), received.get('code'), {
      client_id: 'other',
      client_secret: secret,
    })
    assert.equal(headerIn(answer.json()['id_token']).alg, 'RS256')
    assert.equal(headerIn(answer.json()['access_token']).alg, 'ES256')
  })
})

describe('The client credentials grant', () => {
  const ask = (more: Wire = {}) =>
    post(house.visitor(), '/oauth/token', {
      grant_type: 'client_credentials',
      client_id: 'machine',
      client_secret: secret,
      scope: 'accounts:read',
      ...more,
    })

  test('TK-18: a client gets a token for itself, whose subject is no user', async () => {
    const answer = await ask()
    assert.equal(answer.status, 200)
    const claims = claimsIn(answer.json()['access_token'])
    assert.equal(claims['sub'], 'machine')
    assert.equal(claims['aud'], bank)
    for (const name of ['auth_time', 'acr', 'amr', 'sid', 'fam', 'roles']) assert.equal(name in claims, false)
    assert.deepEqual(Object.keys(answer.json()).toSorted(), [
      'access_token',
      'expires_in',
      'scope',
      'token_type',
    ])
  })

  test('TK-18: a public client gets none', async () => {
    await assertError(ask({ client_id: 'spa', client_secret: undefined }), 'unauthorized_client')
  })

  test('without a scope it gets all that it may have of the one resource', async () => {
    const answer = (await ask({ scope: undefined, resource: bank })).json()
    assert.equal(answer['scope'], 'accounts:read transfers:write')
    await assertError(ask({ scope: undefined }), 'invalid_target')
  })

  test('TK-17: it gets nothing that it may not have', async () => {
    await assertError(ask({ scope: 'openid' }), 'invalid_scope')
    await assertError(ask({ scope: 'accounts:read unknown' }), 'invalid_scope')
    await assertError(ask({ resource: 'https://elsewhere.example/' }), 'invalid_target')
    await assertError(ask({ resource: ledger }), 'invalid_scope')
  })

  test('TK-10: a client uses the grants that it was given', async () => {
    await assertError(ask({ client_id: 'web' }), 'unauthorized_client')
    await assertError(ask({ grant_type: 'authorization_code', code: 'x' }), 'unauthorized_client')
  })
})

describe('The token endpoint', () => {
  const whole = { grant_type: 'client_credentials', client_id: 'machine', client_secret: secret }

  test('TK-10: password and implicit do not exist', async () => {
    for (const grant_type of ['password', 'implicit', 'token', '__proto__', 'constructor']) {
      await assertError(
        post(house.visitor(), '/oauth/token', { ...whole, grant_type }),
        'unsupported_grant_type',
      )
    }
  })

  test('TK-01: it takes POST with a form, and nothing from the address', async () => {
    assert.equal((await house.visitor().visit('/oauth/token')).status, 405)
    const body = JSON.stringify(whole)
    const asJson = await house
      .visitor()
      .visit('/oauth/token', { body, headers: { 'content-type': 'application/json' } })
    assert.equal(asJson.status, 415)
    const { client_secret, ...rest } = whole
    await assertError(
      post(house.visitor(), `/oauth/token?client_secret=${client_secret}`, rest),
      'invalid_request',
    )
  })

  test('AZ-11 HT-16: a repeated parameter is refused', async () => {
    const form = [...Object.entries(whole), ['scope', 'accounts:read'], ['scope', 'ledger:read']] as const
    const body = new URLSearchParams(form.map(([name, value]) => [name, value])).toString()
    await assertError(house.visitor().visit('/oauth/token', { body }), 'invalid_request')
  })

  test('TK-15 TK-16: an error is not stored, names its code, and quotes nothing', async () => {
    const answer = await post(house.visitor(), '/oauth/token', {
      ...whole,
      grant_type: 'authorization_code',
      client_id: 'web',
      code: '<script>',
      code_verifier: '"',
    })
    assert.equal(answer.header('cache-control'), 'no-store')
    assert.match(answer.header('content-type') ?? '', /^application\/json/)
    assert.doesNotMatch(answer.body, /<|sqlite|\.ts\b/)
    assert.deepEqual(Object.keys(answer.json()), ['error', 'error_description'])
  })

  test('SC-08: what happened is written down with who and where', async () => {
    await tokensFor(house)
    const rows = await house.database.read(
      "select * from events where type = 'token.issued' order by id desc limit 1",
      [],
    )
    const [event] = rows
    assert.equal(event?.['client_id'], 'web')
    assert.equal(event?.['user_id'], ada.id)
    assert.equal(event?.['peer'], '203.0.113.7')
    assert.match(String(event?.['family_id']), /^fam_/)
  })

  test('SC-10: without its event nothing is issued', async () => {
    const code = await freshCode()
    const failing = await openOAuthHouse()
    await failing.database.commit([{ sql: 'drop table events', parameters: [] }])
    const answer = await post(failing.visitor(), '/oauth/token', { ...whole, scope: 'accounts:read' })
    assert.equal(answer.status, 500)
    assert.equal('access_token' in answer.json(), false)
    await failing.close()
    assert.equal((await exchange(house.visitor(), code)).status, 200)
  })

  test('HT-05 C35: scripts of clients’ origins may call it, others may not', async () => {
    const from = async (origin: string) => {
      const answer = await post(
        house.visitor(),
        '/oauth/token',
        { ...whole, scope: 'accounts:read' },
        { origin },
      )
      return answer.header('access-control-allow-origin')
    }
    assert.equal(await from('https://spa.example'), 'https://spa.example')
    for (const origin of [
      'null',
      'https://evil.example',
      'https://spa.example.evil.example',
      'http://spa.example',
    ]) {
      assert.equal(await from(origin), undefined, origin)
    }
  })
})
