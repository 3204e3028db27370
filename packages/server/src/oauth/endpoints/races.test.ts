import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import {
  codeFor,
  exchange,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
  refresh,
  tokensFor,
} from '../house.ts'
import { datedDigest } from '../tokens/dated-digest.ts'

onBothEngines('At the same moment', (open) => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse({ house: await open() })
  })
  /** The generations of a token's family. */
  const familyOf = (token: unknown) =>
    house.database.read(
      `select generation, replays from refresh_tokens where family_id =
        (select family_id from refresh_tokens where digest = '${datedDigest(String(token))}') order by generation`,
      [],
    )
  const offline = { scope: 'openid offline_access accounts:read' }

  test('TK-04 C7 (GHSA-7w99-5wm4-3g79): a code presented a hundred times is exchanged once, and counts as replayed', async () => {
    const code = (await codeFor(await house.signedIn(), offline)).get('code')
    const answers = await Promise.all(Array.from({ length: 100 }, () => exchange(house.visitor(), code)))
    const good = answers.filter(({ status }) => status === 200)
    assert.equal(good.length, 1)
    for (const answer of answers) {
      if (answer !== good[0]) assert.equal(answer.json()['error'], 'invalid_grant')
    }
    const families = await house.database.read('select revoked_because from families', [])
    assert.deepEqual(
      families.map((row) => row['revoked_because']),
      ['code replayed'],
    )
    assert.deepEqual(await introspected(house, good[0]?.json()['access_token']), { active: false })
  })

  test('RT-03 C9 F19 (GHSA-392p-2q2v-4372): a refresh token used fifty times gives fifty times the same successor', async () => {
    const first = await tokensFor(house, offline)
    const token = first['refresh_token']
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(house.visitor(), token)))
    assert.ok(answers.every(({ status }) => status === 200))
    assert.equal(new Set(answers.map((answer) => answer.json()['refresh_token'])).size, 1)
    assert.equal(new Set(answers.map((answer) => answer.json()['access_token'])).size, 50)
    const rows = await familyOf(token)
    assert.deepEqual(
      rows.map((row) => [row['generation'], row['replays']]),
      [
        [0, 49],
        [1, 0],
      ],
    )
    assert.equal((await refresh(house.visitor(), answers[0]?.json()['refresh_token'])).status, 200)
  })

  test('C9: parent and child used together never make a tree', async () => {
    const first = await tokensFor(house, offline)
    const second = (await refresh(house.visitor(), first['refresh_token'])).json()
    const both = [first['refresh_token'], second['refresh_token']]
    await Promise.all(Array.from({ length: 20 }, (_, index) => refresh(house.visitor(), both[index % 2])))
    const rows = await familyOf(first['refresh_token'])
    const generations = rows.map((row) => Number(row['generation']))
    assert.deepEqual(generations, [...generations.keys()])
  })
})
