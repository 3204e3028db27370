// What the server has acknowledged, as its clients remember it: living sessions and lines of tokens on one side, the
// graveyard on the other. Nothing is written down here before the answer that says so has arrived.
import type { Person } from '../harness/person.ts'
import type { Inhabitant } from '../harness/population.ts'
import { browserAt, type Ticket, type Tokens } from '../harness/wire.ts'

/** A family of tokens as its client has it. */
export interface Line {
  readonly ticket: Ticket
  /** Refresh tokens, the living end last. */
  readonly refresh: string[]
  /** Access tokens that were not revoked one by one. */
  readonly access: { readonly token: string; readonly until: number }[]
}

/** A browser in which somebody has signed in. */
export interface Device {
  readonly person: Person
  readonly lines: Line[]
}

/** Somebody with a password, a few browsers and the tokens that their clients hold; does one thing after another. */
export interface Actor {
  readonly username: string
  password: string
  /** Wrong passwords tried since the last right one: five are free, then everybody has to wait. */
  guesses: number
  devices: Device[]
  /** Opaque tokens that the client `machine` got beside it. */
  readonly own: { readonly token: string; readonly until: number }[]
  /** What was asked and not answered: it may have happened or not. */
  unsure: Unsure | null
}

export type Unsure =
  | { readonly did: 'read' }
  | { readonly did: 'sign in' }
  | { readonly did: 'redeem'; readonly device: Device; readonly ticket: Ticket }
  | { readonly did: 'refresh'; readonly line: Line; readonly at: number }
  | { readonly did: 'revoke line'; readonly device: Device; readonly line: Line }
  | { readonly did: 'replay'; readonly device: Device; readonly line: Line }
  | { readonly did: 'revoke access'; readonly line: Line; readonly token: string }
  | { readonly did: 'sign out'; readonly device: Device }
  | { readonly did: 'change password'; readonly to: string }

/** Something that was good once and must never be good again. */
export type Grave =
  | { readonly kind: 'refresh token' | 'access token'; readonly token: string }
  /** Superseded in a family that lives: to present it would end the family, as it must. */
  | { readonly kind: 'superseded'; readonly token: string }
  | { readonly kind: 'code'; readonly ticket: Ticket }
  | { readonly kind: 'session'; readonly cookie: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: string }

export interface Journal {
  readonly actors: readonly Actor[]
  readonly graves: Grave[]
  /** How many answers were waited for in vain, by what was asked. */
  readonly unanswered: Map<string, number>
  /** How often each thing was done and acknowledged. */
  readonly done: Map<string, number>
}

export function newJournal(people: readonly Inhabitant[]): Journal {
  return {
    actors: people.map(({ username, password }) => ({
      username,
      password,
      guesses: 0,
      devices: [],
      own: [],
      unsure: null,
    })),
    graves: [],
    unanswered: new Map(),
    done: new Map(),
  }
}

export function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** A line that its client has the first tokens of. */
export function openLine(device: Device, ticket: Ticket, tokens: Tokens): Line {
  const line: Line = { ticket, refresh: [], access: [] }
  device.lines.push(line)
  extend(line, tokens)
  return line
}

/** The next tokens of a line. */
export function extend(line: Line, { access, refresh }: Tokens): void {
  line.refresh.push(refresh)
  line.access.push({ token: access, until: Date.now() + accessMs })
}

/** Access tokens live for five minutes; towards their end nobody can say which side of it we are on. */
const accessMs = 290_000

export function endOf(line: Line): string {
  return line.refresh.at(-1) ?? ''
}

export function buryAccess({ graves }: Journal, line: Line, token: string): void {
  const at = line.access.findIndex((held) => held.token === token)
  if (at >= 0) line.access.splice(at, 1)
  graves.push({ kind: 'access token', token })
}

/** A family has ended, and everything that ever came of it. */
export function buryLine({ graves }: Journal, device: Device, line: Line): void {
  const at = device.lines.indexOf(line)
  if (at >= 0) device.lines.splice(at, 1)
  for (const token of line.refresh) graves.push({ kind: 'refresh token', token })
  for (const { token } of line.access) graves.push({ kind: 'access token', token })
  graves.push({ kind: 'code', ticket: line.ticket })
}

/** A session has ended, and with it all that was granted in it. */
export function buryDevice(journal: Journal, actor: Actor, device: Device): void {
  actor.devices = actor.devices.filter((other) => other !== device)
  for (const line of [...device.lines]) buryLine(journal, device, line)
  journal.graves.push({ kind: 'session', cookie: cookieOf(device.person) })
}

/** Every session is over, and nobody gets in with the password that was. */
export function afterPasswordChange(journal: Journal, actor: Actor, to: string): void {
  for (const device of [...actor.devices]) buryDevice(journal, actor, device)
  journal.graves.push({ kind: 'password', username: actor.username, password: actor.password })
  actor.password = to
  actor.guesses = 0
}

/** The `Cookie` header that the person's browser would send. */
export function cookieOf({ cookies }: Person): string {
  const jar = [...cookies.values()].flatMap((one) => [...one])
  return jar.map(([name, value]) => `${name}=${value}`).join('; ')
}

let addresses = 0
/** A browser that nobody has used, somewhere on the network where nobody was before. */
export function newBrowser(): Person {
  addresses += 1
  return browserAt(`10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`)
}

/** Another person with the same cookies, so that what the first one had is not forgotten. */
export function twinOf(person: Person): Person {
  const twin = newBrowser()
  for (const [host, jar] of person.cookies) twin.cookies.set(host, new Map(jar))
  return twin
}
