// How people come in by a wire of somebody else's: the password is proven where every password is, the second factor where
// every one is, and what they get is a session and a family like any other's, so that all that ends those ends this too.
import type { Credential } from '../accounts/credentials/passwords.store.ts'
import { type PasswordDoor, provePassword } from '../accounts/credentials/prove-password.ts'
import { hasSecondFactor } from '../accounts/factors/factors.ts'
import { proveSecond, type SecondFactorRefusal } from '../accounts/factors/prove-second.ts'
import { type Authentication, byPassword, isStrong } from '../accounts/sessions/session.ts'
import { openProgramSession } from '../accounts/sessions/sessions.ts'
import type { User } from '../accounts/users/users.store.ts'
import type { Family, Granted } from '../oauth/authorization.ts'
import { clientById } from '../oauth/clients/clients.store.ts'
import { insertFamily } from '../oauth/tokens/families.store.ts'
import type { WriteSet } from '../platform/db/database.ts'
import { event } from '../platform/events/events.ts'
import type { Incoming, Outgoing } from '../platform/http/exchange.ts'
import type { Platform } from '../platform/platform.ts'
import type { Instant } from '../platform/runtime.ts'

/** What every profile works with. */
export interface ProfileRoom {
  readonly platform: Platform
  readonly door: PasswordDoor
  /** Whom a wire lets in of those whose password was right; everybody unless given. */
  readonly admits?: (user: User) => Promise<boolean>
}

/** Who asks to come in, to what, and for how long at most. */
export interface Entrance {
  readonly name: string
  readonly password: string
  /** A code of the second factor, as `codeIn` reads it; null where none was sent along. */
  readonly code: string | null
  /** The id of the profile's own client. */
  readonly clientId: string
  /** Seconds that the family lasts at most. */
  readonly seconds: number
  /** Seconds that it lasts unless its use prolongs it; all of them unless given. */
  readonly idleSeconds?: number
  /** What it may at most; nothing by name unless given. */
  readonly access?: Pick<Granted, 'scope' | 'resources'>
}

/** A person who is in once the writes are committed; or why they are not. */
export type Entered =
  | {
      readonly ok: true
      readonly user: User
      readonly family: Family
      readonly writes: WriteSet
      /** Of these what is true though they are not let in: the limits, and that a code was used. */
      readonly proven: WriteSet
    }
  /** Wrong, unknown, disabled: nobody is told which. */
  | { readonly ok: false; readonly because: 'refused' }
  /** The password is right: `proven` has it, as it was then. */
  | { readonly ok: false; readonly because: SecondFactorRefusal; readonly proven: Credential }
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }

/**
 * Proves a password, and a second factor of whoever has one, and opens a session with one family.
 * @throws Busy
 */
export async function enter(
  room: ProfileRoom,
  request: Incoming,
  { name, password, code, ...entrance }: Entrance,
): Promise<Entered> {
  const { platform, door } = room
  const proof = await provePassword(platform, door, request, { name }, password)
  if (!proof.ok) return proof
  if (!(await isOpen(platform, entrance.clientId))) return { ok: false, because: 'refused' }
  const { user } = proof
  if (room.admits !== undefined && !(await room.admits(user))) return { ok: false, because: 'refused' }
  // A right password is no failure, whatever is lacking beside it.
  const lacking = async <R>(refusal: R): Promise<R> => {
    await platform.database.commit(proof.writes)
    return refusal
  }
  const second = await proveSecond(platform, { limits: door.limits, request, userId: user.id, code })
  const { credential: proven } = proof
  if (!second.ok) return lacking(second.because === 'limited' ? second : { ...second, proven })
  const { authentication } = second
  const opened = openFamily(room, request, { userId: user.id, authentication, ...entrance })
  if (opened === null) return lacking({ ok: false, because: 'second_factor_required', proven })
  const writes = [proof.writes, second.writes]
  return { ok: true, user, family: opened.family, writes: [writes, opened.writes], proven: writes }
}

/** A person who is in once the writes are committed. */
export type Came = Extract<Entered, { readonly ok: true }>

/** What a person is given for coming in, and the writes that make it good. */
export interface Given {
  readonly answer: Outgoing
  readonly writes: WriteSet
}

/** What a wire says to whom it doesn't let in. */
export interface Refusals {
  /** Wrong, unknown, disabled: nobody is told which. */
  readonly refused: Outgoing
  readonly limited: (retryAfter: number) => Outgoing
  /** The password is right, the second factor is what is missing. */
  readonly lacking: (code: SecondFactorRefusal, proven: Credential) => Outgoing | Promise<Outgoing>
}

/**
 * Answers somebody who asked to come in. INVARIANT: nobody has what they are given before all of it is committed.
 *
 * @param give a `refusal` for somebody whose password is right, and who is not let in all the same
 */
export async function answerTo(
  { platform }: Pick<ProfileRoom, 'platform'>,
  entered: Entered,
  { refused, limited, lacking }: Refusals,
  give: (came: Came) => Promise<Given | { readonly refusal: Outgoing }>,
): Promise<Outgoing> {
  if (!entered.ok) {
    if (entered.because === 'limited') return limited(entered.retryAfter)
    return entered.because === 'refused' ? refused : lacking(entered.because, entered.proven)
  }
  const given = await give(entered)
  if ('refusal' in given) {
    // A right password is no failure, and a code that was right is used up.
    const noted = await platform.database.commit(entered.proven)
    return noted.ok ? given.refusal : refused
  }
  const committed = await platform.database.commit([entered.writes, given.writes])
  // Lost where the password or the person changed while this was on its way.
  return committed.ok ? given.answer : refused
}

/** Seconds that something lasts which has no end of its own: until it is ended, as far as anybody will see. */
export const endless = 100 * 365 * 86_400

/** Whether a password alone is not enough for somebody: they have a second factor, or have to have one. */
export async function needsSecondFactor({ platform }: ProfileRoom, userId: string): Promise<boolean> {
  return platform.secondFactor === 'required' || (await hasSecondFactor(platform, userId))
}

/** Whether anybody comes in by a profile: not once an operator has disabled its client. */
export async function isOpen({ database }: Pick<Platform, 'database'>, clientId: string): Promise<boolean> {
  return (await clientById(database, clientId))?.disabledAt === null
}

/** Whose family, and of which client. */
export interface Opening {
  readonly userId: string
  /** How they have proven themself; by a password alone where nothing else is said. */
  readonly authentication?: Authentication
  /** When they have proven themself, where that is not now: who did it elsewhere did nothing fresh here (SE-09). */
  readonly authenticatedAt?: Instant
  readonly clientId: string
  readonly seconds: number
  readonly idleSeconds?: number
  readonly access?: Pick<Granted, 'scope' | 'resources'>
}

const nothingByName = { scope: [], resources: [] }

/**
 * A session and a family for a person who is known already. The writes lose `user` when the person is disabled, `second
 * factor` when they have one that was not proven.
 *
 * @returns null for who proved one factor where everybody needs two
 */
export function openFamily(
  { platform }: ProfileRoom,
  request: Incoming,
  {
    userId,
    authentication = byPassword,
    authenticatedAt,
    clientId,
    seconds,
    idleSeconds = seconds,
    access = nothingByName,
  }: Opening,
): { readonly family: Family; readonly writes: WriteSet } | null {
  if (platform.secondFactor === 'required' && !isStrong(authentication)) return null
  const { database, runtime } = platform
  const { session, writes } = openProgramSession(platform, request, {
    userId,
    authentication,
    clientId,
    seconds,
  })
  const { id: sessionId, createdAt, acr, amr } = session
  const family: Family = {
    id: runtime.id('fam'),
    clientId,
    userId,
    sessionId,
    granted: { ...access, authenticatedAt: authenticatedAt ?? session.authenticatedAt, acr, amr },
    createdAt,
    expiresAt: createdAt + idleSeconds,
  }
  const happened = { type: 'user.signed_in', userId, clientId, sessionId, peer: request.peer } as const
  return {
    family,
    writes: [writes, insertFamily(database, family), event(database, runtime, happened)],
  }
}
