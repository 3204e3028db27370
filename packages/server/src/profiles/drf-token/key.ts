// Keys of DRF's TokenAuthentication: 40 hexadecimal digits that last until somebody ends them. There they stood in the
// clear, one for each person; here each sign-in has its own, kept by digest, listed and ended as any other.
import { digest } from '@countersign/protocol'
import { numberOf } from '../../accounts/users/numbers.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { Family } from '../../oauth/authorization.ts'
import { isOfDisabledUser } from '../../oauth/tokens/access-tokens.store.ts'
import { keptToken } from '../../oauth/tokens/kept-token.ts'
import type { Write } from '../../platform/db/engine.ts'
import { endless, type ProfileRoom } from '../enter.ts'
import { keepToken } from '../opaque-token.ts'
import type { ProfileClient } from '../profile-client.ts'
import { numberSource, type SimpleJwtRoom } from '../simplejwt/room.ts'
import { foreignTextOf } from '../simplejwt/standing.store.ts'

/** The client that stands for keys. */
export const drfToken: ProfileClient = { id: '~drf-token', name: 'Sign-in for an API key' }

/** What the wires over keys work with. */
export interface KeyRoom extends ProfileRoom {
  readonly resource: string | null
}

/** Whose key a request carries. */
export interface KeyHolder {
  readonly user: User
  readonly family: Family
}

/** A new key in the clear, and the write that keeps it. */
export async function newKey(
  { platform, resource }: KeyRoom,
  { user, family }: KeyHolder,
): Promise<{ readonly key: string; readonly write: Write }> {
  const key = Buffer.from(platform.runtime.secret(20), 'base64url').toString('hex')
  const write = await keepToken(platform, {
    digest: digest(key),
    user,
    family,
    audience: resource,
    seconds: endless,
  })
  return { key, write }
}

/** Whose key this is, in words of the framework where it is nobody's. */
export type ReadKey =
  | { readonly ok: true; readonly holder: KeyHolder }
  | { readonly ok: false; readonly detail: string }

/** Reads an `Authorization` header; null where it speaks of something else. */
export async function readKeyHeader(
  { platform }: Pick<KeyRoom, 'platform'>,
  header: string,
): Promise<ReadKey | null> {
  const no = (detail: string): ReadKey => ({ ok: false, detail })
  const [scheme = '', key, ...more] = header.split(' ').filter(Boolean)
  if (scheme.toLowerCase() !== 'token') return null
  if (key === undefined) return no('Invalid token header. No credentials provided.')
  if (more.length > 0) return no('Invalid token header. Token string should not contain spaces.')
  if (!/^[0-9a-f]{40}$/.test(key)) return no('Invalid token.')
  const stored = await keptToken(platform, key)
  if (stored?.live != null) return { ok: true, holder: stored.live }
  return no((await isOfDisabledUser(platform, digest(key))) ? 'User inactive or deleted.' : 'Invalid token.')
}

/** What Django calls a person: the primary key that they had there, or else a number that they are given here. */
export async function primaryKeyOf(
  { platform, jwt }: Pick<ProfileRoom, 'platform'> & { readonly jwt: SimpleJwtRoom | null },
  { id }: User,
): Promise<number | string> {
  const { database } = platform
  const text = await foreignTextOf(database, id)
  return text ?? numberOf(database, numberSource, id, jwt?.settings.numbers.from)
}
