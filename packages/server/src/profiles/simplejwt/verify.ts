// Verifying and blacklisting: whether a token is good, and the end of one.
import { forEnding } from '../../accounts/sessions/sessions.ts'
import { revokeJwt } from '../../oauth/tokens/access-tokens.store.ts'
import { revokeFamily } from '../../oauth/tokens/families.store.ts'
import { decideRefresh } from '../../oauth/tokens/refresh.ts'
import type { PresentedRefreshToken } from '../../oauth/tokens/refresh-tokens.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event } from '../../platform/events/events.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { type Members, readFields } from '../wire/fields.ts'
import { answer } from '../wire/view.routes.ts'
import { decided } from './decided.ts'
import { repeats } from './duration.ts'
import { keptAs } from './kept.ts'
import { ended, notValid, type Refused, type SimpleJwtRoom, unauthorized } from './room.ts'
import { type EndOfToken, takeIn, wasTakenIn } from './standing.store.ts'
import { endOfNobodys, standingOf } from './standing.ts'
import { familyIn, foreignUntil, jtiIn, namesSomebody, readToken, type TokenClaims } from './tokens.ts'
import { messageOf } from './words.ts'

/** `{}` for a token of any type that is good. */
export async function verifyOne(
  room: SimpleJwtRoom,
  _request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const { settings } = room
  const fields = readFields(members, ['token'])
  if (!fields.ok) return answer(400, fields.body)
  const text = fields.values.token.trimmed
  const read = await readToken(room, text, 'untyped')
  if (!read.ok) return unauthorized(settings, notValid(settings, read.fault))
  const end = await endOf(room, text, read.claims, isSpent)
  if (end === null) return answer(200, {})
  // This view alone says it so, and with 400.
  if (end === 'blacklisted') {
    const isSaid = settings.strictVerify || settings.blacklistAfterRotation
    return isSaid ? answer(400, { non_field_errors: [messageOf('blacklisted', settings)] }) : answer(200, {})
  }
  return settings.strictVerify ? unauthorized(settings, ended(settings, end)) : answer(200, {})
}

/** `{}`, and the refresh token’s whole family is ended. */
export async function blacklistOne(
  room: SimpleJwtRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const fields = readFields(members, ['refresh'])
  if (!fields.ok) return answer(400, fields.body)
  const refused = await endOne(room, request, fields.values.refresh.trimmed)
  return refused === null ? answer(200, {}) : unauthorized(room.settings, refused)
}

/** Ends the family of a refresh token. @returns null when it is ended by that @throws Busy */
export async function endOne(asked: SimpleJwtRoom, request: Incoming, text: string): Promise<Refused | null> {
  const room = forEnding(asked)
  const { settings, platform } = room
  const read = await readToken(room, text, 'refresh', 'anybody')
  if (!read.ok) return notValid(settings, read.fault)
  const { claims } = read
  return decided(platform, async () => {
    const end = await endOf(room, text, claims, isOverForGood)
    if (end !== null) return { answer: ended(settings, end), writes: [] }
    const adopting = await adoptedBy(room, text)
    const familyId = adopting ?? familyIn(claims)
    const happened = event(platform.database, platform.runtime, {
      type: 'token.revoked',
      ...(familyId !== null && { familyId }),
      peer: request.peer,
    })
    return { answer: null, writes: [endOfToken(room, { text, claims, adopting }), happened] }
  })
}

/**
 * Loses `foreign token` where a token that this server never made is taken in meanwhile: then it is its family that has to end.
 * @param adopting the family that has the token here, be it its own or the one that took it in
 */
function endOfToken(
  { settings, platform: { database, runtime } }: SimpleJwtRoom,
  {
    text,
    claims,
    adopting,
  }: { readonly text: string; readonly claims: TokenClaims; readonly adopting: string | null },
): WriteSet {
  const now = runtime.now()
  const families = new Set([adopting, familyIn(claims)].filter((id) => id !== null))
  const jti = families.size === 0 ? jtiIn(settings, claims) : null
  return [
    adopting === null ? takeIn(database, text, foreignUntil(settings, claims)) : null,
    ...[...families].map((id) => revokeFamily(database, id, 'revoked by the client', now)),
    jti === null ? null : revokeJwt(database, { jti, exp: Number(claims['exp']) }, now),
  ]
}

/** Whether a token that is kept is over. */
type IsOver = (room: SimpleJwtRoom, found: PresentedRefreshToken) => boolean

const isSpent: IsOver = (_room, { token }) => token.spentAt !== null

/** Spent, and its successor given out no more: who never got that, or signs out while it is on its way, ends it too. */
const isOverForGood: IsOver = (room, found) => {
  const facts = { ...found.token, successorSpent: found.successorSpent, isSameHolder: true }
  return isSpent(room, found) && decideRefresh(facts, room.runtime.now(), repeats(room)) !== 'sameSuccessor'
}

/** What ended a token; null for one that is good. */
async function endOf(
  room: SimpleJwtRoom,
  text: string,
  claims: TokenClaims,
  isOver: IsOver,
): Promise<EndOfToken | null> {
  const { settings, platform } = room
  const wasIn = familyIn(claims) === null && (await wasTakenIn(platform.database, text))
  const refresh = (await keptAs(platform, text))?.found
  const familyId = refresh?.family.id ?? familyIn(claims)
  if (familyId === null && wasIn) return 'blacklisted'
  if (familyId === null && !namesSomebody(settings, claims)) return endOfNobodys(room, claims)
  const standing = await standingOf(room, claims, familyId)
  if (!standing.ok) return standing.because
  if (standing.family === null) return null
  const isEnded = refresh === undefined ? await wasTakenIn(platform.database, text) : isOver(room, refresh)
  return isEnded ? 'blacklisted' : null
}

/** The family that has a token, or took in one of the system before. */
async function adoptedBy({ platform }: SimpleJwtRoom, text: string): Promise<string | null> {
  return (await keptAs(platform, text))?.found.family.id ?? null
}
