import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  availableArgon2,
  builtinArgon2,
  type Cost,
  defaultCost,
  hashOfNobody,
  hashWith,
  isWeaker,
  judgePhc,
  nativeArgon2,
  verifyWith,
} from './argon2.ts'

const cheap: Cost = { memoryKib: 32, passes: 3, lanes: 4 }

// RFC 9106 §5.3: Argon2id, without the secret and the associated data, which neither source is given here.
test('both sources give the bytes of the reference implementation', async () => {
  // echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -l 32, as in the reference implementation's own test suite.
  const expected = '9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe'
  const cost = { memoryKib: 256, passes: 2, lanes: 1 }
  for (const argon2 of [builtinArgon2, await nativeArgon2()]) {
    const tag = await argon2('password', Buffer.from('somesalt'), cost, 32)
    assert.equal(tag.toString('hex'), expected)
  }
})

test('each source verifies the other’s hashes, for every cost', async () => {
  const native = await nativeArgon2()
  for (const cost of [cheap, { memoryKib: 8, passes: 1, lanes: 1 }, { memoryKib: 64, passes: 1, lanes: 2 }]) {
    for (const password of ['', 'analytical-engine-1843', 'ключ 🔑 ключ', 'x'.repeat(5000)]) {
      const ours = await hashWith(builtinArgon2, password, 'c29tZSBzYWx0IGhlcmUh', cost)
      const theirs = await hashWith(native, password, 'c29tZSBzYWx0IGhlcmUh', cost)
      assert.equal(ours, theirs)
      assert.equal(await verifyWith(native, password, ours), true)
      assert.equal(await verifyWith(builtinArgon2, password, theirs), true)
      assert.equal(await verifyWith(builtinArgon2, `${password}x`, theirs), false)
    }
  }
})

test('at the shipped cost, 19 MiB and two passes, both sources agree', async () => {
  const phc = await hashWith(
    await availableArgon2(),
    'analytical-engine-1843',
    'AAAAAAAAAAAAAAAAAAAAAA',
    defaultCost,
  )
  assert.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.equal(await verifyWith(builtinArgon2, 'analytical-engine-1843', phc), true)
  assert.equal(await verifyWith(builtinArgon2, 'analytical-engine-1844', phc), false)
})

test('the hash of nobody has the form and the cost of any other, and no password', async () => {
  const secret = (bytes: number) => Buffer.alloc(bytes, 7).toString('base64url')
  const phc = hashOfNobody(secret, cheap)
  assert.equal(isWeaker(phc, cheap), false)
  assert.equal(await verifyWith(builtinArgon2, '', phc), false)
})

test('a hash is weaker when any of its costs is lower', () => {
  const phc = hashOfNobody((bytes) => Buffer.alloc(bytes).toString('base64url'), cheap)
  assert.equal(isWeaker(phc, { ...cheap, memoryKib: 33 }), true)
  assert.equal(isWeaker(phc, { ...cheap, passes: 4 }), true)
  assert.equal(isWeaker(phc, { ...cheap, lanes: 5 }), true)
  assert.equal(isWeaker(phc, { memoryKib: 16, passes: 1, lanes: 1 }), false)
})

test('F38: no stored hash makes us spend more than we would', () => {
  const salt = 'c29tZXNhbHRzb21lc2FsdA'
  const tag = 'A'.repeat(43)
  assert.equal(judgePhc(`$argon2id$v=19$m=65536,t=3,p=4$${salt}$${tag}`), 'accepted')
  for (const phc of [
    `$argon2id$v=19$m=4194304,t=3,p=4$${salt}$${tag}`,
    `$argon2id$v=19$m=4294967295,t=3,p=4$${salt}$${tag}`,
    `$argon2id$v=19$m=65536,t=999,p=4$${salt}$${tag}`,
    `$argon2id$v=19$m=65536,t=3,p=255$${salt}$${tag}`,
  ])
    assert.equal(judgePhc(phc), 'costly', phc)
  // What nobody could try is told from what costs too much: another thing is to be done about it.
  for (const phc of [
    `$argon2id$v=19$m=65536,t=0,p=1$${salt}$${tag}`,
    `$argon2id$v=19$m=16,t=1,p=4$${salt}$${tag}`,
    `$argon2id$v=16$m=65536,t=3,p=4$${salt}$${tag}`,
    `$argon2id$v=19$m=65536,t=3,p=4$${salt}$`,
    `$argon2id$v=19$m=65536,t=3,p=4$${salt}$${tag}\n`,
    '$2b$10$abcdefghijklmnopqrstuv',
    '',
  ]) {
    assert.equal(judgePhc(phc), 'malformed', phc)
  }
})
