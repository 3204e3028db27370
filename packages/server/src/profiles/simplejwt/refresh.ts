// Refreshing: a refresh token for an access token, and where tokens are rotated for its successor as well. Of all who
// use one token at once each gets the same successor; who comes too late with it ends its family.
import { digest } from '@countersign/protocol'
import type { User } from '../../accounts/users/users.store.ts'
import { familyOfToken, insertFamily, revokeFamily } from '../../oauth/tokens/families.store.ts'
import { decideRefresh } from '../../oauth/tokens/refresh.ts'
import {
  insertRefreshToken,
  type PresentedRefreshToken,
  refreshTokenByDigest,
  replayRefreshToken,
} from '../../oauth/tokens/refresh-tokens.store.ts'
import { sameSuccessor, sealedUnderIt } from '../../oauth/tokens/refresh-tokens.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import { event, type Happening } from '../../platform/events/events.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { Busy } from '../../platform/http/failure.ts'
import type { Instant } from '../../platform/runtime.ts'
import { isOpen, needsSecondFactor, openFamily } from '../enter.ts'
import { readFields } from '../wire/fields.ts'
import { answer } from '../wire/view.routes.ts'
import { foreignUser, holderOf, isOfThisPassword } from './holder.ts'
import { familySeconds } from './obtain.ts'
import { ended, notValid, type SimpleJwtRoom, simpleJwt } from './room.ts'
import {
  type EndOfToken,
  isBlacklisted,
  takeIn,
  wasTakenIn,
  whyEnded,
  whyForeignEnded,
} from './standing.store.ts'
import {
  accessTokenOf,
  familyIn,
  jtiIn,
  nextRefreshOf,
  readToken,
  refreshEndOf,
  renewedSliding,
  type TokenClaims,
} from './tokens.ts'

type Members = Readonly<Record<string, unknown>>

/** Times that a refresh is decided anew when somebody else was faster. */
const mostAttempts = 5

/** `{"access"}`, and with rotation `"refresh"` after it. */
export async function refreshPair(
  room: SimpleJwtRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const { settings } = room
  const fields = readFields(members, ['refresh'])
  if (!fields.ok) return answer(400, fields.body)
  const text = fields.values.refresh.trimmed
  const read = await readToken(room, text, 'refresh')
  if (!read.ok) return notValid(settings, read.fault)
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const outcome = await decide(room, request, { text, claims: read.claims })
    const committed = await room.platform.database.commit(outcome.writes)
    if (committed.ok) return outcome.answer
  }
  throw new Busy('The same token was used too often at once.')
}

/** A token, presented. */
interface Presented {
  readonly text: string
  readonly claims: TokenClaims
}

/** An answer, given once its writes are committed; where they are lost all is decided anew. */
interface Outcome {
  readonly answer: Outgoing
  readonly writes: WriteSet
}

async function decide(room: SimpleJwtRoom, request: Incoming, presented: Presented): Promise<Outcome> {
  const { platform, settings } = room
  const { database, runtime } = platform
  const { text, claims } = presented
  const familyId = familyIn(claims)
  // Asked first: whoever takes it in meanwhile is found below.
  const wasIn = familyId === null && (await wasTakenIn(database, text))
  const found = await refreshTokenByDigest(database, digest(text), runtime.now())
  if (found !== undefined) {
    const isTheirs = await isOfThisPassword(room, claims, found.family.userId)
    return isTheirs ? use(room, presented, found) : nothing(ended(settings, 'password'))
  }
  if (familyId !== null) return nothing(ended(settings, await whyEnded(database, familyId)))
  return wasIn ? nothing(notValid(settings, 'blacklisted')) : adopt(room, request, presented)
}

/** A token of ours whose family lives. */
async function use(
  room: SimpleJwtRoom,
  { text, claims }: Presented,
  found: PresentedRefreshToken,
): Promise<Outcome> {
  const { platform, settings, lifetimes } = room
  const { database, runtime } = platform
  const { token, family, successorSpent } = found
  const access = accessTokenOf(room, claims).token
  const happened = happening(found, 'token.refreshed')
  if (token.spentAt === null && !settings.rotateRefreshTokens) {
    return { answer: answer(200, { access }), writes: [event(database, runtime, happened)] }
  }
  const facts = { ...token, successorSpent, isSameHolder: true }
  const decision = decideRefresh(facts, runtime.now(), lifetimes)
  if (decision === 'refuse') return nothing(notValid(settings, 'expired'))
  if (decision === 'reuse') {
    const writes = [
      revokeFamily(database, family.id, 'refresh token reused', runtime.now()),
      event(database, runtime, happening(found, 'refresh.reused')),
    ]
    return { answer: notValid(settings, 'blacklisted'), writes }
  }
  if (decision === 'sameSuccessor') {
    const writes = [
      replayRefreshToken(database, token, lifetimes.refreshReplays),
      event(database, runtime, happening(found, 'refresh.replayed')),
    ]
    return { answer: answer(200, { access, refresh: sameSuccessor(token, text) }), writes }
  }
  if (!settings.safeRotation) return rotateLoosely(room, claims, found)
  const next = nextRefreshOf(room, claims)
  const writes = [
    insertRefreshToken(database, {
      digest: digest(next.token),
      familyId: family.id,
      generation: token.generation + 1,
      createdAt: runtime.now(),
      expiresAt: Math.min(next.expiresAt + settings.leeway, family.expiresAt),
      boundTo: null,
      sealedToken: sealedUnderIt(platform, token, text, next.token),
    }),
    event(database, runtime, happened),
  ]
  return { answer: answer(200, { access, refresh: next.token }), writes }
}

/** As the original does it: the token before stays as good as it was, unless BLACKLIST_AFTER_ROTATION ends it. */
function rotateLoosely(room: SimpleJwtRoom, claims: TokenClaims, found: PresentedRefreshToken): Outcome {
  const { platform, settings } = room
  const { database, runtime } = platform
  const now = runtime.now()
  const family = { ...found.family, id: runtime.id('fam'), createdAt: now }
  const ours = { ...claims, fam: family.id }
  const next = nextRefreshOf(room, ours)
  const writes = [
    insertFamily(database, family),
    insertRefreshToken(database, {
      digest: digest(next.token),
      familyId: family.id,
      generation: 0,
      createdAt: now,
      expiresAt: Math.min(next.expiresAt + settings.leeway, family.expiresAt),
      boundTo: null,
      sealedToken: null,
    }),
    settings.blacklistAfterRotation
      ? revokeFamily(database, found.family.id, 'revoked by the client', now)
      : null,
    event(database, runtime, happening(found, 'token.refreshed')),
  ]
  return { answer: answer(200, { access: accessTokenOf(room, ours).token, refresh: next.token }), writes }
}

/**
 * A token that the system before signed. It is taken in as the first of a family, and from then on it is like one of
 * ours: its next use finds it.
 */
async function adopt(room: SimpleJwtRoom, request: Incoming, { text, claims }: Presented): Promise<Outcome> {
  const { platform, settings } = room
  const { database, runtime } = platform
  const holds = await foreignHolder(room, claims)
  if (!holds.ok) return nothing(ended(settings, holds.because))
  const { user } = holds
  const seconds = familySeconds(room)
  const opened = openFamily(room, request, {
    userId: user.id,
    clientId: simpleJwt.id,
    seconds,
    authenticatedAt: unknownMoment,
  })
  if (opened === null) return nothing(ended(settings, 'account'))
  const { family } = opened
  const first = {
    digest: digest(text),
    familyId: family.id,
    generation: 0,
    createdAt: family.createdAt,
    expiresAt: Math.min(Math.floor(Number(claims['exp']) + settings.leeway), family.expiresAt),
    boundTo: null,
    sealedToken: null,
  }
  const { revokeTokenClaim } = settings
  const { version } = await holderOf(room, { user, family })
  const ours = {
    ...claims,
    ...(version !== null && { [revokeTokenClaim]: version }),
    sub: user.id,
    fam: family.id,
  }
  const access = accessTokenOf(room, ours).token
  const once = takeIn(database, text, foreignUntil(settings, claims))
  const taken = [opened.writes, insertRefreshToken(database, first), once]
  if (!settings.rotateRefreshTokens) return { answer: answer(200, { access }), writes: taken }
  const next = nextRefreshOf(room, ours)
  const token = { ...first, spentAt: null, sealedSuccessor: null, replays: 0 }
  const second = insertRefreshToken(database, {
    digest: digest(next.token),
    familyId: family.id,
    generation: 1,
    createdAt: runtime.now(),
    expiresAt: Math.min(next.expiresAt + settings.leeway, family.expiresAt),
    boundTo: null,
    sealedToken: sealedUnderIt(platform, token, text, next.token),
  })
  return { answer: answer(200, { access, refresh: next.token }), writes: [taken, second] }
}

/** Until when it has to be known that a token of the system before was used: as long as it could be. */
export function foreignUntil({ leeway }: SimpleJwtRoom['settings'], claims: TokenClaims): number {
  return Math.ceil(Number(claims['exp']) + leeway) + 1
}

/** When somebody typed their password at the system before, nobody knows: its tokens say when they were made. */
const unknownMoment = 0 as Instant

/**
 * Whose a token of the system before is, while it is good. INVARIANT: of nobody who needs two factors here: it was given
 * for one at most (C12).
 */
export async function foreignHolder(
  room: SimpleJwtRoom,
  claims: TokenClaims,
): Promise<
  { readonly ok: true; readonly user: User } | { readonly ok: false; readonly because: EndOfToken }
> {
  const { settings, platform } = room
  const { database } = platform
  if (await isBlacklisted(database, jtiIn(settings, claims))) return { ok: false, because: 'blacklisted' }
  if (!(await isOpen(platform, simpleJwt.id))) return { ok: false, because: 'account' }
  const user = await foreignUser(room, claims)
  if (user === null || user.disabledAt !== null) return { ok: false, because: 'account' }
  if (await needsSecondFactor(room, user.id)) return { ok: false, because: 'account' }
  const named = settings.userIdField === 'id' ? String(claims[settings.userIdClaim]) : null
  const because = await whyForeignEnded(database, user.id, named)
  return because === null ? { ok: true, user } : { ok: false, because }
}

/** `{"token"}`: the same sliding token with more time. */
export async function refreshSliding(
  room: SimpleJwtRoom,
  _request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const { settings, platform } = room
  const { database, runtime } = platform
  const fields = readFields(members, ['token'])
  if (!fields.ok) return answer(400, fields.body)
  const read = await readToken(room, fields.values.token.trimmed, 'sliding')
  if (!read.ok) return notValid(settings, read.fault)
  const { claims } = read
  const until = refreshEndOf(settings, claims)
  if (until === null) return notValid(settings, 'no refresh exp')
  if (until <= runtime.now() - settings.leeway) return notValid(settings, 'refresh expired')
  const familyId = familyIn(claims)
  const jti = jtiIn(settings, claims)
  if (familyId !== null) {
    const live = await familyOfToken(database, { familyId, jti: jti ?? '' }, runtime.now())
    if (live?.family.clientId !== simpleJwt.id) return ended(settings, await whyEnded(database, familyId))
    if (!(await isOfThisPassword(room, claims, live.family.userId))) return ended(settings, 'password')
  } else {
    const holds = await foreignHolder(room, claims)
    if (!holds.ok) return ended(settings, holds.because)
  }
  return answer(200, { token: renewedSliding(room, claims).token })
}

function nothing(given: Outgoing): Outcome {
  return { answer: given, writes: [] }
}

function happening({ family, token }: PresentedRefreshToken, type: Happening['type']): Happening {
  const { clientId, userId, sessionId, id: familyId } = family
  return { type, clientId, userId, sessionId, familyId, detail: { generation: token.generation } }
}
