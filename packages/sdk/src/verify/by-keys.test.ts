import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { importJwkSet, publicJwk, type SigningKey, signToken, verifyTokenAsync } from '@countersign/protocol'
import { newSigningKey } from '../testing/test-keys.ts'
import { verifyByKeys } from './by-keys.ts'
import { keptKeys } from './kept-keys.ts'

const pace = { coolDown: 30, retryWithoutKeys: 2, patienceMs: 1000, longestStale: 86_400 }
const [first, second, stranger] = await Promise.all([newSigningKey(), newSigningKey(), newSigningKey()])

/** Keys that somebody publishes, and a clock. */
function publisher() {
  const world = { keys: [first] as readonly SigningKey[], isUp: true, asked: 0, now: 1_800_000_000 }
  const source = keptKeys(async () => {
    world.asked += 1
    if (!world.isUp) return { ok: false, detail: 'down' }
    const set = { keys: world.keys.map((key) => publicJwk(key)) }
    return { ok: true, keys: importJwkSet(set), text: JSON.stringify(set), lifetime: 3600 }
  }, pace)
  const take = async (by: SigningKey) => {
    const iat = world.now
    const claims = { iss: 'i', aud: 'a', iat, exp: iat + 60, jti: 'j', message: 1 }
    const token = signToken('partnerMessage', claims, by)
    const outcome = await verifyByKeys(
      source,
      () => world.now,
      (find) =>
        verifyTokenAsync('partnerMessage', token, { keys: find, issuer: 'i', audience: 'a', now: world.now }),
    )
    return outcome.ok ? 'taken' : outcome.because
  }
  return { world, take }
}

test('keys that are at hand are not asked for again while they are fresh', async () => {
  const { world, take } = publisher()
  const taken: string[] = []
  for (let minute = 0; minute < 30; minute += 1) {
    taken.push(await take(first))
    world.now += 60
  }
  deepEqual([...new Set(taken)], ['taken'])
  equal(world.asked, 1)
})

test('what a newer key has signed is taken once the newer keys are read', async () => {
  const { world, take } = publisher()
  equal(await take(first), 'taken')
  world.keys = [first, second]
  world.now += pace.coolDown
  equal(await take(second), 'taken')
})

test('a key that nobody publishes is refused, and asked for once in its time', async () => {
  const { world, take } = publisher()
  equal(await take(first), 'taken')
  world.now += pace.coolDown
  deepEqual(await Promise.all([take(stranger), take(stranger), take(stranger)]), [
    'refused',
    'refused',
    'refused',
  ])
  equal(world.asked, 2)
})

test('while keys can’t be had nobody is refused for an unknown one, and who is known is taken', async () => {
  const { world, take } = publisher()
  world.isUp = false
  equal(await take(first), 'unavailable')
  world.isUp = true
  world.now += pace.coolDown
  equal(await take(first), 'taken')
  world.isUp = false
  world.now += pace.coolDown
  equal(await take(second), 'unavailable')
  equal(await take(first), 'taken')
})
