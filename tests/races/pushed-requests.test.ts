// The name of one pushed request, brought to several processes in the same moment.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Person } from '../harness/person.ts'
import { credentials } from '../harness/population.ts'
import { authorizeAddress, codeFor, get, newVerifier, post, redeem, userinfo } from '../harness/wire.ts'
import { type Fleet, onBothEngines, openFleet, tally } from './fleet.ts'

onBothEngines('pushed requests at three processes', (engine) => {
  let fleet: Fleet
  let people: readonly Person[]
  before(async () => {
    fleet = await openFleet({ engine, processes: 3, people: 3 })
    people = await Promise.all(fleet.people.map((somebody) => fleet.signedIn(somebody)))
    // Allowed once, nothing is asked any more.
    for (const person of people) ok(await codeFor(fleet.origin(0), person))
  })
  after(() => fleet[Symbol.asyncDispose]())

  /** @returns the path and query that a browser is sent to, and the verifier of its code */
  async function pushed() {
    const verifier = newVerifier()
    const form = Object.fromEntries(new URL(authorizeAddress(fleet.origin(0), verifier)).searchParams)
    const { status, json, text } = await post(`${fleet.origin(1)}/oauth/par`, form, credentials.web)
    equal(status, 201, text)
    const query = new URLSearchParams({ client_id: 'web', request_uri: String(json['request_uri']) })
    return { path: `/oauth/authorize?${query}`, verifier }
  }

  /** What each visit comes to: a code, or null. */
  const codesOf = async (path: string, visitors: readonly Person[]) =>
    Promise.all(
      visitors.map(async (person, at) => {
        const jar = [...(person.cookies.get('127.0.0.1') ?? [])]
        const cookie = jar.map(([name, value]) => `${name}=${value}`).join('; ')
        const { status, headers } = await get(fleet.origin(at) + path, { ...person.says, cookie })
        ok(status === 303 || status === 400, String(status))
        return new URL(headers.get('location') ?? 'none:').searchParams.get('code')
      }),
    )

  test('of 30 visits of one browser, one gets a code [AZ-23]', async () => {
    const [person] = people
    ok(person)
    const { path, verifier } = await pushed()
    const codes = await codesOf(
      path,
      Array.from({ length: 30 }, () => person),
    )
    equal(tally(codes).get(null), 29)
    const code = codes.find((found) => found !== null) ?? ''
    const { status, json } = await redeem(fleet.origin(2), { code, verifier })
    equal(status, 200)
    equal((await userinfo(fleet.origin(0), String(json['access_token']))).status, 200)
  })

  test('of 30 visits of three browsers, one gets a code, and nobody afterwards [AZ-23 AZ-25]', async () => {
    const { path } = await pushed()
    const visitors = Array.from({ length: 30 }, (_, at) => people[at % people.length]).filter(
      (one) => one !== undefined,
    )
    equal(tally(await codesOf(path, visitors)).get(null), 29)
    deepEqual([...new Set(await codesOf(path, people))], [null])
  })
})
