// Puts every flow to the original and to ours, and says where they differ. Needs Python and its packages, which are
// fetched once; used by `npm run interop`.
import { peekUnverified } from '@countersign/protocol'
import { disableUser } from '../../../packages/server/src/accounts/users/users.store.ts'
import {
  broughtAs,
  openSimpleJwt,
  type SimpleJwtHouse,
} from '../../../packages/server/src/profiles/profile.fixture.ts'
import { type Flow, flows, password, type Step, secretKey } from './flows.ts'
import { type Python, startDjango } from './oracle.ts'

/** What a flow came to: null where both answer alike. */
export interface Compared {
  readonly flow: Flow
  readonly difference: string | null
}

type Group = NonNullable<Flow['settings']> | 'usual'

const settingsOf: { readonly [G in Group]: Readonly<Record<string, boolean>> } = {
  usual: {},
  rotating: { ROTATE_REFRESH_TOKENS: true },
  blacklisting: { ROTATE_REFRESH_TOKENS: true, BLACKLIST_AFTER_ROTATION: true },
  sliding: {},
}

interface Seen {
  readonly status: number
  readonly challenge: string | null
  readonly allow: string | null
  readonly body: unknown
}

type Send = (step: Step) => Promise<Seen>

/** Compares every flow. */
export async function compareAll(python: Python): Promise<Compared[]> {
  const compared: Compared[] = []
  for (const group of Object.keys(settingsOf) as Group[]) {
    await using original = await startDjango(python, settingsOf[group], group === 'sliding')
    const ours = await openOurs(group)
    for (const flow of flows.filter(({ settings = 'usual' }) => settings === group)) {
      const [theirs, own] = [await walk(flow, sendOver(original.origin)), await walk(flow, sendTo(ours))]
      const same = JSON.stringify(theirs) === JSON.stringify(own)
      const difference = same ? null : `theirs ${JSON.stringify(theirs)}\n    ours   ${JSON.stringify(own)}`
      compared.push({ flow, difference })
    }
    await ours.house.close()
  }
  return compared
}

/** Takes the steps of a flow; what the last one is answered, with everything masked that differs each time. */
async function walk(flow: Flow, send: Send): Promise<Seen> {
  const given = new Map<string, unknown>()
  let seen: Seen | undefined
  for (const step of flow.steps) {
    seen = await send(filled(step, given))
    const keeps = JSON.stringify(step.members ?? null).includes('"keep"')
    if (!keeps && typeof seen.body === 'object' && seen.body !== null) {
      for (const [name, value] of Object.entries(seen.body)) given.set(name, value)
    }
  }
  if (seen === undefined) throw new Error(`${flow.name} has no steps.`)
  return { ...seen, body: masked(seen.body) }
}

function filled(step: Step, given: ReadonlyMap<string, unknown>): Step {
  if (step.members === undefined) return step
  const members = JSON.parse(JSON.stringify(step.members), (_, value: unknown) =>
    typeof value === 'string' && value.startsWith('$') ? given.get(value.slice(1)) : value,
  ) as unknown
  return { ...step, members }
}

/** A token as the names of its claims and their types, without those that are ours alone. */
function masked(value: unknown): unknown {
  if (typeof value === 'string') {
    const peeked = value.split('.').length === 3 ? peekUnverified(value) : null
    if (peeked === null) return value
    const claims = Object.entries(peeked.claims).filter(([name]) => name !== 'sub' && name !== 'fam')
    return { header: peeked.header, claims: claims.map(([name, claim]) => [name, typeof claim]) }
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(masked)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, masked(member)]))
}

interface Request {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
}

function requestOf({ method = 'POST', headers = {}, members, text, type }: Step): Request {
  const body = text ?? (members === undefined ? undefined : JSON.stringify(members))
  const contentType = body === undefined ? {} : { 'content-type': type ?? 'application/json' }
  return { method, headers: { ...contentType, ...headers }, ...(body !== undefined && { body }) }
}

function sendOver(origin: string): Send {
  return async (step) => {
    const response = await fetch(origin + step.path, requestOf(step))
    return {
      status: response.status,
      challenge: response.headers.get('www-authenticate'),
      allow: response.headers.get('allow'),
      body: jsonOr(await response.text()),
    }
  }
}

function sendTo(house: SimpleJwtHouse): Send {
  return async (step) => {
    const answer = await house.visitor.visit(step.path, requestOf(step))
    return {
      status: answer.status,
      challenge: answer.header('www-authenticate') ?? null,
      allow: answer.header('allow') ?? null,
      body: answer.json(),
    }
  }
}

async function openOurs(group: Group): Promise<SimpleJwtHouse> {
  const rotates = group === 'rotating' || group === 'blacklisting'
  const house = await openSimpleJwt(
    {
      sliding: group === 'sliding',
      rotateRefreshTokens: rotates,
      blacklistAfterRotation: group === 'blacklisting',
      // The grace would hide what the original does with a token that was rotated away.
      safeRotation: !rotates,
    },
    { texts: { signing: secretKey, verifying: [] } },
  )
  const { database, runtime } = house.house
  for (const [index, username] of ['ada', 'grace', 'idle'].entries()) {
    const user = await house.add({ username, email: `${username}@example.test`, password })
    await broughtAs(house, user, index + 1)
    if (username === 'idle') await database.commit([disableUser(database, runtime.now(), user.id)])
  }
  return house
}

/** The original’s own failures are pages. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return 'a page'
  }
}
