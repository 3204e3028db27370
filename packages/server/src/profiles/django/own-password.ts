// The current password as these wires ask for it before they change something, and the change of it (PW-06, SE-07): all
// that lived by the old one ends, but for what the request itself came in by.

import { type Credential, changePassword } from '../../accounts/credentials/passwords.store.ts'
import { provePassword } from '../../accounts/credentials/prove-password.ts'
import { proveSecond, type SecondFactorRefusal } from '../../accounts/factors/prove-second.ts'
import { toldOf } from '../../accounts/letters/told-of.ts'
import { forgetProofs } from '../../accounts/proofs/proofs.store.ts'
import { endAllSessions } from '../../accounts/sessions/sessions.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import { revokeSiblings } from '../../oauth/tokens/families.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { ProfileRoom } from '../enter.ts'
import type { FieldText } from '../wire/fields.ts'
import type { Asker } from './asker.ts'

/** Proven, or why not. */
export type OwnPassword =
  | {
      readonly ok: true
      readonly credential: Credential
      /** To commit with what was asked for; they lose `password` when it was changed meanwhile. */
      readonly writes: WriteSet
      /** Of these the limits alone, for who replaces the hash anyway, or does nothing in the end. */
      readonly settled: WriteSet
    }
  | { readonly ok: false; readonly because: 'refused' }
  | { readonly ok: false; readonly because: 'limited'; readonly retryAfter: number }

/** As `OwnPassword`, with what is said to who has a second factor as well. */
export type OwnProof = OwnPassword | { readonly ok: false; readonly because: SecondFactorRefusal }

/**
 * Tries the current password, and of whoever has a second factor a code of it too: for what the account page asks both
 * for (MF-06). The writes lose `factor` as well, when the same code was used meanwhile.
 * @throws Busy
 */
export async function proveOwnWhole(
  room: ProfileRoom,
  request: Incoming,
  user: User,
  { current, code }: { readonly current: FieldText; readonly code: string | null },
): Promise<OwnProof> {
  const proven = await proveOwn(room, request, user, current)
  if (!proven.ok) return proven
  const { platform, door } = room
  const second = await proveSecond(platform, { limits: door.limits, request, userId: user.id, code })
  if (second.ok) {
    const writes = [proven.writes, second.writes]
    return { ...proven, writes, settled: [proven.settled, second.writes] }
  }
  // A right password is no failure, whatever is lacking beside it.
  await platform.database.commit([proven.settled])
  return second
}

/** Tries the current password as it was typed, and then without the spaces around it. @throws Busy */
export async function proveOwn(
  { platform, door }: ProfileRoom,
  request: Incoming,
  { id: userId }: User,
  { sent, trimmed }: FieldText,
): Promise<OwnPassword> {
  const asSent = await provePassword(platform, door, request, { userId }, sent)
  if (asSent.ok || asSent.because === 'limited' || sent === trimmed) return asSent
  return provePassword(platform, door, request, { userId }, trimmed)
}

/** A change that the current password was proven for, or that needs no proof (`proven` null). */
export interface PasswordChange {
  readonly asker: Asker
  readonly proven: Extract<OwnPassword, { ok: true }> | null
  /** The sealed hash that is replaced. */
  readonly old: string | null
  readonly wanted: string
  /** Whether what the request came in by ends as well. */
  readonly endsOwn: boolean
}

/** Changes a password. @returns false when somebody else changed it meanwhile @throws Busy */
export async function changeOwn(
  { platform, door }: ProfileRoom,
  request: Incoming,
  { asker, proven, old, wanted, endsOwn }: PasswordChange,
): Promise<boolean> {
  const { database, runtime } = platform
  const { user, family } = asker
  const sealed = await door.passwords.protect(user.id, wanted)
  const now = runtime.now()
  const committed = await database.commit([
    proven?.settled ?? [],
    changePassword(database, now, user.id, { from: old, to: sealed }),
    forgetProofs(database, user.id),
    endAllSessions(database, now, user.id, endsOwn ? undefined : family?.sessionId),
    // Tokens from before a rotation that gave the next a family of its own.
    endsOwn || family === null ? null : revokeSiblings(database, family, 'password changed', now),
    toldOf(platform, user, { what: 'password.changed' }, request),
    event(database, runtime, { type: 'password.changed', userId: user.id, peer: request.peer }),
  ])
  return committed.ok
}
