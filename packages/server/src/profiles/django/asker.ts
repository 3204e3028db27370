// Who sends a request to a Django wire: by a key of TokenAuthentication, by an access token of Simple JWT, or by one in
// the cookie that a wire has set. The answers for those who are nobody are the framework's.
import { forEnding } from '../../accounts/sessions/sessions.ts'
import type { User } from '../../accounts/users/users.store.ts'
import type { Family } from '../../oauth/authorization.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { type KeyRoom, readKeyHeader } from '../drf-token/key.ts'
import { headerName, readAccess, shownIn } from '../simplejwt/protected.ts'
import type { SimpleJwtRoom } from '../simplejwt/room.ts'
import { answer } from '../wire/view.routes.ts'

/** A person, and what they came in by. */
export interface Asker {
  readonly user: User
  /** Null behind a token that the system before has signed. */
  readonly family: Family | null
}

/** How a wire knows who asks. */
export interface AskRoom extends KeyRoom {
  /** Whether keys are taken. */
  readonly takesKeys: boolean
  /** Null where access tokens are not taken. */
  readonly jwt: SimpleJwtRoom | null
}

/** Who asks, or the answer for nobody. */
export type Asked =
  | { readonly ok: true; readonly asker: Asker }
  | {
      readonly ok: false
      readonly refusal: Outgoing
      /** Whether nothing was shown at all. */
      readonly isAnonymous: boolean
    }

type Read = { readonly ok: true; readonly asker: Asker } | { readonly ok: false; readonly body: unknown }

const nobody = { detail: 'Authentication credentials were not provided.' }

/** @param cookie an access token that the request carries in a cookie; the header goes before it */
export async function askerOf(room: AskRoom, request: Incoming, cookie?: string | undefined): Promise<Asked> {
  const read = await readCredential(room, request, cookie)
  if (read?.ok) return read
  const refusal = answer(401, read?.body ?? nobody, { 'www-authenticate': challengeOf(room) })
  return { ok: false, refusal, isAnonymous: read === null }
}

/** A room for whoever signs out: also by what opens nothing any more. */
export function forLeaving<R extends AskRoom>(room: R): R {
  return { ...forEnding(room), jwt: room.jwt && forEnding(room.jwt) }
}

/** For those who are in alone. */
export async function asAsker(
  room: AskRoom,
  request: Incoming,
  work: (asker: Asker) => Promise<Outgoing>,
): Promise<Outgoing> {
  const asked = await askerOf(room, request)
  return asked.ok ? work(asked.asker) : asked.refusal
}

/** What would be taken (RFC 9110 §11.6.1). */
function challengeOf({ takesKeys, jwt }: AskRoom): string {
  if (takesKeys || jwt === null) return 'Token'
  return `${jwt.settings.authHeaderTypes[0] ?? 'Bearer'} realm="api"`
}

async function readCredential(
  room: AskRoom,
  request: Incoming,
  cookie: string | undefined,
): Promise<Read | null> {
  const { jwt, takesKeys } = room
  const header = request.headers.get('authorization')
  if (takesKeys && header !== undefined) {
    const read = await readKeyHeader(room, header)
    if (read !== null) {
      return read.ok ? { ok: true, asker: read.holder } : { ok: false, body: { detail: read.detail } }
    }
  }
  if (jwt === null) return null
  if (request.headers.get(headerName(jwt.settings)) === undefined)
    return cookie === undefined ? null : readJwt(jwt, cookie)
  const shown = shownIn(jwt.settings, request)
  if (shown === null) return null
  return 'token' in shown ? readJwt(jwt, shown.token) : { ok: false, body: shown.body }
}

async function readJwt(jwt: SimpleJwtRoom, text: string): Promise<Read> {
  const read = await readAccess(jwt, text)
  return read.ok ? { ok: true, asker: read } : read
}
