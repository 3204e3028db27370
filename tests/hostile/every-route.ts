// Every route of the server, found in its own table, sent what it does not expect: by nobody, by browsers that are signed in
// and by every kind of program. A new route needs no word here. Past the socket, so that a whole sweep takes seconds.
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { openPeople, password } from '../../packages/server/src/accounts/people.fixture.ts'
import {
  type Authentication,
  byPassword,
  byTotp,
  together,
} from '../../packages/server/src/accounts/sessions/session.ts'
import { openSession } from '../../packages/server/src/accounts/sessions/sessions.ts'
import type { User } from '../../packages/server/src/accounts/users/users.store.ts'
import { type Composition, compose } from '../../packages/server/src/app/compose.ts'
import { readProfiles } from '../../packages/server/src/app/profiles.ts'
import type { Finding } from '../../packages/server/src/app/settings.ts'
import { createApi } from '../../packages/server/src/oauth/apis/registration.ts'
import { clientOrigins } from '../../packages/server/src/oauth/clients/origins.ts'
import { createClient } from '../../packages/server/src/oauth/clients/registration.ts'
import { edgeOf, type House, type HouseOptions, openHouse } from '../../packages/server/src/platform/house.ts'
import { cookieName } from '../../packages/server/src/platform/http/cookies.ts'
import type { Edge } from '../../packages/server/src/platform/http/edge.ts'
import type { Outgoing, Route } from '../../packages/server/src/platform/http/exchange.ts'
import { basic, callback } from '../harness/population.ts'
import { confided, oddHeaderValues, oddTargets } from './oddities.ts'
import { type Sender, type Sending, type Sweep, sweepRoute, type Watched, watch } from './route-sweep.ts'
import { insides, withoutStyle } from './target.ts'

export interface Swept extends AsyncDisposable {
  readonly routes: readonly Route[]
  /** Routes of which no request has come to the route's own work, as `METHOD path`. */
  unreached(): readonly string[]
  /** What is wrong, told so that it can be sent again. */
  readonly faults: readonly string[]
  readonly sent: () => number
  /** How many answers there were of each status. */
  readonly statuses: ReadonlyMap<number, number>
  /** Sends every `stride`th oddity; another `from` begins with other ones. */
  sweep(stride: number, from?: number): Promise<void>
}

type Mode = 'development' | 'production'

const secret = 'web-secret-0123456789-0123456789-0123'
const api = 'https://bank.example.test/api'
/** Milliseconds of the processor that no answer may need. */
const slowestMs = 1000

/** A server with all that is on in development, or under https with what operators can turn on beside. */
export async function openSwept(mode: Mode, on: Pick<HouseOptions, 'database'> = {}): Promise<Swept> {
  const development = mode === 'development'
  const issuer = development ? 'http://localhost:4400' : 'https://id.example.test'
  const house = await openHouse({ ...on, issuer, development })
  const { add } = await openPeople({ house })
  // Before the rooms are joined: the names that nobody has become as cheap as those that somebody has.
  await add({ username: 'zoe', email: 'zoe@example.test' })
  const { edge } = await compose(house, compositionOf(mode), { draining: false })
  const scopes = [{ name: 'accounts:read', description: '' }]
  const made = [
    await createApi(house, { identifier: api, name: 'Bank', scopes }),
    ...(await Promise.all(clients.map((client) => createClient(house, client)))),
  ]
  for (const one of made) if (!one.ok) throw new Error(JSON.stringify(one.findings))
  return sweptOf(house, edge.routes, add)
}

const clients: readonly Parameters<typeof createClient>[1][] = [
  {
    id: 'web',
    name: 'Web',
    secret,
    firstParty: true,
    scopes: ['openid', 'offline_access', 'accounts:read'],
    redirectUris: [callback],
    postLogoutRedirectUris: [callback],
  },
  { id: 'machine', name: 'Machine', secret, grants: ['client_credentials'], scopes: ['accounts:read'], api },
]

/** What stands in no default: views that are there only where somebody has turned them on. */
const wires = {
  knock: { entities: [{ name: 'user' }, { name: 'admin' }], withUser: true },
  djoser: {
    sendActivationEmail: true,
    activationUrl: 'https://app.example.test/{uid}/{token}',
    passwordResetConfirmUrl: 'https://app.example.test/{uid}/{token}',
    usernameResetConfirmUrl: 'https://app.example.test/{uid}/{token}',
  },
  'dj-rest-auth': {
    useJwt: true,
    jwtAuthCookie: 'jwt-access',
    jwtAuthRefreshCookie: 'jwt-refresh',
    mfa: true,
    accountConfirmEmailUrl: 'https://app.example.test/{key}',
    passwordResetConfirmUrl: 'https://app.example.test/{uid}/{token}',
  },
  origins: ['https://app.example.test'],
}

function compositionOf(mode: Mode): Composition {
  const findings: Finding[] = []
  const profiles = readProfiles(mode === 'development' ? undefined : wires, 'development', findings)
  if (findings[0] !== undefined) throw new Error(findings[0].message)
  return {
    otherHosts: [],
    upstreams: {},
    bankPort: 4401,
    managementPort: undefined,
    profile: 'default',
    encryptedTokens: mode === 'production',
    dpopNonces: mode === 'production',
    registration: { mode: 'open' },
    profiles,
  }
}

type AddPerson = Awaited<ReturnType<typeof openPeople>>['add']

function sweptOf(house: House, routes: readonly Route[], add: AddPerson): Swept {
  const faults: string[] = []
  const watched = routes.map(watch)
  const edge = edgeOf(
    house,
    watched.map(({ route }) => route),
    { allowsOrigin: clientOrigins(house) },
  )
  const statuses = new Map<number, number>()
  let sent = 0
  const ask = async ({ told, ...arrival }: Sending): Promise<Outgoing | null> => {
    sent += 1
    const peer = `10.${(sent >> 16) & 255}.${(sent >> 8) & 255}.${sent & 255}`
    const logged = house.logged.length
    const before = process.cpuUsage()
    const fault = (words: string): void => void faults.push(`${told}: ${words}`.slice(0, 600))
    try {
      const outgoing = await edge.answer({ ...arrival, peer })
      const { user, system } = process.cpuUsage(before)
      if ((user + system) / 1000 > slowestMs) fault('it took more than a second')
      statuses.set(outgoing.status, (statuses.get(outgoing.status) ?? 0) + 1)
      for (const wrong of wrongIn(house, outgoing, told)) fault(wrong)
      for (const line of house.logged.slice(logged)) {
        if (line.includes('"level":"error"')) fault(line)
        if (line.includes(confided) || line.includes(password)) fault('a secret is in the log')
      }
      return outgoing
    } catch (error) {
      fault(`it threw: ${error instanceof Error ? error.stack : error}`)
      return null
    }
  }
  const sweep = async (stride: number, from = 0): Promise<void> => {
    let senders = await sendersOf(house, edge, add)
    const how: Sweep = { house, password, ask, senders: () => senders, given: new Map(), stride, turn: from }
    await sweepTargets(house, ask)
    const paths = new Set(routes.map(({ path }) => path))
    for (const one of watched) {
      house.runtime.advance(60)
      // Whoever has gone, or has another password by now, sends no more than nobody does.
      if (!(await areIn(house, edge, senders))) senders = await sendersOf(house, edge, add)
      await sweepRoute(how, one, paths.has(`${one.route.path}/`))
    }
  }
  return {
    routes,
    unreached: () => watched.filter(({ reached }) => reached() === 0).map(nameOf),
    faults,
    sent: () => sent,
    statuses,
    sweep,
    [Symbol.asyncDispose]: () => house.close(),
  }
}

const nameOf = ({ route }: Watched): string => `${route.method} ${route.path}`

/** Words of ours that must stand in no answer, and headers that must stand in each. */
function wrongIn({ issuer }: House, { status, headers, body }: Outgoing, told: string): string[] {
  const wrong: string[] = []
  // Nothing listens where the accounts elsewhere are.
  const isAway = status === 503 && /^POST \/(?:sign-in\/with|account\/identities\/link)\//.test(told)
  if (!isAway && (status < 200 || status >= 500)) wrong.push(`the status is ${status}`)
  if (typeof body !== 'string' && typeof body?.[Symbol.asyncIterator] !== 'function')
    wrong.push('there is nothing that could be written')
  const text =
    typeof body === 'string' ? withoutStyle(body).replaceAll(/<script[^>]*>.*?<\/script>/gs, '') : ''
  const inside = insides.exec(text)
  if (inside !== null) wrong.push(`the body shows the inside: ${inside[0]}`)
  if (text.includes(confided)) wrong.push('a secret comes out again')
  const needed = ['x-content-type-options', 'content-security-policy', 'referrer-policy']
  for (const name of issuer.secure ? [...needed, 'strict-transport-security'] : needed)
    if (headers[name] === undefined) wrong.push(`${name} is missing`)
  if (text !== '' && headers['content-type'] === undefined) wrong.push('the content has no type')
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name)
      for (const one of [value].flat()) validateHeaderValue(name, one)
    } catch {
      wrong.push(`the header ${name} can’t be written`)
    }
  }
  return wrong
}

/** What is no request to any route. */
async function sweepTargets({ issuer: { host } }: House, ask: Sweep['ask']): Promise<void> {
  const usual = { method: 'GET', target: '/livez', body: null, isPrivate: true }
  for (const target of oddTargets)
    for (const accept of ['*/*', 'text/html'])
      await ask({
        ...usual,
        target,
        headers: new Map([
          ['host', host],
          ['accept', accept],
        ]),
        told: target.slice(0, 60),
      })
  for (const method of [
    '',
    'get',
    'TRACE',
    'CONNECT',
    'PROPFIND',
    'constructor',
    '__proto__',
    'A'.repeat(9000),
  ])
    await ask({ ...usual, method, headers: new Map([['host', host]]), told: method.slice(0, 60) })
  for (const value of oddHeaderValues)
    await ask({
      ...usual,
      target: '/account',
      headers: new Map([['host', value]]),
      told: `host ${value.slice(0, 60)}`,
    })
}

/** Nobody, browsers that are signed in by one factor and by two, and programs of every kind. */
async function sendersOf(house: House, edge: Edge, add: AddPerson): Promise<readonly Sender[]> {
  const name = `p${house.runtime.secret(16).replaceAll(/\W/g, '').toLowerCase()}`
  const user = await add({ username: name, email: `${name}@example.test` })
  const browsers = [byPassword, together(byPassword, byTotp)].map((how) => browserOf(house, user, how))
  const post = async (path: string, type: string, body: string, member: string): Promise<Sender> => {
    const { body: text } = await edge.answer({
      method: 'POST',
      target: path,
      headers: new Map([
        ['host', house.issuer.host],
        ['content-type', type],
      ]),
      body: new TextEncoder().encode(body),
      peer: '192.0.2.1',
      isPrivate: true,
    })
    const json = String(text).startsWith('{') ? (JSON.parse(String(text)) as Record<string, unknown>) : {}
    return by(`${member === 'auth_token' ? 'Token' : 'Bearer'} ${json[member]}`)
  }
  const json = JSON.stringify({ username: name, password, auth: { email: user.email, password } })
  const form = new URLSearchParams({ username: name, password, email: `${name}@example.test` }).toString()
  const ofMachine = `grant_type=client_credentials&client_id=machine&client_secret=${secret}`
  const [formType, jsonType] = ['application/x-www-form-urlencoded', 'application/json']
  return [
    { headers: {}, form: {} },
    ...(await Promise.all(browsers)),
    await post('/auth/token/login/', jsonType, json, 'auth_token'),
    await post('/api/token/', jsonType, json, 'access'),
    await post('/user_token', jsonType, json, 'jwt'),
    await post('/get_access_token', formType, form, 'access_token'),
    await post('/oauth/token', formType, ofMachine, 'access_token'),
    by(basic('web', secret)),
    by(basic(name, password)),
    { headers: {}, form: { client_id: 'web', client_secret: secret } },
  ]
}

const by = (authorization: string): Sender => ({ headers: { authorization }, form: {} })

/** Whether the browser by two factors and the holder of a key still are who they were. */
async function areIn(house: House, edge: Edge, senders: readonly Sender[]): Promise<boolean> {
  const ask = async (target: string, sender: Sender | undefined): Promise<boolean> => {
    const headers = new Map([['host', house.issuer.host], ...Object.entries(sender?.headers ?? {})])
    const asked = { method: 'GET', target, headers, body: null, peer: '192.0.2.1', isPrivate: true }
    return (await edge.answer(asked)).status === 200
  }
  return (await ask('/account', senders[2])) && (await ask('/auth/users/me/', senders[3]))
}

async function browserOf(house: House, user: User, authentication: Authentication): Promise<Sender> {
  const own = house.runtime.secret()
  const opened = await openSession(
    house,
    { cookies: new Map(), headers: { get: () => 'a browser' }, peer: '203.0.113.7' },
    { userId: user.id, authentication, remember: false },
  )
  await house.database.commit([opened.writes])
  const kept = opened.cookies.map((line) => line.split(';', 1)[0] ?? '')
  const cookie = [`${cookieName(house.issuer, 'browser')}=${own}`, ...kept].join('; ')
  return {
    headers: { cookie, origin: 'null', 'sec-fetch-site': 'same-origin', accept: 'text/html' },
    form: { form_token: house.vault.mac('form token', own) },
  }
}
