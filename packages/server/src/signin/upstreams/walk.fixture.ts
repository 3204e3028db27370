// A house in which people sign in with the simulated providers, over the real edge, without a network.
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { digest } from '@countersign/protocol'
import type { LimitPolicies } from '../../accounts/credentials/limit-policies.ts'
import { noLimits, openPeople, type People, password, wayIn } from '../../accounts/people.fixture.ts'
import { type FoundSession, sessionByDigest } from '../../accounts/sessions/sessions.store.ts'
import { canonicalEmail } from '../../accounts/users/identifiers.ts'
import { type User, userByIdentifier } from '../../accounts/users/users.store.ts'
import { type Answer, edgeOf, type HouseOptions, Visitor } from '../../platform/house.ts'
import type { Edge } from '../../platform/http/edge.ts'
import type { Egress } from '../../platform/http/egress.ts'
import type { SafeLocation } from '../../platform/http/exchange.ts'
import { secondRoutes } from '../second/second.routes.ts'
import { signInRoutes } from '../sign-in.routes.ts'
import { carried } from './simulators/pages.routes.ts'
import { simulatorRoutes } from './simulators/simulators.routes.ts'
import { upstreamRoutes } from './upstreams.routes.ts'
import { type Upstream, upstreamsFrom } from './upstreams.ts'

export { password }

export interface Walk extends People {
  readonly edge: Edge
  readonly upstreams: readonly Upstream[]
  /** What the server asked of providers, as method and path. */
  readonly calls: readonly string[]
  visitor(): Visitor
}

export interface WalkOptions extends HouseOptions {
  readonly limits?: Partial<LimitPolicies>
  readonly signUpOpen?: boolean
  /** Stands between the server and the providers. */
  readonly meddle?: (egress: Egress) => Egress
}

// Closed when the test file ends.
const opened: People[] = []
after(async () => {
  for (const { house } of opened) await house.close()
})

export async function openWalk(options: WalkOptions = {}): Promise<Walk> {
  const people = await openPeople({ ...options, limits: { ...noLimits, ...options.limits } })
  const { house } = people
  const upstreams = upstreamsFrom({}, house)
  const calls: string[] = []
  const inside: Egress = async (url, request) => {
    calls.push(`${request.method} ${new URL(url).pathname}`)
    return ask(edge, url, request)
  }
  const room = {
    ...people,
    upstreams,
    signUpOpen: options.signUpOpen ?? true,
    signUp: 'open' as const,
    partyAt: async () => null,
    farewell: async (_request: unknown, _session: unknown, next: SafeLocation) => next,
    egress: options.meddle?.(inside) ?? inside,
  }
  const edge = edgeOf(house, [
    ...signInRoutes(house, room),
    ...secondRoutes(house, room),
    ...upstreamRoutes(house, room),
    ...simulatorRoutes(house, upstreams),
    wayIn(house),
  ])
  opened.push(people)
  return { ...people, edge, upstreams, calls, visitor: () => new Visitor(edge) }
}

/** One request of the server to itself, as its own listener would take it. */
async function ask(edge: Edge, url: string, request: Parameters<Egress>[1]): Promise<Response> {
  const { host, pathname, search } = new URL(url)
  const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]))
  headers.set('host', host)
  const outgoing = await edge.answer({
    method: request.method,
    target: pathname + search,
    headers: { get: (name) => headers.get(name) },
    body: request.body == null ? null : new TextEncoder().encode(request.body),
    peer: '127.0.0.1',
  })
  return new Response(String(outgoing.body), {
    status: outgoing.status,
    headers: Object.entries(outgoing.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : value.map((one) => [name, one]),
    ),
  })
}

/** Presses the provider's button on our page and comes to the provider's. @returns the provider's page */
export async function goTo(
  visitor: Visitor,
  upstream: string,
  form: Record<string, string> = {},
): Promise<Answer> {
  await visitor.visit('/sign-in')
  const begun = await visitor.submit(`/sign-in/with/${upstream}`, form)
  if (begun.status !== 303 || begun.location === undefined) return begun
  return visitor.visit(begun.location)
}

/** Answers the provider's page. @returns the address that the provider sends the browser to, ours */
export async function answerThere(
  visitor: Visitor,
  page: Answer,
  answer: Record<string, string>,
): Promise<string> {
  const action = /<form method="post" action="([^"]+)"/.exec(page.body)?.[1] ?? ''
  const fields = carried.flatMap((name): [string, string][] => {
    const value = page.field(name)
    return value === undefined ? [] : [[name, value]]
  })
  const answered = await visitor.submit(action, { ...Object.fromEntries(fields), ...answer })
  // A browser keeps the fragment to itself.
  return answered.location?.replace(/#.*$/, '') ?? `no redirect: ${answered.status} ${answered.body}`
}

/** The whole way, as the person of this place in the simulator's list. @returns our answer to the callback */
export async function signInWith(
  visitor: Visitor,
  upstream: string,
  person: string,
  form: Record<string, string> = {},
): Promise<Answer> {
  const page = await goTo(visitor, upstream, form)
  return visitor.visit(await answerThere(visitor, page, { person, ...form }))
}

/** Who is signed in in this browser, and how. */
export async function sessionIn({ house }: Walk, visitor: Visitor): Promise<FoundSession | null> {
  const cookie = visitor.cookies.get('sid')
  return cookie === undefined ? null : sessionByDigest(house.database, house.runtime.now(), digest(cookie))
}

export async function userOf({ house }: Walk, address: string): Promise<User | null> {
  const value = canonicalEmail(address)
  if (value === null) throw new TypeError('This is no address.')
  return userByIdentifier(house.database, { kind: 'email', value })
}

/** Every row of a table, as it lies there. */
export async function rowsOf({ house }: Walk, table: string): Promise<Record<string, unknown>[]> {
  return house.database.read(`select * from ${table}`, [])
}

export function isAccountAddress(answer: Answer): void {
  assert.equal(answer.status, 303)
  assert.equal(answer.location, '/account')
}
