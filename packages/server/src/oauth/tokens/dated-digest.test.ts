import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { digest, formatOpaque, parseOpaque } from '@countersign/protocol'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { systemRuntime } from '../../platform/runtime.ts'
import { introspected, type OAuthHouse, openOAuthHouse, post, refresh, secret, tokensFor } from '../house.ts'
import { datedDigest } from './dated-digest.ts'
import { sealedUnderIt } from './refresh-tokens.ts'

test('what refresh tokens are found by begins with when they were made, so that later ones come later', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 0 })
  const { datedSecret } = systemRuntime()
  const moments = [0, 63, 64, 4095, 4096, Date.UTC(2026, 0), Date.UTC(2026, 0) + 1, Date.UTC(2100, 0)]
  const made = moments.map((moment) => {
    t.mock.timers.setTime(moment)
    return datedDigest(formatOpaque('csrt', datedSecret()))
  })
  assert.deepEqual([...made].sort(), made)
  for (const one of made) assert.match(one, /^[\w-]{43}$/)
})

test('a refresh token says when it was made and nothing else: the rest is 26 bytes of chance', () => {
  const { datedSecret } = systemRuntime()
  const secrets = Array.from({ length: 50 }, datedSecret)
  assert.equal(new Set(secrets.map((secret) => secret.slice(8))).size, 50)
  for (const secret of secrets) {
    const token = formatOpaque('csrt', secret)
    assert.deepEqual(parseOpaque('csrt', token), { secret })
    assert.equal(datedDigest(token).slice(8), digest(token).slice(8))
    assert.equal(datedDigest(token).includes(secret.slice(8)), false)
  }
})

onBothEngines('Refresh tokens of versions before', (open) => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse({ house: await open() })
  })
  const offline = { scope: 'openid offline_access accounts:read' }
  const run = (sql: string) => house.database.commit([{ sql, parameters: [] }])
  /** As they were kept: by a digest that has no date. */
  const asBefore = async (token: string): Promise<string> => {
    await run(`update refresh_tokens set digest = '${digest(token)}' where digest = '${datedDigest(token)}'`)
    return token
  }
  const drawn = async () => asBefore(String((await tokensFor(house, offline))['refresh_token']))

  test('they are known, rotated, and end their family when they come again', async () => {
    const first = await drawn()
    assert.equal((await introspected(house, first))['active'], true)
    const second = await refresh(house.visitor(), first)
    assert.equal(second.status, 200)
    house.runtime.advance(31)
    assert.equal((await refresh(house.visitor(), first)).status, 400)
    assert.equal((await refresh(house.visitor(), second.json()['refresh_token'])).status, 400)
  })

  test('they are revoked', async () => {
    const first = await drawn()
    const form = { token: first, client_id: 'web', client_secret: secret }
    assert.equal((await post(house.visitor(), '/oauth/revoke', form)).status, 200)
    assert.equal((await refresh(house.visitor(), first)).status, 400)
  })

  test('RT-03: a successor that was sealed under one is given again', async () => {
    const first = await drawn()
    const second = String((await refresh(house.visitor(), first)).json()['refresh_token'])
    const sealed = sealedUnderIt(house, { digest: digest(first) }, first, second)
    await run(`update refresh_tokens set sealed_token = '${sealed}' where digest = '${datedDigest(second)}'`)
    await asBefore(second)
    assert.equal((await refresh(house.visitor(), first)).json()['refresh_token'], second)
  })

  test('a seed that is another one’s gives no token that nobody has', async () => {
    const [first, other] = [await drawn(), await drawn()]
    const second = String((await refresh(house.visitor(), first)).json()['refresh_token'])
    const others = String((await refresh(house.visitor(), other)).json()['refresh_token'])
    await run(`update refresh_tokens set sealed_token =
      (select sealed_token from refresh_tokens where digest = '${datedDigest(others)}')
      where digest = '${datedDigest(second)}'`)
    assert.equal((await refresh(house.visitor(), first)).status, 500)
  })
})
