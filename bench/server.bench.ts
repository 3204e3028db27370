// The hot endpoints over HTTP, against the floor (a bare server that parses the form and signs once) and the peers.
import { Agent } from 'node:http'
import { atLeast, atMost, type Figure, figure } from './figure.ts'
import { type Measured, measure, type Reply, type Shot, send } from './load.ts'
import { host, type Ours, secret, startOurs } from './ours.ts'
import { refreshTokens } from './person.ts'
import { type Server, startServer } from './process.ts'

const basic = (id: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`

function post(path: string, form: Record<string, string>, authorization: string, at?: string): Shot {
  const body = new URLSearchParams(form).toString()
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
    authorization,
    ...(at === undefined ? {} : { host: at }),
  }
  return { method: 'POST', path, headers, body }
}

const peer = (name: string): Promise<Server> =>
  startServer(new URL(`./servers/${name}.ts`, import.meta.url).pathname, { ready: /ready (\S+)/ })

export async function run(): Promise<Figure[]> {
  const ours = await startOurs()
  try {
    const machine = post(
      '/oauth/token',
      { grant_type: 'client_credentials', scope: 'accounts:read' },
      basic('bench'),
      host,
    )
    const floor = await against('floor', (server) => tokens(server, { ...machine, path: '/' }))
    const mine = await tokens(ours.server, machine)
    const alone = await measure(ours.server, { concurrency: 1, count: 3000, expect: 200, aim: () => machine })
    const theirs = await against('oidc-provider', (server) =>
      tokens(
        server,
        post('/token', { grant_type: 'client_credentials', scope: 'accounts:read' }, basic('bench')),
      ),
    )
    return [
      figure('floor: parse a form, sign once', floor.cpuUs, 'µs CPU'),
      figure('client credentials', mine.cpuUs, 'µs CPU', `${Math.round(mine.perSecond)}/s, 64 clients`),
      figure('client credentials, one client', alone.cpuUs, 'µs CPU', `${Math.round(alone.perSecond)}/s`),
      atMost(1.5, 'client credentials / floor', mine.cpuUs / floor.cpuUs, 'times', 'CPU, 64 clients'),
      atMost(
        0.25,
        'client credentials / oidc-provider',
        mine.cpuUs / theirs.cpuUs,
        'times',
        `${Math.round(theirs.cpuUs)} µs there`,
      ),
      ...(await refresh(ours, mine)),
      ...(await checks(ours)),
      figure('resident memory after the load', (await ours.server.usage()).rssBytes / 1e6, 'MB'),
    ]
  } finally {
    await ours.remove()
  }
}

/** Requests until V8 has compiled what it will: what a server under load costs from its first half minute on. */
const warmUp = 120_000

function tokens(server: Server, shot: Shot): Promise<Measured> {
  return measure(server, { concurrency: 64, count: 40_000, warmUp, expect: 200, aim: () => shot })
}

async function against<T>(name: string, work: (server: Server) => Promise<T>): Promise<T> {
  const server = await peer(name)
  try {
    return await work(server)
  } finally {
    await server.stop()
  }
}

async function refresh(ours: Ours, machine: Measured): Promise<Figure[]> {
  const first = await refreshTokens(ours.server, 65)
  const rotate = (token: string): Shot =>
    post('/oauth/token', { grant_type: 'refresh_token', refresh_token: token }, basic('bench-web'), host)
  const next = (start: readonly string[]) => (worker: number, last?: Reply) =>
    rotate(
      last === undefined
        ? (start[worker] ?? '')
        : (JSON.parse(last.body) as { refresh_token: string }).refresh_token,
    )
  const many = await measure(ours.server, {
    concurrency: 64,
    count: 40_000,
    warmUp,
    expect: 200,
    aim: next(first),
  })
  // After that, so that both find the same compiled code.
  const one = await measure(ours.server, {
    concurrency: 1,
    count: 2000,
    expect: 200,
    aim: next(first.slice(64)),
  })
  const withIdToken = await refreshTokens(ours.server, 64, 'openid offline_access accounts:read')
  const signedTwice = await measure(ours.server, {
    concurrency: 64,
    count: 20_000,
    expect: 200,
    aim: next(withIdToken),
  })
  return [
    figure('refresh, one client', one.cpuUs, 'µs CPU', `${Math.round(one.perSecond)}/s`),
    figure('refresh, 64 clients', many.cpuUs, 'µs CPU', `${Math.round(many.perSecond)}/s`),
    figure('refresh with an ID token, 64 clients', signedTwice.cpuUs, 'µs CPU', 'two signatures'),
    atMost(
      2.5,
      'refresh / client credentials',
      many.cpuUs / machine.cpuUs,
      'times',
      'CPU, 64 clients, synchronous=FULL',
    ),
    atLeast(
      5,
      'refresh throughput, 64 clients / one',
      many.perSecond / one.perSecond,
      'times',
      'requests per second',
    ),
  ]
}

async function checks(ours: Ours): Promise<Figure[]> {
  const agent = new Agent({ keepAlive: true })
  const mint = await send(
    agent,
    ours.server.url,
    post('/oauth/token', { grant_type: 'client_credentials', scope: 'opaque:read' }, basic('bench'), host),
  )
  agent.destroy()
  const { access_token: token } = JSON.parse(mint.body) as { access_token: string }
  const introspect = await measure(ours.server, {
    concurrency: 16,
    count: 30_000,
    expect: 200,
    aim: () => post('/oauth/introspect', { token }, basic('bench'), host),
  })
  const session = await against('better-auth', betterAuthSession)
  return [
    figure(
      'introspection of an opaque token',
      introspect.cpuUs,
      'µs CPU',
      `${Math.round(introspect.perSecond)}/s`,
    ),
    figure('Better Auth get-session', session.cpuUs, 'µs CPU', `${Math.round(session.perSecond)}/s`),
    atMost(
      0.1,
      'opaque-token check / Better Auth get-session',
      introspect.cpuUs / session.cpuUs,
      'times',
      'CPU, 16 clients',
    ),
  ]
}

async function betterAuthSession(server: Server): Promise<Measured> {
  const body = JSON.stringify({
    email: 'a@bench.example',
    password: 'a passphrase for the benchmark',
    name: 'A',
  })
  const response = await fetch(`${server.url}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'http://localhost' },
    body,
  })
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const shot = { method: 'GET', path: '/api/auth/get-session', headers: { cookie } }
  return measure(server, { concurrency: 16, count: 2000, expect: 200, aim: () => shot })
}
