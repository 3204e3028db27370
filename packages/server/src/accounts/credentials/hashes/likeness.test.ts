import assert from 'node:assert/strict'
import { test } from 'node:test'
import { builtinArgon2 } from './argon2.ts'
import { judgeHash, readHash } from './hashes.ts'
import { likenessOf } from './likeness.ts'
import { madeElsewhere } from './made-elsewhere.fixture.ts'

test('PW-09: a likeness of a hash is as much work, holds nothing of it, and is nobody’s', async () => {
  const kinds = new Map<string, string>()
  for (const [by, password, hash] of madeElsewhere) {
    const judged = judgeHash(hash)
    assert.ok(judged.ok, by)
    const likeness = likenessOf(hash)
    assert.equal(likeness === null, judged.isBroken, by)
    if (likeness === null) continue
    // What tells the cost stays; salts and results, the long parts, do not.
    for (const part of hash
      .split('$')
      .filter((one) => one.length > 15 && !one.includes('=') && !/,/.test(one)))
      assert.ok(!likeness.includes(part), `${by}: ${part}`)
    assert.equal(likenessOf(likeness), likeness, by)
    const known = kinds.get(by)
    assert.ok(known === undefined || known === likeness, `${by} is one kind`)
    kinds.set(by, likeness)
    if (known === undefined) assert.equal(await readHash(likeness).verify(password, builtinArgon2), false, by)
  }
  assert.ok(kinds.size > 8)
})
