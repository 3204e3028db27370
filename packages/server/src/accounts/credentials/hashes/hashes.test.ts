import assert from 'node:assert/strict'
import { test } from 'node:test'
import { availableArgon2, builtinArgon2, defaultCost } from './argon2.ts'
import { withPepper } from './bcrypt.ts'
import { hashFormats, judgeHash } from './hashes.ts'
import { madeElsewhere } from './made-elsewhere.fixture.ts'

const argon2 = await availableArgon2()
const devise = '$2a$05$xw7CSHyuiDMY/ARKXuSr2.VWTDB9J/VqwS7rNNlDE39C4Jpu4DY56'

function hashIn(text: string) {
  const judged = judgeHash(text)
  if (!judged.ok) throw new Error(`${text} is ${judged.because}`)
  return judged
}

test('every hash that another system made is verified by its own password and by no other', async () => {
  for (const [by, password, text] of madeElsewhere) {
    const { hash } = hashIn(text)
    assert.equal(await hash.verify(password, argon2), true, `${by}: ${password}`)
    for (const wrong of [`${password.slice(0, 20)}!`, ` ${password}`, password.toUpperCase(), '']) {
      assert.equal(await hash.verify(wrong, argon2), false, `${by}: “${wrong}”`)
    }
  }
})

test('every hash of another system is made anew at the first sign-in', () => {
  for (const [by, , text] of madeElsewhere) assert.equal(hashIn(text).hash.isWeaker(defaultCost), true, by)
})

test('both sources of Argon2 verify the variants that others use', async () => {
  for (const [by, password, text] of madeElsewhere.filter(([by]) => by.includes('argon2'))) {
    assert.equal(await hashIn(text).hash.verify(password, builtinArgon2), true, by)
  }
})

test('a hash is read by one format alone', () => {
  for (const [by, , text] of madeElsewhere) {
    const readers = hashFormats.filter(({ read }) => read(text) !== null)
    assert.equal(readers.length, 1, `${by}: ${readers.map(({ name }) => name).join(', ')}`)
  }
})

test('bcrypt looks at 72 bytes of a password, as it did where the hash was made', async () => {
  const [, , text] = madeElsewhere.find(([by, password]) => by === 'bcrypt 2y' && password.length > 71) ?? []
  assert.equal(await hashIn(text ?? '').hash.verify(`${'x'.repeat(71)}épqr`, argon2), true)
  assert.equal(await hashIn(text ?? '').hash.verify(`${'x'.repeat(70)}épqr`, argon2), false)
})

test('Devise’s pepper is part of every password', async () => {
  // Made by bcrypt 4.0.1 from "correct horse" and the pepper "p€pper".
  const text = withPepper(devise, 'p€pper')
  assert.equal(await hashIn(text).hash.verify('correct horse', argon2), true)
  assert.equal(await hashIn(text).hash.verify('correct horsep€pper', argon2), false)
  assert.equal(await hashIn(devise).hash.verify('correct horse', argon2), false)
})

test('Firebase’s scrypt is read', async () => {
  const text = [
    'firebase',
    8,
    14,
    'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
    Buffer.concat([Buffer.from('42xEC+ixf3L2lw==', 'base64'), Buffer.from('Bw==', 'base64')]).toString(
      'base64',
    ),
    'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
  ].join('$')
  assert.equal(await hashIn(text).hash.verify('user1password', argon2), true)
  assert.equal(await hashIn(text).hash.verify('user2password', argon2), false)
})

test('a hash that costs more than a sign-in may is refused before anything is computed', () => {
  const salt = 'c2FsdHNhbHRzYWx0'
  const tag = 'A'.repeat(43)
  for (const text of [
    `pbkdf2_sha256$2000001$salt$${tag}=`,
    `pbkdf2_sha1$999999999$salt$${'A'.repeat(27)}=`,
    `$pbkdf2-sha512$i=1500000$${salt}$${'A'.repeat(171)}=`,
    `$2b$15$${'a'.repeat(53)}`,
    `bcrypt_sha256$$2b$31$${'a'.repeat(53)}`,
    `scrypt$1048576$salt$8$1$${'A'.repeat(86)}==`,
    `$scrypt$ln=30,r=8,p=1$${salt}$${tag}`,
    `$scrypt$ln=14,r=8,p=99$${salt}$${tag}`,
    `firebase$8$31$${'A'.repeat(86)}==$${salt}$${'A'.repeat(86)}==`,
    `$argon2id$v=19$m=1048576,t=2,p=1$${salt}$${tag}`,
    `argon2$argon2id$v=19$m=65536,t=99,p=1$${salt}$${tag}`,
  ]) {
    assert.deepEqual(judgeHash(text), { ok: false, because: 'costly' }, text)
  }
})

test('what is no hash, or one whose algorithm is at fault, is unknown', () => {
  for (const text of [
    '',
    'password',
    '!abc',
    `$2x$10$${'a'.repeat(53)}`,
    `$2b$03$${'a'.repeat(53)}`,
    `$2b$10$${'a'.repeat(52)}`,
    `$1$salt$${'a'.repeat(22)}`,
    'pbkdf2_sha256$0$salt$AAAA',
    `pbkdf2_sha256$1000$$${'A'.repeat(43)}=`,
    `pbkdf2_md5$1000$salt$${'A'.repeat(22)}==`,
    `scrypt$16383$salt$8$1$${'A'.repeat(86)}==`,
    `scrypt$0$salt$8$1$${'A'.repeat(86)}==`,
    'A'.repeat(32),
    `${'a'.repeat(32)} `,
    `firebase$8$14$${'A'.repeat(86)}==$AAAA$${'A'.repeat(43)}=`,
  ]) {
    assert.deepEqual(judgeHash(text), { ok: false, because: 'unknown' }, text)
  }
})

test('hashes that are guessed in no time are marked as such', () => {
  const broken = madeElsewhere.filter(([, , text]) => hashIn(text).isBroken).map(([by]) => by)
  assert.deepEqual([...new Set(broken)].sort(), ['django md5', 'django salted md5', 'django sha1', 'hex md5'])
})
