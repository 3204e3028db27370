import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import type { Answer } from '../../platform/house.ts'
import { holder } from '../binding/holder.fixture.ts'
import { codeFor, type OAuthHouse, openOAuthHouse, rowCount } from '../house.ts'
import { claimFlow, finishFlowOnce, insertFlow, type StoredFlow, unclaimed } from './flows.store.ts'
import { addressOf, nameOf, push } from './pushed.fixture.ts'

onBothEngines('At the same moment', (open) => {
  let house: OAuthHouse
  before(async () => {
    house = await openOAuthHouse({ house: await open() })
  })
  const codesOf = (answers: readonly Answer[]) =>
    answers.flatMap(({ location = '' }) => new URL(location, house.issuer.url).searchParams.getAll('code'))

  test('AZ-23: a name that one browser brings fifty times is answered with one code', async () => {
    const browser = await house.signedIn()
    await codeFor(browser)
    const before = await rowCount(house, 'codes')
    const name = await nameOf(house)
    const answers = await Promise.all(Array.from({ length: 50 }, () => browser.visit(addressOf(name))))
    assert.equal(codesOf(answers).length, 1)
    assert.equal(await rowCount(house, 'codes'), before + 1)
    for (const { status } of answers) assert.ok(status === 303 || status === 400)
  })

  test('AZ-23 AZ-25: of fifty browsers that bring a name one gets the request', async () => {
    const browsers = await Promise.all(Array.from({ length: 50 }, () => house.signedIn()))
    await codeFor(browsers[0] ?? house.visitor())
    const name = await nameOf(house)
    const answers = await Promise.all(browsers.map((browser) => browser.visit(addressOf(name))))
    assert.equal(answers.filter(({ status }) => status === 303).length, 1)
    assert.equal(codesOf(answers).length, 1)
  })

  test('C11: a proof that comes with fifty pushes gives one name', async () => {
    const headers = holder(house).headers({ path: '/oauth/par' })
    const answers = await Promise.all(Array.from({ length: 50 }, () => push(house, {}, headers)))
    assert.equal(answers.filter(({ status }) => status === 201).length, 1)
    const others = answers.filter(({ status }) => status !== 201).map((answer) => answer.json()['error'])
    assert.deepEqual([...new Set(others)], ['invalid_dpop_proof'])
  })

  test('a request is claimed before its end, once, and answered strictly once', async () => {
    const { database } = house
    const flow: StoredFlow = {
      digest: 'pushed flow',
      browserDigest: unclaimed,
      sealedParameters: 'sealed',
      priorProof: null,
      startedAt: 100,
      expiresAt: 160,
      finishedAt: null,
      pushed: { by: 'web', until: 160 },
    }
    const claim = (browserDigest: string, startedAt: number) =>
      database.commit([claimFlow(database, { ...flow, browserDigest, startedAt })])
    const lost = { ok: false, lost: 'flow' }
    await database.commit([insertFlow(database, flow)])
    assert.deepEqual(await claim('late', 160), lost)
    assert.deepEqual(await claim('first', 159), { ok: true })
    assert.deepEqual(await claim('second', 159), lost)
    const finish = () => database.commit([finishFlowOnce(database, flow.digest, 159)])
    assert.deepEqual(await finish(), { ok: true })
    assert.deepEqual(await finish(), lost)
    assert.deepEqual(await claim('third', 159), lost)
  })
})
