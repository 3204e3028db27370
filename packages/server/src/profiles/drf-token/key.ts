// Keys of DRF's TokenAuthentication: 40 hexadecimal digits that last until somebody ends them. There they stood in the
// clear, one for each person; here each sign-in has its own, kept by digest, listed and ended as any other.
import { digest } from '@countersign/protocol'
import { numberOf } from '../../accounts/users/numbers.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { Family } from '../../oauth/authorization.ts'
import { accessTokenByDigest } from '../../oauth/tokens/access-tokens.store.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import type { ProfileRoom } from '../enter.ts'
import { keepToken } from '../opaque-token.ts'
import type { ProfileClient } from '../profile-client.ts'
import { numberSource } from '../simplejwt/room.ts'
import { readFields } from '../wire/fields.ts'
import { tryPassword } from '../wire/try-password.ts'
import { answer, throttled } from '../wire/view.routes.ts'

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

/** Seconds that a key lasts: until it is ended, as far as anybody will see. */
export const endless = 100 * 365 * 86_400
const wrong = 'Unable to log in with provided credentials.'

/** A login by name and password. @param shown makes the answer's body from the key */
export async function login(
  room: KeyRoom,
  request: Incoming,
  members: Readonly<Record<string, unknown>>,
  nameField: string,
  shown: (key: string, user: User) => unknown,
): Promise<Outgoing> {
  const fields = readFields(members, [nameField, 'password'])
  if (!fields.ok) return answer(400, fields.body)
  const { [nameField]: name, password } = fields.values
  if (name === undefined || password === undefined) throw new Error('A field was lost.')
  const entered = await tryPassword(room, request, {
    name: name.trimmed,
    password,
    clientId: drfToken.id,
    seconds: endless,
  })
  if (!entered.ok) {
    return entered.because === 'limited'
      ? throttled(entered.retryAfter)
      : answer(400, { non_field_errors: [wrong] })
  }
  const { platform, resource } = room
  const { user, family } = entered
  const key = Buffer.from(platform.runtime.secret(20), 'base64url').toString('hex')
  const kept = await keepToken(platform, { token: key, user, family, audience: resource, seconds: endless })
  const committed = await platform.database.commit([entered.writes, kept])
  return committed.ok ? answer(200, shown(key, user)) : answer(400, { non_field_errors: [wrong] })
}

/** Whose key a request carries, or the refusal that says what is wrong with it. */
export async function holderOf(
  { platform }: KeyRoom,
  request: Incoming,
): Promise<
  { readonly ok: true; readonly holder: KeyHolder } | { readonly ok: false; readonly refusal: Outgoing }
> {
  const no = (detail: string) => ({
    ok: false as const,
    refusal: answer(401, { detail }, { 'www-authenticate': 'Token' }),
  })
  const [scheme = '', key, ...more] = (request.headers.get('authorization') ?? '').split(' ').filter(Boolean)
  if (scheme.toLowerCase() !== 'token') return no('Authentication credentials were not provided.')
  if (key === undefined) return no('Invalid token header. No credentials provided.')
  if (more.length > 0) return no('Invalid token header. Token string should not contain spaces.')
  if (!/^[0-9a-f]{40}$/.test(key)) return no('Invalid token.')
  const stored = await accessTokenByDigest(platform.database, digest(key), platform.runtime.now())
  if (stored?.live == null) return no('Invalid token.')
  return { ok: true, holder: stored.live }
}

/** What Django calls a person. */
export function numberOfUser({ platform }: ProfileRoom, user: User): Promise<number> {
  return numberOf(platform.database, numberSource, user.id)
}
