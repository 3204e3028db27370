// The requests that a server is asked again and again, each time about another one of its people: to see what they cost,
// and whether that depends on how many people there are.
import { Agent } from 'node:http'
import { known, type Member, member } from './crowd.ts'
import { type Reply, type Shot, send } from './load.ts'
import { host, jwtApi, password, redirectUri, secret } from './ours.ts'
import type { Server } from './process.ts'

/** One kind of request. */
export interface Hot {
  readonly name: string
  /** Requests of one measurement. */
  readonly count: number
  readonly concurrency: number
  readonly expect: number
  readonly aim: () => Shot
  /** Told of every reply. */
  readonly heard?: (reply: Reply) => void
}

/** People who are asked about. */
const asked = known / 2
/** People whose password is hashed for it. */
const hashed = 8

const usual = { count: 3000, concurrency: 16, expect: 200 } as const
const machine = { authorization: basic('bench', secret) }
const web = { authorization: basic('bench-web', secret) }

/** Every kind, for a server whose crowd is filled. Signs some of it in by the wires of others. */
export async function hotRequests(server: Server): Promise<readonly Hot[]> {
  const numbers = Array.from({ length: asked }, (_, at) => 2 * at + 1)
  const crowd = numbers.map(member)
  const few = crowd.slice(0, hashed)
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const tellsUs = async (shot: Shot): Promise<Record<string, string>> => {
    const { status, body } = await send(agent, server.url, shot)
    if (status !== 200) throw new Error(`${shot.path} answered ${status}: ${body}`)
    return JSON.parse(body) as Record<string, string>
  }
  const jwts: string[] = []
  // Neighbours of those whose refresh tokens are rotated.
  for (const number of numbers.filter((_, at) => at % 2 === 0))
    jwts.push((await tellsUs(refresh(member(number - 1).refreshToken)))['access_token'] ?? '')
  const pairs: Record<string, string>[] = []
  for (const [at, { username }] of few.entries())
    pairs.push(await tellsUs(json('/api/token/', { username, password }, networkOf(at))))
  agent.destroy()
  return [...protocol(crowd, jwts), ...browsers(crowd), ...wires(few, pairs), ...documents]
}

function protocol(crowd: readonly Member[], jwts: readonly string[]): Hot[] {
  const introspect = (token: string, as: Record<string, string>) => form('/oauth/introspect', { token }, as)
  const verify = (token: string): Shot =>
    get(`/auth/verify?audience=${encodeURIComponent(jwtApi)}`, {
      ...proxied,
      authorization: `Bearer ${token}`,
    })
  const [opaque, jwt] = [inTurn(crowd), inTurn(jwts)]
  const credentials = { grant_type: 'client_credentials', scope: 'accounts:read' }
  return [
    {
      ...usual,
      name: 'client credentials',
      concurrency: 64,
      aim: () => form('/oauth/token', credentials, machine),
    },
    { ...usual, name: 'refresh', concurrency: 64, ...rotation(crowd) },
    { ...usual, name: 'introspection, opaque', aim: () => introspect(opaque().accessToken, machine) },
    { ...usual, name: 'introspection, JWT', aim: () => introspect(jwt(), web) },
    { ...usual, name: '/auth/verify, token', aim: () => verify(jwt()) },
    { ...usual, name: 'userinfo', aim: () => get('/oauth/userinfo', { authorization: `Bearer ${jwt()}` }) },
  ]
}

const proxied = { 'x-original-method': 'GET', 'x-original-uri': '/app' }
const authorization = new URLSearchParams({
  client_id: 'bench-web',
  response_type: 'code',
  redirect_uri: redirectUri,
  scope: 'openid accounts:read',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWxuIlZFrkvso',
  code_challenge_method: 'S256',
})

function browsers(crowd: readonly Member[]): Hot[] {
  const next = inTurn(crowd)
  const cookie = () => ({ cookie: `__Host-sid=${next().session}` })
  const code = `/oauth/authorize?${authorization}`
  return [
    { ...usual, name: '/auth/verify, session', aim: () => get('/auth/verify', { ...proxied, ...cookie() }) },
    { ...usual, name: 'authorization code', count: 1500, expect: 303, aim: () => get(code, cookie()) },
    { ...usual, name: 'account page', count: 600, aim: () => get('/account', cookie()) },
    { ...usual, name: 'sign-in page', count: 600, aim: () => get('/sign-in') },
  ]
}

function wires(few: readonly Member[], pairs: readonly Record<string, string>[]): Hot[] {
  const [person, access, renewed] = [inTurn([...few.entries()]), inTurn(pairs), inTurn(pairs)]
  const account = (at: number, { username }: Member): Shot =>
    get('/api/account', { authorization: basic(username, password), ...networkOf(at) })
  const verify = ({ access: token }: Record<string, string>) => json('/api/token/verify/', { token })
  const renew = ({ refresh }: Record<string, string>) => json('/api/token/refresh/', { refresh })
  return [
    { ...usual, name: 'account by name and password', aim: () => account(...person()) },
    { ...usual, name: 'Simple JWT verify', aim: () => verify(access()) },
    { ...usual, name: 'Simple JWT refresh', aim: () => renew(renewed()) },
  ]
}

const documents: readonly Hot[] = [
  { ...usual, name: 'JWK Set', aim: () => get('/oauth/jwks') },
  { ...usual, name: 'metadata', aim: () => get('/.well-known/openid-configuration') },
]

/** Rotates the refresh tokens of all of them in turn. */
function rotation(crowd: readonly Member[]): Required<Pick<Hot, 'aim' | 'heard'>> {
  const ready = crowd.map(({ refreshToken }) => refreshToken)
  return {
    aim: () => refresh(ready.shift() ?? ''),
    heard: ({ body }) => ready.push((JSON.parse(body) as { refresh_token: string }).refresh_token),
  }
}

/** One after the other, over and over. */
function inTurn<T>(list: readonly T[]): () => T {
  let next = 0
  return () => {
    const one = list[next++ % list.length]
    if (one === undefined) throw new RangeError('There is nothing in the list.')
    return one
  }
}

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`
}

/** Tries at passwords are limited by network: each person comes from one of their own. */
function networkOf(at: number): Record<string, string> {
  return { 'x-forwarded-for': `198.18.0.${at}` }
}

function refresh(token: string): Shot {
  return form('/oauth/token', { grant_type: 'refresh_token', refresh_token: token }, web)
}

function get(path: string, headers: Record<string, string> = {}): Shot {
  return { method: 'GET', path, headers: { host, ...headers } }
}

function form(path: string, members: Record<string, string>, headers: Record<string, string>): Shot {
  return post(path, new URLSearchParams(members).toString(), 'application/x-www-form-urlencoded', headers)
}

function json(path: string, members: object, headers: Record<string, string> = {}): Shot {
  return post(path, JSON.stringify(members), 'application/json', headers)
}

function post(path: string, body: string, type: string, headers: Record<string, string>): Shot {
  const length = String(Buffer.byteLength(body))
  return {
    method: 'POST',
    path,
    headers: { host, 'content-type': type, 'content-length': length, ...headers },
    body,
  }
}
