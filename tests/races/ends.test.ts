// What ends on one process has ended on every other one by the very next request; and what begins in the same moment in
// which its ground ends must not live.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ownTime } from '../harness/own-time.ts'
import type { Person } from '../harness/person.ts'
import { basic, callback, credentials, type Inhabitant, vault } from '../harness/population.ts'
import {
  admitted,
  browserAt,
  codeFor,
  get,
  introspect,
  post,
  redeem,
  refresh,
  revoke,
  signIn,
  type Tokens,
  tokensFor,
  tokensOf,
  userinfo,
} from '../harness/wire.ts'
import { type Fleet, onBothEngines, openFleet } from './fleet.ts'

const doomedSecret = 'doomed-secret-0123456789-0123456789-01'
const doomed = {
  id: 'doomed',
  name: 'Doomed',
  secret: doomedSecret,
  redirectUris: [callback],
  scopes: ['openid', 'offline_access'],
}

onBothEngines('two processes', (engine) => {
  let fleet: Fleet
  before(async () => {
    fleet = await openFleet({ engine, processes: 2, people: 8, clients: [doomed] })
  })
  after(() => fleet[Symbol.asyncDispose]())

  const inhabitant = (at: number): Inhabitant => fleet.people[at] ?? { id: '', username: '', password: '' }
  const cookieOf = (person: Person): string =>
    [...person.cookies.values()].flatMap((jar) => [...jar].map((pair) => pair.join('='))).join('; ')

  /** What still works, of all that a session gives, on every process. */
  async function living(cookie: string, tokens: Tokens, client: string = credentials.web): Promise<string[]> {
    const found: string[] = []
    for (const at of [1, 0]) {
      const origin = fleet.origin(at)
      const note = (name: string, lives: boolean) => lives && found.push(`${name} on ${at}`)
      note('session', (await get(`${origin}/account`, { cookie })).status === 200)
      note('access token', (await introspect(origin, tokens.access, client)).json['active'] !== false)
      note('userinfo', (await userinfo(origin, tokens.access)).status !== 401)
      note('refresh token', (await introspect(origin, tokens.refresh, client)).json['active'] !== false)
    }
    for (const at of [1, 0]) {
      const { status } = await refresh(fleet.origin(at), tokens.refresh, client)
      if (status !== 400) found.push(`refresh on ${at}: ${status}`)
    }
    return found
  }

  const everything = ['session', 'access token', 'userinfo', 'refresh token'].flatMap((name) => [
    `${name} on 1`,
    `${name} on 0`,
  ])

  test('what begins on one process is known to the other at once', async () => {
    const person = await fleet.signedIn(inhabitant(0))
    const tokens = await tokensFor(fleet.origin(0), person)
    const found = await living(cookieOf(person), tokens)
    deepEqual(found.filter((name) => !name.startsWith('refresh on')).sort(), everything.sort())
  })

  test('signing out on one process ends session and tokens on the other [SE-04 RT-09 C10]', async () => {
    const person = await fleet.signedIn(inhabitant(0))
    const tokens = await tokensFor(fleet.origin(1), person)
    const cookie = cookieOf(person)
    const page = await person.open(`${fleet.origin(0)}/sign-out`)
    equal((await person.submit(page, {})).status, 200)
    deepEqual(await living(cookie, tokens), [])
  })

  test('disabling a user from a command line ends everything on every process [SE-06 RT-09 C10]', async () => {
    const somebody = inhabitant(1)
    const person = await fleet.signedIn(somebody)
    const tokens = await tokensFor(fleet.origin(1), person)
    const ticket = await codeFor(fleet.origin(1), person)
    ok(ticket)
    await fleet.installation.countersign('user', 'disable', somebody.username)
    deepEqual(await living(cookieOf(person), tokens), [])
    equal((await redeem(fleet.origin(1), ticket)).status, 400)
    const seen = await signIn(fleet.origin(1), browserAt('10.3.0.1'), somebody)
    equal(seen.url.pathname, '/sign-in')
    await fleet.installation.countersign('user', 'enable', somebody.username)
    deepEqual(await living(cookieOf(person), tokens), [], 'nothing comes back to life')
  })

  test('deleting a client ends its tokens and codes on every process [RT-09 C10]', async () => {
    const person = await fleet.signedIn(inhabitant(2))
    const client = basic(doomed.id, doomedSecret)
    const ask = { client_id: doomed.id }
    const first = await codeFor(fleet.origin(0), person, ask)
    const second = await codeFor(fleet.origin(0), person, ask)
    ok(first && second)
    const tokens = tokensOf(await redeem(fleet.origin(1), first, client))
    await fleet.installation.countersign('client', 'delete', doomed.id)
    for (const at of [1, 0]) {
      const origin = fleet.origin(at)
      // A process may know a client for a second longer; nothing that the client holds is good for anything.
      ok((await refresh(origin, tokens.refresh, client)).status >= 400)
      ok((await redeem(origin, second, client)).status >= 400)
      equal((await userinfo(origin, tokens.access)).status, 401)
      ok((await introspect(origin, tokens.access, client)).json['active'] !== true)
    }
    using time = ownTime()
    for (const at of [1, 0]) {
      const knowsTheClient = async () =>
        (await introspect(fleet.origin(at), tokens.access, client)).status !== 401
      // What counts is when it is asked: the answer may be long on its way.
      let asked = time.ms()
      while (await knowsTheClient()) {
        ok(asked < 2000, 'a deleted client is known for more than a second')
        asked = time.ms()
      }
    }
  })

  test('an API key that is revoked by a command or by its machine is dead on every process [C10]', async () => {
    const active = (key: string) =>
      Promise.all(
        [1, 0].map(async (at) => {
          const { json } = await introspect(fleet.origin(at), key, credentials.guard)
          return json['active']
        }),
      )
    const made = (...name: string[]) =>
      fleet.installation.countersign(
        ...['key', 'create', ...name, '--client', 'machine', '--api', vault, '--scope', 'vault:read'],
      )
    const [first, second] = await Promise.all([made('First'), made('Second')])
    const [one, other] = [String(first['key']), String(second['key'])]
    deepEqual(
      [await active(one), await active(other)],
      [
        [true, true],
        [true, true],
      ],
    )
    await fleet.installation.countersign('key', 'revoke', String(first['id']))
    equal((await revoke(fleet.origin(0), other, credentials.machine)).status, 200)
    deepEqual(
      [await active(one), await active(other)],
      [
        [false, false],
        [false, false],
      ],
    )
  })

  test('withdrawing consent on one process ends its tokens and codes on the other [RT-09 C10]', async () => {
    const person = await fleet.signedIn(inhabitant(3))
    const tokens = await tokensFor(fleet.origin(1), person)
    const ticket = await codeFor(fleet.origin(1), person)
    ok(ticket)
    await withdraw(person, fleet.origin(0))
    deepEqual(
      (await living(cookieOf(person), tokens)).filter((name) => !name.startsWith('session')),
      [],
    )
    equal((await redeem(fleet.origin(1), ticket)).status, 400)
  })

  async function withdraw(person: Person, origin: string): Promise<void> {
    const page = await person.open(`${origin}/account`)
    const seen = await person.submit(page, { client: 'web' })
    equal(seen.url.searchParams.get('done'), 'app-removed')
  }

  test('tokens revoked on one process are dead on the other [RT-12 C10]', async () => {
    const person = await fleet.signedIn(inhabitant(0))
    const tokens = await tokensFor(fleet.origin(0), person)
    equal((await revoke(fleet.origin(0), tokens.access)).status, 200)
    equal((await userinfo(fleet.origin(1), tokens.access)).status, 401)
    equal(
      (await introspect(fleet.origin(1), tokens.refresh)).json['active'],
      true,
      'an access token goes alone',
    )
    equal((await revoke(fleet.origin(0), tokens.refresh)).status, 200)
    equal((await introspect(fleet.origin(1), tokens.refresh)).json['active'], false)
    const form = { grant_type: 'client_credentials', scope: 'vault:read' }
    const own = await post(`${fleet.origin(0)}/oauth/token`, form, credentials.machine)
    const opaque = String(own.json['access_token'])
    equal((await introspect(fleet.origin(1), opaque, credentials.guard)).json['active'], true)
    equal((await revoke(fleet.origin(0), opaque, credentials.machine)).status, 200)
    equal((await introspect(fleet.origin(1), opaque, credentials.guard)).json['active'], false)
  })

  test('codes that are redeemed while consent is withdrawn lead to nothing that lives [RT-09 C10]', async () => {
    const person = await fleet.signedIn(inhabitant(4))
    for (let round = 0; round < 4; round++) {
      const tickets = await Promise.all(
        Array.from({ length: 8 }, (_, at) => codeFor(fleet.origin(at), person)),
      )
      const redeeming = Promise.all(tickets.map((ticket, at) => ticket && redeem(fleet.origin(at), ticket)))
      const [answers] = await Promise.all([redeeming, withdraw(person, fleet.origin(round))])
      for (const [at, answer] of answers.entries()) {
        if (answer?.status !== 200) continue
        const { status } = await refresh(fleet.origin(at), tokensOf(answer).refresh)
        equal(status, 400, 'a family outlived the consent that it stands on')
      }
    }
  })

  test('whoever signs in with the old password while it is changed has no session afterwards [SE-07 C10 C19]', async () => {
    const somebody = inhabitant(5)
    let password = somebody.password
    for (let round = 0; round < 3; round++) {
      const owner = await fleet.signedIn({ ...somebody, password })
      const next = `another-quiet-harbour-${round}`
      const thieves = Array.from({ length: 4 }, (_, at) => browserAt(`10.4.${round}.${at}`))
      const breakingIn = thieves.map((thief, at) =>
        signIn(fleet.origin(at), thief, { ...somebody, password }),
      )
      const change = { current_password: password, new_password: next }
      const changing = admitted(async () =>
        owner.submit(await owner.open(`${fleet.origin(0)}/account`), change),
      )
      const [changed] = await Promise.all([changing, ...breakingIn])
      equal(changed.url.searchParams.get('done'), 'password-changed', changed.html)
      for (const [at, thief] of thieves.entries()) {
        const { url } = await thief.open(`${fleet.origin(at)}/account`)
        equal(url.pathname, '/sign-in', 'a session of the old password lives')
      }
      password = next
    }
  })
})
