// Puts every flow to the originals or to ours, and says where two answer differently. What the originals answered is kept
// in recorded.json, so that every run of the tests holds ours against it; `npm run wires` asks the originals again.
import { readFile, writeFile } from 'node:fs/promises'
import { numberOf } from '../../../packages/server/src/accounts/users/numbers.store.ts'
import { type Python, startOriginal } from '../python.ts'
import { restAuthFlows } from './dj-rest-auth-flows.ts'
import { djoserFlows } from './djoser-flows.ts'
import { type Flow, type Group, groups, type Step } from './flows.ts'
import { addPeople, linkIn, links, openAccounts } from './ours.fixture.ts'

/** Every flow. */
export const flows: readonly Flow[] = [...djoserFlows, ...restAuthFlows]

/** What the last step of a flow was answered, without what differs each time. */
export interface Seen {
  readonly status: number
  readonly challenge: string | null
  readonly allow: string | null
  readonly cookies: readonly string[]
  readonly body: unknown
}

/** What a flow came to: null where both answer alike. */
export interface Compared {
  readonly flow: Flow
  readonly difference: string | null
}

interface Answered {
  readonly status: number
  readonly headers: (name: string) => string | null
  readonly cookies: readonly string[]
  readonly text: string
}

interface World {
  send(step: Step): Promise<Answered>
  /** Of the last mail. */
  mail(): Promise<string>
  /** What somebody else is called by. */
  readonly other: string
}

const recording = new URL('recorded.json', import.meta.url)

/** What the originals answered when they were asked last, by the names of flows. */
export async function recorded(): Promise<ReadonlyMap<string, Seen>> {
  return new Map(Object.entries(JSON.parse(await readFile(recording, 'utf8')) as Record<string, Seen>))
}

/** Keeps what the originals answered. */
export async function record(answers: ReadonlyMap<string, Seen>): Promise<void> {
  await writeFile(recording, `${JSON.stringify(Object.fromEntries(answers), null, 1)}\n`)
}

/** Asks the originals. */
export async function askTheirs(python: Python): Promise<ReadonlyMap<string, Seen>> {
  const answers = new Map<string, Seen>()
  for (const group of Object.keys(groups) as Group[]) {
    const stated = Object.entries(groups[group].theirs).map(([name, value]) => [name, JSON.stringify(value)])
    const settings = Object.fromEntries(stated) as Readonly<Record<string, string>>
    await using original = await startOriginal(python, new URL('oracle.py', import.meta.url), settings)
    for (const flow of flows.filter((one) => one.group === group)) {
      answers.set(flow.name, await walk(flow, await theirWorld(original.origin)))
    }
  }
  return answers
}

/** Asks ours. */
export async function askOurs(): Promise<ReadonlyMap<string, Seen>> {
  const answers = new Map<string, Seen>()
  for (const group of Object.keys(groups) as Group[]) {
    const own = flows.filter((flow) => flow.group === group)
    // Those after which everything is as before share a house: one for each takes its time.
    await using shared = await ourHouse(group)
    for (const flow of own.filter(leavesNothing)) answers.set(flow.name, await walk(flow, shared.enter()))
    for (const flow of own.filter((one) => !leavesNothing(one))) {
      await using house = await ourHouse(group)
      answers.set(flow.name, await walk(flow, house.enter()))
    }
  }
  return answers
}

/** Whether a flow does nothing but sign in and out, look, and send what is refused before it is read. */
function leavesNothing({ steps }: Flow): boolean {
  return steps.every(
    ({ path, method, members, text }) =>
      /\/(?:login|logout|create|refresh|verify)\/?$/.test(path) ||
      (path !== 'mail' && members === undefined && text === undefined && (method ?? 'GET') !== 'DELETE'),
  )
}

/** Compares two sets of answers. */
export function compare(theirs: ReadonlyMap<string, Seen>, ours: ReadonlyMap<string, Seen>): Compared[] {
  return flows.map((flow) => {
    const [expected, got] = [theirs, ours].map((answers) => JSON.stringify(answers.get(flow.name)))
    return { flow, difference: expected === got ? null : `theirs ${expected}\n    ours   ${got}` }
  })
}

async function walk(flow: Flow, world: World): Promise<Seen> {
  const given = new Map<string, unknown>([['other', world.other]])
  let seen: Seen | undefined
  for (const step of flow.steps) {
    if (step.path === 'mail') {
      for (const [name, value] of Object.entries(linkIn(await world.mail()))) given.set(name, value)
      continue
    }
    const answered = await world.send(filled(step, given))
    const body = jsonOr(answered.text)
    if (typeof body === 'object' && body !== null) {
      for (const [name, value] of Object.entries(body)) given.set(name, value)
    }
    seen = {
      status: answered.status,
      challenge: answered.headers('www-authenticate'),
      allow: answered.headers('allow'),
      cookies: answered.cookies
        .map(maskedCookie)
        .filter((line) => line !== null)
        .sort(),
      body: masked(body),
    }
  }
  if (seen === undefined) throw new Error(`${flow.name} has no steps.`)
  return seen
}

function filled(step: Step, given: ReadonlyMap<string, unknown>): Step {
  const put = (text: string): string =>
    text.replace(/\$([a-z_]+)/g, (_, name: string) => String(given.get(name)))
  return JSON.parse(JSON.stringify(step), (_, value: unknown) =>
    typeof value === 'string' ? put(value) : value,
  ) as Step
}

/** Members whose values are others each time, as their types. */
const varying = /^(?:id|pk|key|auth_token|access|refresh|access_expiration|refresh_expiration)$/

function masked(value: unknown, name = ''): unknown {
  if (varying.test(name) && !Array.isArray(value)) return value === '' ? '' : typeof value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => masked(one))
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, masked(member, key)]))
}

/** A cookie's name and what it is good for; null for those of the frameworks' own sessions. */
function maskedCookie(line: string): string | null {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
  const [name = '', value = ''] = pair.split('=')
  if (name === 'sessionid' || name === 'messages') return null
  const isGone = value === '' || value === '""'
  const varies = isGone ? /^(?:expires|max-age|comment|httponly)/i : /^(?:expires|max-age|comment)/i
  const lasting = attributes.filter((one) => !varies.test(one)).toSorted()
  return [`${name}=${isGone ? '' : '…'}`, ...lasting].join('; ')
}

function requestOf({ method, as, members, text, type, headers }: Step) {
  const body = text ?? (members === undefined ? undefined : JSON.stringify(members))
  return {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
      ...(as !== undefined && { authorization: as }),
      ...headers,
    } as Record<string, string>,
    ...(body !== undefined && { body }),
  }
}

async function theirWorld(origin: string): Promise<World> {
  const begun = await fetch(`${origin}/oracle/begin/`, { method: 'POST' })
  const { other } = (await begun.json()) as { readonly other: number }
  const jar = new Map<string, string>()
  return {
    other: String(other),
    mail: async () => (await fetch(`${origin}/oracle/mail/`)).text(),
    send: async (step) => {
      const request = requestOf(step)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { ...(cookie !== '' && { cookie }), ...request.headers }
      const response = await fetch(origin + step.path, { ...request, headers, redirect: 'manual' })
      const cookies = response.headers.getSetCookie()
      for (const line of cookies) {
        const [, name = '', value = ''] = /^\s*([^=]+)=([^;]*)/.exec(line) ?? []
        // Only the wire's own: the session of Django would let in what the wire doesn't.
        if (name !== 'access' && name !== 'refresh') continue
        if (value === '' || value === '""') jar.delete(name)
        else jar.set(name, value)
      }
      return {
        status: response.status,
        headers: (name) => response.headers.get(name),
        cookies: cookies.map((line) => line.trim()),
        text: await response.text(),
      }
    },
  }
}

interface OurHouse extends AsyncDisposable {
  /** A front end with cookies of its own. */
  enter(): World
}

async function ourHouse(group: Group): Promise<OurHouse> {
  const { djoser, restAuth } = groups[group]
  const accounts = await openAccounts({
    djoser: { ...links.djoser, ...structuredClone(djoser) },
    'dj-rest-auth': { ...links.restAuth, ...structuredClone(restAuth) },
  } as Parameters<typeof openAccounts>[0])
  const { grace } = await addPeople(accounts)
  const other = String(await numberOf(accounts.house.database, 'simplejwt', grace.id))
  const enter = (visitor = accounts.visitor()): World => ({
    other,
    mail: async () => (await accounts.house.letters()).at(-1)?.text ?? '',
    send: async (step) => {
      // So that of two letters the later one is the last.
      accounts.house.runtime.advance(1)
      const answer = await visitor.visit(step.path, requestOf(step))
      const lines = answer.headers['set-cookie'] ?? []
      return {
        status: answer.status,
        headers: (name) => answer.header(name) ?? null,
        cookies: typeof lines === 'string' ? [lines] : lines,
        text: answer.body,
      }
    },
  })
  return { enter, [Symbol.asyncDispose]: () => accounts[Symbol.asyncDispose]() }
}

/** Nothing, JSON, or one of Django's own pages. */
function jsonOr(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return 'a page'
  }
}
