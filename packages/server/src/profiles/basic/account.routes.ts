// A person's own account for programs that send the name and the password with each request (RFC 7617), or the token that
// they got for these (RFC 6750): who they are here. Nobody else's account can be asked for, and nothing is changed by it.
import { challenge, digest, parseOpaque, readBasic } from '@countersign/protocol'
import { rolesOf } from '../../access/roles.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import { hasRunOut } from '../../oauth/tokens/access-tokens.store.ts'
import { keptToken } from '../../oauth/tokens/kept-token.ts'
import { claimsOfScope } from '../../oauth/tokens/user-claims.ts'
import { type Incoming, json, type Outgoing, type Route } from '../../platform/http/exchange.ts'
import type { ProfileRoom } from '../enter.ts'
import { basic } from './basic.routes.ts'
import { type BasicDoor, basicDoor } from './proven.ts'
import { refusalsTo, refused, refuseOpenWire, wanted } from './refusals.routes.ts'
import type { BasicSettings } from './settings.ts'

/** GET `/api/account`: `{"sub", "name", "preferred_username", "email", "email_verified", …, "roles"}`. */
export function accountApiRoutes(room: ProfileRoom, settings: BasicSettings): readonly Route[] {
  const door = basicDoor(room)
  return settings.accountPaths.map(
    (path): Route => ({
      method: 'GET',
      path,
      caller: 'program',
      cors: 'clients',
      run: (request) => whoAmI(room, door, request),
    }),
  )
}

async function whoAmI(room: ProfileRoom, door: BasicDoor, request: Incoming): Promise<Outgoing> {
  const open = refuseOpenWire(room, request)
  if (open !== null) return open
  const authorization = request.headers.get('authorization') ?? ''
  const token = /^bearer +(\S+)$/i.exec(authorization)?.[1]
  if (token !== undefined) {
    const user = await holderOf(room, token)
    if (user !== null) return account(room, user)
    return (await hasRunOut(room.platform, digest(token))) ? over : dead
  }
  const credentials = readBasic(authorization)
  if (credentials === null) {
    const words = 'Send a name and a password by Basic, or the token that you got for them.'
    return refused(401, 'invalid_request', words, wanted(request))
  }
  const proof = await door.prove(request, credentials.name, credentials.password)
  if (proof.ok) return account(room, proof.user)
  const say = refusalsTo(request)
  if (proof.because === 'limited') return say.limited(proof.retryAfter)
  return proof.because === 'refused' ? say.refused : say.lacking(proof.because)
}

async function account({ platform: { database } }: ProfileRoom, user: User): Promise<Outgoing> {
  const claims = claimsOfScope(user, ['profile', 'email'])
  return json(200, { sub: user.id, ...claims, roles: await rolesOf(database, user.id) })
}

const noGoodToken = { 'www-authenticate': challenge({ error: 'invalid_token' }) }
const dead = refused(
  401,
  'invalid_token',
  'The token is not one for this, or not good any more.',
  noGoodToken,
)
/**
 * RFC 6750 §3.1 has one code for all that is wrong with a token; to who held one for its whole time the reason is told
 * beside it.
 */
const over = json(
  401,
  { error: 'invalid_token', error_description: 'The token has expired.', code: 'token_expired' },
  noGoodToken,
)

/** Whose token it is: one that was had for a name and a password, and is for no API. */
async function holderOf({ platform }: ProfileRoom, token: string): Promise<User | null> {
  if (parseOpaque('csat', token) === null) return null
  const stored = await keptToken(platform, token)
  const isForThis = stored?.claims.client_id === basic.id && stored.claims.aud === platform.issuer.url
  return (isForThis && stored.live?.user) || null
}
