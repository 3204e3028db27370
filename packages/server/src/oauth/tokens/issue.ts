// Issuing: from an Authorization to tokens and the writes that go with them. Signs; stores nothing. RFC 9068 access
// tokens, encrypted or not, or opaque ones as the API says, ID tokens of OpenID Connect Core §2 likewise as the client
// says, the answer of RFC 6749 §5.1.
import {
  type AccessClaims,
  type AuthorizationDetail,
  accessTokenType,
  digest,
  formatOpaque,
  formatScope,
  type IdClaims,
  maximumMintedLength,
  OAuthError,
  signToken,
  type TokenScheme,
} from '@countersign/protocol'
import { isStillEnough } from '../../accounts/sessions/sessions.ts'
import type { WriteSet } from '../../platform/db/database.ts'
import type { Write } from '../../platform/db/engine.ts'
import { accessTokenHash } from '../../platform/keys/at-hash.ts'
import type { Api } from '../apis/api.ts'
import type { Authorization, Person } from '../authorization.ts'
import { type Confirmation, confirmationClaim, schemeOf } from '../binding/confirmation.ts'
import { registeredSet } from '../clients/jwk-set.ts'
import { inheritedClaims } from '../exchange/inheritance.ts'
import type { OAuthRoom } from '../room.ts'
import { rememberInSession } from '../sign-out/session-clients.store.ts'
import { insertAccessToken } from './access-tokens.store.ts'
import { encryptFor, sealedFor } from './encryption.ts'
import type { Access } from './narrow.ts'
import { claimsByName, tellsRoles } from './user-claims.ts'

/** The members of a successful answer, by their wire names (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3). */
export interface TokenResponse {
  readonly access_token: string
  readonly token_type: TokenScheme
  readonly expires_in: number
  readonly scope: string
  readonly authorization_details?: readonly AuthorizationDetail[]
  readonly issued_token_type?: typeof accessTokenType
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
 *
 * @param confirmation what the access token is bound to; the refresh token's grant has seen to that one
 * @throws OAuthError `invalid_grant` for what one factor was given for, where everybody needs two by now
 */
export async function issue(
  room: OAuthRoom,
  authorization: Authorization,
  confirmation: Confirmation,
): Promise<Issued> {
  const { person } = authorization
  if (person !== null && !isStillEnough(room.platform, person.family.granted))
    throw new OAuthError('invalid_grant', { detail: 'given for one factor alone' })
  const now = room.platform.runtime.now()
  const named = await namesIn(room, authorization)
  const claims = {
    ...accessClaims(room, authorization, { now, named }),
    ...confirmationClaim(confirmation),
  }
  const { token, writes } = await accessToken(room, authorization, claims)
  return {
    response: {
      access_token: token,
      token_type: schemeOf(confirmation),
      expires_in: claims.exp - now,
      // RFC 6749 §5.1: REQUIRED where it differs from what was asked; said always, nobody has to guess.
      scope: formatScope(authorization.access.scope),
      ...detailsClaim(authorization.access),
      // RFC 8693 §2.2.1: REQUIRED in the answer to an exchange.
      ...(authorization.inherits !== undefined && { issued_token_type: accessTokenType }),
      ...(authorization.refreshToken !== null && { refresh_token: authorization.refreshToken }),
      ...(authorization.idToken !== null &&
        authorization.person !== null && {
          id_token: await idToken(room, authorization, authorization.person, token),
        }),
    },
    writes: [writes, hearsOfItsEnd(room, authorization, now)],
  }
}

/** RFC 9396 §7 and §9.1: as granted, and filtered for the token's one audience. */
function detailsClaim({ details }: Access): Pick<AccessClaims, 'authorization_details'> {
  return details === undefined ? {} : { authorization_details: details }
}

/** Whoever gets tokens in a session is told when it ends, whatever the grant. */
function hearsOfItsEnd(room: OAuthRoom, { client, person }: Authorization, now: number): Write | null {
  return person === null ? null : rememberInSession(room.platform.database, client, person.family, now)
}

/** Whom an access token names, and in which session. */
interface Named {
  readonly subject: string
  readonly session: string | null
}

/**
 * The names in an access token. INVARIANT: what its client can read names people and sessions as the client knows them; an
 * API alone reads who they are (decision 27).
 */
async function namesIn(
  { subjects }: OAuthRoom,
  { client, person, access, inherits }: Authorization,
): Promise<Named> {
  // RFC 9068 §5: a client that acts for itself has a subject that no user can have.
  if (person === null) return { subject: inherits?.subject ?? client.id, session: null }
  const { user, family } = person
  if (!isReadable(access)) return { subject: user.id, session: family.sessionId }
  return {
    subject: await subjects.of(client, user.id),
    session: await subjects.sessionOf(client, family.sessionId),
  }
}

/** Whether whoever holds an access token can read what it says. */
function isReadable({ api }: Pick<Access, 'api'>): boolean {
  return api === null || (api.tokenFormat === 'jwt' && api.encryption === null)
}

/** RFC 9068 §2.2. INVARIANT: exactly one audience; no token outlives its family or what it was exchanged for. */
function accessClaims(
  room: OAuthRoom,
  authorization: Authorization,
  { now, named }: { readonly now: number; readonly named: Named },
): AccessClaims {
  const { client, person, access, inherits } = authorization
  const { platform, lifetimes } = room
  const end = Math.min(
    now + (access.api?.accessTokenSeconds ?? lifetimes.accessToken),
    person?.family.expiresAt ?? Number.POSITIVE_INFINITY,
    inherits?.expiresAt ?? Number.POSITIVE_INFINITY,
  )
  const base = {
    iss: platform.issuer.url,
    sub: named.subject,
    aud: access.api?.identifier ?? platform.issuer.url,
    client_id: client.id,
    iat: now,
    exp: end,
    jti: platform.runtime.secret(16),
    scope: formatScope(access.scope),
    ...detailsClaim(access),
    ...inheritedClaims(inherits),
  }
  if (person === null) return base
  const { granted, id } = person.family
  return {
    ...base,
    // Of people who were let in by an issuer nobody may know when they proved themselves.
    ...(granted.authenticatedAt > 0 && { auth_time: granted.authenticatedAt }),
    acr: granted.acr,
    amr: granted.amr,
    ...(named.session !== null && { sid: named.session }),
    fam: id,
    ...(person.roles.length > 0 && { roles: person.roles }),
  }
}

/** One that its API gets signed alone is checked without us; of the others we keep what they say. */
async function accessToken(
  room: OAuthRoom,
  { access: { api }, person }: Authorization,
  claims: AccessClaims,
): Promise<{ token: string; writes: WriteSet }> {
  const { keyring, platform } = room
  const sign = (): string => signToken('access', claims, keyring.signingKey('ES256'))
  if (api === null || isReadable({ api })) return { token: sign(), writes: [] }
  const token =
    api.tokenFormat === 'opaque'
      ? formatOpaque('csat', platform.runtime.secret())
      : await encryptedFor(room, api, sign())
  const write = insertAccessToken(platform.database, digest(token), claims, person?.user.id ?? null)
  return { token, writes: [write] }
}

/** @throws RangeError when it would be longer than any token that is made */
async function encryptedFor(room: OAuthRoom, { encryption }: Api, signed: string): Promise<string> {
  if (encryption === null) throw new Error('An API wants encrypted tokens and has no key.')
  const jwks = registeredSet({ keys: [encryption.jwk] })
  const token = await encryptFor(room, { encryption, jwks }, signed)
  if (token.length > maximumMintedLength)
    throw new RangeError(`the encrypted token would have ${token.length} characters`)
  return token
}

async function idToken(
  room: OAuthRoom,
  authorization: Authorization,
  person: Person,
  token: string,
): Promise<string> {
  const { client, access } = authorization
  const { granted, sessionId } = person.family
  const now = room.platform.runtime.now()
  const nonce = authorization.idToken?.nonce ?? null
  const atHash = accessTokenHash(token, client.idTokenAlg)
  const claims: IdClaims = {
    ...claimsByName(person.user, granted.claims?.idToken),
    ...(tellsRoles(client, access.scope, granted.claims?.idToken) && { roles: person.roles }),
    iss: room.platform.issuer.url,
    sub: await room.subjects.of(client, person.user.id),
    aud: client.id,
    iat: now,
    exp: now + room.lifetimes.idToken,
    auth_time: granted.authenticatedAt,
    acr: granted.acr,
    amr: granted.amr,
    sid: await room.subjects.sessionOf(client, sessionId),
    ...(atHash !== null && { at_hash: atHash }),
    ...(nonce !== null && { nonce }),
  }
  const signed = signToken('id', claims, room.keyring.signingKey(client.idTokenAlg))
  return sealedFor(room, client, client.idTokenEncryption, signed)
}
