// A person's own account for programs that send the name and the password with each request (RFC 7617): who they are here.
// Nobody else's account can be asked for, and nothing is changed by it.
import { readBasic } from '@countersign/protocol'
import { rolesOf } from '../../access/roles.store.ts'
import { claimsOfScope } from '../../oauth/tokens/user-claims.ts'
import { type Incoming, json, type Outgoing, type Route } from '../../platform/http/exchange.ts'
import type { ProfileRoom } from '../enter.ts'
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
  const credentials = readBasic(request.headers.get('authorization') ?? '')
  if (credentials === null) {
    return refused(401, 'invalid_request', 'A name and a password are needed, by Basic.', wanted(request))
  }
  const proof = await door.prove(request, credentials.name, credentials.password)
  if (!proof.ok) {
    const say = refusalsTo(request)
    if (proof.because === 'limited') return say.limited(proof.retryAfter)
    return proof.because === 'refused' ? say.refused : say.lacking(proof.because)
  }
  const { user } = proof
  const claims = claimsOfScope(user, ['profile', 'email'])
  return json(200, { sub: user.id, ...claims, roles: await rolesOf(room.platform.database, user.id) })
}
