// Whether a token whose signature and times hold is still good, for every view that takes one: its family lives, its
// person may sign in, and their password is the one that it was made by.
import type { User } from '../../accounts/users/users.store.ts'
import type { Family } from '../../oauth/authorization.ts'
import { familyOfToken } from '../../oauth/tokens/families.store.ts'
import { isOpen, needsSecondFactor } from '../enter.ts'
import { foreignUser, isOfThisPassword } from './holder.ts'
import { type SimpleJwtRoom, simpleJwt } from './room.ts'
import { type EndOfToken, isBlacklisted, whyEnded, whyForeignEnded } from './standing.store.ts'
import { familyIn, jtiIn, type TokenClaims } from './tokens.ts'

/** Whose a token is, while it is good; or what ended it. */
export type Standing =
  | {
      readonly ok: true
      readonly user: User
      /** Null behind a token that the system before has signed, and that nobody has taken in. */
      readonly family: Family | null
    }
  | { readonly ok: false; readonly because: EndOfToken }

/** How a token stands. @param familyId its own, unless another one has taken it in */
export async function standingOf(
  room: SimpleJwtRoom,
  claims: TokenClaims,
  familyId: string | null = familyIn(claims),
): Promise<Standing> {
  if (familyId === null) return foreignStanding(room, claims)
  const { platform } = room
  const jti = jtiIn(room.settings, claims) ?? ''
  const live = await familyOfToken(platform, { familyId, jti })
  // Whoever else holds the key must not end, by its mark, what is another client's.
  if (live?.family.clientId !== simpleJwt.id) return no(await whyEnded(platform, familyId))
  const { user, family } = live
  return (await isOfThisPassword(room, claims, user.id)) ? { ok: true, user, family } : no('password')
}

/**
 * Of a token that the system before has signed. INVARIANT: of nobody who needs two factors here: it was given for one at
 * most (C12).
 */
export async function foreignStanding(room: SimpleJwtRoom, claims: TokenClaims): Promise<Standing> {
  const { settings, platform } = room
  const { database } = platform
  if (await isBlacklisted(database, jtiIn(settings, claims))) return no('blacklisted')
  if (!(await isOpen(platform, simpleJwt.id))) return no('account')
  const user = await foreignUser(room, claims)
  if (user === null || user.disabledAt !== null) return no('account')
  if (await needsSecondFactor(room, user.id)) return no('account')
  const because = await whyForeignEnded(database, user.id, namedIn(settings, claims))
  return because === null ? { ok: true, user, family: null } : no(because)
}

/** What the system before calls somebody in its tokens; null where that is a name that they sign in with. */
export function namedIn(
  { userIdField, userIdClaim }: SimpleJwtRoom['settings'],
  claims: TokenClaims,
): string | null {
  return userIdField === 'id' ? String(claims[userIdClaim]) : null
}

/** What ended a token of the system before that names nobody: there is no person to look at. */
export async function endOfNobodys(
  { settings, platform }: SimpleJwtRoom,
  claims: TokenClaims,
): Promise<EndOfToken | null> {
  if (await isBlacklisted(platform.database, jtiIn(settings, claims))) return 'blacklisted'
  return (await isOpen(platform, simpleJwt.id)) ? null : 'account'
}

function no(because: EndOfToken): Standing {
  return { ok: false, because }
}
