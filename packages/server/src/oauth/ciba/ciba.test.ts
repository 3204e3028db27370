// What clients see of CIBA: the endpoint and their polls, on both engines.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { cibaGrant, digest } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { deleteClient, disableClient } from '../clients/clients.store.ts'
import {
  ada,
  bank,
  claimsIn,
  clients,
  grace,
  introspected,
  ledger,
  type OAuthHouse,
  post,
  refresh,
  rowCount,
  secret,
  tokensFor,
  type Wire,
} from '../house.ts'
import { sweep } from '../sweep.store.ts'
import { pendingRequestsOf } from './backchannel-requests.store.ts'
import { ask, asked, counter, decide, openCibaHouse, poll, polled } from './ciba.fixture.ts'

const kiosk = { client_id: 'kiosk', client_secret: secret }

onBothEngines('A client that asks a person who is elsewhere', (open) => {
  let house: OAuthHouse
  before(async () => {
    house = await openCibaHouse({ house: await open() })
  })
  /** Long enough for every limit and request to be over. */
  const rest = () => house.runtime.advance(3600)
  const errorOf = async (form: Wire) => (await ask(house.visitor(), form)).json()['error']

  test('gets a name for its request, how long it is good, and how often to ask (CIBA §7.3)', async () => {
    const answer = await ask(house.visitor(), { binding_message: 'W4SCT' })
    assert.equal(answer.status, 200)
    assert.equal(answer.header('cache-control'), 'no-store')
    const { auth_req_id: id, ...rest } = answer.json()
    assert.match(String(id), /^csba_[\w-]{49}$/)
    assert.deepEqual(rest, { expires_in: 300, interval: 5 })
    await decide(house, 'deny')
  })

  test('gets its tokens once the person has allowed it (CIBA §10.1.1)', async () => {
    const { auth_req_id } = await asked(house)
    assert.equal(await polled(house, auth_req_id), 'authorization_pending')
    await decide(house)
    const tokens = (await poll(house, auth_req_id)).json()
    assert.deepEqual(
      [tokens['scope'], tokens['token_type']],
      ['openid offline_access accounts:read', 'Bearer'],
    )
    const access = claimsIn(tokens['access_token'])
    assert.deepEqual([access['sub'], access['aud'], access['client_id']], [ada.id, bank, 'counter'])
    const identity = claimsIn(tokens['id_token'])
    assert.deepEqual([identity['sub'], identity['aud'], identity['acr']], [ada.id, 'counter', access['acr']])
    assert.equal(typeof identity['at_hash'], 'string')
    assert.equal(typeof identity['auth_time'], 'number')
    const renewed = (await refresh(house.visitor(), tokens['refresh_token'], counter)).json()
    assert.equal(claimsIn(renewed['access_token'])['fam'], access['fam'])
  })

  test('polls no faster than it may, and each time that it does it must wait five seconds longer (CIBA §11 slow_down)', async () => {
    rest()
    const { auth_req_id } = await asked(house)
    const after = async (seconds: number) => {
      house.runtime.advance(seconds)
      return polled(house, auth_req_id)
    }
    assert.equal(await after(0), 'authorization_pending')
    assert.equal(await after(5), 'authorization_pending')
    assert.equal(await after(4), 'slow_down')
    assert.equal(await after(9), 'slow_down')
    assert.equal(await after(15), 'authorization_pending')
  })

  test('hears that it was denied, and that nobody decided in time (CIBA §11 access_denied, expired_token)', async () => {
    rest()
    const denied = await asked(house)
    await decide(house, 'deny')
    assert.equal(await polled(house, denied.auth_req_id), 'access_denied')
    const late = await asked(house)
    await decide(house)
    const slow = await asked(house)
    house.runtime.advance(300)
    for (const { auth_req_id } of [late, slow])
      assert.equal(await polled(house, auth_req_id), 'expired_token')
    house.runtime.advance(86_401)
    await sweep(house.database, house.runtime.now())
    assert.equal(await polled(house, slow.auth_req_id), 'invalid_grant')
  })

  test('says how long it wants to wait, up to a quarter of an hour (CIBA §7.1 requested_expiry)', async () => {
    rest()
    assert.equal((await asked(house, { requested_expiry: '30' })).expires_in, 30)
    assert.equal((await asked(house, { requested_expiry: '86400' })).expires_in, 900)
    for (const wrong of ['0', '-5', 'soon'])
      assert.equal(await errorOf({ requested_expiry: wrong }), 'invalid_request')
  })

  test('TK-21 C36: its request is its own, and another one’s attempt changes nothing', async () => {
    rest()
    const { auth_req_id } = await asked(house)
    await decide(house)
    assert.equal(await polled(house, auth_req_id, kiosk), 'invalid_grant')
    const web = { client_id: 'web', client_secret: secret }
    assert.equal(await polled(house, auth_req_id, web), 'unauthorized_client')
    assert.equal(await polled(house, auth_req_id, { client_secret: `${secret}x` }), 'invalid_client')
    assert.equal(await polled(house, auth_req_id), 'tokens')
    assert.equal(await polled(house, 'csba_x'), 'invalid_grant')
  })

  test('of 50 polls at the same moment one gets tokens, and a name shown again ends them [TK-21 C7]', async () => {
    rest()
    const { auth_req_id } = await asked(house)
    await decide(house)
    const before = await rowCount(house, 'families')
    const answers = await Promise.all(Array.from({ length: 50 }, () => poll(house, auth_req_id)))
    const won = answers.filter(({ status }) => status === 200)
    assert.equal(won.length, 1)
    const errors = answers.filter(({ status }) => status !== 200).map((answer) => answer.json()['error'])
    assert.deepEqual([errors.length, ...new Set(errors)], [49, 'invalid_grant'])
    assert.equal(await rowCount(house, 'families'), before + 1)
    assert.deepEqual(await introspected(house, won[0]?.json()['access_token'], 'bank-api'), { active: false })
  })

  test('of 50 polls at the same moment one is in time while nobody has decided', async () => {
    rest()
    const { auth_req_id } = await asked(house)
    const answers = await Promise.all(Array.from({ length: 50 }, () => polled(house, auth_req_id)))
    assert.equal(answers.filter((answer) => answer === 'authorization_pending').length, 1)
    assert.equal(answers.filter((answer) => answer === 'slow_down').length, 49)
  })

  test('allowed and denied at once, it hears one of them', async () => {
    for (let round = 0; round < 5; round++) {
      rest()
      const { auth_req_id } = await asked(house)
      const [one, other] = await Promise.all([decide(house), decide(house, 'deny')])
      const ended = await polled(house, auth_req_id)
      assert.ok(ended === 'tokens' || ended === 'access_denied')
      const words = ended === 'tokens' ? /go back to where you started/ : /Denied/
      assert.ok([one, other].some(({ body }) => words.test(body)))
    }
  })

  test('RT-09 SE-07: gets nothing once the person has signed out everywhere or is disabled', async () => {
    rest()
    const { auth_req_id } = await asked(house)
    await decide(house)
    await house.database.commit([endAllSessions(house.database, house.runtime.now(), ada.id)])
    assert.equal(await polled(house, auth_req_id), 'invalid_grant')
    const hers = await asked(house, { login_hint: 'grace' })
    await decide(house, 'allow', { browser: await house.signedIn(grace) })
    await house.database.commit([disableUser(house.database, house.runtime.now(), grace.id)])
    assert.equal(await polled(house, hers.auth_req_id), 'invalid_grant')
  })

  test('PW-08: a name that nobody has, and somebody who is disabled, are answered like everybody', async () => {
    rest()
    const before = await rowCount(house, 'backchannel_requests')
    const answers = []
    for (const login_hint of ['ada', 'nobody@example.test', 'grace', 'no such name!', 'x'.repeat(2000)]) {
      const answer = await ask(house.visitor(), { login_hint })
      const { auth_req_id, ...said } = answer.json()
      assert.match(String(auth_req_id), /^csba_[\w-]{49}$/)
      answers.push(JSON.stringify([answer.status, said, await polled(house, auth_req_id)]))
    }
    assert.equal(new Set(answers).size, 1)
    assert.equal(await rowCount(house, 'backchannel_requests'), before + 5)
    await decide(house, 'deny')
  })

  test('names a person by an ID token of its own, expired or not, and by nobody else’s (CIBA §7.1 id_token_hint)', async () => {
    rest()
    const { auth_req_id } = await asked(house)
    await decide(house)
    const { id_token } = (await poll(house, auth_req_id)).json()
    house.runtime.advance(400)
    const hint = { login_hint: undefined, id_token_hint: String(id_token) }
    const again = await asked(house, hint)
    await decide(house)
    assert.equal(await polled(house, again.auth_req_id), 'tokens')
    const foreign = await tokensFor(house, { scope: 'openid' })
    for (const wrong of [String(foreign['id_token']), `${hint.id_token_hint}x`, 'x'])
      assert.equal(await errorOf({ login_hint: undefined, id_token_hint: wrong }), 'invalid_request')
    await house.database.commit([disableUser(house.database, house.runtime.now(), ada.id)])
    assert.equal(await errorOf(hint), 'unknown_user_id')
    await house.database.commit([{ sql: 'update users set disabled_at = null', parameters: [] }])
  })

  test('C14 (CVE-2026-9798): nobody is asked more than five times at once by one client, or twelve times by all; a yes costs nothing', async () => {
    rest()
    for (let round = 0; round < 8; round++) {
      const { auth_req_id } = await asked(house, { login_hint: round % 2 === 0 ? 'ADA' : 'ada@example.test' })
      await decide(house)
      assert.equal(await polled(house, auth_req_id), 'tokens')
    }
    const sixBy = async (...names: string[]): Promise<number[]> => {
      const statuses = []
      for (let at = 0; at < 6; at++)
        statuses.push((await ask(house.visitor(), { login_hint: names[at % names.length] })).status)
      return statuses
    }
    // By her two names she is asked no more often, and nobody is told that both are hers.
    for (const names of [
      ['ada', 'ada@example.test'],
      ['nobody', 'nobody@example.test'],
    ])
      assert.deepEqual(await sixBy(...names), [200, 200, 200, 200, 200, 200])
    const { database, runtime } = house
    assert.equal((await pendingRequestsOf(database, ada.id, runtime.now())).length, 5)
    assert.deepEqual(await sixBy('someone', 'SOMEONE'), [200, 200, 200, 200, 200, 403])
    assert.deepEqual((await sixBy('ada@example.test')).slice(0, 3), [200, 200, 403])
    const refused = await ask(house.visitor())
    assert.equal(refused.json()['error'], 'access_denied')
    assert.match(refused.header('retry-after') ?? '', /^\d+$/)
    assert.equal((await ask(house.visitor(), { ...kiosk, scope: 'openid' })).status, 200)
    house.runtime.advance(121)
    assert.equal((await ask(house.visitor())).status, 200)
  })

  test('PW-16: of 30 requests at the same moment five are put to the person', async () => {
    rest()
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(house.visitor())))
    assert.equal(answers.filter(({ status }) => status === 200).length, 5)
  })

  test('is refused at once when it asks for what it may not have, or what can’t be shown', async () => {
    rest()
    for (const [form, error] of [
      [{ client_id: 'web' }, 'unauthorized_client'],
      [{ client_id: clients.spa.id, client_secret: undefined }, 'unauthorized_client'],
      [{ client_secret: undefined }, 'invalid_client'],
      [{ client_secret: `${secret}x` }, 'invalid_client'],
      [{ scope: undefined }, 'invalid_request'],
      [{ scope: 'accounts:read' }, 'invalid_scope'],
      [{ scope: 'openid transfers:write' }, 'invalid_scope'],
      [{ resource: 'https://elsewhere.example/' }, 'invalid_target'],
      [{ login_hint: undefined }, 'invalid_request'],
      [{ id_token_hint: 'x' }, 'invalid_request'],
      [{ login_hint: undefined, login_hint_token: 'x' }, 'invalid_request'],
      [{ client_notification_token: 'not a token' }, 'invalid_request'],
      [{ request: 'a.b.c' }, 'invalid_request'],
    ] as const)
      assert.equal(await errorOf(form), error, JSON.stringify(form))
    for (const message of [
      'x'.repeat(65),
      'line\nbreak',
      ' W4',
      'W4 ',
      'W  4',
      '\u202eW4',
      'W\u200b4',
      '\u3164',
      '\u2800',
      'e\u0301\u0301\u0301\u0301',
      '\ue000',
      '\u0007',
    ])
      assert.equal(
        await errorOf({ binding_message: message }),
        'invalid_binding_message',
        JSON.stringify(message),
      )
    for (const message of ['W4SCT', 'Zahlung über 12,50 €', '支払い 42', '🦊 7', 'x'.repeat(64)])
      assert.equal(
        (
          await ask(house.visitor(), {
            ...kiosk,
            scope: 'openid',
            login_hint: message,
            binding_message: message,
          })
        ).status,
        200,
      )
    const query = await post(house.visitor(), '/oauth/token?auth_req_id=x', {
      grant_type: cibaGrant,
      ...counter,
    })
    assert.equal(query.json()['error'], 'invalid_request')
  })

  test('TK-17: gets an access token for one resource of those that it asked for, and no more', async () => {
    rest()
    const { auth_req_id } = await asked(house, { scope: 'openid accounts:read ledger:read' })
    await decide(house)
    assert.equal(await polled(house, auth_req_id), 'invalid_target')
    assert.equal(
      await polled(house, auth_req_id, { resource: 'https://elsewhere.example/' }),
      'invalid_target',
    )
    assert.equal((await poll(house, auth_req_id, { resource: ledger })).json()['scope'], 'openid ledger:read')
  })

  test('SC-01: what lies in the database is a digest, and nothing of it is in the log', async () => {
    rest()
    const { auth_req_id } = await asked(house)
    const text = JSON.stringify(await house.database.read('select * from backchannel_requests', []))
    assert.equal(text.includes(auth_req_id), false)
    assert.ok(text.includes(digest(auth_req_id)))
    assert.equal(house.logged.join('\n').includes(auth_req_id), false)
  })

  test('C22: waits for nothing once it is disabled or deleted', async () => {
    rest()
    const { auth_req_id } = await asked(house, { ...kiosk, scope: 'openid' })
    await house.database.commit([disableClient(house.database, 'kiosk', house.runtime.now())])
    house.runtime.advance(1)
    assert.equal(await polled(house, auth_req_id, kiosk), 'invalid_client')
    assert.match((await (await house.signedIn()).visit('/approve')).body, /Nobody waits for you/)
    await house.database.commit([deleteClient(house, 'kiosk')])
    const left = `select digest from backchannel_requests where client_id = 'kiosk'`
    assert.deepEqual(await house.database.read(left, []), [])
  })
})
