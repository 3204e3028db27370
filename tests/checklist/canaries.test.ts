// Every secret that a day at a server sees, and where it must not be afterwards: in the database and its backup, in the
// logs at their most talkative, in the addresses that people are sent to (SC-01, SC-05, SC-06; class C32).
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { codeChallenge } from '@countersign/protocol'
import { type Engine, type Installation, openInstallation } from '../harness/installation.ts'
import type { Person } from '../harness/person.ts'
import { assertion, callback, credentials, type Inhabitant, populate, vault } from '../harness/population.ts'
import { postgresSkip } from '../harness/postgres.ts'
import {
  authorizeAddress,
  browserAt,
  codeFor,
  get,
  introspect,
  newVerifier,
  post,
  redeem,
  refresh,
  revoke,
  signIn,
  userinfo,
} from '../harness/wire.ts'

/** Secrets by name. An opaque token's checksum is no secret, so only what stands before it counts. */
class Secrets {
  readonly found = new Map<string, string>()

  add(name: string, text: unknown): string {
    assert.ok(typeof text === 'string' && text.length >= 16, `${name} is a secret`)
    const opaque = /^cs[a-z]{2}_([\w-]{43})[\w-]{6}$/.exec(text)?.[1]
    const signature = /^[\w-]+\.[\w-]+\.([\w-]+)$/.exec(text)?.[1]
    this.found.set(`${name} ${this.found.size}`, opaque ?? signature ?? text)
    return text
  }

  /** The names of those that stand in a text, as they are or encoded for an address. */
  in(text: string): string[] {
    return [...this.found]
      .filter(([, secret]) => text.includes(secret) || text.includes(encodeURIComponent(secret)))
      .map(([name]) => name)
  }
}

/** Remembers where the server sends people, for as long as `work` takes. */
async function sendings(work: () => Promise<void>): Promise<string[]> {
  const sent: string[] = []
  const { fetch } = globalThis
  globalThis.fetch = async (...all) => {
    const response = await fetch(...all)
    const location = response.headers.get('location')
    if (location !== null) sent.push(location)
    return response
  }
  try {
    await work()
  } finally {
    globalThis.fetch = fetch
  }
  return sent
}

/** A day at the server: everything that can be right or wrong, with everything secret written down. */
async function aDay(origin: string, people: readonly Inhabitant[], secrets: Secrets): Promise<void> {
  const [ada, grace] = people as [Inhabitant, Inhabitant]
  const fresh = (words: string) => secrets.add('a password', `${words} ${randomBytes(8).toString('hex')}`)
  const [wrong, newer, hers] = [fresh('wrong lantern'), fresh('newer lantern'), fresh('her own lantern')]
  secrets.add('a password', ada.password)
  const browser = browserAt('203.0.113.1')
  await signIn(origin, browser, { username: ada.username, password: wrong })
  await signIn(origin, browser, ada)
  await signUp(origin, hers)
  const account = await browser.open(`${origin}/account`)
  await browser.submit(account, { current_password: wrong, new_password: newer })
  await browser.submit(account, { current_password: ada.password, new_password: newer })
  const tokens = await theCodeFlow(origin, browser, secrets)
  await whatClientsDo(origin, tokens, secrets)
  await waitingRequests(origin, tokens['id_token'] ?? '')
  await browser.submit(await browser.open(`${origin}/sign-out`), {})
  await signIn(origin, browserAt('203.0.113.2'), { username: grace.username, password: newer })
  for (const [name, value] of browser.cookies.get('127.0.0.1') ?? []) secrets.add(`the cookie ${name}`, value)
}

async function signUp(origin: string, password: string): Promise<void> {
  const person = browserAt('203.0.113.3')
  const form = await person.open(`${origin}/sign-up`)
  const seen = await person.submit(form, { name: 'Hedy', email: 'hedy@example.test', password })
  assert.equal(seen.url.pathname, '/account')
}

async function theCodeFlow(
  origin: string,
  browser: Person,
  secrets: Secrets,
): Promise<Record<string, string>> {
  const scope = 'openid profile email offline_access accounts:read'
  const ticket = await codeFor(origin, browser, { scope })
  assert.ok(ticket)
  secrets.add('a code', ticket.code)
  secrets.add('a verifier', ticket.verifier)
  await redeem(origin, { ...ticket, verifier: secrets.add('a verifier', newVerifier()) })
  await redeem(
    origin,
    ticket,
    basic('web', secrets.add('a client secret', 'wrong-web-secret-0123456789-0123')),
  )
  const { json } = await redeem(origin, ticket)
  const tokens = json as Record<string, string>
  for (const name of ['access_token', 'refresh_token', 'id_token']) secrets.add(name, tokens[name])
  for (let i = 0; i < 2; i++) {
    const next = await refresh(origin, tokens['refresh_token'] ?? '')
    secrets.add('refresh_token', next.json['refresh_token'])
    secrets.add('access_token', next.json['access_token'])
  }
  for (const value of browser.cookies.get('127.0.0.1')?.values() ?? []) secrets.add('a cookie', value)
  return tokens
}

function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

async function whatClientsDo(
  origin: string,
  tokens: Record<string, string>,
  secrets: Secrets,
): Promise<void> {
  const { access_token: access = '', refresh_token: old = '', id_token: id = '' } = tokens
  await introspect(origin, access)
  assert.equal((await userinfo(origin, access)).status, 200)
  await get(`${origin}/oauth/userinfo?access_token=${access}`)
  await get(`${origin}/oauth/userinfo`, { authorization: `Bearer ${id}` })
  await post(`${origin}/oauth/token?refresh_token=${old}`, {
    grant_type: 'refresh_token',
    refresh_token: old,
  })
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  const signed = secrets.add('a client assertion', assertion())
  for (let i = 0; i < 2; i++) {
    const form = { grant_type: 'client_credentials', client_assertion: signed, client_assertion_type: type }
    await post(`${origin}/oauth/token`, form)
  }
  const own = await post(`${origin}/oauth/token`, { grant_type: 'client_credentials' }, credentials.machine)
  const opaque = secrets.add('an opaque token', own.json['access_token'])
  await introspect(origin, opaque, credentials.guard)
  for (const authorization of Object.values(credentials)) {
    const [, secret = ''] = Buffer.from(authorization.slice(6), 'base64').toString().split(':')
    secrets.add('a client secret', secret)
  }
  await revoke(origin, opaque, credentials.machine)
  await revoke(origin, access)
}

/** Keys wherever somebody might put them, right and wrong. */
async function whatKeysDo(installation: Installation, origin: string, secrets: Secrets): Promise<void> {
  const of = ['--client', 'machine', '--api', vault, '--scope', 'vault:read']
  const made = await installation.countersign('key', 'create', 'Nightly', ...of)
  const key = secrets.add('an API key', made['key'])
  const { json } = await introspect(origin, key, credentials.guard)
  assert.equal(json['active'], true)
  await introspect(origin, `${key}x`, credentials.guard)
  await userinfo(origin, key)
  await get(`${origin}/auth/verify?audience=${encodeURIComponent(vault)}`, { authorization: `Bearer ${key}` })
  await revoke(origin, key, credentials.machine)
}

/** Requests that are put aside while a person signs in; nobody ever does. */
async function waitingRequests(origin: string, hint: string): Promise<void> {
  const query = new URL(authorizeAddress(origin, newVerifier(), { id_token_hint: hint })).searchParams
  await browserAt('203.0.113.4').open(`${origin}/oauth/authorize`, { method: 'POST', body: query })
  const challenge = { code_challenge: codeChallenge(newVerifier()) }
  await browserAt('203.0.113.5').open(
    authorizeAddress(origin, newVerifier(), { id_token_hint: hint, ...challenge }),
  )
}

/** All that a thief of the storage has: files as they lie there and a backup, or every row of every table. */
async function storage(installation: Installation): Promise<string> {
  if (installation.engine === 'postgres') return rows(installation)
  const folder = dirname(installation.file)
  const database = new DatabaseSync(installation.file)
  const backup = `backup-${randomBytes(4).toString('hex')}.db`
  database.exec(`VACUUM INTO '${join(folder, backup)}'`)
  database.close()
  const files = globSync('*.db*', { cwd: folder })
  assert.ok(files.includes(backup) && files.length >= 2)
  return files.map((file) => readFileSync(join(folder, file), 'latin1')).join('\n')
}

async function rows(installation: Installation): Promise<string> {
  return installation.within(async ({ database }) => {
    const tables = await database.read(
      "select table_name from information_schema.tables where table_schema = 'public'",
      [],
    )
    const all = await Promise.all(
      tables.map((row) => database.read(`select * from ${String(row['table_name'])}`, [])),
    )
    return JSON.stringify(all)
  })
}

const engines: readonly (readonly [Engine, string | false])[] = [
  ['sqlite', false],
  ['postgres', postgresSkip()],
]
for (const [engine, skip] of engines) {
  test(`SC-01, SC-05, SC-06, C32 (CVE-2024-32967): no secret of a day stays behind on ${engine}`, {
    skip,
  }, async () => {
    await using installation = await openInstallation({ engine })
    const people = await populate(installation, 2)
    const server = await installation.start({ env: { LOG_LEVEL: 'trace' } })
    const secrets = new Secrets()
    secrets.add('the secret of the server', installation.env['COUNTERSIGN_SECRET'])
    const sent = await sendings(async () => {
      await aDay(server.origin, people, secrets)
      await whatKeysDo(installation, server.origin, secrets)
    })
    // While it runs: what is only in the log of the database's last writes counts too.
    const stored = await storage(installation)
    await server.stop()
    const logged = server.child.stdout() + server.child.stderr()
    assert.match(logged, /A request was refused/)
    assert.ok(secrets.found.size > 25)
    assert.deepEqual(secrets.in(stored + (await storage(installation))), [])
    assert.deepEqual(secrets.in(logged), [])
    const ours = sent.filter((address) => !address.startsWith(callback))
    assert.ok(ours.length > 6)
    assert.deepEqual(secrets.in(ours.join('\n')), [])
    const [code] = [...secrets.found.keys()].filter((name) => name.startsWith('a code'))
    assert.deepEqual(secrets.in(sent.filter((address) => address.startsWith(callback)).join('\n')), [code])
  })
}
