// The JWT bearer grant (RFC 7523 §2.1), plain and as the last step of an Identity Assertion Authorization Grant (ID-JAG):
// what a trusted issuer says of a person becomes an access token for an API, as far as an operator lets it.
import {
  type AccessClaims,
  type AssertionGrantRequest,
  type jwtBearerGrant,
  OAuthError,
} from '@countersign/protocol'
import { rolesOf } from '../../access/roles.store.ts'
import { byAssertion } from '../../accounts/sessions/session.ts'
import { openProgramSession } from '../../accounts/sessions/sessions.ts'
import type { Authorization } from '../authorization.ts'
import { refuseNameless } from '../authorize/asked.ts'
import { type Confirmation, confirmationOf, isSameBond } from '../binding/confirmation.ts'
import { type Client, isConfidential } from '../clients/client.ts'
import type { Grant } from '../grants/grants.ts'
import { audienceOf, newFamily } from '../grants/new-family.ts'
import type { OAuthRoom } from '../room.ts'
import { insertFamily } from '../tokens/families.store.ts'
import { type Access, narrow } from '../tokens/narrow.ts'
import { type Accepted, acceptAssertion, refused } from './assertion.ts'
import { personMeant } from './person.ts'

/**
 * RFC 7523 §3.1: an assertion becomes an access token. Never a refresh token: whoever let the client in is asked again.
 *
 * INVARIANT: the token has no scope that its issuer is not trusted for, that the client may not have, or that an ID-JAG
 * does not name.
 */
export const authorizeByAssertion: Grant<typeof jwtBearerGrant> = async (
  room,
  request,
  client,
  confirmation,
) => {
  if (!isConfidential(client)) throw new OAuthError('unauthorized_client')
  const { database, runtime } = room.platform
  const accepted = await acceptAssertion(room, client, request.assertion)
  checkHolder(accepted, confirmation)
  const user = await personMeant(database, accepted)
  const access = await accessFor(room, client, accepted, request)
  const authentication = byAssertion
  const seconds = access.api?.accessTokenSeconds ?? room.lifetimes.accessToken
  const opened = openProgramSession(room.platform, nobodysRequest, {
    userId: user.id,
    authentication,
    clientId: client.id,
    seconds,
  })
  const family = newFamily(
    room,
    {
      familyId: runtime.id('fam'),
      clientId: client.id,
      userId: user.id,
      sessionId: opened.session.id,
      granted: {
        scope: access.scope,
        resources: access.api === null ? [] : [access.api.identifier],
        authenticatedAt: authenticatedAt(accepted, runtime.now()),
        ...authentication,
      },
    },
    access,
  )
  return {
    kind: 'authorization',
    client,
    person: { user, family, roles: await rolesOf(database, user.id) },
    access,
    idToken: null,
    refreshToken: null,
    spends: [accepted.once, opened.writes, insertFamily(database, family)],
    happening: {
      type: 'token.issued',
      clientId: client.id,
      userId: user.id,
      sessionId: opened.session.id,
      familyId: family.id,
      detail: {
        grant: accepted.kind === 'grant' ? 'jwt-bearer' : 'id-jag',
        issuer: accepted.by.issuer,
        scope: access.scope,
        ...audienceOf(access),
      },
    },
  } satisfies Authorization
}

/** No browser is here, and what the client's program is called says nothing of the person. */
const nobodysRequest = { headers: { get: () => undefined }, peer: '' }

/** @throws OAuthError `invalid_scope`, `invalid_target` */
async function accessFor(
  room: OAuthRoom,
  client: Client,
  { by, kind, claims }: Accepted,
  request: AssertionGrantRequest,
): Promise<Access> {
  const allowed = by.scopes.filter(
    (name) => client.scopes.includes(name) && (kind === 'grant' || isNamed(name, claims)),
  )
  const apis = await room.apis.look({ scope: allowed })
  const resources = new Set(
    allowed.map((name) => apis.ofScope(name)?.identifier).filter((id) => id !== undefined),
  )
  const named = claims.resource === undefined ? null : [claims.resource].flat()
  const most = {
    scope: allowed,
    resources: [...resources].filter((id) => named === null || named.includes(id)),
  }
  const only = named?.length === 1 && request.resources.length === 0 ? named : request.resources
  refuseNameless(room.rules, { resources: only })
  const access = narrow(most, { ...request, resources: only }, apis)
  if (access.api === null || access.scope.length === 0)
    throw new OAuthError('invalid_scope', { description: 'Nothing of an API follows from the assertion.' })
  return access
}

/**
 * An ID-JAG says what it is for; one that says nothing is for all that may be. One that says it in authorization details,
 * which are not carried here, is for nothing else.
 */
function isNamed(name: string, { scope, authorization_details: details }: Accepted['claims']): boolean {
  return scope === undefined ? details === undefined : scope.split(' ').includes(name)
}

/**
 * What an assertion is bound to its token is bound to (RFC 7800 §3.1), and nobody is left out who acts for somebody.
 *
 * @throws OAuthError `invalid_grant`
 */
function checkHolder({ claims }: Accepted, confirmation: Confirmation): void {
  const said = claims as Pick<AccessClaims, 'cnf' | 'act'>
  const bond = confirmationOf(said)
  const isHeld = bond !== null && (bond.kind === 'none' || isSameBond(bond, confirmation))
  if (!isHeld) throw refused('bound to something that is not shown')
  if (said.act !== undefined) throw refused('somebody acts for its subject, which no token of ours would say')
}

/** When the person proved themself there, if that is said; else nobody knows, and no API takes it for lately. */
function authenticatedAt({ claims }: Accepted, now: number): number {
  const at = claims['auth_time']
  return typeof at === 'number' && at <= now ? Math.floor(at) : 0
}
