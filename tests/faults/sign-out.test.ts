// Telling clients that a session has ended, when the process that should do it dies, and when there are several.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { stateServedAs } from '../../packages/server/src/app/served-as.store.ts'
import {
  openReceiver,
  type Receiver,
  status,
} from '../../packages/server/src/oauth/sign-out/sign-out.fixture.ts'
import type { Platform } from '../../packages/server/src/platform/platform.ts'
import { type Engine, type Installation, openInstallation } from '../harness/installation.ts'
import { type Inhabitant, populate } from '../harness/population.ts'
import { eventually } from '../harness/relying-party.ts'
import { browserAt, signIn, tokensFor } from '../harness/wire.ts'
import { onBothEngines } from '../races/fleet.ts'

interface Scene extends AsyncDisposable {
  readonly installation: Installation
  readonly receiver: Receiver
  readonly people: readonly Inhabitant[]
}

/** An installation whose client `web` listens. */
async function open(engine: Engine): Promise<Scene> {
  const installation = await openInstallation({ engine })
  const receiver = await openReceiver()
  const people = await populate(installation, 3)
  await installation.within(async ({ database }) => {
    const signOut = JSON.stringify({
      backChannel: { uri: receiver.uri, sessionRequired: true },
      frontChannel: null,
    })
    const sql = `update clients set sign_out = '${signOut}' where id = 'web'`
    await database.commit([{ sql, parameters: [], exactlyOne: 'client' }])
    // A development server takes no database with people whom it did not put there.
    await stateServedAs(database, 'development')
  })
  return {
    installation,
    receiver,
    people,
    [Symbol.asyncDispose]: async () => {
      await receiver.close()
      await installation[Symbol.asyncDispose]()
    },
  }
}

/** A local receiver is for development alone, and the clock is moved past the pause before the next attempt. */
const development = { development: true, env: { COUNTERSIGN_CLOCK: 'test' } } as const

async function signInAndOut(origin: string, somebody: Inhabitant | undefined, at: string): Promise<void> {
  ok(somebody)
  const person = browserAt(at)
  await signIn(origin, person, somebody)
  await tokensFor(origin, person)
  const page = await person.open(`${origin}/sign-out`)
  equal((await person.submit(page, {})).status, 200)
}

const deliveredIn = ({ database }: Platform): Promise<unknown[]> =>
  database.read("select id from events where type = 'sign_out.delivered'", [])

const delivered = (installation: Installation): Promise<unknown[]> => installation.within(deliveredIn)

/** Waits until so many messages were delivered. */
const untilDelivered = (installation: Installation, count: number): Promise<void> =>
  installation.within((platform) =>
    eventually(async () => (await deliveredIn(platform)).length === count, `${count} messages`),
  )

const sidsOf = ({ heard }: Receiver): string[] =>
  heard.map((token) => {
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    return String((JSON.parse(claims) as { sid: string }).sid)
  })

onBothEngines('sign-out everywhere', (engine) => {
  test('a process that is killed while it tells a client leaves that to the next [F01]', async () => {
    await using scene = await open(engine)
    const { installation, receiver, people } = scene
    receiver.behave(() => {})
    const first = await installation.start(development)
    await signInAndOut(first.origin, people[0], '203.0.113.1')
    await eventually(() => receiver.heard.length === 1, 'an attempt')
    await first.child.kill('SIGKILL')
    deepEqual(await delivered(installation), [])
    receiver.behave(status(200))
    const second = await installation.start(development)
    const body = JSON.stringify({ advance: 15 })
    const headers = { 'content-type': 'application/json' }
    equal((await fetch(`${second.origin}/dev/clock`, { method: 'POST', headers, body })).status, 200)
    await untilDelivered(installation, 1)
    deepEqual(new Set(sidsOf(receiver)).size, 1)
    equal(receiver.heard.length, 2)
    await second.stop()
  })

  test('a process that is killed as soon as it has answered leaves nobody untold [F01]', async () => {
    await using scene = await open(engine)
    const { installation, receiver, people } = scene
    receiver.behave(status(503))
    const first = await installation.start(development)
    await signInAndOut(first.origin, people[0], '203.0.113.1')
    await first.child.kill('SIGKILL')
    receiver.behave(status(200))
    const second = await installation.start(development)
    const body = JSON.stringify({ advance: 15 })
    const headers = { 'content-type': 'application/json' }
    await fetch(`${second.origin}/dev/clock`, { method: 'POST', headers, body })
    await untilDelivered(installation, 1)
    // What the first one sent with its last breath may be heard after its end.
    equal(new Set(sidsOf(receiver)).size, 1)
    await second.stop()
  })

  test('several processes tell a client once, and one that is asked to leave finishes what it began', async () => {
    await using scene = await open(engine)
    const { installation, receiver, people } = scene
    const one = await installation.start(development)
    const others = [await installation.start(development), await installation.start(development)]
    for (const [index, somebody] of people.entries())
      await signInAndOut(one.origin, somebody, `203.0.113.${index}`)
    await untilDelivered(installation, people.length)
    receiver.behave((response) => void setTimeout(() => response.writeHead(200).end(), 300))
    await signInAndOut(one.origin, people[0], '203.0.113.9')
    await Promise.all([one, ...others].map((process) => process.stop()))
    equal((await delivered(installation)).length, people.length + 1)
    const sids = sidsOf(receiver)
    deepEqual([sids.length, new Set(sids).size], [people.length + 1, people.length + 1])
  })
})
