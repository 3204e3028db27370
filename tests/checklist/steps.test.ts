// Steps towards another password, in any order, by its owner and by whoever would like to be: nothing but the present
// password changes it (class C15; PW-06, SE-09).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { credentialOfUser } from '../../packages/server/src/accounts/credentials/passwords.store.ts'
import { noLimits, password } from '../../packages/server/src/accounts/people.fixture.ts'
import type { Visitor } from '../../packages/server/src/platform/house.ts'
import { openHall, signIn } from '../../packages/server/src/signin/signin.fixture.ts'

type Hall = Awaited<ReturnType<typeof openHall>>

interface Scene {
  readonly hall: Hall
  readonly adaId: string
  /** Ada's own browser, perhaps signed in long ago. */
  readonly hers: Visitor
  /** Eve's, signed in as Eve; she knows everything but Ada's password. */
  readonly eves: Visitor
  readonly strangers: Visitor
  /** What Ada's password is now. */
  present: string
  made: number
}

const wanted = 'another-difference-engine'
const change = (by: Visitor, form: Record<string, string>) =>
  by.submit('/account/password', { new_password: wanted, ...form })

const steps: Record<string, (scene: Scene) => Promise<unknown>> = {
  'time passes': async ({ hall }) => hall.house.runtime.advance(700),
  'Ada opens her page': ({ hers }) => hers.visit('/account'),
  'Ada signs in again': ({ hers, present }) => signIn(hers, { password: present }),
  'Ada leaves her password out': ({ hers }) => change(hers, {}),
  'Ada mistypes her password': ({ hers }) => change(hers, { current_password: 'mistyped-analytical' }),
  'Ada confirms something else with a wrong password': ({ hers }) =>
    hers.submit('/account/sessions/revoke-others', { username: 'ada', password: 'mistyped-analytical' }),
  'Ada changes her password': async (scene) => {
    scene.made += 1
    const next = `${wanted}-${scene.made}`
    const form = { current_password: scene.present, new_password: next }
    if ((await scene.hers.submit('/account/password', form)).status === 303) scene.present = next
  },
  'Eve gives her own password': ({ eves }) => change(eves, { current_password: password }),
  'Eve says that she is Ada': ({ eves, adaId }) =>
    change(eves, { current_password: password, user: adaId, userId: adaId, username: 'ada', sub: adaId }),
  'Eve guesses': ({ strangers }) => signIn(strangers, { password: wanted }),
  'Eve uses Ada’s form token': ({ eves, hers }) => {
    const own = eves.cookies.get('browser') ?? ''
    eves.cookies.set('browser', hers.cookies.get('browser') ?? '')
    return change(eves, {}).finally(() => eves.cookies.set('browser', own))
  },
  'a stranger posts the form': ({ strangers }) => change(strangers, { current_password: '' }),
  'a stranger asks for a confirmation': ({ strangers }) =>
    strangers.submit('/account/sessions/revoke-others', {}),
}

test('C15 (CVE-2026-18963): in every order of steps, only the present password makes way for another', async () => {
  const order = fc.array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 10 })
  let changes = 0
  await fc.assert(
    fc.asyncProperty(order, async (names) => {
      const scene = await setScene()
      for (const name of names) {
        const before = [scene.present, await hashOf(scene)]
        await steps[name]?.(scene)
        const after = [scene.present, await hashOf(scene)]
        assert.equal(before[1] === after[1], before[0] === after[0], name)
        changes += before[0] === after[0] ? 0 : 1
      }
      assert.equal((await signIn(scene.hall.visitor(), { password: scene.present })).status, 303)
      await scene.hall.house.close()
    }),
    { numRuns: 60 },
  )
  assert.ok(changes > 0, 'so that the orders prove something')
})

async function setScene(): Promise<Scene> {
  const hall = await openHall({ limits: noLimits })
  const { id: adaId } = await hall.add({ username: 'ada' })
  await hall.add({ email: 'eve@example.test', name: 'Eve' })
  const [hers, eves, strangers] = [hall.visitor(), hall.visitor(), hall.visitor()]
  await signIn(hers)
  await signIn(eves, { username: 'eve@example.test' })
  await strangers.visit('/sign-in')
  return { hall, adaId, hers, eves, strangers, present: password, made: 0 }
}

async function hashOf({ hall, adaId }: Scene): Promise<string | undefined> {
  return (await credentialOfUser(hall.house.database, adaId))?.password?.sealedHash
}
