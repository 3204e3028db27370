// Puts every flow to the original or to ours, and says where two answer differently. The original needs Python and its
// packages, which are fetched once (`npm run wires`); what it answered is kept in `recorded/`, for every other test.
import { readFile, writeFile } from 'node:fs/promises'
import { peekUnverified } from '@countersign/protocol'
import type { House } from '../../../packages/server/src/platform/house.ts'
import type { Python } from '../python.ts'
import { flows as atTheViews, type Flow, type Step } from './flows.ts'
import { flowsElsewhere } from './flows-elsewhere.ts'
import { type Dialect, type Group, groupNames, groupOf } from './groups.ts'
import { startDjango } from './oracle.ts'
import { openOurs } from './ours.ts'

/** Every flow. */
const flows: readonly Flow[] = [...atTheViews, ...flowsElsewhere]

/** What a step was answered, without what differs each time. */
export interface Seen {
  readonly status: number
  readonly type: string | null
  readonly challenge: string | null
  readonly allow: string | null
  readonly language: string | null
  /** Without `Accept`, which the original names only where it has pages as well. */
  readonly vary: string | null
  readonly body: unknown
}

/** What a flow was answered, step by step. */
export type Answers = ReadonlyMap<string, readonly Seen[]>

/** What a flow came to: null where both answer alike. */
export interface Compared {
  readonly flow: Flow
  /** Why the two are said to differ; undefined where they are said not to. */
  readonly reason: string | undefined
  readonly difference: string | null
}

/** Answers a request, whoever does. */
export type Send = (path: string, request: SentRequest) => Promise<Answer>

export interface SentRequest {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
}

export interface Answer {
  readonly status: number
  readonly header: (name: string) => string | null
  readonly text: string
}

/** The flows that a release can be asked. */
export function flowsOf(dialect: Dialect): readonly Flow[] {
  return flows.filter(({ settings = 'usual' }) => groupOf(settings).dialects?.includes(dialect) !== false)
}

/** Compares two sets of answers. */
export function compare(dialect: Dialect, theirs: Answers, ours: Answers): Compared[] {
  return flowsOf(dialect).map((flow) => {
    const [expected, got] = [theirs.get(flow.name), ours.get(flow.name)].map((seen) => JSON.stringify(seen))
    const reason = typeof flow.differs === 'string' ? flow.differs : flow.differs?.[dialect]
    const difference = expected === got ? null : `theirs ${expected}\n    ours   ${got}`
    return { flow, reason, difference }
  })
}

/** Whether a comparison came out as it is said to. */
export function isExpected({ reason, difference }: Compared): boolean {
  return (difference === null) === (reason === undefined)
}

/** What the original answers. */
export async function askTheirs(python: Python, dialect: Dialect): Promise<Answers> {
  return askAll(dialect, async (group, walk) => {
    await using original = await startDjango(python, groupOf(group))
    await walk(async (path, request) => {
      const response = await fetch(original.origin + path, request)
      const text = await response.text()
      return { status: response.status, header: (name) => response.headers.get(name), text }
    })
  })
}

/** What ours answers. */
export async function askOurs(dialect: Dialect, house?: () => Promise<House>): Promise<Answers> {
  return askAll(dialect, async (group, walk) => {
    await using ours = await openOurs(group, dialect, await house?.())
    await walk(ours.send)
  })
}

async function askAll(
  dialect: Dialect,
  at: (group: Group, walk: (send: Send) => Promise<void>) => Promise<void>,
): Promise<Answers> {
  const answers = new Map<string, readonly Seen[]>()
  for (const group of groupNames) {
    const own = flowsOf(dialect).filter(({ settings = 'usual' }) => settings === group)
    if (own.length === 0) continue
    await at(group, async (send) => {
      for (const flow of own) answers.set(flow.name, await walk(flow, send))
    })
  }
  return answers
}

const recorded = (dialect: Dialect) => new URL(`recorded/${dialect}.jsonl`, import.meta.url)

/** What the original answered when it was asked last. */
export async function recordedAnswers(dialect: Dialect): Promise<Answers> {
  const lines = (await readFile(recorded(dialect), 'utf8')).trimEnd().split('\n')
  return new Map(lines.map((line) => JSON.parse(line) as [string, Seen[]]))
}

/** Keeps what the original answers: a flow a line. */
export async function record(dialect: Dialect, answers: Answers): Promise<void> {
  const lines = [...answers].map((answer) => `${JSON.stringify(answer)}\n`)
  await writeFile(recorded(dialect), lines.join(''))
}

/** Takes the steps of a flow. */
async function walk(flow: Flow, send: Send): Promise<Seen[]> {
  const given = new Map<string, unknown>()
  const seen: Seen[] = []
  for (const step of flow.steps) {
    const { status, header, text } = await send(step.path, requestOf(step, given))
    const body = jsonOr(text)
    const keeps = JSON.stringify(step.members ?? null).includes('"keep"')
    if (!keeps && typeof body === 'object' && body !== null) {
      for (const [name, value] of Object.entries(body)) given.set(name, value)
    }
    seen.push({
      status,
      type: header('content-type'),
      challenge: header('www-authenticate'),
      // Of the API's own views ours says nothing.
      allow: step.path.startsWith('/api/me') ? null : header('allow'),
      language: header('content-language'),
      vary: withoutAccept(header('vary')),
      body: masked(body, header('content-language')),
    })
  }
  return seen
}

function withoutAccept(vary: string | null): string | null {
  const rest = (vary ?? '')
    .split(/,\s*/)
    .filter((name) => !['accept', 'origin', ''].includes(name.toLowerCase()))
  return rest.length === 0 ? null : rest.join(', ')
}

/** A token as the names of its claims and their types, without those that are ours alone; words of other languages as such. */
function masked(value: unknown, language: string | null): unknown {
  if (typeof value === 'string') {
    const peeked = value.split('.').length === 3 ? peekUnverified(value) : null
    if (peeked === null) return language === null || language === 'en' ? value : `in ${language}`
    const claims = Object.entries(peeked.claims).filter(([name]) => name !== 'sub' && name !== 'fam')
    return { header: peeked.header, claims: claims.map(([name, claim]) => [name, typeof claim]) }
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => masked(one, language))
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, masked(member, language)]))
}

/** `$name` stands for what an earlier step was given under that name. */
function requestOf(step: Step, given: ReadonlyMap<string, unknown>): SentRequest {
  const { method = 'POST', members, text, type } = step
  const filled = JSON.parse(JSON.stringify(members ?? null), (_, value: unknown) =>
    typeof value === 'string' && value.startsWith('$') ? given.get(value.slice(1)) : value,
  ) as unknown
  const headers = Object.entries(step.headers ?? {}).map(([name, value]) => [
    name,
    value.replace(/\$(\w+)/, (_, name: string) => String(given.get(name))),
  ])
  const body = text ?? (members === undefined ? undefined : JSON.stringify(filled))
  const contentType = body === undefined ? {} : { 'content-type': type ?? 'application/json' }
  return {
    method,
    headers: { ...contentType, ...Object.fromEntries(headers) },
    ...(body !== undefined && { body }),
  }
}

/** The original’s own failures are pages. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return 'a page'
  }
}
