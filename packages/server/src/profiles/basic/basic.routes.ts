// A name and a password for an opaque token that expires: kept here by digest with whose it is, listed on the account
// page, and looked up by every API that takes it. The credentials come as JSON, as a form, or by HTTP Basic.
import { digest, formatOpaque, formatScope, readBasic } from '@countersign/protocol'
import type { OAuthRoom } from '../../oauth/room.ts'
import { type Incoming, json, type Outgoing, type Route } from '../../platform/http/exchange.ts'
import { answerTo, enter, type ProfileRoom } from '../enter.ts'
import { keepToken } from '../opaque-token.ts'
import type { ProfileClient } from '../profile-client.ts'
import { codeIn } from '../second-factor.ts'
import { readBody } from '../wire/read-body.ts'
import { refusalsTo, refused, refuseOpenWire } from './refusals.routes.ts'
import type { BasicSettings } from './settings.ts'

/** The client that stands for the profile. */
export const basic: ProfileClient = { id: '~basic', name: 'Sign-in by name and password' }

/** What the profile works with. */
export interface BasicRoom extends ProfileRoom {
  readonly oauth: Pick<OAuthRoom, 'apis'>
  readonly settings: BasicSettings
}

/** What a token without an API is good for: to ask us about its person. */
const aboutThemself = ['openid', 'profile', 'email']

/** Every route of the profile. */
export function basicRoutes(room: BasicRoom): readonly Route[] {
  return room.settings.paths.map(
    (path): Route => ({
      method: 'POST',
      path,
      caller: 'program',
      cors: 'clients',
      takes: 'any',
      run: (request) => getAccessToken(room, request),
    }),
  )
}

/**
 * `{"access_token", "token_type", "expires_in", "expires_at", "scope"}`, as a token endpoint gives it (RFC 6749 §5.1), and the
 * moment in seconds since the epoch; of one that its use prolongs, `max_expires_at` is the moment after which nothing does.
 * Without any scope there is no `scope`: it has to name one at least (§3.3).
 */
async function getAccessToken(room: BasicRoom, request: Incoming): Promise<Outgoing> {
  const { platform, settings, oauth } = room
  const open = refuseOpenWire(room, request)
  if (open !== null) return open
  const asked = await readAsked(request)
  if (asked === null) {
    return refused(
      400,
      'invalid_request',
      'A username and a password are needed: as JSON, as a form, or by Basic.',
    )
  }
  const apis = await oauth.apis.look(asked.resource === null ? {} : { resources: [asked.resource] })
  const api = asked.resource === null ? null : (apis.withIdentifier(asked.resource) ?? 'unknown')
  if (api === 'unknown') return refused(400, 'invalid_target', 'There is no API of that name.')
  const scope =
    api === null
      ? aboutThemself
      : api.scopes.map(({ name }) => name).filter((name) => settings.scopes.includes(name))
  const access = { scope, resources: api === null ? [] : [api.identifier] }
  const { name, password, code } = asked
  const { tokenLifetime, slidingLifetime = tokenLifetime } = settings
  const lasting = { seconds: slidingLifetime, idleSeconds: tokenLifetime }
  const entrance = { name, password, code, clientId: basic.id, ...lasting, access }
  const entered = await enter(room, request, entrance)
  return answerTo(room, entered, refusalsTo(request), async ({ user, family }) => {
    // Opaque whatever the API says: what is looked up each time needs to say nothing.
    const token = formatOpaque('csat', platform.runtime.secret())
    const audience = api?.identifier ?? null
    const seconds = tokenLifetime
    const slides = slidingLifetime > seconds
    const kept = await keepToken(platform, {
      digest: digest(token),
      user,
      family,
      audience,
      seconds,
      slides,
    })
    const body = {
      access_token: token,
      token_type: 'Bearer',
      expires_in: seconds,
      expires_at: family.expiresAt,
      ...(slides && { max_expires_at: family.createdAt + slidingLifetime }),
      ...(scope.length > 0 && { scope: formatScope(scope) }),
    }
    return { answer: json(200, body), writes: [kept] }
  })
}

interface Asked {
  readonly name: string
  readonly password: string
  /** A code of the second factor; null where none was sent along. */
  readonly code: string | null
  /** RFC 8707: the API that the token is for; null for none. */
  readonly resource: string | null
}

async function readAsked({ headers, raw }: Incoming): Promise<Asked | null> {
  const body = await readBody(raw)
  if (!body.ok) return null
  const { username, password, resource = null } = body.members
  if (resource !== null && typeof resource !== 'string') return null
  const code = codeIn(body.members)
  const authorization = headers.get('authorization') ?? ''
  // Front ends send a token along that is over by now, or was never there: it says nothing of who comes in.
  if (/^basic\b/i.test(authorization)) {
    const credentials = readBasic(authorization)
    return credentials === null ? null : { ...credentials, code, resource }
  }
  if (typeof username !== 'string' || typeof password !== 'string' || username === '') return null
  return { name: username, password, code, resource }
}
