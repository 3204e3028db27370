// Bringing people one by one, as they come: whose name nobody has here, or who was brought without a password, is asked
// about at the system before, once; whoever is right there has that password here from then on.
//
// Who is told apart by time? An answer that lets nobody in takes as long for a name that was asked about as for one that
// was not, so nobody learns which names are here (PW-08, PW-09). What is paid for that: while this is on, every mistyped
// password waits that long. Nobody who has a password here is ever asked about: it is none of that system's business.
//
// A system that does not answer is logged, once a minute, and for that minute every refusal here is an unsure one. So that
// nobody learns from that who has a password here, a name that nobody has is asked about in place of each that may not be.
import { setTimeout as after } from 'node:timers/promises'
import type { Elsewhere, TakenIn, Unproven } from '../../../accounts/credentials/elsewhere.ts'
import {
  type Credential,
  changePassword,
  credentialOfUser,
} from '../../../accounts/credentials/passwords.store.ts'
import type { Passwords } from '../../../accounts/credentials/passwords.ts'
import { newUser } from '../../../accounts/users/create-user.ts'
import {
  canonicalEmail,
  canonicalForeignUsername,
  canonicalIdentifier,
} from '../../../accounts/users/identifiers.ts'
import { foreignIdOf, movedById, rememberFirst } from '../../../accounts/users/moved.store.ts'
import { putNumber, userByNumber } from '../../../accounts/users/numbers.store.ts'
import { type User, userByIdentifier } from '../../../accounts/users/users.store.ts'
import { event } from '../../../platform/events/events.ts'
import type { Platform } from '../../../platform/platform.ts'
import { askOldSystem, type OldSystem, type Told } from './old-system.ts'

/** Who is asked, and for how long. */
export interface LazySettings {
  readonly systems: readonly (OldSystem & { readonly numbers: readonly string[] })[]
  /** How long an answer that lets nobody in takes. */
  readonly patienceMs: number
}

/** Questions under way at once: a flood of names that nobody has is not passed on. */
const mostAtOnce = 10

/** What asks, for one process. */
export function elsewhereOf(
  platform: Platform,
  passwords: Pick<Passwords, 'protect'>,
  { systems, patienceMs }: LazySettings,
): Elsewhere | undefined {
  if (systems.length === 0) return undefined
  const silence = silenceOf(platform)
  const world = { platform, passwords, timeoutMs: patienceMs, silence }
  let underway = 0
  const ask = async (unproven: Unproven): Promise<TakenIn | null> => {
    if (underway >= mostAtOnce) {
      silence.heard('every system', 'too many questions at once')
      return null
    }
    underway += 1
    try {
      return await askEach(world, systems, unproven)
    } finally {
      underway -= 1
    }
  }
  return {
    isSilent: silence.isThere,
    ask: async (unproven) => {
      const ending = new AbortController()
      const patience = after(patienceMs, 'late' as const, { signal: ending.signal })
      const asked = couldBeRight(unproven) ? ask(unproven) : Promise.resolve(null)
      const first = await Promise.race([asked, patience])
      if (first === 'late') silence.heard('every system', 'timeout')
      else if (first === null) await patience
      ending.abort()
      return first === 'late' ? null : first
    },
  }
}

interface Silence {
  /** Notes that a system said nothing of use. */
  readonly heard: (source: string, because: string) => void
  readonly isThere: () => boolean
}

/** Seconds that a silence is remembered, and not logged again. */
const remembered = 60

function silenceOf({ log, runtime }: Platform): Silence {
  let heard = Number.NEGATIVE_INFINITY
  let logged = Number.NEGATIVE_INFINITY
  return {
    heard: (source, because) => {
      heard = runtime.now()
      if (heard - logged < remembered) return
      logged = heard
      log.warn({ source, because }, 'The system that people come from gives no answer: they are refused.')
    },
    isThere: () => runtime.now() - heard < remembered,
  }
}

/** Whether what was typed could be right anywhere, whoever's name it is. */
function couldBeRight({ name, password }: Unproven): boolean {
  return password !== '' && canonicalIdentifier(name) !== null
}

/** Of nobody here, or of one who has no password here, may sign in, and came from there: a name alone proves nothing (C16). */
function mayBeAskedAbout(credential: Credential | null, foreignId: string | null): boolean {
  if (credential === null) return true
  return credential.password === null && credential.user.disabledAt === null && foreignId !== null
}

/** What is asked about in place of a name that may not be. */
function nobodys({ runtime }: Platform, typed: string): Proven {
  const name = `nobody-${runtime.secret(12)}`
  const isAddress = canonicalEmail(typed) !== null
  return { name: isAddress ? `${name}@nobody.invalid` : name, password: runtime.secret(16) }
}

interface World {
  readonly platform: Platform
  readonly passwords: Pick<Passwords, 'protect'>
  readonly timeoutMs: number
  readonly silence: Silence
}

type System = LazySettings['systems'][number]

async function askEach(
  world: World,
  systems: readonly System[],
  unproven: Unproven,
): Promise<TakenIn | null> {
  const { platform, timeoutMs, silence } = world
  const { name, password, credential } = unproven
  for (const system of systems) {
    const own = credential && (await foreignIdOf(platform.database, system.source, credential.user.id))
    const isMeant = mayBeAskedAbout(credential, own)
    const about = isMeant ? { name, password } : nobodys(platform, name)
    const answered = await askOldSystem(platform.egress, system, { ...about, timeoutMs })
    if (answered.is === 'none') silence.heard(system.source, answered.because)
    if (!isMeant || answered.is !== 'right') continue
    const { told } = answered
    if (own !== null && told.id !== own) continue
    const known = credential ?? (await broughtBefore(platform, system, told))
    if (known === 'gone') return null
    const proven = { name, password: told.password }
    const userId =
      known === null ? await bring(world, system, told, proven) : await givePassword(world, known, proven)
    return userId === null ? null : { userId, password: told.password }
  }
  return null
}

/** A name as it was typed, and the password that is right. */
type Proven = Pick<Unproven, 'name' | 'password'>

/** Who is known there by this id, under another name here; `gone` for one who was deleted here. */
async function broughtBefore(
  { database }: Platform,
  { source }: System,
  { id }: Told,
): Promise<Credential | 'gone' | null> {
  const moved = await movedById(database, source, id)
  return moved === null ? null : ((await credentialOfUser(database, moved.userId)) ?? 'gone')
}

async function givePassword(
  { platform, passwords }: World,
  { user, password: present }: Credential,
  { name, password }: Proven,
): Promise<string | null> {
  if (user.disabledAt !== null) return null
  // The same person, who came a moment before; under another name than theirs, they have a password here to come with.
  if (present !== null) return isTheirs(user, name) ? user.id : null
  const { database, runtime } = platform
  const sealed = await passwords.protect(user.id, password)
  // Lost where they got one meanwhile: which of them is right is tried here.
  await database.commit([
    changePassword(database, runtime.now(), user.id, { from: null, to: sealed }),
    event(database, runtime, {
      type: 'user.updated',
      userId: user.id,
      detail: { imported: true, asked: true },
    }),
  ])
  return user.id
}

async function bring(
  { platform, passwords }: World,
  { source, numbers }: System,
  told: Told,
  { name, password }: Proven,
): Promise<string | null> {
  const { database, runtime } = platform
  const now = runtime.now()
  const id = runtime.id('usr')
  const names = await namesFor(platform, name, told)
  const user: User = {
    id,
    ...names,
    emailVerified: false,
    name: names.username ?? names.email ?? '',
    claims: {},
    disabledAt: null,
    createdAt: now,
    updatedAt: now,
  }
  const number = /^[1-9]\d{0,14}$/.test(told.id) ? Number(told.id) : null
  const free: string[] = []
  for (const wire of number === null ? [] : numbers)
    if ((await userByNumber(database, wire, number ?? 0)) === null) free.push(wire)
  const committed = await database.commit([
    newUser(platform, user, await passwords.protect(id, password)),
    free.map((wire) => putNumber(database, wire, number ?? 0, id)),
    // As if brought a moment before: to a later import their password is their own.
    rememberFirst(database, source, told.id, { userId: id, movedAt: now - 1 }),
    event(database, runtime, { type: 'user.created', userId: id, detail: { imported: true, asked: true } }),
  ])
  if (committed.ok) return id
  // The same person came twice at once, or somebody took the name.
  const moved = await movedById(database, source, told.id)
  const other = moved && (await credentialOfUser(database, moved.userId))
  return other !== null && isTheirs(other.user, name) ? other.user.id : null
}

function isTheirs({ username, email }: User, typed: string): boolean {
  const given = canonicalIdentifier(typed)
  return given !== null && given.value === (given.kind === 'email' ? email : username)
}

/** The name that was typed, and the other kind of name where that system tells one that nobody has here. */
async function namesFor(
  { database }: Platform,
  typed: string,
  told: Told,
): Promise<Pick<User, 'username' | 'email'>> {
  const given = canonicalIdentifier(typed)
  const names: Record<'username' | 'email', User['username']> = {
    username: told.username === null ? null : canonicalForeignUsername(told.username),
    email: told.email === null ? null : canonicalEmail(told.email),
  }
  for (const kind of ['username', 'email'] as const) {
    const value = names[kind]
    if (given?.kind === kind) names[kind] = given.value
    else if (value !== null && (await userByIdentifier(database, { kind, value })) !== null)
      names[kind] = null
  }
  return names
}
