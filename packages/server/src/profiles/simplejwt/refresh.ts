// Refreshing: a refresh token for an access token, and where tokens are rotated for its successor as well. Of all who
// use one token at once each gets the same successor; who comes too late with it ends its family.
import { digest } from '@countersign/protocol'
import { takeTurn } from '../../accounts/users/users.store.ts'
import type { Family } from '../../oauth/authorization.ts'
import { insertFamily, revokeFamily } from '../../oauth/tokens/families.store.ts'
import { decideRefresh } from '../../oauth/tokens/refresh.ts'
import {
  insertRefreshToken,
  type PresentedRefreshToken,
  replayRefreshToken,
} from '../../oauth/tokens/refresh-tokens.store.ts'
import { sameSuccessor, sealedUnderIt } from '../../oauth/tokens/refresh-tokens.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { event, type Happening } from '../../platform/events/events.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import type { Instant } from '../../platform/runtime.ts'
import { openFamily } from '../enter.ts'
import { type Members, readFields } from '../wire/fields.ts'
import { answer } from '../wire/view.routes.ts'
import { type Decision, decided } from './decided.ts'
import { familySeconds, lastRefreshOf, repeats, wholeLeeway } from './duration.ts'
import { claimsByNow, holderOf, isOfThisPassword } from './holder.ts'
import { type KeptToken, keptAs } from './kept.ts'
import { ended, notValid, type Refused, type SimpleJwtRoom, simpleJwt, unauthorized } from './room.ts'
import { familyStays, foreignStands, takeIn, wasTakenIn } from './standing.store.ts'
import { foreignStanding, namedIn, standingOf } from './standing.ts'
import {
  accessTokenOf,
  familyIn,
  foreignUntil,
  type Holder,
  type MadeToken,
  nextRefreshOf,
  ourClaims,
  readToken,
  refreshEndOf,
  renewedSliding,
  type TokenClaims,
} from './tokens.ts'

/** `{"access"}`, and with rotation `"refresh"` after it. */
export async function refreshPair(
  room: SimpleJwtRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const fields = readFields(members, ['refresh'])
  if (!fields.ok) return answer(400, fields.body)
  const renewed = await renew(room, request, fields.values.refresh.trimmed)
  if (!renewed.ok) return unauthorized(room.settings, renewed.refused)
  const { access, refresh } = renewed
  return answer(200, { access, ...(refresh !== undefined && { refresh }) })
}

/** An access token, and where refresh tokens are rotated the next one; or why there is none. */
export type Renewed =
  | { readonly ok: true; readonly access: string; readonly refresh?: string }
  | { readonly ok: false; readonly refused: Refused }

/** Uses a refresh token. @throws Busy */
export async function renew(room: SimpleJwtRoom, request: Incoming, text: string): Promise<Renewed> {
  const read = await readToken(room, text, 'refresh')
  if (!read.ok) return { ok: false, refused: notValid(room.settings, read.fault) }
  return decided(room.platform, () => decide(room, request, { text, claims: read.claims }))
}

/** A token, presented. */
interface Presented {
  readonly text: string
  readonly claims: TokenClaims
}

type Outcome = Decision<Renewed>

async function decide(room: SimpleJwtRoom, request: Incoming, presented: Presented): Promise<Outcome> {
  const { platform, settings } = room
  const { text, claims } = presented
  const kept = await keptAs(platform, text)
  if (kept !== undefined) return useKept(room, claims, kept)
  const before = familyIn(claims) === null ? null : await standingOf(room, claims)
  if (before?.ok === false) return nothing(ended(settings, before.because))
  if (await wasTakenIn(platform.database, text)) {
    // Between the two questions somebody may have taken it in.
    const takenIn = await keptAs(platform, text)
    return takenIn === undefined ? nothing(notValid(settings, 'blacklisted')) : useKept(room, claims, takenIn)
  }
  return before === null || isMadeElsewhere(room)
    ? adopt(room, request, presented, before?.family ?? null)
    : nothing(notValid(settings, 'blacklisted'))
}

/**
 * Whether a token of a family that lives, which this server never made, may be what the system before made of one of ours:
 * while both answer, each renews the other's. It signs with the same key then, and of a type that can't be told apart
 * from an access token none is taken.
 */
function isMadeElsewhere({ keys, settings }: SimpleJwtRoom): boolean {
  return !keys.signingKey().isShared && settings.tokenTypeClaim !== null
}

async function useKept(
  room: SimpleJwtRoom,
  claims: TokenClaims,
  { text, found }: KeptToken,
): Promise<Outcome> {
  const isTheirs = await isOfThisPassword(room, claims, found.family.userId)
  if (!isTheirs) return nothing(ended(room.settings, 'password'))
  const { user, family } = found
  const within = await claimsWithin(room, claims, found)
  const isOurs = family.granted.authenticatedAt !== unknownMoment
  return use(room, { text, claims: await claimsByNow(room, within, user, isOurs) }, found)
}

/** A token of ours whose family lives. */
async function use(
  room: SimpleJwtRoom,
  { text, claims }: Presented,
  found: PresentedRefreshToken,
): Promise<Outcome> {
  const { platform, settings } = room
  const { database, runtime } = platform
  const { token, family, successorSpent } = found
  const limits = repeats(room)
  const access = accessTokenOf(room, claims).token
  const happened = happening(found, 'token.refreshed')
  if (token.spentAt === null && !settings.rotateRefreshTokens) {
    return { answer: { ok: true, access }, writes: [event(database, runtime, happened)] }
  }
  const facts = { ...token, successorSpent, isSameHolder: true }
  const decision = decideRefresh(facts, runtime.now(), limits)
  if (decision === 'refuse') return nothing(notValid(settings, 'expired'))
  if (decision === 'reuse') {
    const writes = [
      revokeFamily(database, family.id, 'refresh token reused', runtime.now()),
      event(database, runtime, happening(found, 'refresh.reused')),
    ]
    return nothing(notValid(settings, 'blacklisted'), writes)
  }
  if (decision === 'sameSuccessor') {
    const writes = [
      replayRefreshToken(database, token, limits.refreshReplays),
      event(database, runtime, happening(found, 'refresh.replayed')),
    ]
    return { answer: { ok: true, access, refresh: sameSuccessor(found, text) }, writes }
  }
  if (!settings.safeRotation) return rotateLoosely(room, claims, found)
  const next = nextRefreshOf(room, claims, lastRefreshOf(settings, family))
  const writes = [
    keepNext(room, family, next, {
      generation: token.generation + 1,
      sealedToken: sealedUnderIt(platform, token, text, next.token),
    }),
    event(database, runtime, happened),
  ]
  return { answer: { ok: true, access, refresh: next.token }, writes }
}

/** Keeps the next refresh token of a family. */
function keepNext(
  { platform: { database, runtime }, settings }: SimpleJwtRoom,
  family: Pick<Family, 'id' | 'expiresAt'>,
  { token, expiresAt }: MadeToken,
  place: { readonly generation: number; readonly sealedToken: string | null },
): Write {
  return insertRefreshToken(database, {
    ...place,
    digest: digest(token),
    familyId: family.id,
    createdAt: runtime.now(),
    expiresAt: Math.min(expiresAt + wholeLeeway(settings), family.expiresAt),
    boundTo: null,
  })
}

/** As the original does it: the token before stays as good as it was, unless BLACKLIST_AFTER_ROTATION ends it. */
function rotateLoosely(room: SimpleJwtRoom, claims: TokenClaims, found: PresentedRefreshToken): Outcome {
  const { platform, settings } = room
  const { database, runtime } = platform
  const { family, writes: opened } = anotherFamily(platform, found.family)
  const ours = { ...claims, fam: family.id }
  const next = nextRefreshOf(room, ours, lastRefreshOf(settings, family))
  const writes = [
    opened,
    keepNext(room, family, next, { generation: 0, sealedToken: null }),
    settings.blacklistAfterRotation
      ? revokeFamily(database, found.family.id, 'revoked by the client', runtime.now())
      : null,
    event(database, runtime, happening(found, 'token.refreshed')),
  ]
  return { answer: { ok: true, access: accessTokenOf(room, ours).token, refresh: next.token }, writes }
}

/**
 * A token that the system before signed. It is taken in as the first of a family, and from then on it is like one of
 * ours: its next use finds it.
 * @param before the family of the token of ours that it was made of
 */
async function adopt(
  room: SimpleJwtRoom,
  request: Incoming,
  { text, claims }: Presented,
  before: Family | null,
): Promise<Outcome> {
  const { platform, settings } = room
  const { database } = platform
  const standing = await foreignStanding(room, claims)
  if (!standing.ok) return nothing(ended(settings, standing.because))
  const { user } = standing
  const opened =
    before === null
      ? openFamily(room, request, {
          userId: user.id,
          clientId: simpleJwt.id,
          seconds: familySeconds(room),
          authenticatedAt: unknownMoment,
        })
      : anotherFamily(platform, before)
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
  // What its own code there had it say stays.
  const ours = await claimsByNow(room, await claimsWithin(room, claims, { user, family }), user, false)
  const access = accessTokenOf(room, ours).token
  const once = takeIn(database, text, foreignUntil(settings, claims))
  const isReplaced = before !== null && settings.blacklistAfterRotation
  const taken = [
    opened.writes,
    // Whoever changes their password meanwhile ends this with everything from before it.
    foreignStands(database, user.id, namedIn(settings, claims)),
    isReplaced ? revokeFamily(database, before.id, 'revoked by the client', family.createdAt) : null,
    insertRefreshToken(database, first),
    once,
  ]
  if (!settings.rotateRefreshTokens) return { answer: { ok: true, access }, writes: taken }
  const next = nextRefreshOf(room, ours, lastRefreshOf(settings, family))
  const token = { ...first, spentAt: null, sealedSuccessor: null, replays: 0 }
  const second = keepNext(room, family, next, {
    generation: 1,
    sealedToken: sealedUnderIt(platform, token, text, next.token),
  })
  return { answer: { ok: true, access, refresh: next.token }, writes: [taken, second] }
}

/** Another family of the same login. The writes lose `family` when that was ended meanwhile. */
function anotherFamily(
  { database, runtime }: SimpleJwtRoom['platform'],
  family: Family,
): { readonly family: Family; readonly writes: WriteSet } {
  const own = { ...family, id: runtime.id('fam'), createdAt: runtime.now() }
  // In turn, so that whoever ends all of a session's families ends this one with them.
  const stays = [takeTurn(database, family.userId), familyStays(database, family.id)]
  return { family: own, writes: [stays, insertFamily(database, own)] }
}

/** What a token says once a family has it: one of the system before said nothing of that, nor who its person is here. */
async function claimsWithin(
  room: SimpleJwtRoom,
  claims: TokenClaims,
  { user, family }: Pick<Holder, 'user' | 'family'>,
): Promise<TokenClaims> {
  if (familyIn(claims) === family.id) return claims
  const { revokeTokenClaim } = room.settings
  const holder = await holderOf(room, { user, family })
  return {
    ...claims,
    ...(holder.version !== null && { [revokeTokenClaim]: holder.version }),
    ...ourClaims(room.settings, holder),
  }
}

/** When somebody typed their password at the system before, nobody knows: its tokens say when they were made. */
const unknownMoment = 0 as Instant

/** `{"token"}`: the same sliding token with more time. */
export async function refreshSliding(
  room: SimpleJwtRoom,
  _request: Incoming,
  members: Members,
): Promise<Outgoing> {
  const { settings, runtime } = room
  const refuse = (refused: Refused): Outgoing => unauthorized(settings, refused)
  const fields = readFields(members, ['token'])
  if (!fields.ok) return answer(400, fields.body)
  const read = await readToken(room, fields.values.token.trimmed, 'sliding')
  if (!read.ok) return refuse(notValid(settings, read.fault))
  const { claims } = read
  const until = refreshEndOf(settings, claims)
  if (until === null) return refuse(notValid(settings, 'no refresh exp'))
  if (until <= runtime.now() - settings.leeway) return refuse(notValid(settings, 'refresh expired'))
  const standing = await standingOf(room, claims)
  if (!standing.ok) return refuse(ended(settings, standing.because))
  const { user, family } = standing
  const renewed = await claimsByNow(room, claims, user, family !== null)
  return answer(200, { token: renewedSliding(room, renewed).token })
}

function nothing(refused: Refused, writes: WriteSet = []): Outcome {
  return { answer: { ok: false, refused }, writes }
}

function happening({ family, token }: PresentedRefreshToken, type: Happening['type']): Happening {
  const { clientId, userId, sessionId, id: familyId } = family
  return { type, clientId, userId, sessionId, familyId, detail: { generation: token.generation } }
}
