// RFC 9449 §5: who may use a refresh token that was given for a proof.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import {
  claimsIn,
  codeFor,
  exchange,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  type Wire,
} from '../house.ts'
import { datedDigest } from '../tokens/dated-digest.ts'
import { type Holder, holder } from './holder.fixture.ts'

const page: Wire = { client_id: 'spa', scope: 'openid offline_access accounts:read' }
const asPage: Wire = { client_id: 'spa' }
const site: Wire = { scope: 'openid offline_access accounts:read' }

onBothEngines('A refresh token', (open) => {
  let house: OAuthHouse
  let mine: Holder
  let other: Holder
  before(async () => {
    house = await openOAuthHouse({ house: await open() })
    mine = holder(house)
    other = holder(house, 'another holder')
  })

  /** The tokens of a new family; of the page unless told. */
  async function family(by: Holder | null, wire = page): Promise<Record<string, unknown>> {
    const code = (await codeFor(await house.signedIn(), wire)).get('code')
    const own = wire['client_id'] === undefined ? {} : { client_id: wire['client_id'] }
    const answer = await exchange(house.visitor(), code, own, by?.headers())
    assert.equal(answer.status, 200, answer.body)
    return answer.json()
  }
  const use = (token: unknown, by: Holder | null, wire = asPage) =>
    refresh(house.visitor(), token, wire, by?.headers())
  async function refused(answer: ReturnType<typeof use>, error: string): Promise<void> {
    const { status, json } = await answer
    assert.deepEqual([status, json()['error']], [400, error])
  }
  const isAlive = async (token: unknown) => {
    const said = await post(house.visitor(), '/oauth/userinfo', {}, mine.sends(token, { method: 'POST' }))
    return said.status === 200
  }
  const endOf = async (token: unknown) => {
    const [row] = await house.database.read(
      `select revoked_because from families where id =
        (select family_id from refresh_tokens where digest = '${datedDigest(String(token))}')`,
      [],
    )
    return row?.['revoked_because']
  }

  test('RT-10: of a page that came with a proof is good with that key alone, generation after generation', async () => {
    let { refresh_token: token } = await family(mine)
    for (let generation = 0; generation < 3; generation++) {
      await refused(use(token, other), 'invalid_grant')
      await refused(use(token, null), 'invalid_dpop_proof')
      const answer = await use(token, mine)
      assert.equal(answer.status, 200, answer.body)
      assert.equal(answer.json()['token_type'], 'DPoP')
      assert.deepEqual(claimsIn(answer.json()['access_token'])['cnf'], { jkt: mine.thumbprint })
      token = answer.json()['refresh_token']
    }
  })

  test('RT-08 RT-10: whoever lacks the key changes nothing, however often they show it', async () => {
    const { refresh_token: first } = await family(mine)
    const { refresh_token: second } = (await use(first, mine)).json()
    const { refresh_token: third } = (await use(second, mine)).json()
    // The first was used before: with the key that would end the family.
    for (const token of [first, second, third]) {
      await refused(use(token, other), 'invalid_grant')
      await refused(use(token, null), 'invalid_dpop_proof')
    }
    assert.equal((await use(third, mine)).status, 200)
    await refused(use(first, mine), 'invalid_grant')
    assert.equal(await endOf(first), 'refresh token reused')
  })

  test('RT-03 RT-10: within the grace the key’s holder gets the same successor, with a new proof', async () => {
    const { refresh_token: first } = await family(mine)
    const headers = mine.headers()
    const successor = (await refresh(house.visitor(), first, asPage, headers)).json()['refresh_token']
    await refused(refresh(house.visitor(), first, asPage, headers), 'invalid_dpop_proof')
    assert.equal((await use(first, mine)).json()['refresh_token'], successor)
    assert.equal((await use(successor, mine)).status, 200)
  })

  test('RT-10: of a page that came without a proof is bound by the first use with one', async () => {
    const { refresh_token: first, token_type: type } = await family(null)
    assert.equal(type, 'Bearer')
    const { refresh_token: second } = (await use(first, mine)).json()
    await refused(use(second, null), 'invalid_dpop_proof')
    await refused(use(second, other), 'invalid_grant')
    assert.equal((await use(second, mine)).status, 200)
  })

  test('RT-02 RT-10: of two who hold an unbound one and use it with different keys, neither keeps the family', async () => {
    for (const [thief, owner] of [
      [other, mine],
      [other, null],
      [null, mine],
    ] as const) {
      const { refresh_token: first } = await family(null)
      assert.equal((await use(first, thief)).status, 200)
      await refused(use(first, owner), 'invalid_grant')
      assert.equal(await endOf(first), 'refresh token reused')
    }
  })

  test('of a confidential client is not bound: it may change its key, and its tokens follow', async () => {
    let tokens = await family(mine, site)
    for (const by of [other, mine, null, other] as const) {
      const answer = await use(tokens['refresh_token'], by, {})
      assert.equal(answer.status, 200, answer.body)
      tokens = answer.json()
      assert.equal(tokens['token_type'], by === null ? 'Bearer' : 'DPoP')
      const cnf = by === null ? undefined : { jkt: by.thumbprint }
      assert.deepEqual(claimsIn(tokens['access_token'])['cnf'], cnf)
    }
  })

  test('its page revokes it without a proof, as whoever finds it may', async () => {
    const tokens = await family(mine, { ...page, scope: 'openid offline_access' })
    assert.equal(await isAlive(tokens['access_token']), true)
    const form = { token: String(tokens['refresh_token']), client_id: 'spa' }
    assert.equal((await post(house.visitor(), '/oauth/revoke', form)).status, 200)
    assert.equal(await isAlive(tokens['access_token']), false)
    await refused(use(tokens['refresh_token'], mine), 'invalid_grant')
  })

  test('its introspection names the key', async () => {
    const tokens = await family(mine, site)
    assert.equal((await introspected(house, tokens['refresh_token']))['cnf'], undefined)
    const { token_type: type, cnf } = await introspected(house, tokens['access_token'])
    assert.deepEqual([type, cnf], ['DPoP', { jkt: mine.thumbprint }])
  })
})
