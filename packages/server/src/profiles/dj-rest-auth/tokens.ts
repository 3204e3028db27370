// What somebody gets who comes in by dj-rest-auth: a key, or JSON Web Tokens and who they are; and the views that renew
// and end those.
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { type Asked, askerOf, forLeaving } from '../django/asker.ts'
import { endFamily } from '../django/sign-out.ts'
import { drfToken, newKey } from '../drf-token/key.ts'
import { type Came, endless, type Given } from '../enter.ts'
import { familySeconds } from '../simplejwt/duration.ts'
import { holderOf } from '../simplejwt/holder.ts'
import { keptAs } from '../simplejwt/kept.ts'
import { pairFor } from '../simplejwt/obtain.ts'
import { headerName } from '../simplejwt/protected.ts'
import { renew } from '../simplejwt/refresh.ts'
import { type SimpleJwtRoom, simpleJwt, unauthorized } from '../simplejwt/room.ts'
import { familyIn, readToken } from '../simplejwt/tokens.ts'
import { endOne } from '../simplejwt/verify.ts'
import { type Members, readForm } from '../wire/fields.ts'
import { answer } from '../wire/view.routes.ts'
import { csrfProblem, isForeign, noTokenCookies, setsCookies, tokenCookies } from './cookies.ts'
import { detailsOf, type RestAuthRoom } from './room.ts'

/** Of which client, and for how long, somebody's family is. */
export function entranceOf(room: RestAuthRoom): { readonly clientId: string; readonly seconds: number } {
  const jwt = tokensOf(room)
  return jwt === null
    ? { clientId: drfToken.id, seconds: endless }
    : { clientId: simpleJwt.id, seconds: familySeconds(jwt) }
}

/** A key, or tokens, for somebody who is in. @param status 201 for who has just signed up */
export async function give(
  room: RestAuthRoom,
  came: Pick<Came, 'user' | 'family'>,
  status: 200 | 201 = 200,
): Promise<Given> {
  const jwt = tokensOf(room)
  if (jwt === null) {
    const { key, write } = await newKey(room, came)
    return { answer: answer(status, { key }), writes: [write] }
  }
  const { user, family } = came
  const { refresh, access, write } = pairFor(jwt, family, await holderOf(jwt, came))
  const { jwtAuthHttponly: isHidden, jwtAuthReturnExpiration: tellsEnd } = room.settings
  const { accessTokenLifetime, refreshTokenLifetime } = jwt.settings
  const body = {
    access,
    refresh: isHidden ? '' : refresh,
    user: await detailsOf(room, user),
    ...(tellsEnd &&
      status === 200 && {
        access_expiration: endOf(jwt, accessTokenLifetime),
        refresh_expiration: endOf(jwt, refreshTokenLifetime),
      }),
  }
  const cookies = tokenCookies(room, {
    access: { token: access, seconds: accessTokenLifetime },
    refresh: { token: refresh, seconds: refreshTokenLifetime },
    family: { id: family.id, seconds: refreshTokenLifetime },
  })
  return { answer: answer(status, body, setting(cookies)), writes: [write] }
}

/** A page of another site must not sign its visitor in as somebody else, nor out. @returns null where none does */
export function refuseForeign(room: RestAuthRoom, request: Incoming): Outgoing | null {
  if (!setsCookies(room) || !isForeign(room, request)) return null
  return answer(403, {
    detail: 'CSRF Failed: Origin checking failed - it does not match any trusted origins.',
  })
}

/** Who asks, by the header or by the cookie of this wire. */
export async function askerHere(room: RestAuthRoom, request: Incoming): Promise<Asked> {
  const { jwtAuthCookie: name } = room.settings
  const cookie = name === null ? undefined : request.cookies.get(name)
  const asked = await askerOf(room, request, cookie)
  const isByHeader = room.jwt !== null && request.headers.get(headerName(room.jwt.settings)) !== undefined
  if (!asked.ok || cookie === undefined || isByHeader) return asked
  const problem = csrfProblem(room, request, asked.asker.family?.id)
  return problem === null
    ? asked
    : { ok: false, refusal: answer(403, { detail: problem }), isAnonymous: false }
}

/** `{"access", "access_expiration"}`, for a refresh token in the body or in the cookie. */
export async function refresh(room: RestAuthRoom, request: Incoming, members: Members): Promise<Outgoing> {
  const jwt = tokensOf(room)
  if (jwt === null) throw new Error('There are no tokens to be refreshed.')
  const foreign = refuseForeign(room, request)
  if (foreign !== null) return foreign
  const { settings } = room
  const fields = readForm(members, { refresh: { optional: true } })
  if (!fields.ok) return answer(400, fields.body)
  const cookie = refreshCookieOf(room, request)
  const text = fields.values.refresh?.trimmed ?? cookie
  if (text === undefined) {
    return unauthorized(jwt.settings, { detail: 'No valid refresh token found.', code: 'token_not_valid' })
  }
  const familyId = await familyIdOf(jwt, text)
  if (text === cookie) {
    const problem = csrfProblem(room, request, familyId)
    if (problem !== null) return answer(403, { detail: problem })
  }
  const renewed = await renew(jwt, request, text)
  if (!renewed.ok) return unauthorized(jwt.settings, renewed.refused)
  const { access, refresh: next } = renewed
  const renewedFamily = await familyOfAccess(jwt, access)
  const { accessTokenLifetime, refreshTokenLifetime } = jwt.settings
  const shown = settings.jwtAuthHttponly ? undefined : next
  const body = {
    access,
    ...(shown !== undefined && { refresh: shown }),
    access_expiration: endOf(jwt, accessTokenLifetime),
    ...(shown !== undefined && { refresh_expiration: endOf(jwt, refreshTokenLifetime) }),
  }
  const cookies = tokenCookies(room, {
    access: { token: access, seconds: accessTokenLifetime },
    ...(next !== undefined && { refresh: { token: next, seconds: refreshTokenLifetime } }),
    // Another family than before, where rotation gives each token one of its own.
    ...(renewedFamily !== null && { family: { id: renewedFamily, seconds: refreshTokenLifetime } }),
  })
  return answer(200, body, setting(cookies))
}

/** Ends what the request shows, whichever of them it is, and takes the cookies away. */
export async function logout(room: RestAuthRoom, request: Incoming, members: Members): Promise<Outgoing> {
  const foreign = refuseForeign(room, request)
  if (foreign !== null) return foreign
  const asked = await askerHere(forLeaving(room), request)
  if (!asked.ok && asked.refusal.status === 403) return asked.refusal
  if (asked.ok) await endFamily(room, request, asked.asker)
  const jwt = tokensOf(room)
  const say = (status: number, detail: string): Outgoing =>
    answer(status, { detail }, setting(jwt === null ? [] : noTokenCookies(room)))
  const done = say(200, 'Successfully logged out.')
  // Whoever has no key is out already: no front end is held up by that.
  if (jwt === null) return done
  const sent = members['refresh']
  const text = typeof sent === 'string' && sent !== '' ? sent : refreshCookieOf(room, request)
  if (asked.ok) {
    // It may be of another family than what was asked with; whether it was good any more is nothing to who is out.
    if (text !== undefined) await endOne(jwt, request, text)
    return done
  }
  if (text === undefined) {
    const where = room.settings.jwtAuthHttponly ? 'cookie' : 'request'
    return say(401, `Refresh token was not included in ${where} data.`)
  }
  const refused = await endOne(jwt, request, text)
  return refused === null ? done : say(401, refused.detail)
}

/** The header that sets cookies, if there are any. */
function setting(cookies: readonly string[]): { readonly 'set-cookie'?: readonly string[] } {
  return cookies.length === 0 ? {} : { 'set-cookie': cookies }
}

/** Null where this wire gives keys. */
export function tokensOf({ settings, jwt }: RestAuthRoom): SimpleJwtRoom | null {
  return settings.useJwt ? jwt : null
}

function refreshCookieOf({ settings }: RestAuthRoom, { cookies }: Incoming): string | undefined {
  const { jwtAuthRefreshCookie: name } = settings
  return name === null ? undefined : cookies.get(name)
}

async function familyIdOf(jwt: SimpleJwtRoom, text: string): Promise<string | undefined> {
  const read = await readToken(jwt, text, 'refresh')
  if (!read.ok) return undefined
  // One that the system before made of ours names the family that it was made of.
  const kept = await keptAs(jwt.platform, text)
  return kept?.found.family.id ?? familyIn(read.claims) ?? undefined
}

async function familyOfAccess(jwt: SimpleJwtRoom, text: string): Promise<string | null> {
  const read = await readToken(jwt, text, 'access')
  return read.ok ? familyIn(read.claims) : null
}

/** A moment as the framework writes it. */
function endOf({ runtime }: SimpleJwtRoom, seconds: number): string {
  return new Date((runtime.now() + seconds) * 1000).toISOString().replace('.000Z', 'Z')
}
