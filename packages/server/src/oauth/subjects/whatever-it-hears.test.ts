// Everything that a client with pairwise subjects is sent, by whatever grant and endpoint, read to the bottom.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessTokenType, cibaGrant, deviceGrant, idJagTokenType, tokenExchange } from '@countersign/protocol'
import { Visitor } from '../../platform/house.ts'
import { asked as askedCiba, decide, poll as pollCiba } from '../ciba/ciba.fixture.ts'
import { createClient } from '../clients/registration.ts'
import { deviceTokens } from '../device/device.fixture.ts'
import {
  ada,
  bank,
  codeFor,
  exchange,
  ledger,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  secret,
} from '../house.ts'

const redirectUri = 'https://nosy.example/callback'
const nosy = { client_id: 'nosy', client_secret: secret }

/** A text and whatever tokens stand in it, with what they say. */
function toTheBottom(text: string): string {
  const segments = text.match(/[\w-]{8,}(?=\.[\w-]+)/g) ?? []
  const inside = segments.map((segment) => Buffer.from(segment, 'base64url').toString())
  return [text, ...inside].join('\n')
}

test('nothing that such a client is ever sent says who somebody is for everybody', async (t) => {
  const house = await openOAuthHouse()
  t.after(() => house.close())
  const made = await createClient(house, {
    id: 'nosy',
    name: 'Nosy',
    secret,
    redirectUris: [redirectUri],
    grants: ['authorization_code', 'refresh_token', deviceGrant, cibaGrant, tokenExchange],
    scopes: ['openid', 'offline_access', 'accounts:read', 'ledger:read'],
    subjectType: 'pairwise',
    exchange: { audiences: [bank, ledger] },
    elsewhere: [
      {
        audience: 'https://there.example',
        clientId: 'n',
        scopes: [],
        resources: [],
        namesOf: null,
        email: false,
      },
    ],
  })
  assert.ok(made.ok, JSON.stringify(made))
  const heard: string[] = []
  const spied: OAuthHouse = {
    ...house,
    visitor: () =>
      new Visitor({
        answer: async (request) => {
          const answer = await house.edge.answer(request)
          heard.push(toTheBottom(JSON.stringify(answer.headers) + String(answer.body)))
          return answer
        },
      }),
  }
  const codes = async (more = {}) => {
    const wire = {
      client_id: 'nosy',
      redirect_uri: redirectUri,
      scope: 'openid offline_access accounts:read',
      ...more,
    }
    const answered = await codeFor(await house.signedIn(), wire)
    heard.push(toTheBottom(String(answered)))
    return answered.get('code')
  }
  const tokens = (await exchange(spied.visitor(), await codes(), nosy)).json()
  await codes({ response_mode: 'jwt' })
  const opaque = (await exchange(spied.visitor(), await codes({ scope: 'openid ledger:read' }), nosy)).json()
  const plain = (await exchange(spied.visitor(), await codes({ scope: 'openid' }), nosy)).json()
  const renewed = (await refresh(spied.visitor(), tokens['refresh_token'], nosy)).json()
  const byDevice = await deviceTokens(spied, { ...nosy, scope: 'openid accounts:read' })
  const waiting = await askedCiba(spied, {
    ...nosy,
    scope: 'openid accounts:read',
    login_hint: String(ada.email),
  })
  await decide(house)
  const byCiba = (await pollCiba(spied, waiting.auth_req_id, nosy)).json()
  for (const got of [tokens, opaque, plain, renewed, byDevice, byCiba])
    assert.ok(got['access_token'], JSON.stringify(got))

  const all = [tokens, opaque, renewed, byDevice, byCiba].flatMap((got) => [
    got['access_token'],
    got['refresh_token'],
  ])
  for (const token of all.filter((one) => one !== undefined))
    await post(spied.visitor(), '/oauth/introspect', { token: String(token), ...nosy })
  const authorization = `Bearer ${String(plain['access_token'])}`
  assert.equal((await spied.visitor().visit('/oauth/userinfo', { headers: { authorization } })).status, 200)
  const narrower = { grant_type: tokenExchange, subject_token: String(renewed['access_token']), ...nosy }
  const own = await post(spied.visitor(), '/oauth/token', {
    ...narrower,
    subject_token_type: accessTokenType,
    resource: bank,
  })
  assert.equal(own.status, 200, own.body)
  const elsewhere = await post(spied.visitor(), '/oauth/token', {
    ...narrower,
    subject_token: String(renewed['id_token']),
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    requested_token_type: idJagTokenType,
    audience: 'https://there.example',
  })
  assert.equal(elsewhere.status, 200, elsewhere.body)

  const name = await house.room.subjects.of(made.client, ada.id)
  assert.ok(heard.filter((text) => text.includes(name)).length > 10, 'it hears of somebody')
  for (const text of heard) assert.doesNotMatch(text, /ses_[0-9a-f]{32}/, 'nor which session it is')
  for (const [index, text] of heard.entries())
    for (const secretName of [ada.id, String(ada.username)])
      assert.ok(!new RegExp(`"${secretName}"`).test(text), `answer ${index}: ${text.slice(0, 400)}`)
})
