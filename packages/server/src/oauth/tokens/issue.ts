// Issuing: from an Authorization to tokens and the writes that go with them. Signs; stores nothing. RFC 9068 access
// tokens or opaque ones as the API says, ID tokens of OpenID Connect Core §2, the answer of RFC 6749 §5.1.
import {
  type AccessClaims,
  digest,
  formatOpaque,
  formatScope,
  type IdClaims,
  signToken,
} from '@countersign/protocol'
import type { WriteSet } from '../../platform/db/database.ts'
import { accessTokenHash } from '../../platform/keys/at-hash.ts'
import type { Authorization, Person } from '../authorization.ts'
import type { OAuthRoom } from '../room.ts'
import { insertAccessToken } from './access-tokens.store.ts'
import { claimsByName } from './user-claims.ts'

/** The members of a successful answer, by their wire names (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope: string
  readonly refresh_token?: string
  readonly id_token?: string
}

/** An answer, and what to commit before it is given. */
export interface Issued {
  readonly response: TokenResponse
  readonly writes: WriteSet
}

/**
 * Makes the tokens of an authorization. INVARIANT: nothing is stored yet; an answer is given after the commit alone.
 */
export function issue(room: OAuthRoom, authorization: Authorization): Issued {
  const now = room.platform.runtime.now()
  const claims = accessClaims(room, authorization, now)
  const { token, writes } = accessToken(room, authorization, claims)
  return {
    response: {
      access_token: token,
      token_type: 'Bearer',
      expires_in: claims.exp - now,
      // RFC 6749 §5.1: REQUIRED where it differs from what was asked; said always, nobody has to guess.
      scope: formatScope(authorization.access.scope),
      ...(authorization.refreshToken !== null && { refresh_token: authorization.refreshToken }),
      ...(authorization.idToken !== null &&
        authorization.person !== null && {
          id_token: idToken(room, authorization, authorization.person, token),
        }),
    },
    writes,
  }
}

/** RFC 9068 §2.2. INVARIANT: exactly one audience, and no token outlives its family. */
function accessClaims(room: OAuthRoom, authorization: Authorization, now: number): AccessClaims {
  const { client, person, access } = authorization
  const { platform, lifetimes } = room
  const end = now + (access.api?.accessTokenSeconds ?? lifetimes.accessToken)
  const base = {
    iss: platform.issuer.url,
    // RFC 9068 §5: a client that acts for itself has a subject that no user can have.
    sub: person?.user.id ?? client.id,
    aud: access.api?.identifier ?? platform.issuer.url,
    client_id: client.id,
    iat: now,
    exp: person === null ? end : Math.min(end, person.family.expiresAt),
    jti: platform.runtime.secret(16),
    scope: formatScope(access.scope),
  }
  if (person === null) return base
  const { granted, sessionId, id } = person.family
  return {
    ...base,
    auth_time: granted.authenticatedAt,
    acr: granted.acr,
    amr: granted.amr,
    sid: sessionId,
    fam: id,
    ...(person.roles.length > 0 && { roles: person.roles }),
  }
}

function accessToken(
  room: OAuthRoom,
  { access, person }: Authorization,
  claims: AccessClaims,
): { token: string; writes: WriteSet } {
  if (access.api?.tokenFormat !== 'opaque') {
    return { token: signToken('access', claims, room.keyring.signingKey('ES256')), writes: [] }
  }
  const token = formatOpaque('csat', room.platform.runtime.secret())
  const write = insertAccessToken(room.platform.database, digest(token), claims, person?.user.id ?? null)
  return { token, writes: [write] }
}

function idToken(room: OAuthRoom, authorization: Authorization, person: Person, access: string): string {
  const { client } = authorization
  const { granted, sessionId } = person.family
  const now = room.platform.runtime.now()
  const nonce = authorization.idToken?.nonce ?? null
  const atHash = accessTokenHash(access, client.idTokenAlg)
  const claims: IdClaims = {
    ...claimsByName(person.user, granted.claims?.idToken),
    iss: room.platform.issuer.url,
    sub: person.user.id,
    aud: client.id,
    iat: now,
    exp: now + room.lifetimes.idToken,
    auth_time: granted.authenticatedAt,
    acr: granted.acr,
    amr: granted.amr,
    sid: sessionId,
    ...(atHash !== null && { at_hash: atHash }),
    ...(nonce !== null && { nonce }),
  }
  return signToken('id', claims, room.keyring.signingKey(client.idTokenAlg))
}
