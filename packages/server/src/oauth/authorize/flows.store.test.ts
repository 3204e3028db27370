import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import { ada, openOAuthHouse } from '../house.ts'
import {
  type Consent,
  consentOf,
  consentStands,
  consentsOf,
  deleteConsent,
  saveConsent,
} from './consents.store.ts'
import { finishFlow, flowByDigest, insertFlow, type StoredFlow } from './flows.store.ts'

const flow: StoredFlow = {
  digest: 'd',
  browserDigest: 'b',
  sealedParameters: 'sealed',
  priorProof: null,
  startedAt: 100,
  expiresAt: 200,
  finishedAt: null,
  pushed: null,
}

onBothEngines('The store of flows', (open) => {
  test('a request comes back as it was put aside', async () => {
    const { database } = await open()
    await database.commit([insertFlow(database, flow)])
    assert.deepEqual(await flowByDigest(database, 'd'), flow)
    assert.equal(await flowByDigest(database, 'x'), undefined)
  })

  test('it remembers whose proof was there before', async () => {
    const { database } = await open()
    await database.commit([insertFlow(database, { ...flow, priorProof: 'p' })])
    assert.equal((await flowByDigest(database, 'd'))?.priorProof, 'p')
  })

  test('it is answered once, but for the second press of the same button', async () => {
    const { database } = await open()
    await database.commit([insertFlow(database, flow)])
    const answerAt = (now: number) => database.commit([finishFlow(database, 'd', now)])
    assert.deepEqual(await answerAt(110), { ok: true })
    assert.deepEqual(await answerAt(119), { ok: true })
    assert.equal((await flowByDigest(database, 'd'))?.finishedAt, 110)
    assert.deepEqual(await answerAt(120), { ok: false, lost: 'flow' })
    assert.deepEqual(await database.commit([finishFlow(database, 'x', 110)]), { ok: false, lost: 'flow' })
  })
})

onBothEngines('The store of consents', (open) => {
  const consent: Consent = {
    userId: ada.id,
    clientId: 'web',
    redirectUri: 'https://web.example/callback',
    scope: ['openid', 'accounts:read'],
    resources: ['urn:bank'],
    sessionId: 'ses_1',
    grantedAt: 100,
    details: [{ type: 'account_access', accounts: ['DE02'] }],
    declined: ['scope:email'],
    usedAt: 110,
  }

  test('a consent comes back as it was given, and a newer one takes its place', async () => {
    const { database } = await openOAuthHouse({ house: await open() })
    await database.commit([saveConsent(database, consent)])
    assert.deepEqual(await consentOf(database, ada.id, 'web'), consent)
    const wider = { ...consent, scope: ['openid'], resources: [], sessionId: 'ses_2', grantedAt: 200 }
    await database.commit([saveConsent(database, wider)])
    assert.deepEqual(await consentOf(database, ada.id, 'web'), wider)
    assert.equal(await consentOf(database, ada.id, 'spa'), undefined)
  })

  test('a consent that was withdrawn, narrowed or widened since it was looked at is nothing to stand on', async () => {
    const { database } = await openOAuthHouse({ house: await open() })
    const stands = (one: Consent = consent) => database.commit([consentStands(database, one, 300)])
    assert.deepEqual(await stands(), { ok: false, lost: 'consent' })
    await database.commit([saveConsent(database, consent)])
    assert.deepEqual(await stands(), { ok: true })
    assert.equal((await consentOf(database, ada.id, 'web'))?.usedAt, 300)
    for (const other of [{ scope: ['openid'] }, { resources: [] }, { details: [] }])
      assert.deepEqual(await stands({ ...consent, ...other }), { ok: false, lost: 'consent' })
    await database.commit([saveConsent(database, { ...consent, details: [] })])
    assert.deepEqual(await stands(), { ok: false, lost: 'consent' })
    assert.deepEqual(await stands({ ...consent, details: [] }), { ok: true })
    // Of those who narrow it and those who stand on it at once, who comes later sees the other.
    const narrowed = { ...consent, details: [], scope: ['openid'] }
    const [narrowing, standing] = await Promise.all([
      database.commit([saveConsent(database, narrowed)]),
      stands({ ...consent, details: [] }),
    ])
    assert.ok(narrowing.ok)
    assert.deepEqual(await stands(narrowed), { ok: true })
    assert.ok(standing.ok || standing.lost === 'consent')
  })

  test('a person’s consents are listed, the newest first, while their clients exist', async () => {
    const { database } = await openOAuthHouse({ house: await open() })
    const newer = { ...consent, clientId: 'spa', grantedAt: 101 }
    const gone = { ...consent, clientId: 'gone' }
    await database.commit([consent, newer, gone].map((one) => saveConsent(database, one)))
    const names = (await consentsOf(database, ada.id)).map(({ clientName }) => clientName)
    assert.deepEqual(names, ['The Page', 'The Site'])
    await database.commit([deleteConsent(database, consent)])
    assert.equal(await consentOf(database, ada.id, 'web'), undefined)
    assert.equal((await consentsOf(database, ada.id)).length, 1)
  })
})
