// How people come in by a wire of somebody else's: the password is proven where every password is, and what they get is
// a session and a family like any other's, so that all that ends those ends this too.

import { type PasswordDoor, provePassword } from '../accounts/credentials/prove-password.ts'
import { byPassword } from '../accounts/sessions/session.ts'
import { openProgramSession } from '../accounts/sessions/sessions.ts'
import type { User } from '../accounts/users/users.store.ts'
import type { Family, Granted } from '../oauth/authorization.ts'
import { clientById } from '../oauth/clients/clients.store.ts'
import { insertFamily } from '../oauth/tokens/families.store.ts'
import type { WriteSet } from '../platform/db/database.ts'
import { event } from '../platform/events/events.ts'
import type { Incoming } from '../platform/http/exchange.ts'
import type { Platform } from '../platform/platform.ts'

/** What every profile works with. */
export interface ProfileRoom {
  readonly platform: Platform
  readonly door: PasswordDoor
}

/** Who asks to come in, to what, and for how long at most. */
export interface Entrance {
  readonly name: string
  readonly password: string
  /** The id of the profile's own client. */
  readonly clientId: string
  /** Seconds that the family lasts. */
  readonly seconds: number
  /** What it may at most; nothing by name unless given. */
  readonly access?: Pick<Granted, 'scope' | 'resources'>
}

/** A person who is in once the writes are committed; or why they are not. */
export type Entered =
  | { readonly ok: true; readonly user: User; readonly family: Family; readonly writes: WriteSet }
  /** Wrong, unknown, disabled: nobody is told which. */
  | { readonly ok: false; readonly because: 'refused' }
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }

/**
 * Proves a password and opens a session with one family.
 * @throws Busy
 */
export async function enter(
  { platform, door }: ProfileRoom,
  request: Incoming,
  { name, password, ...entrance }: Entrance,
): Promise<Entered> {
  const proof = await provePassword(platform, door, request, { name }, password)
  if (!proof.ok) return proof
  if (!(await isOpen(platform, entrance.clientId))) return { ok: false, because: 'refused' }
  const { user } = proof
  const opened = openFamily(platform, request, { userId: user.id, ...entrance })
  return { ok: true, user, family: opened.family, writes: [proof.writes, opened.writes] }
}

/** Whether anybody comes in by a profile: not once an operator has disabled its client. */
export async function isOpen({ database }: Pick<Platform, 'database'>, clientId: string): Promise<boolean> {
  return (await clientById(database, clientId))?.disabledAt === null
}

/** Whose family, and of which client. */
export interface Opening {
  readonly userId: string
  readonly clientId: string
  readonly seconds: number
  readonly access?: Pick<Granted, 'scope' | 'resources'>
}

/** A session and a family for a person who is known already. The writes lose `user` when the person is disabled. */
export function openFamily(
  platform: Platform,
  request: Incoming,
  { userId, clientId, seconds, access = { scope: [], resources: [] } }: Opening,
): { readonly family: Family; readonly writes: WriteSet } {
  const { database, runtime } = platform
  const { session, writes } = openProgramSession(platform, request, {
    userId,
    authentication: byPassword,
    clientId,
    seconds,
  })
  const { id: sessionId, createdAt, authenticatedAt, acr, amr } = session
  const family: Family = {
    id: runtime.id('fam'),
    clientId,
    userId,
    sessionId,
    granted: { ...access, authenticatedAt, acr, amr },
    createdAt,
    expiresAt: createdAt + seconds,
  }
  const happened = { type: 'user.signed_in', userId, clientId, sessionId, peer: request.peer } as const
  return {
    family,
    writes: [writes, insertFamily(database, family), event(database, runtime, happened)],
  }
}
