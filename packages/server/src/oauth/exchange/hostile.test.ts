// Exchange requests by chance, from a client that may exchange: whatever it sends, it is answered as its own doing.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { accessTokenType } from '@countersign/protocol'
import fc from 'fast-check'
import { createApi } from '../apis/registration.ts'
import { createClient } from '../clients/registration.ts'
import { introspected, ledger, type OAuthHouse, openOAuthHouse, secret, type Wire } from '../house.ts'
import {
  archive,
  exchanged,
  exchangeToken,
  openExchangeHouse,
  ownToken,
  refusal,
  tokenOfAda,
} from './exchange.fixture.ts'

describe('Whoever may exchange', () => {
  let house: OAuthHouse
  before(async () => {
    house = await openExchangeHouse()
  })
  after(() => house.close())

  test('HT-14 TK-16: gets an answer for anything, and a token only for one that it may present', async () => {
    const person = await tokenOfAda(house)
    const machine = await ownToken(house)
    const forLedger = await exchanged(house, person, { resource: ledger })
    const foreign = await ownToken(house, { scope: 'ledger:read' })
    const tokens = [person, machine, forLedger, foreign, `${person}x`, person.slice(0, -4), '']
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('__proto__', '0', ' ', '"'),
    )
    const mixed = (...likely: readonly string[]) =>
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...likely) }, { weight: 1, arbitrary: text })
    const optional = <T>(arbitrary: fc.Arbitrary<T>) =>
      fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary })
    const actor = fc.record({
      actor_token: mixed(machine, foreign, person),
      actor_token_type: mixed(accessTokenType),
    })
    const others = fc.record(
      {
        requested_token_type: mixed(accessTokenType, `${accessTokenType}2`),
        audience: mixed(archive, ledger),
        scope: mixed('archive:read', 'ledger:read', 'accounts:read', 'openid'),
        actor_token: mixed(machine),
      },
      { requiredKeys: [] },
    )
    const subject = fc.record({
      subject_token: mixed(...tokens),
      subject_token_type: mixed(accessTokenType),
      resource: mixed(archive, ledger),
    })
    const anyForm = fc
      .tuple(subject, optional(actor), optional(others))
      .map(([form, ...more]) => ({ ...form, ...more[0], ...more[1] }))
    const presentable = new Set([person, machine, forLedger])
    let given = 0
    const property = fc.asyncProperty(anyForm, async (form) => {
      const answer = await exchangeToken(house, form.subject_token, form as Wire)
      assert.ok([200, 400].includes(answer.status), `${answer.status} ${answer.body}`)
      if (answer.status === 400) {
        assert.match(String(answer.json()['error']), /^invalid_(?:request|target|scope)$/)
        return
      }
      given++
      assert.ok(presentable.has(form.subject_token))
      const told = await introspected(house, answer.json()['access_token'], 'teller')
      assert.equal(told['active'], true)
      assert.match(String(told['scope']), /^(?:archive|ledger):read$/)
    })
    // Chance that gives hardly anything proves little, and once in a while it does so for long.
    for (let rounds = 0; rounds === 0 || (rounds < 6 && given <= 10); rounds++)
      await fc.assert(property, { numRuns: 200 })
    assert.ok(given > 10, `only ${given} were given`)
  })
})

test('an encrypted token is exchanged as it was sent, and for its own API it is sealed again', async () => {
  const house = await openOAuthHouse({ encryptedTokens: true })
  const sealed = 'https://sealed.example/'
  const keys = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
  const { kty = '', crv = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', keys.publicKey)
  const api = {
    identifier: sealed,
    scopes: [{ name: 'sealed:read', description: '' }],
    encryption: { alg: 'ECDH-ES+A256KW', enc: 'A256GCM', jwk: { kty, crv, x, y, use: 'enc' } },
  } as const
  assert.ok((await createApi(house, api, { encryptedTokens: true })).ok)
  const client = {
    id: 'teller',
    name: 'The sealed API',
    secret,
    api: sealed,
    scopes: ['ledger:read', 'sealed:read'],
    exchange: { audiences: [ledger, sealed], scopes: { 'ledger:read': ['sealed:read'] } },
  }
  assert.ok((await createClient(house, client)).ok)
  const machine = { name: 'Robot', id: 'robot', secret, scopes: ['sealed:read'] }
  assert.ok((await createClient(house, machine)).ok)
  const token = await ownToken(house, { client_id: 'robot', scope: 'sealed:read' })
  assert.equal(token.split('.').length, 5)
  const forLedger = await exchanged(house, token, { resource: ledger })
  assert.deepEqual((await introspected(house, forLedger, 'teller'))['act'], { sub: 'teller' })
  const again = await exchanged(house, token, { resource: sealed })
  assert.equal(again.split('.').length, 5, 'what is for that API is sealed for it')
  house.runtime.advance(301)
  assert.equal(await refusal(house, token, { resource: ledger }), 'invalid_request')
  await house.close()
})
