import assert from 'node:assert/strict'
import { test } from 'node:test'
import { onBothEngines } from '../../../../../tests/harness/engines.ts'
import type { House } from '../../platform/house.ts'
import { vaultWith } from '../../platform/keys/vault.ts'
import { rememberDevice } from '../credentials/device.ts'
import { limitPolicies } from '../credentials/limit-policies.ts'
import { putPassword } from '../credentials/passwords.store.ts'
import { noLimits } from '../people.fixture.ts'
import { eraseUser } from '../users/erase.ts'
import { canonicalEmail } from '../users/identifiers.ts'
import { addSomeone } from '../users/someone.fixture.ts'
import type { User } from '../users/users.store.ts'
import { type Armed, arm, totp, wrongCode } from './factors.fixture.ts'
import { recoveryCodesOf, totpOf } from './factors.store.ts'
import { insertTotp, newRecoveryCodes, openTotp, removeTotp } from './factors.ts'
import { type CodeAttempt, type CodeProof, proveCode } from './prove-code.ts'
import { codeAt, stepAt } from './totp.ts'

const request = { peer: '192.0.2.7', cookies: new Map<string, string>(), headers: { get: () => undefined } }
const seed = '12345678901234567890'.repeat(4)

interface Place {
  readonly house: House
  readonly ada: User
  readonly armed: Armed
}

onBothEngines('A code of a second factor', (open, dialect) => {
  const place = async (): Promise<Place> => {
    const house = await open()
    const ada = await addSomeone(house, { email: canonicalEmail('ada@example.test') })
    return { house, ada, armed: await arm(house, ada.id) }
  }
  const tried = (
    { house, ada }: Place,
    code: string,
    limits = noLimits,
    from: CodeAttempt['request'] = request,
  ): Promise<CodeProof> => proveCode(house, { limits, request: from, userId: ada.id, code })
  /** Tries a code and commits what follows: `yes`, or why not. */
  const outcome = async (
    at: Place,
    code: string,
    limits = noLimits,
    from: CodeAttempt['request'] = request,
  ): Promise<string> => {
    const proof = await tried(at, code, limits, from)
    if (!proof.ok) return proof.because
    const committed = await at.house.database.commit(proof.writes)
    return committed.ok ? 'yes' : committed.lost
  }
  /** A browser in which the person has signed in before. */
  const deviceOf = async ({ house, ada }: Place): Promise<typeof request> => {
    const owner = { userId: ada.id, passwordChangedAt: 0 }
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(rememberDevice(house, request, owner)) ?? []
    return { ...request, cookies: new Map([[name, value]]) }
  }
  const failures = async ({ house }: Place): Promise<number> => {
    const rows = await house.database.read(
      `select count(*) as n from events where type = 'second_factor.failed'`,
      [],
    )
    return Number(rows[0]?.['n'])
  }
  const counted = (outcomes: readonly string[]): Record<string, number> =>
    Object.fromEntries(
      [...new Set(outcomes)].sort().map((one) => [one, outcomes.filter((o) => o === one).length]),
    )

  test('MF-01, C13 (CVE-2021-43177): the same code at once from twenty places is good in one', async () => {
    const at = await place()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => outcome(at, at.armed.code())))
    assert.equal(outcomes.filter((one) => one === 'yes').length, 1, JSON.stringify(counted(outcomes)))
    assert.equal(await outcome(at, at.armed.code()), 'refused')
    at.house.runtime.advance(30)
    assert.equal(await outcome(at, at.armed.code()), 'yes')
  })

  test('MF-01: of three codes that are good at once, an older one is not good after a newer one', async () => {
    const at = await place()
    const proofs = await Promise.all([1, 0, -1].map((steps) => tried(at, at.armed.code(steps))))
    const lost: string[] = []
    for (const proof of proofs) {
      assert.ok(proof.ok)
      const committed = await at.house.database.commit(proof.writes)
      lost.push(committed.ok ? 'yes' : committed.lost)
    }
    assert.deepEqual(lost, ['yes', 'factor', 'factor'])
  })

  test('MF-02, C13 (CVE-2025-64102): of a thousand guesses at once five are looked at, and one each minute after that', async () => {
    const at = await place()
    const guess = () => outcome(at, wrongCode(at.armed), limitPolicies)
    // A thousand transactions at once hold up every other test on the same PostgreSQL.
    const guesses = dialect === 'sqlite' ? 1000 : 200
    const outcomes = await Promise.all(Array.from({ length: guesses }, guess))
    assert.deepEqual(counted(outcomes), { limited: guesses - 5, refused: 5 })
    assert.equal(await failures(at), 5)
    assert.equal(await outcome(at, at.armed.code(), limitPolicies), 'limited')
    const recovery = at.armed.recoveryCodes[0] ?? ''
    assert.equal(
      await outcome(at, recovery, limitPolicies),
      'yes',
      'who wastes the tries of one locks out nobody',
    )
    at.house.runtime.advance(60)
    assert.deepEqual([await guess(), await guess()], ['refused', 'limited'])
    at.house.runtime.advance(300)
    assert.equal(await outcome(at, at.armed.code(), limitPolicies), 'yes')
  })

  test('MF-02: whoever goes on guessing at that pace gets no more than a hundred tries a day, known devices included', async () => {
    const at = await place()
    const known = await deviceOf(at)
    let looked = 0
    for (let hour = 0; hour < 24; hour++) {
      for (let i = 0; i < 4; i++) {
        for (const from of [request, known]) {
          if ((await outcome(at, wrongCode(at.armed), limitPolicies, from)) === 'refused') looked += 1
        }
      }
      at.house.runtime.advance(3600)
    }
    assert.ok(looked > 50 && looked <= 100, String(looked))
  })

  test('PW-12, MF-02: a stranger’s tries use up none of a device in which the person has signed in, nor its those of others', async () => {
    const at = await place()
    const known = await Promise.all([deviceOf(at), deviceOf(at)])
    const grace = await addSomeone(at.house)
    const guess = (from = request) => outcome(at, wrongCode(at.armed), limitPolicies, from)
    // The cookie of somebody else’s device is nothing here.
    const strangers = [request, await deviceOf({ ...at, ada: grace }), { ...request, peer: '198.51.100.7' }]
    const guesses = Array.from({ length: 60 }, (_, i) => guess(strangers[i % strangers.length]))
    assert.deepEqual(counted(await Promise.all(guesses)), { limited: 55, refused: 5 })
    assert.equal(await outcome(at, at.armed.code(), limitPolicies), 'limited')
    for (const device of known) {
      assert.equal(await outcome(at, at.armed.code(), limitPolicies, device), 'yes')
      at.house.runtime.advance(30)
    }
    // However many devices are known, they have five together; and none any more after a new password.
    const own = Array.from({ length: 20 }, (_, i) => guess(known[i % 2]))
    assert.deepEqual(counted(await Promise.all(own)), { limited: 15, refused: 5 })
    at.house.runtime.advance(120)
    assert.equal(await guess(), 'refused')
    const { database, runtime } = at.house
    await database.commit([putPassword(database, runtime.now(), at.ada.id, 'sealed')])
    while ((await guess()) === 'refused');
    assert.equal(await outcome(at, at.armed.code(), limitPolicies, known[0]), 'limited')
  })

  test('PW-27: of wrong codes after a first factor, where they never signed in, a person is told: once a day, in races too', async () => {
    const at = await place()
    const letters = async () =>
      (await at.house.letters()).filter(({ subject }) => subject === 'Somebody may know your password').length
    const guess = (from = request) => outcome(at, wrongCode(at.armed), noLimits, from)
    const known = await deviceOf(at)
    for (let i = 0; i < 8; i++) await guess(known)
    assert.equal(await letters(), 0, 'their own slips')
    for (let i = 0; i < 2; i++) await guess()
    assert.equal(await letters(), 0)
    await Promise.all(Array.from({ length: 12 }, () => guess()))
    assert.equal(await letters(), 1)
    at.house.runtime.advance(86_400)
    for (let i = 0; i < 4; i++) await guess()
    assert.equal(await letters(), 2)
  })

  test('MF-03: a recovery code is good once, ten times at once too; a new set voids the old one', async () => {
    const at = await place()
    const [first = '', second = '', third = ''] = at.armed.recoveryCodes
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcome(at, first)))
    assert.equal(outcomes.filter((one) => one === 'yes').length, 1, JSON.stringify(counted(outcomes)))
    assert.equal(await outcome(at, first), 'refused')
    assert.equal(await outcome(at, second.toUpperCase()), 'yes')
    assert.equal((await recoveryCodesOf(at.house.database, at.ada.id))?.digests.length, 8)
    const fresh = newRecoveryCodes(at.house, at.ada.id)
    await at.house.database.commit(fresh.writes)
    assert.equal(await outcome(at, third), 'refused')
    assert.equal(await outcome(at, fresh.codes[0] ?? ''), 'yes')
  })

  test('MF-03: a code that was looked at before the set was replaced is not good after it', async () => {
    const at = await place()
    const proof = await tried(at, at.armed.recoveryCodes[4] ?? '')
    assert.ok(proof.ok)
    await at.house.database.commit(newRecoveryCodes(at.house, at.ada.id).writes)
    assert.deepEqual(await at.house.database.commit(proof.writes), { ok: false, lost: 'factor' })
  })

  test('nobody’s codes are good for somebody else, and none are when the factor is gone', async () => {
    const at = await place()
    const grace = await addSomeone(at.house)
    const other = { ...at, ada: grace }
    const [own = ''] = at.armed.recoveryCodes
    assert.deepEqual(
      [await outcome(other, at.armed.code()), await outcome(other, own)],
      ['refused', 'refused'],
    )
    const held = await tried(at, at.armed.code())
    assert.ok(held.ok)
    await at.house.database.commit(removeTotp(at.house, at.ada.id, 'the person'))
    assert.deepEqual(await at.house.database.commit(held.writes), { ok: false, lost: 'factor' })
    assert.deepEqual([await outcome(at, at.armed.code(1)), await outcome(at, own)], ['refused', 'refused'])
    assert.equal(await recoveryCodesOf(at.house.database, at.ada.id), null)
  })

  test('a person has one authenticator application: of two set up at once one is kept', async () => {
    const at = await place()
    const grace = await addSomeone(at.house)
    const set = () => at.house.database.commit(insertTotp(at.house, grace.id, totp))
    const committed = await Promise.all([set(), set(), set()])
    assert.deepEqual(committed.map(({ ok }) => ok).sort(), [false, false, true])
  })

  test('one that was brought from elsewhere works as it is: hash, digits and period', async () => {
    const at = await place()
    const grace = await addSomeone(at.house)
    const shape = {
      algorithm: 'SHA-512',
      digits: 8,
      period: 60,
      secret: Buffer.from(seed).subarray(0, 64),
    } as const
    await at.house.database.commit(insertTotp(at.house, grace.id, shape))
    const code = codeAt(shape, stepAt(shape, at.house.runtime.now()))
    assert.equal(code.length, 8)
    assert.equal(await outcome({ ...at, ada: grace }, code.slice(2)), 'refused')
    assert.equal(await outcome({ ...at, ada: grace }, code), 'yes')
  })

  test('SC-04: secrets lie under a seal that only their own row opens, are sealed anew, and codes by digest alone', async () => {
    const at = await place()
    const { house, ada } = at
    const stored = await totpOf(house.database, ada.id)
    assert.ok(stored !== null)
    assert.deepEqual(Buffer.from(openTotp(house, stored).secret), Buffer.from(totp.secret))
    assert.throws(() => openTotp(house, { ...stored, userId: 'usr_other' }))
    assert.throws(() => openTotp(house, { ...stored, id: 'fct_other' }))
    const rows = JSON.stringify([
      await house.database.read('select * from totp_factors', []),
      await house.database.read('select * from recovery_codes', []),
      await house.database.read('select * from events', []),
    ])
    const plain = [
      totp.secret,
      ...at.armed.recoveryCodes,
      ...at.armed.recoveryCodes.map((code) => code.replaceAll('-', '')),
    ]
    for (const secret of plain) assert.ok(!rows.includes(String(secret)), 'a secret stands in a row')
    const vault = vaultWith(
      ['a newer secret of this test house, also long', 'a secret of this test house, long enough'],
      house.runtime,
    )
    const newer = { ...at, house: { ...house, vault } }
    assert.equal(await outcome(newer, at.armed.code()), 'yes')
    const again = await totpOf(house.database, ada.id)
    assert.ok(again !== null && !vault.isStale(again.sealedSecret))
  })

  test('what somebody had goes with them', async () => {
    const at = await place()
    await at.house.database.commit(eraseUser(at.house, at.ada.id))
    assert.equal(await totpOf(at.house.database, at.ada.id), null)
    assert.equal(await recoveryCodesOf(at.house.database, at.ada.id), null)
  })

  test('PW-27: who used a recovery code is told, and how many are left', async () => {
    const at = await place()
    assert.equal(await outcome(at, at.armed.recoveryCodes[3] ?? ''), 'yes')
    const [letter] = await at.house.letters()
    assert.equal(letter?.to, 'ada@example.test')
    assert.match(letter?.text ?? '', /recovery code/)
    assert.match(letter?.text ?? '', /9|nine/i)
  })
})
