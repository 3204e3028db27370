import assert from 'node:assert/strict'
import { test } from 'node:test'
import { digest, formatOpaque } from '@countersign/protocol'
import { edgeOf, type House, openHouse, Visitor } from '../../platform/house.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { json } from '../../platform/http/exchange.ts'
import { openPeople, wayIn } from '../people.fixture.ts'
import { disableUser } from '../users/users.store.ts'
import { byPassword } from './session.ts'
import { currentSession, openSession } from './sessions.ts'

/** Routes to come in by, and one that says who is there. */
async function hall(options: { remember?: boolean; issuer?: string } = {}) {
  const house = await openHouse(options.issuer === undefined ? {} : { issuer: options.issuer })
  const people = await openPeople({ house })
  const who = {
    method: 'GET',
    path: '/who',
    caller: 'browser',
    run: async (request: Incoming) => json(200, await currentSession(house, request)),
  } as const
  const edge = edgeOf(house, [wayIn(house, options.remember), who])
  return { house, people, visitor: () => new Visitor(edge, house.issuer.origin) }
}

async function whoIs(visitor: Visitor): Promise<string | undefined> {
  const seen = (await visitor.visit('/who')).json() as { user?: { id: string } } | null
  return seen?.user?.id
}

async function sessionIn(visitor: Visitor) {
  const seen = (await visitor.visit('/who')).json() as { session: { id: string; proof: string } } | null
  return seen?.session
}

test('SE-01, C19 (CVE-2022-25896): what a browser held before a sign-in is worth nothing after it', async (t) => {
  const { house, people, visitor } = await hall()
  t.after(() => house.close())
  const ada = await people.add()
  const browser = visitor()
  const planted = formatOpaque('csss', 'A'.repeat(43))
  browser.cookies.set('sid', planted)
  await browser.visit(`/enter/${ada.id}`)
  assert.notEqual(browser.cookies.get('sid'), planted)
  assert.equal(await whoIs(browser), ada.id)
  const thief = visitor()
  thief.cookies.set('sid', planted)
  assert.equal(await whoIs(thief), undefined)
})

test('SE-01: proving oneself again makes a new secret, kills the old one, and keeps the session', async (t) => {
  const { house, people, visitor } = await hall()
  t.after(() => house.close())
  const ada = await people.add()
  const browser = visitor()
  await browser.visit(`/enter/${ada.id}`)
  const before = browser.cookies.get('sid') ?? ''
  const first = await sessionIn(browser)
  await browser.visit(`/enter/${ada.id}`)
  const second = await sessionIn(browser)
  assert.notEqual(browser.cookies.get('sid'), before)
  assert.equal(second?.id, first?.id)
  assert.notEqual(second?.proof, first?.proof)
  const old = visitor()
  old.cookies.set('sid', before)
  assert.equal(await whoIs(old), undefined)
})

test('SE-01: somebody else who signs in in the same browser ends the session that was there', async (t) => {
  const { house, people, visitor } = await hall()
  t.after(() => house.close())
  const ada = await people.add()
  const grace = await people.add({ email: 'grace@example.test' })
  const browser = visitor()
  await browser.visit(`/enter/${ada.id}`)
  const adas = browser.cookies.get('sid') ?? ''
  await browser.visit(`/enter/${grace.id}`)
  assert.equal(await whoIs(browser), grace.id)
  const old = visitor()
  old.cookies.set('sid', adas)
  assert.equal(await whoIs(old), undefined)
  const events = await house.database.read(
    "select user_id, detail from events where type = 'session.ended'",
    [],
  )
  assert.deepEqual(
    events.map((row) => ({ ...row })),
    [{ user_id: ada.id, detail: '{"because":"replaced"}' }],
  )
})

test('SE-02: a session’s secret has 256 bits, never repeats, and is stored by its digest only', async (t) => {
  const { house, people, visitor } = await hall()
  t.after(() => house.close())
  const ada = await people.add()
  const request = { cookies: new Map<string, string>(), headers: { get: () => undefined }, peer: '' }
  const secrets = new Set<string>()
  for (let i = 0; i < 1000; i++) {
    const { cookies } = await openSession(house, request, {
      userId: ada.id,
      authentication: byPassword,
      remember: false,
    })
    secrets.add(/sid=(csss_[A-Za-z0-9_-]{49});/.exec(cookies[0] ?? '')?.[1] ?? '')
  }
  assert.equal(secrets.size, 1000)
  const browser = visitor()
  await browser.visit(`/enter/${ada.id}`)
  const secret = browser.cookies.get('sid') ?? ''
  const dump = await dumpOf(house)
  assert.ok(dump.includes(digest(secret)))
  assert.ok(!dump.includes(secret.slice(5, 40)))
  const presenter = visitor()
  presenter.cookies.set('sid', digest(secret))
  assert.equal(await whoIs(presenter), undefined)
})

test('SE-02: every truncation, extension and changed letter of a session’s secret is nobody’s', async (t) => {
  const { house, people, visitor } = await hall()
  t.after(() => house.close())
  const ada = await people.add()
  const browser = visitor()
  await browser.visit(`/enter/${ada.id}`)
  const secret = browser.cookies.get('sid') ?? ''
  const flipped = (i: number) => secret.slice(0, i) + (secret[i] === 'A' ? 'B' : 'A') + secret.slice(i + 1)
  const wrong = [
    secret.slice(0, -1),
    `${secret}A`,
    secret.toUpperCase(),
    `csat${secret.slice(4)}`,
    ...Array.from(secret, (_, i) => flipped(i)),
  ]
  for (const value of wrong) {
    browser.cookies.set('sid', value)
    assert.equal(await whoIs(browser), undefined, value)
  }
})

test('SE-03: over https the cookie has the __Host- prefix and every attribute that keeps it ours', async (t) => {
  const { house, people } = await hall({ issuer: 'https://id.example.test' })
  t.after(() => house.close())
  const ada = await people.add()
  const edge = edgeOf(house, [wayIn(house)])
  const answer = await new Visitor(edge, house.issuer.origin).visit(`/enter/${ada.id}`)
  const lines = answer.headers['set-cookie'] ?? []
  const line = (typeof lines === 'string' ? [lines] : lines).find((text) => text.includes('csss_')) ?? ''
  assert.match(line, /^__Host-sid=csss_[\w-]{49}; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
  assert.ok(Buffer.byteLength(line) < 4096)
})

test('SE-05: "keep me signed in" makes a cookie that outlives the browser, for thirty days', async (t) => {
  const { house, people, visitor } = await hall({ remember: true })
  t.after(() => house.close())
  const ada = await people.add()
  const browser = visitor()
  const answer = await browser.visit(`/enter/${ada.id}`)
  assert.match(String(answer.headers['set-cookie']), /sid=csss_[^;]+;.*Max-Age=2592000/)
  house.runtime.advance(30 * 86_400 - 10)
  assert.equal(await whoIs(browser), ada.id)
  house.runtime.advance(10)
  assert.equal(await whoIs(browser), undefined)
})

test('SE-05: use keeps a session alive past its idle hour, up to a day', async (t) => {
  const { house, people, visitor } = await hall()
  t.after(() => house.close())
  const ada = await people.add()
  const browser = visitor()
  await browser.visit(`/enter/${ada.id}`)
  for (let i = 0; i < 47; i++) {
    house.runtime.advance(1800)
    assert.equal(await whoIs(browser), ada.id, `half hour ${i + 1}`)
  }
  house.runtime.advance(1800)
  assert.equal(await whoIs(browser), undefined)
  await browser.visit(`/enter/${ada.id}`)
  house.runtime.advance(3600)
  assert.equal(await whoIs(browser), undefined)
})

test('SE-06: a disabled person is signed in nowhere at once', async (t) => {
  const { house, people, visitor } = await hall()
  t.after(() => house.close())
  const ada = await people.add()
  const [one, two] = [visitor(), visitor()]
  await one.visit(`/enter/${ada.id}`)
  await two.visit(`/enter/${ada.id}`)
  await house.database.commit([disableUser(house.database, house.runtime.now(), ada.id)])
  assert.equal(await whoIs(one), undefined)
  assert.equal(await whoIs(two), undefined)
})

test('looking at a session writes nothing within five minutes', async (t) => {
  const { house, people, visitor } = await hall()
  t.after(() => house.close())
  const ada = await people.add()
  const browser = visitor()
  await browser.visit(`/enter/${ada.id}`)
  const seen = async () =>
    (await house.database.read('select last_seen_at from sessions', []))[0]?.['last_seen_at']
  const first = await seen()
  house.runtime.advance(299)
  await whoIs(browser)
  assert.equal(await seen(), first)
  house.runtime.advance(1)
  await whoIs(browser)
  assert.equal(await seen(), house.runtime.now())
})

test('the device of a session is kept without anything that could do harm', async (t) => {
  const { house, people, visitor } = await hall()
  t.after(() => house.close())
  const ada = await people.add()
  const agent = `Mozilla/5.0 <script>\u0007\u00e9${'x'.repeat(2000)}`
  await visitor().visit(`/enter/${ada.id}`, { headers: { 'user-agent': agent } })
  const [row] = await house.database.read('select user_agent from sessions', [])
  assert.equal(row?.['user_agent'], `Mozilla/5.0 <script>${'x'.repeat(236)}`)
})

async function dumpOf(house: House): Promise<string> {
  const tables = ['users', 'passwords', 'sessions', 'events', 'limits']
  const rows = await Promise.all(tables.map((table) => house.database.read(`select * from ${table}`, [])))
  return JSON.stringify(rows)
}
