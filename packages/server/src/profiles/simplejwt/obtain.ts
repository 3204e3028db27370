// Logins: a password for a pair of tokens, or for a sliding one.
import { digest } from '@countersign/protocol'
import type { Family } from '../../oauth/authorization.ts'
import { insertRefreshToken } from '../../oauth/tokens/refresh-tokens.store.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import type { Incoming, Outgoing } from '../../platform/http/exchange.ts'
import { answerTo, type Came, type Refusals } from '../enter.ts'
import { beside } from '../person.ts'
import { codeIn, secondFactorWords } from '../second-factor.ts'
import { type Members, readForm } from '../wire/fields.ts'
import { tryPassword } from '../wire/try-password.ts'
import { answer, throttled } from '../wire/view.routes.ts'
import { familySeconds, slidingSeconds, wholeLeeway } from './duration.ts'
import { holderOf, personBehind } from './holder.ts'
import { type SimpleJwtRoom, simpleJwt, unauthorized } from './room.ts'
import { accessTokenOf, firstToken, type Holder } from './tokens.ts'
import { noActiveAccount } from './words.ts'

/** `{"refresh", "access"}`, in this order. */
export async function obtainPair(
  room: SimpleJwtRoom,
  request: Incoming,
  members: Members,
): Promise<Outgoing> {
  return login(room, request, members, familySeconds(room), (came, holder) => {
    const { refresh, access, write } = pairFor(room, came.family, holder)
    return { body: { refresh, access }, writes: [write] }
  })
}

/** The first pair of a family of `familySeconds`. */
export function pairFor(
  { platform, ...room }: SimpleJwtRoom,
  family: Family,
  holder: Holder,
): { readonly refresh: string; readonly access: string; readonly write: Write } {
  const refresh = firstToken(room, 'refresh', holder)
  const write = insertRefreshToken(platform.database, {
    digest: digest(refresh.token),
    familyId: family.id,
    generation: 0,
    createdAt: family.createdAt,
    // Until then it is refused as expired, and no longer: its own claim alone says when.
    expiresAt: refresh.expiresAt + wholeLeeway(room.settings),
    boundTo: null,
    sealedToken: null,
  })
  return { refresh: refresh.token, access: accessTokenOf(room, refresh.claims).token, write }
}

/** `{"token"}`: one token that is used, and given more time while it lives. */
export function obtainSliding(room: SimpleJwtRoom, request: Incoming, members: Members): Promise<Outgoing> {
  return login(room, request, members, slidingSeconds(room.settings), (_came, holder) => ({
    body: { token: firstToken(room, 'sliding', holder).token },
    writes: [],
  }))
}

async function login(
  room: SimpleJwtRoom,
  request: Incoming,
  members: Members,
  seconds: number,
  tokensFor: (came: Came, holder: Holder) => { readonly body: object; readonly writes: WriteSet },
): Promise<Outgoing> {
  const { settings } = room
  const fields = readForm(members, { name: { named: settings.usernameField }, password: {} })
  if (!fields.ok) return answer(400, fields.body)
  const { name, password } = fields.values
  const entered = await tryPassword(room, request, {
    name: name.trimmed,
    password: settings.trimCredentials ? password : { ...password, trimmed: password.sent },
    code: codeIn(members),
    clientId: simpleJwt.id,
    seconds,
  })
  const refusals: Refusals = {
    refused: unauthorized(settings, noActiveAccount),
    limited: throttled,
    lacking: (code) => unauthorized(settings, { detail: secondFactorWords[code], code }),
  }
  return answerTo(room, entered, refusals, async (came) => {
    const holder = await holderOf(room, came)
    const { body, writes } = tokensFor(came, holder)
    const { responseExtras } = settings
    const extras = responseExtras === null ? {} : await responseExtras(await personBehind(room, holder))
    return { answer: answer(200, { ...body, ...beside(body, extras) }), writes }
  })
}
