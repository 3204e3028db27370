// The mixed workload: what people and clients do to the server all day, one thing after another for each actor, noted in
// the journal when it is acknowledged. Any answer that the journal does not allow is a violation.
import type { Person, Seen } from '../harness/person.ts'
import { credentials } from '../harness/population.ts'
import {
  type Answer,
  codeFor,
  introspect,
  post,
  redeem,
  refresh,
  revoke,
  tokensOf,
  userinfo,
} from '../harness/wire.ts'
import type { Chance } from './chance.ts'
import {
  type Actor,
  afterPasswordChange,
  buryAccess,
  buryDevice,
  buryLine,
  count,
  type Device,
  endOf,
  extend,
  type Journal,
  type Line,
  newBrowser,
  openLine,
  twinOf,
} from './journal.ts'

/** The server did something that it must never do. */
export class Violation extends Error {
  override readonly name = 'Violation'
}

/** There was no answer, or one that says “not now”: what was asked may have happened. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  /** Whether the server hung up instead of answering, which it owes to nobody only when it dies. */
  readonly hungUp: boolean
  /** When the server wants to be asked again; null when it didn't say. */
  readonly waitMs: number | null

  constructor(hungUp: boolean, options: { readonly cause?: unknown; readonly headers?: Headers } = {}) {
    super(hungUp ? 'The connection broke.' : 'The server said “not now”.', { cause: options.cause })
    this.hungUp = hungUp
    const seconds = options.headers?.get('retry-after') ?? null
    this.waitMs = seconds === null ? null : Number(seconds) * 1000
  }
}

/**
 * Asks again as the server says, for two minutes at most: password hashing is bounded, and a machine that is busy with
 * others tells many who sign in at once to come again.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 120_000
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof NoAnswer) || performance.now() > deadline) throw error
      const pauseMs = error.waitMs ?? 50 * attempt
      await new Promise((resume) => setTimeout(resume, pauseMs))
    }
  }
}

/** Waits for an answer. @throws NoAnswer when the connection breaks, or for a 503 */
export async function heard<T extends { readonly status: number; readonly headers: Headers }>(
  asked: Promise<T>,
): Promise<T> {
  let answer: T
  try {
    answer = await asked
  } catch (cause) {
    if (isBroken(cause)) throw new NoAnswer(true, { cause })
    throw cause
  }
  if (answer.status === 503) throw new NoAnswer(false, answer)
  return answer
}

/** What `fetch` throws when a connection breaks, before the answer or in the middle of it. */
function isBroken(error: unknown): boolean {
  return error instanceof TypeError && /^(?:fetch failed|terminated)$/.test(error.message)
}

export function expect(allowed: boolean, what: string, answer: Pick<Answer, 'status'> & { text?: string }) {
  if (!allowed) throw new Violation(`${what}: ${answer.status} ${answer.text ?? ''}`)
}

interface Scene {
  readonly origin: string
  readonly journal: Journal
  readonly actor: Actor
  readonly chance: Chance
}

const weights = {
  refresh: 30,
  look: 12,
  authorize: 14,
  ownToken: 10,
  revokeAccess: 6,
  revokeLine: 5,
  signIn: 3,
  signOut: 3,
  changePassword: 3,
  reuse: 3,
  replayCode: 2,
} as const

/** Does one thing at random. @throws NoAnswer, after which the actor has to settle what is unsure; Violation */
export async function act(scene: Scene): Promise<void> {
  const { actor, chance, journal } = scene
  const device = chance.oneOf(actor.devices)
  if (device === undefined) return done(journal, 'signIn', signInSomewhere(scene))
  const deed = chance.weighted(weights)
  const line = chance.oneOf(device.lines)
  if (deed === 'signIn') {
    if (actor.devices.length < 3) await done(journal, deed, signInSomewhere(scene))
  } else if (deed === 'signOut') await done(journal, deed, signOut(scene, device))
  else if (deed === 'changePassword') await done(journal, deed, changePassword(scene, device))
  else if (deed === 'ownToken') await done(journal, deed, takeOwnToken(scene))
  else if (deed === 'authorize' || line === undefined)
    await done(journal, 'authorize', authorize(scene, device))
  else await done(journal, deed, deeds[deed](scene, device, line))
}

async function done(journal: Journal, deed: string, work: Promise<void>): Promise<void> {
  await work
  count(journal.done, deed)
}

type Deed = (scene: Scene, device: Device, line: Line) => Promise<void>

const deeds: Readonly<
  Record<'refresh' | 'look' | 'revokeAccess' | 'revokeLine' | 'reuse' | 'replayCode', Deed>
> = { refresh: refreshLine, look, revokeAccess, revokeLine, reuse, replayCode }

async function signInSomewhere({ origin, actor }: Scene): Promise<void> {
  const person = newBrowser()
  actor.unsure = { did: 'sign in' }
  const seen = await tryPassword(origin, person, actor)
  expect(isIn(seen), 'a right password does not sign in', seen)
  actor.unsure = null
  actor.guesses = 0
  actor.devices.push({ person, lines: [] })
}

/** @returns what the person sees then */
export async function tryPassword(
  origin: string,
  person: Person,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<Seen> {
  const page = await heard(person.open(`${origin}/sign-in`))
  return heard(person.submit(page, { username, password }))
}

export function isIn(seen: Seen): boolean {
  return seen.status === 200 && seen.url.pathname === '/account'
}

async function authorize(scene: Scene, device: Device): Promise<void> {
  const { origin, actor, journal } = scene
  const [oldest] = device.lines
  if (device.lines.length >= 4 && oldest !== undefined) await revokeLine(scene, device, oldest)
  actor.unsure = { did: 'read' }
  const ticket = await codeOrNothing(origin, device)
  if (ticket === null) throw new Violation('an acknowledged session is not known any more')
  actor.unsure = { did: 'redeem', device, ticket }
  const answer = await heard(redeem(origin, ticket))
  expect(answer.status === 200, 'a fresh code is refused', answer)
  openLine(device, ticket, tokensOf(answer))
  actor.unsure = null
  count(journal.done, 'redeem')
}

async function codeOrNothing(origin: string, device: Device) {
  try {
    return await codeFor(origin, device.person)
  } catch (cause) {
    if (isBroken(cause)) throw new NoAnswer(true, { cause })
    if (cause instanceof Error && /^No code but 503/.test(cause.message)) throw new NoAnswer(false, { cause })
    throw cause
  }
}

async function refreshLine({ origin, actor }: Scene, _: Device, line: Line): Promise<void> {
  actor.unsure = { did: 'refresh', line, at: Date.now() }
  const answer = await heard(refresh(origin, endOf(line)))
  expect(answer.status === 200, 'a living refresh token is refused', answer)
  const tokens = tokensOf(answer)
  expect(tokens.refresh !== endOf(line), 'a refresh token was not rotated', answer)
  extend(line, tokens)
  actor.unsure = null
}

/** Everything about a line that can be looked at without changing it. */
async function look({ origin, actor, chance }: Scene, device: Device, line: Line): Promise<void> {
  actor.unsure = { did: 'read' }
  await seeLine(origin, line, chance.oneOf(line.access)?.token)
  await seeDevice(origin, device)
  const own = chance.oneOf(actor.own.filter(({ until }) => Date.now() < until))
  if (own !== undefined) {
    const answer = await heard(introspect(origin, own.token, credentials.guard))
    expect(answer.json['active'] === true, 'an acknowledged opaque token is not known', answer)
  }
  actor.unsure = null
}

/** The end of a line lives, and so does one of its access tokens. */
export async function seeLine(origin: string, line: Line, access: string | undefined): Promise<void> {
  const end = await heard(introspect(origin, endOf(line)))
  expect(end.json['active'] === true, 'an acknowledged refresh token is dead', end)
  const held = line.access.find(({ token }) => token === access)
  if (held !== undefined) {
    const answer = await heard(userinfo(origin, held.token))
    const isOld = Date.now() >= held.until
    expect(answer.status === 200 || isOld, 'a living access token is refused', answer)
  }
}

export async function seeDevice(origin: string, { person }: Device): Promise<void> {
  const seen = await heard(person.open(`${origin}/account`))
  expect(isIn(seen), 'an acknowledged session is not known any more', seen)
}

async function takeOwnToken({ origin, actor }: Scene): Promise<void> {
  actor.unsure = { did: 'read' }
  const form = { grant_type: 'client_credentials', scope: 'vault:read' }
  const answer = await heard(post(`${origin}/oauth/token`, form, credentials.machine))
  expect(answer.status === 200, 'client credentials are refused', answer)
  actor.unsure = null
  actor.own.push({ token: String(answer.json['access_token']), until: Date.now() + 3_500_000 })
}

async function revokeAccess({ origin, actor, chance, journal }: Scene, _: Device, line: Line): Promise<void> {
  const token = chance.oneOf(line.access)?.token
  if (token === undefined) return
  actor.unsure = { did: 'revoke access', line, token }
  const answer = await heard(revoke(origin, token))
  expect(answer.status === 200, 'revocation is refused', answer)
  actor.unsure = null
  buryAccess(journal, line, token)
}

async function revokeLine(
  { origin, actor, journal }: Omit<Scene, 'chance'>,
  device: Device,
  line: Line,
): Promise<void> {
  actor.unsure = { did: 'revoke line', device, line }
  const answer = await heard(revoke(origin, endOf(line)))
  expect(answer.status === 200, 'revocation is refused', answer)
  actor.unsure = null
  buryLine(journal, device, line)
}

/** A thief comes with an old copy: the whole line ends (RT-04, RT-05). */
async function reuse({ origin, actor, journal }: Scene, device: Device, line: Line): Promise<void> {
  const stolen = line.refresh.at(-3)
  if (stolen === undefined) return
  actor.unsure = { did: 'replay', device, line }
  const answer = await heard(refresh(origin, stolen))
  expect(answer.status === 400, 'a superseded refresh token is accepted', answer)
  actor.unsure = null
  buryLine(journal, device, line)
}

/** A thief comes with the code of the line: the whole line ends (TK-02). */
async function replayCode({ origin, actor, journal }: Scene, device: Device, line: Line): Promise<void> {
  actor.unsure = { did: 'replay', device, line }
  const answer = await heard(redeem(origin, line.ticket))
  expect(answer.status === 400, 'a redeemed code is accepted', answer)
  actor.unsure = null
  buryLine(journal, device, line)
}

async function signOut({ origin, actor, journal }: Scene, device: Device): Promise<void> {
  // What must be dead afterwards is the cookie that the browser had.
  const person = twinOf(device.person)
  actor.unsure = { did: 'read' }
  const page = await heard(person.open(`${origin}/sign-out`))
  expect(page.status === 200, 'the sign-out page does not open', page)
  actor.unsure = { did: 'sign out', device }
  const seen = await heard(person.submit(page, {}))
  expect(seen.status === 200, 'signing out is refused', seen)
  actor.unsure = null
  buryDevice(journal, actor, device)
}

async function changePassword({ origin, actor, journal }: Scene, device: Device): Promise<void> {
  const person = twinOf(device.person)
  actor.unsure = { did: 'read' }
  const page = await heard(person.open(`${origin}/account`))
  expect(isIn(page), 'an acknowledged session is not known any more', page)
  const to = `${actor.password.replace(/ \d+$/, '')} ${journal.graves.length}`
  actor.unsure = { did: 'change password', to }
  const form = { current_password: actor.password, new_password: to }
  const seen = await heard(person.submit(page, form))
  expect(isIn(seen), 'changing the password is refused', seen)
  actor.unsure = null
  afterPasswordChange(journal, actor, to)
  actor.devices.push({ person, lines: [] })
}
