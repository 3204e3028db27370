import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../../platform/house.ts'
import type { Canonical } from '../users/identifiers.ts'
import { type AccountChange, type Asker, toldOf } from './told-of.ts'

const ada = { id: 'usr_ada', email: 'ada@example.test' as Canonical, emailVerified: true }
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const asker: Asker = { headers: { get: () => firefox }, peer: '203.0.113.7' }

const changes: Record<AccountChange['what'], { readonly change: AccountChange; readonly says: RegExp }> = {
  'password.changed': { change: { what: 'password.changed' }, says: /signed out everywhere else/ },
  'password.reset': { change: { what: 'password.reset' }, says: /with a link from a mail/ },
  'password.set': { change: { what: 'password.set' }, says: /first password/ },
  'factor.added': {
    change: { what: 'factor.added', factor: 'an authenticator app' },
    says: /confirmed with an authenticator app from now on/,
  },
  'factor.removed': {
    change: { what: 'factor.removed', factor: 'an authenticator app' },
    says: /no longer confirmed with an authenticator app/,
  },
  'recovery_codes.made': { change: { what: 'recovery_codes.made' }, says: /older ones no longer work/ },
  'recovery_code.used': { change: { what: 'recovery_code.used', left: 3 }, says: /3 are left/ },
  'codes.guessed': { change: { what: 'codes.guessed' }, says: /typed several wrong codes/ },
  'passkey.added': { change: { what: 'passkey.added', name: 'My <phone>' }, says: /“My <phone>” was added/ },
  'passkey.removed': { change: { what: 'passkey.removed', name: 'My phone' }, says: /no longer opens/ },
  'passkey.copied': { change: { what: 'passkey.copied', name: 'My phone' }, says: /It was refused/ },
  'identity.linked': {
    change: { what: 'identity.linked', provider: 'Google' },
    says: /with Google from now on/,
  },
  'identity.unlinked': {
    change: { what: 'identity.unlinked', provider: 'Google' },
    says: /no longer .* Google/,
  },
  'address.change_asked': {
    change: { what: 'address.change_asked', to: 'countess@example.com' },
    says: /to c…@example\.com\.\n\nNothing has changed yet/,
  },
  'address.changed': {
    change: { what: 'address.changed', from: null, to: ada.email },
    says: /This is the address of your account from now on/,
  },
  'username.changed': {
    change: { what: 'username.changed', to: 'countess' },
    says: /is “countess” from now on/,
  },
  'account.disabled': { change: { what: 'account.disabled' }, says: /every session has ended/ },
}

for (const [what, { change, says }] of Object.entries(changes)) {
  test(`PW-27: of ${what} a person is told, in words and HTML, with when, from what device and where`, async () => {
    await using house = await opened()
    await house.database.commit(toldOf(house, ada, change, asker))
    const [letter = assert.fail(), ...others] = await house.letters()
    assert.deepEqual(others, [])
    assert.deepEqual([letter.to, letter.kind], ['ada@example.test', 'account.changed'])
    assert.ok(letter.subject.length <= 40, letter.subject)
    assert.match(letter.text, says)
    assert.match(letter.text, /^Device: Firefox on Linux\nNetwork address: 203\.0\.113\.7$/m)
    assert.match(letter.text, /^When: .* UTC$/m)
    assert.match(letter.text, /http:\/\/localhost:4400\/account/)
    assert.match(letter.html, /<a class="c-label" href="http:\/\/localhost:4400\/account"/)
    assert.doesNotMatch(letter.html, /<phone>|undefined|\[object/)
    assert.doesNotMatch(letter.text, /undefined|\[object/)
  })
}

test('PW-27: of a new address both are told, and the old one does not learn it whole', async () => {
  await using house = await opened()
  const change = { what: 'address.changed', from: ada.email, to: 'countess@example.com' } as const
  await house.database.commit(toldOf(house, ada, change, asker))
  const letters = (await house.letters()).toSorted((a, b) => (a.to < b.to ? -1 : 1))
  assert.deepEqual(
    letters.map(({ to }) => to),
    ['ada@example.test', 'countess@example.com'],
  )
  assert.doesNotMatch(letters[0]?.text ?? '', /countess/)
  assert.match(letters[0]?.text ?? '', /tell whoever runs the service/)
})

test('nobody is told where there is no address, or no mail; an operator is no device', async () => {
  await using house = await opened()
  await using closed = await opened('closed')
  assert.deepEqual(toldOf(house, { ...ada, email: null }, { what: 'password.changed' }, asker), [])
  assert.deepEqual(toldOf(closed, ada, { what: 'password.changed' }, asker), [])
  await house.database.commit(toldOf(house, ada, { what: 'account.disabled' }, null))
  const [letter] = await house.letters()
  assert.match(letter?.text ?? '', /^When: /m)
  assert.doesNotMatch(letter?.text ?? '', /Device|Network/)
})

async function opened(mail: 'open' | 'closed' = 'open') {
  const house = await openHouse({ mail })
  return { ...house, [Symbol.asyncDispose]: () => house.close() }
}
