// What may be said of exchanging tokens, and how it is changed.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { tokenExchange } from '@countersign/protocol'
import { clientById } from '../clients/clients.store.ts'
import { type ClientDescription, createClient } from '../clients/registration.ts'
import { ledger, type OAuthHouse, secret } from '../house.ts'
import { changeExchange } from './change.ts'
import { archive, exchanged, openExchangeHouse, refusal, tokenOfAda } from './exchange.fixture.ts'

let house: OAuthHouse
before(async () => {
  house = await openExchangeHouse()
})
after(() => house.close())

const base: ClientDescription = { name: 'An API', secret, api: 'https://a.example/', scopes: ['ledger:read'] }
const audiences = [ledger]

const described: Record<string, readonly [Partial<ClientDescription>, readonly string[]]> = {
  'an API and nothing else': [{ exchange: { audiences } }, []],
  'a scope and what it follows from': [
    { exchange: { audiences, scopes: { 'ledger:read': ['accounts:read'] } } },
    [],
  ],
  'no API': [{ exchange: { audiences: [] } }, ['exchange.audiences missing']],
  'a scope that the client may not have': [
    { exchange: { audiences, scopes: { 'archive:read': ['accounts:read'] } } },
    ['exchange.scopes foreign'],
  ],
  'a scope that follows from nothing': [
    { exchange: { audiences, scopes: { 'ledger:read': [] } } },
    ['exchange.scopes missing'],
  ],
  'the grant alone': [{ grants: [tokenExchange] }, ['exchange missing']],
  'the policy without the grant': [
    { grants: ['client_credentials'], exchange: { audiences } },
    ['exchange useless'],
  ],
}
for (const [name, [more, codes]] of Object.entries(described)) {
  test(`a client that is registered with ${name} ${codes.length === 0 ? 'may exchange' : 'is refused'}`, async () => {
    const created = await createClient(house, { ...base, ...more })
    assert.deepEqual(created.ok ? [] : created.findings.map(({ path, code }) => `${path} ${code}`), codes)
    if (created.ok) assert.deepEqual(created.client.grants, [tokenExchange])
  })
}

test('what a client may exchange is changed as a whole, and taken away, within a second', async () => {
  const token = await tokenOfAda(house)
  const find = async (id: string) => (await clientById(house.database, id)) ?? assert.fail()
  assert.equal(
    await refusal(house, token, { client_id: 'bank-api', resource: archive }),
    'unauthorized_client',
  )
  const before = await find('bank-api')
  assert.deepEqual(
    (await changeExchange(house, before, { audiences: ['https://nowhere.example/'] })).map(
      ({ code }) => code,
    ),
    ['unknown'],
  )
  const tellers = await find('teller')
  assert.deepEqual(
    await changeExchange(house, tellers, {
      audiences: [archive],
      scopes: { 'archive:write': ['accounts:read'] },
    }),
    [],
  )
  house.runtime.advance(1)
  assert.equal(await refusal(house, token, { resource: ledger }), 'invalid_target')
  await exchanged(house, token, { scope: 'archive:write' })
  assert.deepEqual(await changeExchange(house, await find('teller'), null), [])
  house.runtime.advance(1)
  assert.equal(await refusal(house, token, { resource: archive }), 'unauthorized_client')
  assert.deepEqual((await find('teller')).grants, [])
})

test('a client that proves nothing may exchange nothing', async () => {
  const spa = (await clientById(house.database, 'spa')) ?? assert.fail()
  const findings = await changeExchange(house, spa, { audiences: [archive] })
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['public'],
  )
})
