import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHouse } from '../../platform/house.ts'
import { cheapest, password } from '../people.fixture.ts'
import { builtinArgon2, nativeArgon2 } from './hashes/argon2.ts'
import { madeElsewhere } from './hashes/made-elsewhere.fixture.ts'
import { passwordsOf } from './passwords.ts'

test('a password matches for whom it was protected, and for nobody else', async (t) => {
  const house = await openHouse()
  t.after(() => house.close())
  const passwords = passwordsOf(house, { cost: cheapest })
  const sealedHash = await passwords.protect('usr_ada', password)
  assert.deepEqual(await passwords.matches({ userId: 'usr_ada', sealedHash }, password), {
    ok: true,
    replacement: null,
  })
  assert.deepEqual(await passwords.matches({ userId: 'usr_ada', sealedHash }, 'wrong'), { ok: false })
  assert.deepEqual(await passwords.matches(null, password), { ok: false })
  assert.deepEqual(await passwords.matches(null, ''), { ok: false })
  await assert.rejects(passwords.matches({ userId: 'usr_eve', sealedHash }, password))
})

test('the same password protected twice looks different', async (t) => {
  const house = await openHouse()
  t.after(() => house.close())
  const passwords = passwordsOf(house, { cost: cheapest })
  const open = (sealed: string) => house.vault.open('passwords/usr_ada/hash', sealed)
  const [one, two] = [
    await passwords.protect('usr_ada', password),
    await passwords.protect('usr_ada', password),
  ]
  assert.notEqual(open(one), open(two))
})

test('without the native addon the same passwords match', async (t) => {
  const house = await openHouse()
  t.after(() => house.close())
  const native = passwordsOf(house, { cost: cheapest, argon2: await nativeArgon2() })
  const fallback = passwordsOf(house, { cost: cheapest, argon2: builtinArgon2 })
  for (const [from, to] of [
    [native, fallback],
    [fallback, native],
  ] as const) {
    const sealedHash = await from.protect('usr_ada', password)
    assert.equal((await to.matches({ userId: 'usr_ada', sealedHash }, password)).ok, true)
  }
})

test('a hash of another system is adopted when we can verify it', async (t) => {
  const house = await openHouse()
  t.after(() => house.close())
  const passwords = passwordsOf(house, { cost: cheapest })
  // Made by the reference implementation's command line from "password" and "somesalt".
  const phc = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4'
  const sealedHash = passwords.adopt('usr_ada', phc)
  assert.ok(sealedHash)
  assert.deepEqual(await passwords.matches({ userId: 'usr_ada', sealedHash }, 'password'), {
    ok: true,
    replacement: null,
  })
  assert.equal(passwords.adopt('usr_ada', '$2b$10$abcdefghijklmnopqrstuv'), null)
})

test('a password that came with its hash is hashed our way when its person has signed in', async (t) => {
  const house = await openHouse()
  t.after(() => house.close())
  const passwords = passwordsOf(house, { cost: cheapest })
  const [, password = '', text = ''] = madeElsewhere.find(([by]) => by === 'django pbkdf2_sha256') ?? []
  const sealedHash = passwords.adopt('usr_ada', text) ?? ''
  assert.deepEqual(await passwords.matches({ userId: 'usr_ada', sealedHash }, `${password}x`), { ok: false })
  const matched = await passwords.matches({ userId: 'usr_ada', sealedHash }, password)
  assert.ok(matched.ok && matched.replacement !== null)
  const again = { userId: 'usr_ada', sealedHash: matched.replacement }
  assert.deepEqual(await passwords.matches(again, password), { ok: true, replacement: null })
})

test('a hash that is guessed in no time is adopted only where somebody insists', async (t) => {
  const house = await openHouse()
  t.after(() => house.close())
  const passwords = passwordsOf(house, { cost: cheapest })
  const [, password = '', text = ''] = madeElsewhere.find(([by]) => by === 'hex md5') ?? []
  assert.equal(passwords.adopt('usr_ada', text), null)
  const sealedHash = passwords.adopt('usr_ada', text, true) ?? ''
  const matched = await passwords.matches({ userId: 'usr_ada', sealedHash }, password)
  assert.ok(matched.ok && matched.replacement !== null)
})
