// RFC 9449 §7 at the one resource that is our own.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { digest } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import {
  ada,
  clients,
  codeFor,
  exchange,
  type OAuthHouse,
  openOAuthHouse,
  post,
  rowCount,
  secret,
  tokensFor,
} from '../house.ts'
import { type Asked, type Holder, holder } from './holder.fixture.ts'

const path = '/oauth/userinfo'
const told = String.raw`(?:, error="(\w+)", error_description="[^"]+"(?:, scope="openid")?)?`
const more = ', resource_metadata="http://localhost:4400/.well-known/oauth-protected-resource/oauth/userinfo"'
const ofDpop = new RegExp(
  `^DPoP realm="userinfo"${told}${more}, algs="ES256 [^"]+", Bearer realm="userinfo"${more}$`,
)
const ofBearer = new RegExp(
  `^Bearer realm="userinfo"${told}${more}, DPoP realm="userinfo"${more}, algs="ES256 [^"]+"$`,
)

onBothEngines('UserInfo', (open) => {
  let house: OAuthHouse
  let mine: Holder
  let other: Holder
  let token: unknown
  before(async () => {
    house = await openOAuthHouse({ house: await open() })
    mine = holder(house)
    other = holder(house, 'another holder')
    token = await bound('openid email')
  })

  async function bound(scope: string): Promise<unknown> {
    const code = (await codeFor(await house.signedIn(), { scope })).get('code')
    return (await exchange(house.visitor(), code, {}, mine.headers())).json()['access_token']
  }
  const send = (headers: Record<string, string>, method = 'GET') =>
    house.visitor().visit(path, { method, headers })

  async function refused(
    answer: ReturnType<typeof send>,
    status: number,
    error: string,
    by = ofDpop,
  ): Promise<void> {
    const { status: said, header, json } = await answer
    assert.deepEqual([said, json()['error']], [status, error])
    const challenges = header('www-authenticate') ?? ''
    assert.equal(by.exec(challenges)?.[1], error, challenges)
    assert.equal(header('cache-control'), 'no-store')
  }

  test('tells the key’s holder who it is, by GET and by POST', async () => {
    for (const method of ['GET', 'POST']) {
      const answer = await send(mine.sends(token, { method }), method)
      assert.deepEqual([answer.status, answer.json()['sub']], [200, ada.id])
      assert.equal(answer.json()['email'], ada.email)
    }
    const upper = { ...mine.sends(token), authorization: `dpop ${String(token)}` }
    assert.equal((await send(upper)).status, 200)
  })

  test('RT-10: a bound token is no bearer token, not even beside its proof', async () => {
    const bearer = `Bearer ${String(token)}`
    await refused(send({ authorization: bearer }), 401, 'invalid_token', ofBearer)
    await refused(send({ ...mine.sends(token), authorization: bearer }), 401, 'invalid_token', ofBearer)
    const form = { access_token: String(token) }
    await refused(post(house.visitor(), path, form), 401, 'invalid_token', ofBearer)
    await refused(post(house.visitor(), path, form, mine.headers({ path })), 401, 'invalid_token', ofBearer)
    await refused(
      post(house.visitor(), path, form, mine.sends(token, { method: 'POST' })),
      400,
      'invalid_request',
    )
  })

  test('a token that is bound to nothing is no DPoP token', async () => {
    const { access_token: plain } = await tokensFor(house, { scope: 'openid' })
    await refused(send(mine.sends(plain)), 401, 'invalid_token')
    const stray = { authorization: `Bearer ${String(plain)}`, dpop: 'x' }
    assert.equal((await send(stray)).status, 200, 'a proof that nobody needs is not looked at')
  })

  const spoiled: [string, Asked | null][] = [
    ['without a proof', null],
    ['without the hash of the token', { claims: { ath: undefined } }],
    ['with the hash of another', { claims: { ath: digest('another') } }],
    ['with a proof for the token endpoint', { path: '/oauth/token', method: 'POST' }],
    ['with a proof of another method', { method: 'POST' }],
    ['with a proof of yesterday', { claims: { iat: 1 } }],
  ]
  for (const [name, asked] of spoiled) {
    test(`RT-10: ${name} a token is refused`, async () => {
      const { authorization, dpop } = mine.sends(token, asked ?? {})
      const headers = asked === null ? { authorization } : { authorization, dpop }
      await refused(send(headers), 401, 'invalid_dpop_proof')
    })
  }

  test('RT-10: with another’s proof a token is refused', async () => {
    await refused(send(other.sends(token)), 401, 'invalid_token')
  })

  test('two proofs are none', async () => {
    const { authorization, dpop } = mine.sends(token)
    const two = `${dpop}, ${mine.sends(token).dpop}`
    await refused(send({ authorization, dpop: two }), 401, 'invalid_dpop_proof')
  })

  test('RT-10 C11 (CVE-2020-5300): a proof is good once, also for fifty at the same moment', async () => {
    const headers = mine.sends(token)
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(headers)))
    assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    for (const answer of answers)
      if (answer.status !== 200) assert.equal(answer.json()['error'], 'invalid_dpop_proof')
    await refused(send(headers), 401, 'invalid_dpop_proof')
  })

  test('a dead token is dead, whatever its proof', async () => {
    const dying = await bound('openid')
    await post(house.visitor(), '/oauth/revoke', {
      token: String(dying),
      client_id: clients.web.id,
      client_secret: secret,
    })
    await refused(send(mine.sends(dying)), 401, 'invalid_token')
    await refused(send(mine.sends('no.such.token')), 401, 'invalid_token')
  })

  test('without openid a bound token lacks a scope, and is told so by its scheme', async () => {
    const narrow = await bound('accounts:read')
    await refused(send(mine.sends(narrow)), 403, 'insufficient_scope')
  })

  test('a bearer token costs nothing more: no proof is remembered', async () => {
    const { access_token: plain } = await tokensFor(house, { scope: 'openid' })
    const before = await rowCount(house, 'seen_assertions')
    assert.equal((await send({ authorization: `Bearer ${String(plain)}` })).status, 200)
    assert.equal(await rowCount(house, 'seen_assertions'), before)
  })

  test('half a header is none', async () => {
    await refused(send({ authorization: 'DPoP' }), 400, 'invalid_request', ofBearer)
    await refused(send({ authorization: 'DPoP a b' }), 400, 'invalid_request', ofBearer)
  })
})
