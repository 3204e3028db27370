// Our server with the people of oracle.py, and an API behind the guard of `@countersign/sdk/simplejwt`, by the settings
// of a Django project.
import { auth } from '@countersign/sdk/fetch'
import { simpleJwt } from '@countersign/sdk/simplejwt'
import { canonicalUsername } from '../../../packages/server/src/accounts/users/identifiers.ts'
import { numberOf, userByNumber } from '../../../packages/server/src/accounts/users/numbers.store.ts'
import {
  disableUser,
  type User,
  userByIdentifier,
} from '../../../packages/server/src/accounts/users/users.store.ts'
import type { House } from '../../../packages/server/src/platform/house.ts'
import {
  broughtAs,
  openSimpleJwt,
  type SimpleJwtHouse,
} from '../../../packages/server/src/profiles/profile.fixture.ts'
import { fromDjango } from '../../../packages/server/src/profiles/simplejwt/from-django.ts'
import { simpleJwtSettings } from '../../../packages/server/src/profiles/simplejwt/settings.ts'
import type { Send } from './compare.ts'
import { password, secretKey } from './flows.ts'
import { type Dialect, type Group, groupOf } from './groups.ts'

export interface Ours extends AsyncDisposable {
  readonly send: Send
}

/** @param given a house to stand in; one of its own unless given */
export async function openOurs(group: Group, dialect: Dialect, given?: House): Promise<Ours> {
  const { simpleJwt: theirs, isSliding = false, ours } = groupOf(group)
  const { settings, left } = fromDjango(theirs)
  if (left.length > 0) throw new Error(`Not carried over: ${JSON.stringify(left)}`)
  const rotates = settings.rotateRefreshTokens === true
  const whole = simpleJwtSettings.parse({ ...settings, ...ours, dialect, safeRotation: !rotates })
  const people = await openSimpleJwt(
    { ...whole, sliding: isSliding },
    { ...(given !== undefined && { house: given }), texts: { signing: secretKey, verifying: [] } },
  )
  const { database, runtime } = people.house
  for (const [index, username] of ['ada', 'grace', 'idle'].entries()) {
    const user = await people.add({ username, email: `${username}@example.test`, password })
    await broughtAs(people, user, index + 1)
    if (username === 'idle') await database.commit([disableUser(database, runtime.now(), user.id)])
  }
  const api = protectedApi(people)
  return {
    send: async (path, { method, headers, body }) => {
      if (path.startsWith('/api/me')) {
        const response = await api(new Request(`https://api.example.test${path}`, { method, headers }))
        const text = await response.text()
        return { status: response.status, header: (name) => response.headers.get(name), text }
      }
      const options = { method, headers, ...(body !== undefined && { body }) }
      const answer = await people.visitor.visit(path, options)
      return { status: answer.status, header: (name) => answer.header(name) ?? null, text: answer.body }
    },
    [Symbol.asyncDispose]: () => people.house.close(),
  }
}

/** What a view of Django REST framework behind JWTAuthentication is, moved to us. */
function protectedApi({ room, house }: SimpleJwtHouse): (request: Request) => Promise<Response> {
  const { authTokenClasses, checkRevokeToken, revokeTokenClaim, ...settings } = room.settings
  const find = async (id: string): Promise<User | null> => {
    if (settings.userIdField === 'id') return userByNumber(house.database, 'simplejwt', Number(id) || 0)
    const value = canonicalUsername(id)
    return value === null ? null : userByIdentifier(house.database, { kind: 'username', value })
  }
  const idOf = ({ id }: User) => numberOf(house.database, 'simplejwt', id)
  const guard = auth(
    simpleJwt({
      algorithm: settings.algorithm,
      signingKey: secretKey,
      audience: settings.audience,
      issuer: settings.issuer,
      leeway: settings.leeway,
      authHeaderTypes: settings.authHeaderTypes,
      authHeaderName: settings.authHeaderName,
      authTokenClasses: authTokenClasses.map((one) => (one === 'access' ? 'AccessToken' : 'SlidingToken')),
      userIdClaim: settings.userIdClaim,
      tokenTypeClaim: settings.tokenTypeClaim,
      jtiClaim: settings.jtiClaim,
      checkRevokeToken,
      revokeTokenClaim,
      dialect: settings.dialect,
      now: house.runtime.now,
      user: async (id, claims) => {
        const user = await find(id)
        if (user === null) return null
        const isOurs = claims['fam'] !== undefined
        return {
          isActive: user.disabledAt === null,
          revokeToken: isOurs ? String(claims[revokeTokenClaim]) : 'what it is now',
        }
      },
    }),
  )
  return guard(async (_request, { subject }) => {
    const user = await find(subject)
    return Response.json({ id: user === null ? null : await idOf(user), username: user?.username })
  })
}
