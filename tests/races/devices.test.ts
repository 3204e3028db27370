// Devices, clients that ask from elsewhere, people and sign-outs at the same moment, at several processes (RFC 8628,
// CIBA).
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cibaGrant, deviceGrant } from '@countersign/protocol'
import { brokenInPostgres, brokenInSqlite } from '../faults/invariants.ts'
import type { Person, Seen } from '../harness/person.ts'
import { basic } from '../harness/population.ts'
import { introspect, post, type Tokens, tokensOf } from '../harness/wire.ts'
import { type Fleet, onBothEngines, openFleet, tally } from './fleet.ts'

const secret = 'television-secret-0123456789-01234567'
const television = basic('television', secret)
const counter = basic('counter', secret)

onBothEngines('devices at three processes', (engine) => {
  let fleet: Fleet
  before(async () => {
    fleet = await openFleet({
      engine,
      processes: 3,
      people: 2,
      clients: [
        {
          id: 'television',
          name: 'Television',
          secret,
          grants: [deviceGrant, 'refresh_token'],
          scopes: ['openid', 'offline_access', 'accounts:read'],
        },
        {
          id: 'counter',
          name: 'Counter',
          secret,
          grants: [cibaGrant, 'refresh_token'],
          scopes: ['openid', 'offline_access', 'accounts:read'],
        },
      ],
    })
  })
  after(() => fleet[Symbol.asyncDispose]())

  const somebody = (at: number): Promise<Person> => {
    const who = fleet.people[at]
    ok(who)
    return fleet.signedIn(who)
  }
  const everywhere = <T>(times: number, deed: (origin: string) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: times }, (_, at) => deed(fleet.origin(at))))

  async function ask(): Promise<{ readonly device: string; readonly user: string }> {
    const form = { scope: 'openid offline_access accounts:read' }
    const { json } = await post(`${fleet.origin(0)}/oauth/device`, form, television)
    return { device: String(json['device_code']), user: String(json['user_code']) }
  }
  const poll = (origin: string, device: string) =>
    post(`${origin}/oauth/token`, { grant_type: deviceGrant, device_code: device }, television)

  async function question(person: Person, user: string, at = 1): Promise<Seen> {
    return person.submit(await person.open(`${fleet.origin(at)}/device`), { user_code: user })
  }
  /** Presses a button of a page at another process than the one that showed it. */
  const press = (person: Person, page: Seen, decision: string, at: number): Promise<Seen> => {
    const [form] = page.forms.filter(({ buttons }) => buttons.includes(`decision=${decision}`))
    ok(form)
    const action = `${fleet.origin(at)}/device`
    return person.submit({ ...page, forms: [{ ...form, action }] }, { decision })
  }
  const isActive = async (tokens: Tokens) =>
    (await introspect(fleet.origin(0), tokens.refresh, television)).json['active']

  test('of 60 polls at once one gets tokens, and a code shown again ends them [TK-21 C7 GHSA-7w99-5wm4-3g79]', async () => {
    const person = await somebody(0)
    const { device, user } = await ask()
    await press(person, await question(person, user), 'allow', 2)
    const answers = await everywhere(60, (origin) => poll(origin, device))
    const won = answers.filter(({ status }) => status === 200)
    equal(won.length, 1)
    const errors = answers.filter(({ status }) => status !== 200).map(({ json }) => json['error'])
    deepEqual([...new Set(errors)], ['invalid_grant'])
    ok(won[0])
    equal(await isActive(tokensOf(won[0])), false)
  })

  test('of 30 polls at once one is in time, whichever process it came to [TK-21]', async () => {
    for (let round = 1; ; round++) {
      const { device } = await ask()
      const began = performance.now()
      const answers = await everywhere(30, (origin) => poll(origin, device))
      // Who comes five seconds after the first is in time again: no moment, as a machine that stood still made of it.
      if (performance.now() - began > 4000 && round < 10) continue
      const counts = tally(answers.map(({ json }) => String(json['error'])))
      return deepEqual([counts.get('authorization_pending'), counts.get('slow_down')], [1, 29])
    }
  })

  test('of two people who enter one code at once, one is asked, and the other one’s answer counts for nothing [C36 CVE-2026-45337]', async () => {
    for (let round = 0; round < 5; round++) {
      const people = await Promise.all([somebody(0), somebody(1)])
      const { device, user } = await ask()
      const pages = await Promise.all(people.map((person, at) => question(person, user, at)))
      const asked = pages.filter(({ forms }) =>
        forms.some(({ buttons }) => buttons.includes('decision=allow')),
      )
      equal(asked.length, 1)
      const winner = pages.indexOf(asked[0] as Seen)
      await press(people[winner] as Person, pages[winner] as Seen, 'allow', 2)
      const answer = await poll(fleet.origin(0), device)
      equal(answer.status, 200)
      const seen = await introspect(fleet.origin(1), tokensOf(answer).refresh, television)
      equal(seen.json['sub'], fleet.people[winner]?.id)
    }
  })

  test('allowed and denied at once, the device hears one of them, and the page says the same', async () => {
    for (let round = 0; round < 5; round++) {
      const person = await somebody(0)
      const { device, user } = await ask()
      const page = await question(person, user)
      const [one, other] = await Promise.all([
        press(person, page, 'allow', 0),
        press(person, page, 'deny', 2),
      ])
      const allowed = /You can go back to your device/.test(one.html)
      equal(/You can go back to your device/.test(other.html), allowed)
      const { status, json } = await poll(fleet.origin(1), device)
      deepEqual(allowed ? [200, undefined] : [400, 'access_denied'], [status, json['error']])
    }
  })

  test('RT-09: signed out everywhere while a device is being allowed, no device is left with access', async () => {
    for (let round = 0; round < 6; round++) {
      const [laptop, desk] = await Promise.all([somebody(0), somebody(0)])
      const { device, user } = await ask()
      const page = await question(laptop, user)
      const account = await desk.open(`${fleet.origin(2)}/account`)
      const everywhereElse = account.forms.find(({ action }) => action.endsWith('/revoke-others'))
      ok(everywhereElse)
      await Promise.all([
        press(laptop, page, 'allow', 0),
        desk.submit({ ...account, forms: [everywhereElse] }, {}),
      ])
      const { json } = await poll(fleet.origin(1), device)
      ok(['authorization_pending', 'invalid_grant'].includes(String(json['error'])), String(json['error']))
    }
  })

  async function askFrom(at: number, person: number): Promise<string> {
    const form = {
      scope: 'openid offline_access accounts:read',
      login_hint: fleet.people[person]?.username ?? '',
    }
    const { json } = await post(`${fleet.origin(at)}/oauth/ciba`, form, counter)
    return String(json['auth_req_id'])
  }
  /** Looks at one process, and answers at the next. */
  async function answer(person: Person, decision: string, at: number): Promise<Seen> {
    const page = await person.open(`${fleet.origin(at)}/approve`)
    const [form] = page.forms.filter(({ buttons }) => buttons.includes(`decision=${decision}`))
    ok(form)
    const action = `${fleet.origin(at + 1)}/approve`
    return person.submit({ ...page, forms: [{ ...form, action }] }, { decision })
  }
  const fetchAt = (origin: string, id: string) =>
    post(`${origin}/oauth/token`, { grant_type: cibaGrant, auth_req_id: id }, counter)

  test('of 60 polls at once for what somebody allowed from elsewhere one gets tokens [TK-21 C7]', async () => {
    const id = await askFrom(0, 0)
    await answer(await somebody(0), 'allow', 1)
    const answers = await everywhere(60, (origin) => fetchAt(origin, id))
    equal(answers.filter(({ status }) => status === 200).length, 1)
    const errors = answers.filter(({ status }) => status !== 200).map(({ json }) => json['error'])
    deepEqual([...new Set(errors)], ['invalid_grant'])
  })

  test('allowed and denied at once from elsewhere, the client hears one of them', async () => {
    for (let round = 0; round < 4; round++) {
      const people = await Promise.all([somebody(1), somebody(1)])
      const id = await askFrom(0, 1)
      const pages = people.map((person, at) => answer(person, at === 0 ? 'allow' : 'deny', at))
      // Who looks when the other one has answered finds nothing to press.
      ok((await Promise.allSettled(pages)).some((ended) => ended.status === 'fulfilled'))
      const { status, json } = await fetchAt(fleet.origin(2), id)
      ok(status === 200 || json['error'] === 'access_denied', String(json['error']))
    }
  })

  test('PW-16: of 30 requests at once, wherever they come, a person is asked five times', async () => {
    const form = { scope: 'openid', login_hint: 'nobody-goes-by-it' }
    const answers = await everywhere(30, (origin) => post(`${origin}/oauth/ciba`, form, counter))
    equal(answers.filter(({ status }) => status === 200).length, 5)
  })

  test('the database keeps what it promises after all that', async () => {
    const { file, databaseUrl } = fleet.installation
    if (engine === 'sqlite') await Promise.all(fleet.servers.map((server) => server.stop()))
    deepEqual(await (engine === 'sqlite' ? brokenInSqlite(file) : brokenInPostgres(databaseUrl)), [])
  })
})
