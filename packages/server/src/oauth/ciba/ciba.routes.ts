// The backchannel authentication endpoint (CIBA §7): a client names a person, and that person is asked, wherever they are.
import {
  type BackchannelRequest as Asked,
  cibaGrant,
  digest,
  formatOpaque,
  OAuthError,
  parseBackchannelRequest,
} from '@countersign/protocol'
import { event } from '../../platform/events/events.ts'
import { type Incoming, json, type Outgoing } from '../../platform/http/exchange.ts'
import { type Charge, giveBack, reserveAll } from '../../platform/limits/limits.ts'
import { askedFor } from '../authorize/asked.ts'
import { type AuthenticatedClient, authenticate } from '../clients/authenticate.ts'
import { isConfidential } from '../clients/client.ts'
import { pace } from '../polling/pace.ts'
import type { OAuthRoom } from '../room.ts'
import { askingLetter } from './asking.ts'
import { insertBackchannelRequest } from './backchannel-requests.store.ts'
import { checkedBindingMessage } from './binding-message.ts'
import { authReqIdPrefix } from './ciba-grant.ts'
import { sealNotice } from './notice.ts'
import { askCharges, longestRequest, nameCharges } from './pace.ts'
import { openBackchannelRequest } from './signed-request.ts'
import { type Whom, whomOf } from './whom.ts'

/**
 * Answers a backchannel authentication request.
 *
 * INVARIANT: what is answered, and how soon, does not tell whether anybody goes by a `login_hint`.
 * @throws OAuthError with the codes of CIBA §13, RFC 8707 §2 and RFC 9396 §5; `access_denied` with `Retry-After` for who
 *   asks a person too often
 */
export async function backchannelAuthentication(room: OAuthRoom, request: Incoming): Promise<Outgoing> {
  const client = await authenticate(room, request)
  // FAPI CIBA §5.2.2: "shall only support Confidential Clients".
  if (!client.grants.includes(cibaGrant) || !isConfidential(client))
    throw new OAuthError('unauthorized_client')
  const signer = await room.clientKeys.withKeys(client, request.form.get('request'))
  const { parameters, once } = openBackchannelRequest(room, signer, request.form)
  const asked = parseBackchannelRequest(parameters)
  if (asked.bindingMessage !== null) checkedBindingMessage(asked.bindingMessage)
  if (client.ciba.mode === 'ping' && asked.notificationToken === null)
    throw new OAuthError('invalid_request', { description: 'The client_notification_token is missing.' })
  // Refused now, to whom it concerns, rather than later to a person who can't help it.
  askedFor(asked, client, await room.apis.look(asked), room.rules)
  const whom = await whomOf(room, client, asked.hint)
  const charges = await charged(room, client.id, whom)
  const { answer, writes } = newRequest(room, client, { asked, whom: charges.whom, peer: request.peer })
  const letter = await askingLetter(room, client, charges.whom, answer.expires_in)
  const committed = await room.platform.database.commit([once, writes, letter])
  if (committed.ok) return json(200, answer)
  await room.platform.database.commit([giveBack(room.platform, charges.taken)])
  throw new OAuthError('invalid_request', { description: 'The signed request was used before.' })
}

/**
 * Who is asked after all. Somebody who goes by two names is not asked twice as often, and a client that sends both must not
 * learn from that that they are one person's: where only the person has had enough, the request is put to nobody.
 */
async function charged(
  { platform }: OAuthRoom,
  clientId: string,
  whom: Whom,
): Promise<{ readonly whom: Whom; readonly taken: readonly Charge[] }> {
  const byName = whom.name === null ? [] : nameCharges(clientId, whom.name)
  const named = await reserveAll(platform, byName)
  if (!named.ok) throw tooOften(named.retryAfter)
  const ofPerson = askCharges(clientId, whom.countedAs)
  const reserved = await reserveAll(platform, ofPerson)
  if (reserved.ok) return { whom, taken: [...byName, ...ofPerson] }
  if (whom.name === null) throw tooOften(reserved.retryAfter)
  return { whom: { ...whom, userId: null, email: null }, taken: byName }
}

/** §13: access_denied is for what "the OpenID Provider denied" as well. */
function tooOften(retryAfter: number): OAuthError {
  return new OAuthError('access_denied', {
    status: 403,
    description: 'This person has been asked too often. Try again later.',
    headers: { 'retry-after': String(retryAfter) },
  })
}

interface New {
  readonly asked: Asked
  readonly whom: Whom
  readonly peer: string
}

function newRequest(
  { platform, lifetimes }: OAuthRoom,
  client: AuthenticatedClient,
  { asked, whom, peer }: New,
) {
  const { database, runtime, vault } = platform
  const id = formatOpaque(authReqIdPrefix, runtime.secret())
  const now = runtime.now()
  const seconds = Math.min(asked.requestedExpiry ?? lifetimes.backchannelRequest, longestRequest)
  const { hint: _hint, notificationToken, requestedExpiry: _expiry, ...rest } = asked
  const stored = {
    ...rest,
    digest: digest(id),
    clientId: client.id,
    userId: whom.userId,
    peer,
    createdAt: now,
    expiresAt: now + seconds,
    interval: pace.interval,
  }
  const notice =
    client.ciba.mode === 'ping' && notificationToken !== null
      ? sealNotice(vault, { authReqId: id, token: notificationToken })
      : null
  const happening = {
    type: 'backchannel.requested',
    clientId: client.id,
    peer,
    ...(whom.userId !== null && { userId: whom.userId }),
    detail: { scope: asked.scope },
  } as const
  return {
    answer: { auth_req_id: id, expires_in: seconds, interval: pace.interval },
    writes: [insertBackchannelRequest(database, stored, notice), event(database, runtime, happening)],
  }
}
