// May this request pass? Who sends it is said by its token or its session, never by both: whoever sends an Authorization
// header speaks as that and as nobody else. Asked live, as introspection is, so that an ending counts with the next
// request.
import { classSatisfies, OAuthError, type OAuthErrorCode, readBasic, readBearer } from '@countersign/protocol'
import { rolesOf } from '../../access/roles.store.ts'
import { byPassword } from '../../accounts/sessions/session.ts'
import { currentSession } from '../../accounts/sessions/sessions.ts'
import type { User } from '../../accounts/users/users.store.ts'
import { isKey, knownKey, subjectOf } from '../../oauth/api-keys/known-key.ts'
import type { Confirmation } from '../../oauth/binding/confirmation.ts'
import type { OAuthRoom } from '../../oauth/room.ts'
import { knownToken } from '../../oauth/tokens/known-token.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import { isOverPrivateWire } from '../basic/private-wire.ts'
import type { BasicDoor } from '../basic/proven.ts'
import { mayUseCookie, type Original } from './original.ts'
import { canBeTold, type Told } from './remote-headers.ts'
import type { Required } from './required.ts'

/** A yes with what the application is told, or a no with what would help. */
export type Verdict =
  | { readonly passes: true; readonly told: Told }
  | {
      readonly passes: false
      /** 401 where other credentials would help, 403 where they wouldn't. */
      readonly status: 401 | 403
      /** For the challenge; undefined when nothing was presented (RFC 6750 §3.1), or when no such code exists. */
      readonly error?: OAuthErrorCode
      /** The scopes that the token would need. */
      readonly scope?: readonly string[]
      /** For the log. */
      readonly because: string
      /** Whose request it was, where that is known. */
      readonly user?: string
    }

type No = Extract<Verdict, { passes: false }>

/** Who sends the request. */
interface Sender {
  /** Null for a client that acts for itself. */
  readonly user: User | null
  /** Names of the roles that the user has now. */
  readonly roles: readonly string[]
  readonly id: string
  /** Null for a session: a person in their own browser is not limited by what they allowed an application. */
  readonly scope: readonly string[] | null
  readonly authenticatedAt: number | undefined
  readonly acr: string | undefined
}

/** What requests are judged with: where nobody may come by name and password, `basic` is null. */
export interface JudgeRoom extends OAuthRoom {
  readonly basic: BasicDoor | null
}

/**
 * Judges a request by what it carries. Reads; writes nothing but when the session was last used, now and then, and what
 * a try at a password costs.
 *
 * @throws Busy
 */
export async function judge(
  room: JudgeRoom,
  request: Incoming,
  original: Original,
  required: Required,
): Promise<Verdict> {
  const { authorization } = original
  const sender =
    authorization === undefined
      ? await bySession(room, request, original)
      : /^basic /i.test(authorization)
        ? await byBasic(room, request, original, authorization)
        : await byToken(room, request, { authorization, required })
  if ('passes' in sender) return sender
  const now = room.platform.runtime.now()
  return lacking(required, sender, now) ?? { passes: true, told: toldOf(sender, required) }
}

async function bySession(room: OAuthRoom, request: Incoming, original: Original): Promise<Sender | No> {
  const signedIn = await currentSession(room.platform, request)
  if (signedIn === null) return { passes: false, status: 401, because: 'nobody is signed in' }
  const { session, user } = signedIn
  if (!mayUseCookie(original, room.platform.issuer.origin)) {
    return no(403, 'the request comes from another site', user.id)
  }
  const { authenticatedAt, acr } = session
  const roles = await rolesOf(room.platform.database, user.id)
  return { user, roles, id: user.id, scope: null, authenticatedAt, acr }
}

const refusals = {
  refused: 'wrong name or password',
  limited: 'too many tries',
  second_factor_required: 'the person has a second factor: for programs of theirs there are API keys',
} as const

/** RFC 7617: the person themself, with each request; limited as every way in by password is. */
async function byBasic(
  room: JudgeRoom,
  request: Incoming,
  original: Original,
  authorization: string,
): Promise<Sender | No> {
  const { basic, platform } = room
  const bad = (because: string): No => ({ passes: false, status: 401, because })
  if (basic === null) return bad('nobody comes in here by name and password')
  const credentials = readBasic(authorization)
  if (credentials === null) return bad('the Authorization header is not well-formed Basic')
  if (!isOverPrivateWire(room, request))
    return { passes: false, status: 403, because: 'the password came over a wire that others read' }
  const proof = await basic.prove(request, credentials.name, credentials.password)
  if (!proof.ok) return bad(refusals[proof.because])
  const { user, authenticatedAt } = proof
  // A browser sends what its person once typed along with whatever a page of anybody asks for, as it does a cookie.
  const isBrowser = original.origin !== undefined || original.site !== undefined
  if (isBrowser && !mayUseCookie(original, platform.issuer.origin))
    return no(403, 'the request comes from another site', user.id)
  const roles = await rolesOf(platform.database, user.id)
  return { user, roles, id: user.id, scope: null, authenticatedAt, acr: byPassword.acr }
}

async function byToken(
  room: OAuthRoom,
  request: Incoming,
  { authorization, required }: { authorization: string; required: Required },
): Promise<Sender | No> {
  const bad = (because: string): No => ({ passes: false, status: 401, error: 'invalid_token', because })
  if (required.audience === undefined) return bad('no tokens are taken here')
  const text = bearerIn(authorization)
  if (text === null) return bad('the Authorization header carries no bearer token')
  if (isKey(text)) return (await byKey(room, text, required.audience)) ?? bad('the key is not good here')
  const known = await knownToken(room, text)
  if (known === null) return bad('the token is unknown, expired or revoked')
  const { claims, live, confirmation } = known
  if (claims.aud !== required.audience) return bad('the token is for another audience')
  const isUnproven = bondFault(confirmation, request)
  if (isUnproven !== null) return bad(isUnproven)
  return {
    user: live?.user ?? null,
    roles: live?.roles ?? [],
    id: claims.sub,
    scope: (claims.scope ?? '').split(' '),
    authenticatedAt: claims.auth_time,
    acr: claims.acr,
  }
}

/** Nobody signed in for a key: where a page asks when or how surely, it doesn't do. */
async function byKey(room: OAuthRoom, text: string, audience: string): Promise<Sender | null> {
  const known = await knownKey(room, text, audience)
  if (known === null) return null
  const { user, scope } = known
  const roles = user === null ? [] : await rolesOf(room.platform.database, user.id)
  return { user, roles, id: subjectOf(known), scope, authenticatedAt: undefined, acr: undefined }
}

/** RFC 8705 §3, RFC 9449 §7.1: who lets a bound token pass unproven undoes the binding. */
function bondFault(confirmation: Confirmation, { certificate }: Incoming): string | null {
  switch (confirmation.kind) {
    case 'none':
      return null
    case 'jkt':
      return 'the token is bound to a key, whose proof can’t be checked here'
    case 'x5t':
      return certificate?.thumbprint === confirmation.thumbprint
        ? null
        : 'the token is bound to another certificate than the one that the proxy tells'
  }
}

function bearerIn(authorization: string): string | null {
  try {
    return readBearer(authorization)
  } catch (error) {
    if (error instanceof OAuthError) return null
    throw error
  }
}

/** What is missing; the hardest to mend first, so that nobody signs in again for what stays forbidden. */
function lacking(required: Required, sender: Sender, now: number): No | null {
  const { maxAge, acr } = required
  if (required.roles.length > 0 && !required.roles.some((role) => sender.roles.includes(role))) {
    return no(403, 'none of the roles is held', sender.id)
  }
  if (required.user === 'username') {
    const name = sender.user?.username ?? null
    if (name === null) return no(403, 'there is no user name', sender.id)
    if (!canBeTold(name)) return no(403, 'no header can hold the user name', sender.id)
  }
  const scope = scopeNeeded(required, sender)
  if (!scope.every((name) => sender.scope?.includes(name))) {
    return { ...no(403, 'a scope is missing', sender.id), error: 'insufficient_scope', scope }
  }
  const { authenticatedAt } = sender
  const isOld = maxAge !== undefined && (authenticatedAt === undefined || now - authenticatedAt > maxAge)
  const isWeak = acr.length > 0 && !acr.some((one) => classSatisfies(sender.acr, one))
  if (!isOld && !isWeak) return null
  const because = isOld ? 'the sign-in is too long ago' : 'the sign-in was of another kind'
  return { ...no(401, because, sender.id), error: 'insufficient_user_authentication' }
}

/** A name that an application may learn of only with the scope `profile` isn't told to it in another way. */
function scopeNeeded({ scope, user }: Required, sender: Sender): readonly string[] {
  return user === 'username' && sender.scope !== null ? [...scope, 'profile'] : scope
}

/** To an application that came with a token, no more than its scopes let it learn at `userinfo`. */
function toldOf({ user, roles, id, scope }: Sender, required: Required): Told {
  if (user === null) return { user: id, groups: [], email: null, name: null }
  const mayLearn = (name: string): boolean => scope === null || scope.includes(name)
  return {
    user: required.user === 'username' ? (user.username ?? '') : user.id,
    groups: roles,
    email: user.emailVerified && mayLearn('email') ? user.email : null,
    name: mayLearn('profile') ? user.name : null,
  }
}

function no(status: 401 | 403, because: string, user: string): No {
  return { passes: false, status, because, user }
}
