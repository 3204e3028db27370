import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtinArgon2 } from './argon2.ts'
import { desCrypt } from './des-crypt.ts'
import { judgeHash } from './hashes.ts'

/** What crypt(3) of glibc made, by Python’s module of that name. */
const made: readonly (readonly [password: string, hash: string])[] = [
  ['', '..X8NBuQ4l6uQ'],
  ['secret', 'abNANd1rDfiNc'],
  ['correct horse', 'zZbwUvsNVJ9FY'],
  ['pässwörd–ｶﾞ ﬁ', 'csRqSNdCQMsS6'],
  [' outer spaces ', 'csiGHH.cDk3cI'],
]

test('a hash of crypt(3) is that of its password', () => {
  for (const [password, hash] of made) {
    assert.equal(desCrypt(password, hash.slice(0, 2)), hash, password)
    assert.notEqual(desCrypt(`x${password}`, hash.slice(0, 2)), hash, password)
  }
})

test('Django’s crypt is taken only where an operator insists, and its password lets in what begins with it, as it did', async () => {
  const tried = async (text: string, password: string) => {
    const judged = judgeHash(text)
    assert.ok(judged.ok && judged.isBroken, text)
    return judged.hash.verify(password, builtinArgon2)
  }
  for (const text of ['crypt$$zZbwUvsNVJ9FY', 'crypt$zZ$zZbwUvsNVJ9FY']) {
    assert.equal(await tried(text, 'correct horse'), true)
    assert.equal(await tried(text, 'correct'), false)
    assert.equal(await tried(text, 'Correct horse'), false)
    assert.equal(await tried(text, 'correct house'), true)
  }
  for (const text of ['crypt$$zZbwUvsNVJ9F', 'crypt$$zZbwUvsNVJ9FY.', 'zZbwUvsNVJ9FY', 'crypt$$$6$salt$hash'])
    assert.equal(judgeHash(text).ok, false, text)
})
