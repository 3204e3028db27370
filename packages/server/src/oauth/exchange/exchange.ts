// The token exchange grant (RFC 8693): an API that was sent a token gets another one for the next API, and the token
// says who acts for whom. Narrower, shorter and as mortal as what it is given for.
import { type AccessClaims, OAuthError, type tokenExchange } from '@countersign/protocol'
import type { Authorization } from '../authorization.ts'
import { type Confirmation, isSameBond, missing } from '../binding/confirmation.ts'
import { type Client, isConfidential } from '../clients/client.ts'
import type { Grant } from '../grants/grants.ts'
import { letElsewhere } from '../id-jag/let-elsewhere.ts'
import type { OAuthRoom } from '../room.ts'
import { concerns, type KnownToken, knownToken } from '../tokens/known-token.ts'
import { type Access, type Asked, narrow } from '../tokens/narrow.ts'
import { chainOf, handsOf, type Inheritance } from './inheritance.ts'
import { type ExchangePolicy, scopesWithin } from './policy.ts'

/** A client that may exchange tokens. */
type Exchanger = Client & { readonly exchange: ExchangePolicy }

/**
 * RFC 8693 §2: a token becomes another one about the same subject.
 *
 * INVARIANT: the new token has no scope that the subject token has not or that no operator derived from one that it
 * has, ends no later than it, and dies with its session, user and family and with every client that it came through.
 */
export const authorizeByExchange: Grant<typeof tokenExchange> = async (
  room,
  request,
  client,
  confirmation,
) => {
  if (request.requested === 'id-jag') return letElsewhere(room, client, request, confirmation)
  if (!isConfidential(client) || !isExchanger(client)) throw new OAuthError('unauthorized_client')
  const subject = await presented(room, client, request.subjectToken, confirmation)
  const actor =
    request.actorToken === undefined ? null : await presented(room, client, request.actorToken, confirmation)
  if (actor !== null && !isOfClient(actor)) throw refused('an actor token that is not of a client itself')
  const acting = actor?.claims.sub ?? client.id
  checkMayAct(subject.claims, acting, room.platform.issuer.url)
  const access = await accessFor(room, client, subject.claims, request)
  const inherits = inheritanceOf(client, subject.claims, actor?.claims ?? null)
  const { live } = subject
  return {
    kind: 'authorization',
    client,
    person: live,
    access,
    inherits,
    idToken: null,
    // RFC 8693 §2.2.1: one "will typically not be issued" where one temporary credential is exchanged for another.
    refreshToken: null,
    spends: [],
    happening: {
      type: 'token.exchanged',
      clientId: client.id,
      userId: live?.user.id,
      sessionId: live?.family.sessionId,
      familyId: live?.family.id,
      detail: {
        subject: inherits.subject,
        from: subject.claims.client_id,
        // Nobody is named in the token of one who impersonates; here they are.
        actor: acting,
        impersonation: actor === null && !isOwn(client, subject) && client.exchange.impersonates,
        scope: access.scope,
        audience: access.api?.identifier ?? '',
      },
    },
  } satisfies Authorization
}

function isExchanger(client: Client): client is Exchanger {
  return client.exchange !== null
}

/**
 * A token that the client may present: alive, and its own or sent to the API that it is. What it is bound to stays: its
 * own it proves as anywhere; one that it was sent has been proven to it, and becomes one that is bound to its own key.
 *
 * @throws OAuthError `invalid_request`, `invalid_dpop_proof`
 */
async function presented(
  room: OAuthRoom,
  client: Client,
  text: string,
  confirmation: Confirmation,
): Promise<KnownToken> {
  const known = await knownToken(room, text)
  // Whoever has somebody else's token learns nothing of it here, not even whether it lives.
  if (known === null || !concerns(client, known)) throw refused('a token that is unknown, dead or foreign')
  if (known.confirmation.kind === 'none') return known
  if (confirmation.kind === 'none') throw missing(known.confirmation)
  if (isOwn(client, known) && !isSameBond(confirmation, known.confirmation))
    throw refused('a token that is bound to another key')
  return known
}

/** A token that a client got for itself: the others that may act are people, who can't be asked here. */
function isOfClient({ live, claims }: KnownToken): boolean {
  return live === null && claims.sub === claims.client_id
}

/** RFC 8693 §4.4: who is named there, and nobody else, may act. */
function checkMayAct({ may_act: mayAct }: AccessClaims, acting: string, issuer: string): void {
  if (mayAct === undefined) return
  const { sub, iss = issuer, ...others } = mayAct
  // A member that is not understood here could say that it is somebody else.
  if (sub !== acting || iss !== issuer || Object.keys(others).length > 0)
    throw refused('somebody else alone may act')
}

/** @throws OAuthError `invalid_target`, `invalid_scope`, `invalid_authorization_details` */
async function accessFor(
  room: OAuthRoom,
  client: Exchanger,
  claims: AccessClaims,
  asked: Asked,
): Promise<Access> {
  const { audiences } = client.exchange
  const apis = await room.apis.look({ resources: audiences })
  const ofApis = scopesWithin(client, scopeOf(claims)).filter((name) => apis.ofScope(name) !== undefined)
  // RFC 9396: as types belong to one API, details go along only where the new token is for the same.
  const { authorization_details: presented = [] } = claims
  const details = presented.filter(({ type }) => client.detailsTypes.includes(type))
  const access = narrow({ scope: ofApis, resources: audiences, details }, asked, apis)
  if (access.api === null)
    throw new OAuthError('invalid_target', { description: 'Name the API that the token is for.' })
  if (access.scope.length === 0 && access.details === undefined && access.api.scopes.length > 0)
    throw new OAuthError('invalid_scope', { description: 'Nothing there follows from the subject token.' })
  return access
}

function inheritanceOf(client: Exchanger, subject: AccessClaims, actor: AccessClaims | null): Inheritance {
  const isAdded = actor !== null || !(client.exchange.impersonates || subject.client_id === client.id)
  return {
    subject: subject.sub,
    actor: chainOf(subject.act, isAdded ? (actor?.sub ?? client.id) : null),
    via: handsOf(
      [...(subject.via ?? []), subject.client_id, ...(actor === null ? [] : [actor.client_id])],
      client.id,
    ),
    mayAct: subject.may_act,
    expiresAt: Math.min(subject.exp, actor?.exp ?? Number.POSITIVE_INFINITY),
  }
}

function isOwn(client: Client, { claims }: KnownToken): boolean {
  return claims.client_id === client.id
}

function scopeOf({ scope = '' }: AccessClaims): readonly string[] {
  return scope.split(' ').filter((name) => name !== '')
}

/** RFC 8693 §2.2.2: for tokens that are "invalid for any reason, or are unacceptable based on policy". */
function refused(detail: string): OAuthError {
  return new OAuthError('invalid_request', {
    description: 'A token that was presented can not be exchanged.',
    detail: `token exchange: ${detail}`,
  })
}
