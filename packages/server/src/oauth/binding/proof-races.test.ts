import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import {
  codeFor,
  exchange,
  introspected,
  type OAuthHouse,
  openOAuthHouse,
  post,
  refresh,
  secret,
} from '../house.ts'
import { type Holder, holder } from './holder.fixture.ts'

onBothEngines('At the same moment', (open) => {
  let house: OAuthHouse
  let mine: Holder
  before(async () => {
    house = await openOAuthHouse({ house: await open() })
    mine = holder(house)
  })
  type Answers = Awaited<ReturnType<typeof exchange>>[]
  const fifty = (deed: (at: number) => ReturnType<typeof exchange>): Promise<Answers> =>
    Promise.all(Array.from({ length: 50 }, (_, at) => deed(at)))
  const errorsOf = (answers: Answers) => [
    ...new Set(answers.filter(({ status }) => status !== 200).map((answer) => answer.json()['error'])),
  ]
  const winners = (answers: Answers) => answers.filter(({ status }) => status === 200)
  const page = { client_id: 'spa' }
  const offline = { ...page, scope: 'openid offline_access' }

  test('C11 (CVE-2020-5300): a proof shown fifty times gives one token', async () => {
    const form = {
      grant_type: 'client_credentials',
      client_id: 'machine',
      client_secret: secret,
      scope: 'accounts:read',
    }
    const headers = mine.headers()
    const answers = await fifty(() => post(house.visitor(), '/oauth/token', form, headers))
    assert.equal(winners(answers).length, 1)
    assert.deepEqual(errorsOf(answers), ['invalid_dpop_proof'])
  })

  test('C7 C11 (CVE-2020-15222): a code with one proof is exchanged once, and what it gave lives: nobody else had the key', async () => {
    const code = (await codeFor(await house.signedIn(), { scope: 'openid accounts:read' })).get('code')
    const headers = mine.headers()
    const answers = await fifty(() => exchange(house.visitor(), code, {}, headers))
    const [winner, ...more] = winners(answers)
    assert.equal(more.length, 0)
    assert.deepEqual(errorsOf(answers), ['invalid_dpop_proof'])
    assert.equal((await introspected(house, winner?.json()['access_token']))['active'], true)
  })

  test('TK-04 C7 (GHSA-7w99-5wm4-3g79): a code with fifty proofs is exchanged once, and counts as replayed', async () => {
    const code = (await codeFor(await house.signedIn(), { scope: 'openid accounts:read' })).get('code')
    const answers = await fifty(() => exchange(house.visitor(), code, {}, mine.headers()))
    const [winner, ...more] = winners(answers)
    assert.equal(more.length, 0)
    assert.deepEqual(errorsOf(answers), ['invalid_grant'])
    assert.deepEqual(await introspected(house, winner?.json()['access_token']), { active: false })
  })

  test('RT-03 RT-10 C9 (GHSA-392p-2q2v-4372): fifty proofs of its key get one successor; one proof gets it once', async () => {
    const code = (await codeFor(await house.signedIn(), offline)).get('code')
    const first = (await exchange(house.visitor(), code, page, mine.headers())).json()['refresh_token']
    const answers = await fifty(() => refresh(house.visitor(), first, page, mine.headers()))
    assert.equal(winners(answers).length, 50)
    const [second, ...others] = new Set(answers.map((answer) => answer.json()['refresh_token']))
    assert.equal(others.length, 0)
    const headers = mine.headers()
    const again = await fifty(() => refresh(house.visitor(), second, page, headers))
    assert.equal(winners(again).length, 1)
    assert.deepEqual(errorsOf(again), ['invalid_dpop_proof'])
  })

  test('RT-10 C9 (GHSA-392p-2q2v-4372): an unbound token used with many keys is bound to one, or its family ends', async () => {
    const code = (await codeFor(await house.signedIn(), offline)).get('code')
    const first = (await exchange(house.visitor(), code, page)).json()['refresh_token']
    const keys = Array.from({ length: 5 }, (_, at) => holder(house, `holder ${at}`))
    const answers = await fifty((at) => refresh(house.visitor(), first, page, keys[at % 5]?.headers()))
    assert.deepEqual(errorsOf(answers), ['invalid_grant'])
    const successors = new Set(winners(answers).map((answer) => answer.json()['refresh_token']))
    assert.equal(successors.size, 1)
    for (const key of keys) {
      const [successor] = successors
      assert.equal((await refresh(house.visitor(), successor, page, key.headers())).status, 400)
    }
  })
})
