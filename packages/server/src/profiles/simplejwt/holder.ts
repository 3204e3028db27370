// Whose a token is: what tokens say of a person, and whom one that comes back means.
import { rolesOf } from '../../access/roles.store.ts'
import { canonicalEmail, canonicalForeignUsername } from '../../accounts/users/identifiers.ts'
import { movedById } from '../../accounts/users/moved.store.ts'
import { numberOf, userByNumber } from '../../accounts/users/numbers.store.ts'
import { type User, userById, userByIdentifier } from '../../accounts/users/users.store.ts'
import { claimsByName } from '../../oauth/tokens/user-claims.ts'
import type { Platform } from '../../platform/platform.ts'
import { type Person, personOf } from '../person.ts'
import { numberSource, type SimpleJwtRoom } from './room.ts'
import { foreignTextOf, passwordChangedAt } from './standing.store.ts'
import { familyIn, type Holder, type TokenClaims, withExtra } from './tokens.ts'

/** What tokens say of whose they are. */
export async function holderOf(
  room: SimpleJwtRoom,
  { user, family }: Pick<Holder, 'user' | 'family'>,
): Promise<Holder> {
  const { settings, platform } = room
  const legacyId = settings.userId === 'number' ? await legacyIdOf(room, user) : null
  const version = settings.checkRevokeToken ? await passwordVersion(platform, user.id) : null
  const holder = { user, family, legacyId, version }
  return { ...holder, extra: await extraClaimsOf(room, holder) }
}

/** A person as the operator's own functions are shown them. */
export async function personBehind(
  { platform }: SimpleJwtRoom,
  { user, legacyId }: Pick<Holder, 'user' | 'legacyId'>,
): Promise<Person> {
  return personOf(user, legacyId, await rolesOf(platform.database, user.id))
}

/**
 * Claims that are copied from a token to the next, with what the settings add of its person now: a role that was withdrawn
 * since must not live on in copies (PM-05).
 * @param isOurs as of `withExtra`
 */
export async function claimsByNow(
  room: SimpleJwtRoom,
  claims: TokenClaims,
  user: User,
  isOurs: boolean,
): Promise<TokenClaims> {
  const { extraClaims, userId } = room.settings
  const isAsked = typeof extraClaims === 'function' && userId === 'number'
  const legacyId = isAsked ? await legacyIdOf(room, user) : null
  return withExtra(room.settings, claims, await extraClaimsOf(room, { user, legacyId }), isOurs)
}

async function extraClaimsOf(
  room: SimpleJwtRoom,
  holder: Pick<Holder, 'user' | 'legacyId'>,
): Promise<Holder['extra']> {
  const { extraClaims } = room.settings
  if (typeof extraClaims === 'function') return extraClaims(await personBehind(room, holder))
  return claimsByName(holder.user, Object.fromEntries(extraClaims.map((name) => [name, {}])))
}

/** The primary key of the system before: a number, or whatever text that was; who has neither gets a number. */
async function legacyIdOf({ settings, platform }: SimpleJwtRoom, { id }: User): Promise<number | string> {
  const { database } = platform
  const text = await foreignTextOf(database, id)
  return text ?? numberOf(database, numberSource, id, settings.numbers.from)
}

/** Whom a token of the system before names. */
export async function foreignUser(
  { settings, platform: { database } }: SimpleJwtRoom,
  claims: TokenClaims,
): Promise<User | null> {
  const named = String(claims[settings.userIdClaim])
  // No database takes it.
  if (named.includes('\0')) return null
  if (settings.userIdField !== 'id') return userNamed({ settings, database }, named)
  if (settings.userId === 'id') return userById(database, named)
  if (/^[1-9]\d{0,14}$/.test(named)) return userByNumber(database, numberSource, Number(named))
  const moved = await movedById(database, 'django', named)
  return moved === null ? null : userById(database, moved.userId)
}

function userNamed(
  { settings, database }: Pick<SimpleJwtRoom, 'settings'> & Pick<Platform, 'database'>,
  named: string,
): Promise<User | null> {
  const isEmail = settings.userIdField === 'email'
  const value = isEmail ? canonicalEmail(named) : canonicalForeignUsername(named)
  if (value === null) return Promise.resolve(null)
  return userByIdentifier(database, { kind: isEmail ? 'email' : 'username', value })
}

/**
 * Names the password that somebody has now, and tells nothing of it: the original wrote an MD5 of its hash into every
 * token.
 */
async function passwordVersion(
  platform: Pick<Platform, 'database' | 'vault'>,
  userId: string,
): Promise<string> {
  const [newest = ''] = await passwordVersions(platform, userId)
  return newest
}

async function passwordVersions(
  { database, vault }: Pick<Platform, 'database' | 'vault'>,
  userId: string,
): Promise<readonly string[]> {
  const changedAt = await passwordChangedAt(database, userId)
  return vault
    .macs('simplejwt password version', `${userId} ${changedAt ?? 'none'}`)
    .map((mac) => Buffer.from(mac, 'base64url').toString('hex').slice(0, 32).toUpperCase())
}

/**
 * Whether a token was made by the password that its person has now. What Django wrote there is believed: see
 * `whyForeignEnded`.
 */
export async function isOfThisPassword(
  { settings, platform }: SimpleJwtRoom,
  claims: TokenClaims,
  userId: string,
): Promise<boolean> {
  if (!settings.checkRevokeToken || familyIn(claims) === null) return true
  const versions = await passwordVersions(platform, userId)
  return versions.some((version) => version === claims[settings.revokeTokenClaim])
}
