// A person's own account for programs that send the name and the password with each request (RFC 7617): who they are here.
// Nobody else's account can be asked for, and nothing is changed by it.
import { challenge, readBasic } from '@countersign/protocol'
import { rolesOf } from '../../access/roles.store.ts'
import { claimsOfScope } from '../../oauth/tokens/user-claims.ts'
import { type Incoming, json, type Outgoing, type Route } from '../../platform/http/exchange.ts'
import type { ProfileRoom } from '../enter.ts'
import { secondFactorWords } from '../second-factor.ts'
import { isPrivate, refused, wanted } from './basic.routes.ts'
import { type BasicDoor, basicDoor } from './proven.ts'
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
  if (!isPrivate(room, request)) {
    return refused(403, 'invalid_request', 'A password is taken over https alone.')
  }
  const credentials = readBasic(request.headers.get('authorization') ?? '')
  if (credentials === null) {
    const words = 'A name and a password are needed, by Basic.'
    return refused(401, 'invalid_request', words, { 'www-authenticate': wanted(request) })
  }
  const proof = await door.prove(request, credentials.name, credentials.password)
  if (proof.ok) {
    const { database } = room.platform
    const claims = claimsOfScope(proof.user, ['profile', 'email'])
    return json(200, { sub: proof.user.id, ...claims, roles: await rolesOf(database, proof.user.id) })
  }
  if (proof.because === 'limited') {
    const headers = { 'retry-after': String(proof.retryAfter) }
    return refused(429, 'slow_down', `Too many tries. Try again in ${proof.retryAfter} s.`, headers)
  }
  if (proof.because === 'second factor') {
    const words = secondFactorWords.second_factor_required
    return refused(401, 'second_factor_required', words, { 'www-authenticate': challenge({}) })
  }
  const words = 'The user name or the password is not right.'
  return refused(401, 'invalid_grant', words, { 'www-authenticate': wanted(request) })
}
