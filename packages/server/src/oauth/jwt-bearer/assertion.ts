// Whether an assertion counts (RFC 7521 §5.2, RFC 7523 §3, draft-ietf-oauth-identity-assertion-authz-grant §5): made by an
// issuer that is trusted for it, for us, now, for this client, and for the first time.

import {
  type IdJagClaims,
  isTyp,
  OAuthError,
  peekUnverified,
  TokenError,
  tokenKinds,
  usualSkew,
  verifyToken,
} from '@countersign/protocol'
import type { Write } from '../../platform/db/engine.ts'
import { type Once, takeOnce, wasTaken } from '../../platform/once.store.ts'
import type { Client } from '../clients/client.ts'
import { keySetOf } from '../clients/signed.ts'
import { paths } from '../paths.ts'
import { keysWithin } from '../profiles/rules.ts'
import type { OAuthRoom } from '../room.ts'
import type { AssertionKind, TrustedIssuer } from './trusted-issuer.ts'
import { trustedIssuer } from './trusted-issuers.store.ts'

/** What an assertion says, once it is believed. */
export interface Accepted {
  readonly by: TrustedIssuer
  readonly kind: AssertionKind
  readonly claims: Pick<IdJagClaims, 'iss' | 'sub' | 'scope' | 'resource'> & Readonly<Record<string, unknown>>
  /** Uses it up. INVARIANT: guarded by `grant`: of all who show it, one succeeds. */
  readonly once: Write
}

/**
 * Accepts an assertion that a client shows.
 *
 * @throws OAuthError `invalid_grant`; `temporarily_unavailable` while the issuer's keys can't be had
 */
export async function acceptAssertion(room: OAuthRoom, client: Client, assertion: string): Promise<Accepted> {
  const { database, runtime } = room.platform
  const peeked = peekUnverified(assertion)
  const iss = peeked?.claims['iss']
  if (peeked === null || typeof iss !== 'string') throw refused('not a JWT with an issuer')
  const kind: AssertionKind = isTyp(tokenKinds.idJag, peeked.header.typ) ? 'id-jag' : 'grant'
  const by = await trustedIssuer(database, iss)
  // One answer for whoever is not trusted at all and whoever is not trusted for this.
  if (by === null || !by.accepts.includes(kind) || !mayShow(by, kind, client))
    throw refused('its issuer is not trusted for it')
  const claims = await verified(room, by, kind, assertion)
  if (kind === 'id-jag' && claims['client_id'] !== client.id) throw refused('made for another client')
  const now = runtime.now()
  const from = claims.iat === undefined ? now : Math.min(claims.iat, now)
  if (claims.exp - from > by.maximumSeconds + usualSkew) throw refused('good for too long')
  const once: Once = { kind: 'grant', name: [iss, claims.jti], until: claims.exp + usualSkew }
  if (await wasTaken(database, once)) throw refused('used before')
  return { by, kind, claims, once: takeOnce(database, once) }
}

function mayShow({ clients }: TrustedIssuer, kind: AssertionKind, { id }: Client): boolean {
  return clients.includes(id) || (kind === 'id-jag' && clients.length === 0)
}

async function verified(room: OAuthRoom, by: TrustedIssuer, kind: AssertionKind, assertion: string) {
  const { jwks } = await room.clientKeys.withKeys(by, assertion)
  if (jwks === null)
    throw new OAuthError('temporarily_unavailable', { detail: 'assertion: the issuer’s keys can’t be had' })
  const held = {
    keys: keysWithin(room.rules.signatures, keySetOf(jwks)),
    issuer: by.issuer,
    audience: kind === 'grant' ? audienceOf(room, assertion) : room.platform.issuer.url,
    now: room.platform.runtime.now(),
  }
  try {
    const { claims } = verifyToken(kind === 'grant' ? 'authorizationGrant' : 'idJag', assertion, held)
    return claims as typeof claims & { readonly iat?: number }
  } catch (error) {
    if (error instanceof TokenError) throw refused(error.code)
    throw error
  }
}

/** RFC 7523 §3: the issuer, or the token endpoint, and nothing beside it. */
function audienceOf({ platform: { issuer } }: OAuthRoom, assertion: string): string {
  const aud = peekUnverified(assertion)?.claims['aud']
  const endpoint = issuer.at(paths.token)
  return [aud].flat().includes(endpoint) ? endpoint : issuer.url
}

/** RFC 7521 §4.1.1: `invalid_grant`, whatever is wrong; the log alone is told what. */
export function refused(detail: string): OAuthError {
  return new OAuthError('invalid_grant', {
    description: 'The assertion is not accepted.',
    detail: `assertion: ${detail}`,
  })
}
