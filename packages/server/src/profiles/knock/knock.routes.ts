// The wire of Knock, which signed people in to Rails APIs: POST /user_token with {"auth": {"email", "password"}} gives
// 201 and {"jwt"}; whatever is wrong with the credentials is 404, and with the request 400, both without a body. A token is
// kept by digest as well: it ends where its API asks us about it, also one that says no end.
import { digest, type JwsHeader, signJws } from '@countersign/protocol'
import { rolesOf } from '../../access/roles.store.ts'
import { numberOf } from '../../accounts/users/numbers.store.ts'
import type { User } from '../../accounts/users/users.store.ts'
import { empty, type Incoming, json, type Outgoing, type Route } from '../../platform/http/exchange.ts'
import { answerTo, type Came, endless, enter, type ProfileRoom, type Refusals } from '../enter.ts'
import type { ProfileKeys } from '../keys.ts'
import { keepToken } from '../opaque-token.ts'
import { beside, type Person, personOf } from '../person.ts'
import type { ProfileClient } from '../profile-client.ts'
import { secondFactorWords } from '../second-factor.ts'
import { bothForms } from '../wire/view.routes.ts'
import { readCredentials } from './credentials.ts'
import type { KnockEntity, KnockSettings } from './settings.ts'

/** The client that stands for the profile. */
export const knock: ProfileClient = { id: '~knock', name: 'Sign-in by Knock' }

/** What the profile works with. */
export interface KnockRoom extends ProfileRoom {
  readonly settings: KnockSettings
  readonly signingKey: ProfileKeys['signingKey']
}

const emptyPage = { 'content-type': 'text/html' }

/** Every route of the profile. */
export function knockRoutes(room: KnockRoom): readonly Route[] {
  return room.settings.entities.flatMap((entity) =>
    pathsOf(entity).flatMap((path) =>
      methods.map(
        (method): Route => ({
          method,
          path,
          caller: 'program',
          cors: 'clients',
          takes: 'any',
          // Rails knows no route for the others.
          run: (request) => (method === 'POST' ? signIn(room, entity, request) : empty(404, emptyPage)),
        }),
      ),
    ),
  )
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

function pathsOf({ name, paths }: KnockEntity): readonly string[] {
  return [...new Set((paths ?? [`/${name}_token`]).flatMap(bothForms))]
}

async function signIn(room: KnockRoom, entity: KnockEntity, request: Incoming): Promise<Outgoing> {
  const credentials = await readCredentials(request.raw, entity.loginField)
  if (credentials === 'malformed') return empty(400, emptyPage)
  const admits = (user: User) => isOne(room, entity, { user, name: credentials.name })
  const entered = await enter({ ...room, admits }, request, {
    ...credentials,
    clientId: knock.id,
    seconds: entity.lifetime ?? endless,
  })
  return answerTo(room, entered, refusals, async (came) => {
    const { jwt, jti, person } = await tokenOf(room, entity, came)
    const { withUser, responseExtras } = room.settings
    const body = {
      jwt,
      ...(withUser && { user: described(came.user) }),
      ...(responseExtras !== null && beside({ jwt }, await responseExtras(person))),
    }
    const kept = await keepToken(room.platform, {
      ...came,
      digest: digest(jwt),
      jti,
      audience: room.settings.resource,
      // Whoever is no administrator any more is none by what they were given as one (PM-05).
      role: entity.role,
      seconds: entity.lifetime ?? endless,
    })
    return { answer: json(201, body, { 'content-type': 'application/json; charset=utf-8' }), writes: [kept] }
  })
}

const refusals: Refusals = {
  refused: empty(404, emptyPage),
  limited: (seconds) => empty(429, { ...emptyPage, 'retry-after': String(seconds) }),
  lacking: (code) => json(404, { error: code, message: secondFactorWords[code] }),
}

/** Whether somebody is one of the entity, and was named as the settings want it. */
async function isOne(
  { platform, settings }: KnockRoom,
  { role }: KnockEntity,
  { user, name }: { readonly user: User; readonly name: string },
): Promise<boolean> {
  if (settings.exactNames && name !== user.username && name !== user.email) return false
  return role === null || (await rolesOf(platform.database, user.id)).includes(role)
}

/**
 * The original's two claims first. `entity` and `aud` bind a token to what it was made for: there, a user's token opened
 * the doors of whichever administrator had the same number.
 */
async function tokenOf(
  { platform, settings, signingKey }: KnockRoom,
  entity: KnockEntity,
  { user, family }: Came,
): Promise<{ readonly jwt: string; readonly jti: string; readonly person: Person }> {
  const { database, runtime } = platform
  const now = runtime.now()
  const subject = settings.subject === 'id' ? user.id : await numberOf(database, sourceOf(entity), user.id)
  const claims = {
    ...(entity.lifetime !== null && { exp: now + entity.lifetime }),
    sub: subject,
    ...(settings.audience !== null && { aud: settings.audience }),
    entity: entity.name,
    iat: now,
    jti: runtime.secret(16),
    fam: family.id,
  }
  const { key, isShared } = signingKey()
  const legacyId = typeof subject === 'number' ? subject : null
  const person = personOf(user, legacyId, await rolesOf(database, user.id))
  const { extraClaims } = settings
  const extra = extraClaims === null ? {} : beside({ ...claims, exp: 0, aud: '' }, await extraClaims(person))
  const jwt = signJws(isShared ? marked : {}, { ...claims, ...extra }, key)
  return { jwt, jti: claims.jti, person }
}

/** Tokens under a key of the server's own are marked, so that nothing else that it signs is taken for one. */
const marked: Pick<JwsHeader, 'typ'> & { typ: string } = { typ: 'knock+jwt' }

/** Rails counts each of its tables by itself. */
function sourceOf(entity: Pick<KnockEntity, 'name'>): string {
  return `knock ${entity.name}`
}

function described({ id, email, name }: User): unknown {
  return { id, email, name }
}
