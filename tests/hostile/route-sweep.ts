// What a sweep sends to one route: what the route asks its requests for is noted while it runs, what answers give (fields of
// forms, members, parameters of redirects) is sent on, and each part of a request then becomes an oddity.
import type { House } from '../../packages/server/src/platform/house.ts'
import type { Arrival } from '../../packages/server/src/platform/http/edge.ts'
import type { Incoming, Outgoing, Route } from '../../packages/server/src/platform/http/exchange.ts'
import { plausible } from './any-request.ts'
import { confided, oddBodies, oddHeaderValues, oddSegments, oddTexts, oddValues } from './oddities.ts'

/** A part of a request that a route looks at. */
type Place = 'query' | 'form' | 'json' | 'header' | 'cookie'
type Asked = Map<string, readonly [Place, string]>

/** Whoever sends: what goes with each of their requests. */
export interface Sender {
  readonly headers: Readonly<Record<string, string>>
  readonly form: Readonly<Record<string, string>>
}

export type Sending = Omit<Arrival, 'peer'> & { readonly told: string }

export interface Sweep {
  readonly house: House
  readonly password: string
  readonly ask: (what: Sending) => Promise<Outgoing | null>
  readonly senders: () => readonly Sender[]
  /** What was given under a name by the last answer that gave any. */
  readonly given: Map<string, string>
  /** Every `stride`th oddity is sent, beginning with another one at each place. */
  readonly stride: number
  turn: number
}

/** A route of which is noted what it asks its requests for. */
export interface Watched {
  readonly route: Route
  readonly asked: Asked
  /** How often its own work began. */
  readonly reached: () => number
}

const mostNames = 60

export function watch(route: Route): Watched {
  const asked: Asked = new Map()
  let reached = 0
  const note = (place: Place) => (name: unknown) => {
    if (typeof name !== 'string' || name.length > 60 || asked.size >= mostNames) return
    asked.set(`${place} ${name}`, [place, name])
  }
  const run = (request: Incoming) => {
    reached += 1
    return route.run({
      ...request,
      query: noting(request.query, note('query')),
      form: noting(request.form, note('form')),
      headers: noting(request.headers, note('header')),
      cookies: noting(request.cookies, note('cookie')),
      json: notingMembers(request.json, note('json')),
    })
  }
  return { route: { ...route, run }, asked, reached: () => reached }
}

function noting<T extends object>(of: T, note: (name: unknown) => void): T {
  return new Proxy(of, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target)
      if (typeof value !== 'function') return value
      return (...all: unknown[]): unknown => {
        note(all[0])
        return value.apply(target, all)
      }
    },
  })
}

function notingMembers(json: unknown, note: (name: unknown) => void): unknown {
  if (typeof json !== 'object' || json === null) return json
  const noted = (target: object, key: string | symbol): void => {
    if (Object.hasOwn(target, key) || typeof key === 'string') note(key)
  }
  return new Proxy(json, {
    get: (target, key): unknown => {
      noted(target, key)
      return Reflect.get(target, key, target)
    },
    getOwnPropertyDescriptor: (target, key) => {
      noted(target, key)
      return Reflect.getOwnPropertyDescriptor(target, key)
    },
  })
}

/** A request to a route, before it is written. */
interface Draft {
  readonly query: readonly (readonly [string, string])[]
  readonly form: readonly (readonly [string, string])[]
  readonly json: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  readonly segment: string
}

/** @param isTwin of a route that was swept: the same path but for its last slash */
export async function sweepRoute(sweep: Sweep, watched: Watched, isTwin: boolean): Promise<void> {
  const { asked } = watched
  const send = async (draft: Draft, told: string, sender = nextOf(sweep)): Promise<void> => {
    const outgoing = await sweep.ask(written(sweep, watched.route, sender, draft, told))
    for (const name of learnt(sweep, outgoing)) {
      if (asked.size < mostNames) asked.set(`json ${name}`, ['json', name])
    }
  }
  // What was asked for first opens the way to what is asked for next.
  const [nobody, ...others] = sweep.senders()
  for (const sender of sweep.stride === 1 ? [...others, ...others, ...others] : [nobody, others[0]])
    await send(draftOf(sweep, asked), 'as expected', sender)
  const share = Math.min(sweep.stride, others.length)
  for (let at = sweep.turn % share; at < others.length; at += share)
    await send(draftOf(sweep, asked), 'as expected', others[at])
  if (isTwin && sweep.stride > 1) return
  for (const [place, name] of [...asked.values()]) await sweepName(sweep, watched, send, place, name)
  await sweepWhole(sweep, watched, send)
}

type Send = (draft: Draft, told: string) => Promise<void>

async function sweepName(sweep: Sweep, { route, asked }: Watched, send: Send, place: Place, name: string) {
  const good = draftOf(sweep, asked)
  if (place === 'header' || place === 'cookie') {
    for (const value of someOf(sweep, oddHeaderValues)) {
      const headers = place === 'header' ? { [name]: value } : { cookie: `${name}=${value}; ${name}=` }
      if (name !== 'host') await send({ ...good, headers }, `${place} ${name}: ${value.slice(0, 60)}`)
    }
    return
  }
  for (const value of someOf(sweep, oddTexts))
    await send(withValue(good, name, value), `${name}=${JSON.stringify(value.slice(0, 60))}`)
  if (route.takes !== undefined && route.takes !== 'form') {
    for (const value of someOf(sweep, oddValues)) {
      const json = { ...good.json, [name]: value }
      await send({ ...good, json }, `${name}: ${JSON.stringify(value)}`)
    }
  }
  const kept = isSecret.test(name) ? confided : 'a'
  const once = withValue(good, name, kept)
  const twice = [[name, 'b'] as const, ...once.query]
  await send({ ...once, query: twice, form: sweep.turn % 2 === 0 ? twice : once.form }, `${name} twice`)
  const { [name]: _, ...json } = good.json
  await send(
    { ...good, query: without(good.query, name), form: without(good.form, name), json },
    `no ${name}`,
  )
}

async function sweepWhole(sweep: Sweep, { route, asked }: Watched, send: Send): Promise<void> {
  const good = draftOf(sweep, asked)
  const name = `${route.method} ${route.path}`
  if (route.path.includes('/:')) {
    for (const segment of someOf(sweep, oddSegments))
      await send({ ...good, segment }, `segment ${segment.slice(0, 40)}`)
  }
  const plain = written(sweep, route, nextOf(sweep), good, '')
  const method = route.method === 'GET' ? 'HEAD' : 'OPTIONS'
  await sweep.ask({ ...plain, method, told: `${method} ${route.path}` })
  if (route.method === 'GET') return
  await sweep.ask({ ...plain, body: 'too large', told: `${name} too large` })
  for (const [type, bytes] of someOf(sweep, oddBodies)) {
    const headers = new Map([...(plain.headers as Map<string, string>), ['content-type', type]])
    const body = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes
    await sweep.ask({ ...plain, headers, body, told: `${name} ${type}: ${String(bytes).slice(0, 60)}` })
  }
}

const isSecret = /password|secret|token|code|assertion|otp|key|proof|credential/

function nextOf(sweep: Sweep): Sender {
  const senders = sweep.senders()
  sweep.turn += 1
  return senders[sweep.turn % senders.length] ?? { headers: {}, form: {} }
}

function someOf<T>(sweep: Sweep, all: readonly T[]): readonly T[] {
  sweep.turn += 1
  return all.filter(
    (_, at) => at % Math.min(sweep.stride, all.length) === sweep.turn % Math.min(sweep.stride, all.length),
  )
}

/** Members of an answer that say something of the answer itself. */
const ofAnswers = new Set(
  'error error_description detail actions name description renders parses title status type'.split(' '),
)

/** Keeps what an answer gives. @returns the names of what it gives or wants */
function learnt({ given }: Sweep, outgoing: Outgoing | null): readonly string[] {
  if (outgoing === null || typeof outgoing.body !== 'string') return []
  const { body, headers } = outgoing
  const { location } = headers
  if (typeof location === 'string' && location.includes('?'))
    for (const [name, value] of new URLSearchParams(location.slice(location.indexOf('?'))))
      given.set(name, value)
  const isJson = [headers['content-type']].flat()[0]?.includes('json') === true && body.startsWith('{')
  if (isJson) {
    const json = JSON.parse(body) as Record<string, unknown> & {
      readonly actions?: { readonly POST?: object }
    }
    for (const [name, value] of Object.entries(json)) if (typeof value === 'string') given.set(name, value)
    const names = [...Object.keys(json), ...Object.keys(json.actions?.POST ?? {})]
    return names.filter((name) => !ofAnswers.has(name)).slice(0, 20)
  }
  const fields = [...body.matchAll(/<input[^>]* name="(\w+)"(?:[^>]* value="([^"]*)")?/g)]
  for (const [, name = '', value = ''] of fields) if (value !== '') given.set(name, value)
  return fields.map(([, name = '']) => name)
}

function draftOf(sweep: Sweep, asked: Asked): Draft {
  const texts = [...asked.values()].filter(([place]) => place !== 'header' && place !== 'cookie')
  const names = [...new Set(texts.map(([, name]) => name))].filter((name) => name !== 'form_token')
  const pairs = names.map((name) => [name, likely(sweep, name)] as const)
  const id = sweep.given.get('id') ?? 'x'
  return { query: pairs, form: pairs, json: Object.fromEntries(pairs), headers: {}, segment: id }
}

function likely({ given, password }: Sweep, name: string): string {
  if (/password/.test(name)) return password
  if (/email/.test(name)) return 'zoe@example.test'
  return plausible[name]?.[0] ?? given.get(name) ?? 'x'
}

const without = (pairs: Draft['query'], name: string): Draft['query'] =>
  pairs.filter(([other]) => other !== name)

function withValue(good: Draft, name: string, value: string): Draft {
  return {
    ...good,
    query: [...without(good.query, name), [name, value]],
    form: [...without(good.form, name), [name, value]],
    json: { ...good.json, [name]: value },
  }
}

function written(sweep: Sweep, route: Route, sender: Sender, draft: Draft, about: string): Sending {
  const { house, turn } = sweep
  const headers = new Map([
    ['host', house.issuer.host],
    ...Object.entries(sender.headers),
    ...Object.entries(draft.headers),
  ])
  const path = route.path.replaceAll(/:\w+/g, () => encodeURIComponent(draft.segment))
  const told = `${route.method} ${route.path} ${about}`
  const query = encoded(draft.query)
  const asked = query === '' ? path : `${path}?${query}`
  if (route.method === 'GET')
    return { method: 'GET', target: asked, headers, body: null, isPrivate: true, told }
  const isJson = route.takes === 'json' || (route.takes === 'any' && turn % 3 !== 0)
  if (!headers.has('content-type'))
    headers.set('content-type', isJson ? 'application/json' : 'application/x-www-form-urlencoded')
  const body = isJson ? JSON.stringify(draft.json) : encoded([...draft.form, ...Object.entries(sender.form)])
  const target = turn % 4 === 0 ? asked : path
  return {
    method: route.method,
    target,
    headers,
    body: new TextEncoder().encode(body),
    isPrivate: true,
    told,
  }
}

/** A lone surrogate as its three bytes, which are no UTF-8. */
function encoded(pairs: Draft['query']): string {
  const one = (text: string): string =>
    text.isWellFormed() ? encodeURIComponent(text) : text.replaceAll(/\W/g, '%ed%a0%80')
  return pairs.map((pair) => pair.map(one).join('=')).join('&')
}
