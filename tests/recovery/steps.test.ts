// Steps towards another password or another address by letter, in any order, by the owner and by whoever would like to
// be: nothing comes true without the secret that was mailed for exactly that (class C15; PW-20, PW-23, PW-28).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { credentialOfUser } from '../../packages/server/src/accounts/credentials/passwords.store.ts'
import { noLimits, password } from '../../packages/server/src/accounts/people.fixture.ts'
import { userById } from '../../packages/server/src/accounts/users/users.store.ts'
import type { House, Visitor } from '../../packages/server/src/platform/house.ts'
import { type Hall, openHall, signIn } from '../../packages/server/src/signin/signin.fixture.ts'

interface Scene {
  readonly hall: Hall
  readonly adaId: string
  /** Ada's own browser, signed in long ago; she alone reads her mail. */
  readonly hers: Visitor
  /** Eve's, signed in as Eve; she knows everything but Ada's password and mail, and has a mailbox of her own. */
  readonly eves: Visitor
  readonly stranger: Visitor
  /** What Ada's password is now. */
  present: string
  made: number
}

const wanted = 'another-difference-engine'
const [ada, adas, eve] = ['ada@example.test', 'ada.lovelace@example.test', 'eve@example.test']

/** Secrets in the letters to some mailboxes, for one page or for any. */
async function secretsIn(house: House, boxes: readonly string[], page = ''): Promise<string[]> {
  const letters = (await house.letters()).filter(({ to }) => boxes.includes(to))
  return letters.flatMap(({ text }) => {
    const [, at = '', secret = ''] = /https?:\/\/[^/\s]+(\S*)\?secret=(\S+)/.exec(text) ?? []
    return secret !== '' && at.startsWith(page) ? [secret] : []
  })
}

const reset = async (by: Visitor, secret: string, newPassword: string, more = {}) => {
  await by.visit('/forgot-password')
  await by.visit(`/reset-password?secret=${encodeURIComponent(secret)}`)
  return by.submit('/reset-password', { secret, new_password: newPassword, ...more })
}
const forget = async (by: Visitor, username: string) => {
  await by.visit('/forgot-password')
  return by.submit('/forgot-password', { username })
}
const useAll = async (by: Visitor, secrets: readonly string[], scene: Scene) => {
  for (const secret of secrets) {
    await reset(by, secret, `${wanted}-of-eve`, { username: ada, user: scene.adaId, email: ada })
    await by.submit('/account/email/confirm', { secret, user: scene.adaId })
    await by.submit('/sign-up/confirm', { secret, password: wanted })
  }
}

const steps: Record<string, (scene: Scene) => Promise<unknown>> = {
  'time passes': async ({ hall }) => hall.house.runtime.advance(700),
  'Ada asks for a letter': ({ hers }) => forget(hers, ada),
  'Eve asks for a letter to Ada': ({ eves }) => forget(eves, 'ada'),
  'Eve asks for a letter to herself': ({ eves }) => forget(eves, eve),
  'Ada looks at her newest link': async ({ hall, hers }) => {
    const secret = (await secretsIn(hall.house, [ada])).at(-1)
    return hers.visit(`/reset-password?secret=${secret ?? ''}`)
  },
  'Ada follows her newest link': async (scene) => {
    const secret = (await secretsIn(scene.hall.house, [ada], '/reset-password')).at(-1)
    scene.made += 1
    const next = `${wanted}-${scene.made}`
    if (secret !== undefined && (await reset(scene.hers, secret, next)).status === 303) scene.present = next
  },
  'Ada follows an old link': async (scene) => {
    const old = (await secretsIn(scene.hall.house, [ada], '/reset-password')).slice(0, -1)
    for (const secret of old) assert.equal((await reset(scene.hers, secret, `${wanted}-old`)).status, 410)
  },
  'Ada signs in': async ({ hers, present }) => signIn(hers, { password: present }),
  'Ada asks for another address': async ({ hers }) => {
    await hers.visit('/account')
    return hers.submit('/account/email', { email: adas })
  },
  'Eve wants Ada’s address': async ({ eves }) => {
    await eves.visit('/account')
    return eves.submit('/account/email', { email: ada })
  },
  'Eve signs up with Ada’s address': async ({ stranger }) => {
    await stranger.visit('/sign-up')
    return stranger.submit('/sign-up', { name: 'Ada', email: ada, password: wanted })
  },
  'Eve uses every secret of hers for everything': async (scene) =>
    useAll(scene.eves, await secretsIn(scene.hall.house, [eve]), scene),
  'a stranger uses every secret that was mailed for something else': async (scene) => {
    const { house } = scene.hall
    const own = await secretsIn(house, [ada], '/reset-password')
    const all = await secretsIn(house, [ada, adas, eve])
    return useAll(
      scene.stranger,
      all.filter((secret) => !own.includes(secret)),
      scene,
    )
  },
  'a stranger leaves the secret out': ({ stranger }) => reset(stranger, '', wanted),
  'a stranger makes a secret up': ({ stranger }) => reset(stranger, `csmp_${'A'.repeat(49)}`, wanted),
  'a stranger puts Ada’s name for it': ({ stranger, adaId }) =>
    reset(stranger, adaId, wanted, { user: adaId, username: ada }),
  'a stranger repeats the form of the first page': ({ stranger }) =>
    stranger.submit('/reset-password', { username: ada, new_password: wanted }),
}

test('PW-23, C15 (CVE-2026-18963): in every order of steps, only the letter’s own secret sets a password, once', async () => {
  const order = fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 2, maxLength: 10 })
  let changes = 0
  await fc.assert(
    fc.asyncProperty(order, async (names) => {
      const scene = await setScene()
      for (const name of names) {
        const before = [scene.present, await hashOf(scene)]
        scene.hall.house.runtime.advance(1)
        await steps[name]?.(scene)
        const after = [scene.present, await hashOf(scene)]
        assert.equal(before[1] === after[1], before[0] === after[0], name)
        changes += before[0] === after[0] ? 0 : 1
        assert.deepEqual(await addressesOf(scene), [ada, true], name)
      }
      assert.equal((await signIn(scene.hall.visitor(), { password: scene.present })).status, 303)
      await scene.hall.house.close()
    }),
    {
      numRuns: 60,
      examples: [
        [['Ada asks for a letter', 'Ada follows her newest link', 'Ada follows her newest link']],
        [
          [
            'Eve asks for a letter to Ada',
            'Eve asks for a letter to herself',
            'Eve uses every secret of hers for everything',
          ],
        ],
        [
          [
            'Ada signs in',
            'Ada asks for another address',
            'a stranger uses every secret that was mailed for something else',
          ],
        ],
      ],
    },
  )
  assert.ok(changes > 0, 'so that the orders prove something')
})

async function setScene(): Promise<Scene> {
  const hall = await openHall({ limits: noLimits })
  const { id: adaId } = await hall.add({ username: 'ada' })
  await hall.add({ email: eve, name: 'Eve' })
  const [hers, eves, stranger] = [hall.visitor(), hall.visitor(), hall.visitor()]
  await signIn(hers)
  await signIn(eves, { username: eve })
  await stranger.visit('/sign-in')
  return { hall, adaId, hers, eves, stranger, present: password, made: 0 }
}

async function hashOf({ hall, adaId }: Scene): Promise<string | undefined> {
  return (await credentialOfUser(hall.house.database, adaId))?.password?.sealedHash
}

async function addressesOf({ hall, adaId }: Scene): Promise<unknown[]> {
  const user = await userById(hall.house.database, adaId)
  return [user?.email, user?.emailVerified]
}
