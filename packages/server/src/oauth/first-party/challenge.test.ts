// Applications of the house that ask for names and passwords themselves (OAuth 2.0 for First-Party Applications, draft 04),
// on both engines.
import assert from 'node:assert/strict'
import { before, beforeEach, test } from 'node:test'
import { codeChallenge } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { limitPolicies } from '../../accounts/credentials/limit-policies.ts'
import { openPeople, password } from '../../accounts/people.fixture.ts'
import { byPassword } from '../../accounts/sessions/session.ts'
import { disableUser } from '../../accounts/users/users.store.ts'
import { type Answer, edgeOf, Visitor } from '../../platform/house.ts'
import { createApi } from '../apis/registration.ts'
import { type Holder, holder } from '../binding/holder.fixture.ts'
import { clientOrigins } from '../clients/origins.ts'
import { createClient } from '../clients/registration.ts'
import { accountAccess, anAccess, aPayment, payment } from '../details/bank.fixture.ts'
import {
  claimsIn,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  secret,
  type Wire,
} from '../house.ts'
import { oauthRoom, oauthRoutes } from '../oauth.routes.ts'

const verifier = 'a-verifier-of-an-application-of-the-house-0123456789'

interface Place extends OAuthHouse {
  readonly userId: string
  readonly hashes: () => number
  /** At an address of its own, so that no limit of another test is in the way. */
  readonly program: () => Visitor
}

async function openPlace(options: { readonly house: Parameters<typeof openPeople>[0] }): Promise<Place> {
  const people = await openPeople({ ...options.house, limits: limitPolicies })
  const house = await openOAuthHouse({ house: people.house })
  const room = oauthRoom(house, { keyring: house.room.keyring, door: people })
  const edge = edgeOf(house, oauthRoutes(room), { allowsOrigin: clientOrigins(house) })
  const common = {
    redirectUris: ['https://app.example/cb'],
    scopes: ['openid', 'offline_access', 'accounts:read'],
    detailsTypes: ['payment', 'account_access'],
  }
  const details = [payment, accountAccess]
  assert.ok((await createApi(house, { identifier: 'https://pay.example/', details })).ok)
  for (const client of [
    { id: 'app', name: 'The App', authentication: 'none', firstParty: true, ...common },
    { id: 'other-app', name: 'Another', authentication: 'none', firstParty: true, ...common },
    { id: 'backend', name: 'The Backend', secret, firstParty: true, ...common },
    { id: 'guest', name: 'Somebody Else’s', authentication: 'none', ...common },
  ] as const) {
    const created = await createClient(house, client)
    assert.ok(created.ok, JSON.stringify(created))
  }
  const user = await people.add({ email: 'mary@example.test', username: 'mary' })
  const visitor = () => new Visitor(edge)
  return { ...house, room, edge, visitor, userId: user.id, hashes: people.hashes, program: visitor }
}

onBothEngines('An application of the house', (open) => {
  let place: Place
  let peer = 0
  before(async () => {
    place = await openPlace({ house: { house: await open() } })
  })
  beforeEach(() => {
    peer += 1
    place.runtime.advance(86_400)
  })

  const first: Wire = {
    client_id: 'app',
    response_type: 'code',
    scope: 'openid offline_access accounts:read',
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
  }
  const send = (form: Wire, headers: Record<string, string> = {}): Promise<Answer> =>
    place.visitor().visit('/oauth/challenge', {
      body: new URLSearchParams(
        Object.entries(form).filter((pair): pair is [string, string] => pair[1] !== undefined),
      ).toString(),
      headers,
      peer: `198.51.100.${peer % 250}`,
    })
  const begin = async (form: Wire = {}, headers = {}) => (await send({ ...first, ...form }, headers)).json()
  const goOn = (session: unknown, form: Wire = {}, headers = {}) =>
    send({ client_id: 'app', auth_session: String(session), username: 'mary', password, ...form }, headers)
  const exchange = (code: unknown, form: Wire = {}, headers = {}) =>
    post(
      place.visitor(),
      '/oauth/token',
      {
        grant_type: 'authorization_code',
        client_id: 'app',
        code: String(code),
        code_verifier: verifier,
        ...form,
      },
      headers,
    )

  test('is told what it needs, gives it, and gets a code that is good for tokens as every other (§5, §6)', async () => {
    const answer = await send(first)
    assert.equal(answer.status, 403)
    assert.equal(answer.header('cache-control'), 'no-store')
    const { error, auth_session, reason, fields } = answer.json()
    assert.deepEqual(
      [error, reason, fields],
      ['insufficient_authorization', 'missing', ['username', 'password']],
    )
    const given = await goOn(auth_session)
    assert.equal(given.status, 200)
    assert.equal(given.header('cache-control'), 'no-store')
    assert.deepEqual(Object.keys(given.json()), ['authorization_code'])
    const tokens = (await exchange(given.json()['authorization_code'])).json()
    const identity = claimsIn(tokens['id_token'])
    assert.deepEqual(
      [identity['sub'], identity['acr'], identity['amr']],
      [place.userId, byPassword.acr, ['pwd']],
    )
    assert.equal(claimsIn(tokens['access_token'])['scope'], 'openid offline_access accounts:read')
    const renewed = await refresh(place.visitor(), tokens['refresh_token'], { client_id: 'app' })
    assert.equal(renewed.status, 200)
    const seen = await introspected(place, renewed.json()['access_token'], 'bank-api')
    assert.equal(seen['active'], true)
  })

  test('may give all of it at once, or the name first as a hint', async () => {
    const once = await send({ ...first, username: 'MARY@example.test', password })
    assert.equal((await exchange(once.json()['authorization_code'])).status, 200)
    const { auth_session } = await begin({ login_hint: 'mary' })
    const hinted = await goOn(auth_session, { username: undefined })
    assert.equal(hinted.status, 200)
    const nonced = await send({ ...first, nonce: 'n-1', username: 'mary', password })
    const tokens = (await exchange(nonced.json()['authorization_code'])).json()
    assert.equal(claimsIn(tokens['id_token'])['nonce'], 'n-1')
  })

  test('that authenticates has to do so here too', async () => {
    const form = { ...first, client_id: 'backend', username: 'mary', password }
    assert.equal((await send(form)).json()['error'], 'invalid_client')
    const given = await send({ ...form, client_secret: secret })
    const code = given.json()['authorization_code']
    assert.equal((await exchange(code, { client_id: 'backend', client_secret: secret })).status, 200)
  })

  test('TK-10: nobody else may ask for passwords, whatever they send, and none is tried for them', async () => {
    const before = place.hashes()
    for (const client_id of ['guest', 'spa']) {
      const refused = await send({ ...first, client_id, username: 'mary', password })
      assert.equal(refused.json()['error'], 'unauthorized_client')
    }
    const machine = { client_id: 'machine', client_secret: secret }
    assert.equal((await send({ ...first, ...machine })).json()['error'], 'unauthorized_client')
    assert.equal(place.hashes(), before)
  })

  test('PW-08 PW-09: a wrong password, a name that nobody has and somebody who is disabled are one answer after one hash', async () => {
    const mute = (text: string) => text.replaceAll(/"auth_session":"[^"]*"/g, '')
    const answers = []
    for (const form of [
      { username: 'mary', password: 'wrong-wrong-wrong' },
      { username: 'nobody@example.test', password },
      { username: 'grace', password },
    ]) {
      const before = place.hashes()
      const answer = await send({ ...first, ...form })
      assert.equal(place.hashes(), before + 1)
      assert.equal(answer.json()['reason'], 'refused')
      answers.push(`${answer.status} ${mute(answer.body)}`)
    }
    await place.database.commit([disableUser(place.database, place.runtime.now(), place.userId)])
    const disabled = await send({ ...first, username: 'mary', password })
    answers.push(`${disabled.status} ${mute(disabled.body)}`)
    assert.equal(new Set(answers).size, 1)
    await place.database.commit([{ sql: 'update users set disabled_at = null', parameters: [] }])
  })

  test('C11: each auth_session buys one try; of ten at the same moment one is tried', async () => {
    const { auth_session } = await begin()
    const before = place.hashes()
    const wrong = await goOn(auth_session, { password: 'wrong-wrong-wrong' })
    assert.equal(wrong.json()['reason'], 'refused')
    assert.equal((await goOn(auth_session)).json()['error'], 'invalid_session')
    const next = wrong.json()['auth_session']
    const answers = await Promise.all(Array.from({ length: 10 }, () => goOn(next)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    const errors = answers.filter(({ status }) => status !== 200).map((answer) => answer.json()['error'])
    assert.deepEqual([errors.length, ...new Set(errors)], [9, 'invalid_session'])
    assert.equal(place.hashes(), before + 2)
  })

  test('is answered only with its own auth_session, in time, and untouched (§5.3.1)', async () => {
    const { auth_session } = await begin()
    const bent = `${String(auth_session).slice(0, -3)}AAA`
    for (const wrong of [bent, 'x', '.', `${auth_session}x`])
      assert.equal((await goOn(wrong)).json()['error'], 'invalid_session')
    const stolen = await goOn(auth_session, { client_id: 'other-app' })
    assert.deepEqual([stolen.status, stolen.json()['error']], [400, 'invalid_session'])
    assert.equal(JSON.stringify(auth_session).includes('accounts:read'), false)
    place.runtime.advance(600)
    assert.equal((await goOn(auth_session)).json()['error'], 'invalid_session')
  })

  test('PW-11 PW-16: is limited as the sign-in page is, in parallel too, and says for how long', async () => {
    const before = place.hashes()
    const sessions = await Promise.all(Array.from({ length: 30 }, () => begin()))
    const answers = await Promise.all(
      sessions.map(({ auth_session }) => goOn(auth_session, { password: 'wrong-wrong-wrong' })),
    )
    const limited = answers.filter((answer) => answer.json()['reason'] === 'limited')
    assert.ok(limited.length > 10)
    assert.ok(place.hashes() - before < 20)
    for (const answer of limited) {
      assert.deepEqual([answer.status, answer.json()['error']], [403, 'insufficient_authorization'])
      assert.match(answer.header('retry-after') ?? '', /^\d+$/)
    }
    // A right password is not tried either.
    assert.equal((await send({ ...first, username: 'mary', password })).json()['reason'], 'limited')
  })

  test('DP-06: whoever began with a key goes on with that key, here and at the token endpoint (§9.5.1, §9.6.1)', async () => {
    const [mine, other] = [holder(place, 'mine'), holder(place, 'another')]
    const at = (who: Holder, path = '/oauth/challenge') => who.headers({ path })
    const { auth_session } = await begin({}, at(mine))
    assert.equal((await goOn(auth_session)).json()['error'], 'invalid_session')
    assert.equal((await goOn(auth_session, {}, at(other))).json()['error'], 'invalid_session')
    const given = await goOn(auth_session, {}, at(mine))
    const code = given.json()['authorization_code']
    assert.equal((await exchange(code)).json()['error'], 'invalid_grant')
    assert.equal((await exchange(code, {}, at(other, '/oauth/token'))).json()['error'], 'invalid_grant')
    assert.equal((await exchange(code, {}, at(mine, '/oauth/token'))).json()['token_type'], 'DPoP')
    const proof = at(mine)
    await begin({}, proof)
    assert.equal((await begin({}, proof))['error'], 'invalid_dpop_proof')
  })

  test('is sent to a browser for what a password can’t come to (§5.2.2.1.1)', async () => {
    for (const form of [
      { acr_values: 'urn:example:gold' },
      { prompt: 'consent' },
      { prompt: 'none' },
      { id_token_hint: 'x' },
      { claims: '{"id_token":{"acr":{"essential":true}}}' },
      { authorization_details: JSON.stringify([aPayment]) },
    ]) {
      const answer = await send({ ...first, ...form, username: 'mary', password })
      assert.deepEqual(
        [answer.status, answer.json()['error']],
        [403, 'redirect_to_web'],
        JSON.stringify(form),
      )
    }
    const remembered = { authorization_details: JSON.stringify([anAccess]) }
    assert.equal((await send({ ...first, ...remembered, username: 'mary', password })).status, 200)
    const fitting = { acr_values: `urn:example:gold ${byPassword.acr}`, prompt: 'login' }
    assert.equal((await send({ ...first, ...fitting, username: 'mary', password })).status, 200)
  })

  test('is refused at once when its request is not one (§5.1)', async () => {
    for (const [form, error] of [
      [{ response_type: undefined }, 'invalid_request'],
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ code_challenge: undefined }, 'invalid_request'],
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
      [{ scope: 'openid transfers:write' }, 'invalid_scope'],
      [{ resource: 'https://elsewhere.example/' }, 'invalid_target'],
      [{ client_id: 'nobody' }, 'invalid_client'],
    ] as const)
      assert.equal((await begin(form))['error'], error, JSON.stringify(form))
    const inQuery = await place.visitor().visit('/oauth/challenge?password=x', { body: 'client_id=app' })
    assert.equal(inQuery.json()['error'], 'invalid_request')
  })

  test('SC-01: neither password nor auth_session lies in the database or the log', async () => {
    const { auth_session } = await begin()
    await goOn(auth_session)
    const tables = ['codes', 'events', 'seen_assertions', 'sessions']
    const rows = await Promise.all(tables.map((table) => place.database.read(`select * from ${table}`, [])))
    const text = JSON.stringify(rows) + place.logged.join('\n')
    for (const inTheClear of [password, String(auth_session)]) assert.equal(text.includes(inTheClear), false)
  })

  test('finds the endpoint in the metadata, where passwords are tried at all', async () => {
    const found = async (from: OAuthHouse) =>
      (await from.visitor().visit('/.well-known/openid-configuration')).json()[
        'authorization_challenge_endpoint'
      ]
    assert.equal(await found(place), 'http://localhost:4400/oauth/challenge')
    const without = await openOAuthHouse()
    assert.equal(await found(without), undefined)
    assert.equal((await without.visitor().visit('/oauth/challenge', { body: 'client_id=spa' })).status, 404)
  })
})

test('PW-18: who has to set a second factor up is sent to a browser, and not locked out for a right password', async (t) => {
  const place = await openPlace({ house: { secondFactor: 'required' } })
  t.after(() => place.close())
  const form = new URLSearchParams({
    client_id: 'app',
    response_type: 'code',
    scope: 'openid',
    code_challenge: codeChallenge(verifier),
    code_challenge_method: 'S256',
    username: 'mary',
    password,
  }).toString()
  for (let i = 0; i < 12; i++) {
    const answer = await place.visitor().visit('/oauth/challenge', { body: form, peer: '198.51.100.1' })
    assert.deepEqual([answer.status, answer.json()['error']], [403, 'redirect_to_web'], String(i))
  }
})
