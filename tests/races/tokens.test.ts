// What may be used once is presented to several processes in the same moment.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { brokenInPostgres, brokenInSqlite } from '../faults/invariants.ts'
import type { Person } from '../harness/person.ts'
import { assertion } from '../harness/population.ts'
import { codeFor, introspect, post, redeem, refresh, tokensFor, tokensOf, userinfo } from '../harness/wire.ts'
import { type Fleet, onBothEngines, openFleet, tally } from './fleet.ts'

onBothEngines('three processes', (engine) => {
  let fleet: Fleet
  let person: Person
  before(async () => {
    fleet = await openFleet({ engine, processes: 3, people: 1 })
    const [somebody] = fleet.people
    if (somebody) person = await fleet.signedIn(somebody)
  })
  after(() => fleet[Symbol.asyncDispose]())

  /** Does the same thing `times` over at once, everywhere. */
  const everywhere = <T>(times: number, deed: (origin: string, at: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: times }, (_, at) => deed(fleet.origin(at), at)))

  test('of 100 who redeem one code at once, one gets tokens, and loses them for the others [TK-02 TK-04 C7 GHSA-7w99-5wm4-3g79]', async () => {
    const ticket = await codeFor(fleet.origin(0), person)
    ok(ticket)
    const answers = await everywhere(100, (origin) => redeem(origin, ticket))
    const counts = tally(answers.map(({ status }) => status))
    equal(counts.get(200), 1)
    equal(counts.get(400), 99)
    const won = answers.find(({ status }) => status === 200)
    ok(won)
    const tokens = tokensOf(won)
    const losers = answers.filter((answer) => answer !== won).map(({ json }) => json['error'])
    deepEqual([...new Set(losers)], ['invalid_grant'])
    for (const at of [0, 1, 2]) {
      equal((await introspect(fleet.origin(at), tokens.access)).json['active'], false)
      equal((await userinfo(fleet.origin(at), tokens.access)).status, 401)
      equal((await refresh(fleet.origin(at), tokens.refresh)).status, 400)
    }
  })

  test('50 refreshes of one token at once all get the same successor, and it is the only one [RT-03 C9 F19 GHSA-392p-2q2v-4372]', async () => {
    const { refresh: token } = await tokensFor(fleet.origin(0), person)
    const answers = await everywhere(50, (origin) => refresh(origin, token))
    deepEqual([...new Set(answers.map(({ status }) => status))], [200])
    const successors = new Set(answers.map((answer) => tokensOf(answer).refresh))
    equal(successors.size, 1)
    const [successor = ''] = successors
    equal((await introspect(fleet.origin(1), successor)).json['active'], true)
    equal((await introspect(fleet.origin(2), token)).json['active'], false)
  })

  test('a family that everybody refreshes at once, round after round, stays one line [C9 F19]', async () => {
    let { refresh: token } = await tokensFor(fleet.origin(0), person)
    for (let round = 0; round < 8; round++) {
      const answers = await everywhere(9, (origin) => refresh(origin, token))
      const successors = new Set(answers.map((answer) => tokensOf(answer).refresh))
      equal(successors.size, 1)
      token = [...successors][0] ?? ''
    }
    equal((await refresh(fleet.origin(0), token)).status, 200)
  })

  test('a thief and the owner at once: the family is a line or dead, never two [RT-04 RT-05 F21]', async () => {
    const { refresh: first } = await tokensFor(fleet.origin(0), person)
    const second = tokensOf(await refresh(fleet.origin(0), first)).refresh
    const third = tokensOf(await refresh(fleet.origin(1), second)).refresh
    // The first is two generations old: whoever shows it has a copy.
    const answers = await everywhere(30, (origin, at) => refresh(origin, at % 2 === 0 ? third : first))
    const thief = answers.filter((_, at) => at % 2 === 1)
    deepEqual([...new Set(thief.map(({ status }) => status))], [400])
    const kept = new Set(
      answers.filter(({ status }) => status === 200).map((answer) => tokensOf(answer).refresh),
    )
    ok(kept.size <= 1)
    for (const token of [...kept, third]) equal((await refresh(fleet.origin(2), token)).status, 400)
  })

  test('of 40 who show one client assertion at once, one is the client [TK-14 C11 CVE-2020-5300]', async () => {
    const form = {
      grant_type: 'client_credentials',
      scope: 'accounts:read',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion(),
    }
    const answers = await everywhere(40, (origin, at) =>
      post(`${origin}/oauth/token`, form, undefined, { 'x-forwarded-for': `10.2.0.${at}` }),
    )
    const counts = tally(answers.map(({ status }) => status))
    equal(counts.get(200), 1)
    equal(counts.get(401), 39)
  })

  test('the tables tell no other story', async () => {
    const { file, databaseUrl } = fleet.installation
    if (engine === 'sqlite') await Promise.all(fleet.servers.map((server) => server.stop()))
    deepEqual(await (engine === 'sqlite' ? brokenInSqlite(file) : brokenInPostgres(databaseUrl)), [])
  })
})
