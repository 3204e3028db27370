// What the kinds of token claim, as types. Which of it is required, and what else holds, stands in token-kinds.ts.
import type { AuthorizationDetail } from './authorization-details.ts'

/** Claims of every kind that one party makes for another. Times are seconds; a foreign issuer may write fractions. */
export interface StatementClaims {
  readonly iss: string
  readonly aud: string | readonly string[]
  readonly [name: string]: unknown
}

/** Claims of every kind that ends at a time of its own. */
export interface Claims extends StatementClaims {
  readonly exp: number
}

/** An access token's (RFC 9068 §2.2); `fam` names the family of tokens that it belongs to. */
export interface AccessClaims extends Claims {
  readonly sub: string
  readonly client_id: string
  readonly iat: number
  readonly jti: string
  readonly scope?: string
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly sid?: string
  readonly fam?: string
  readonly roles?: readonly string[]
  /** The role that its person has to have for it to be good; kept here, and told to nobody. */
  readonly needs_role?: string
  /** What exactly it is good for, at its audience alone (RFC 9396 §9.1). */
  readonly authorization_details?: readonly AuthorizationDetail[]
  /** Who acts for the subject, and for whom they act in turn (RFC 8693 §4.1). */
  readonly act?: ActorClaim
  /** The clients that it came through before `client_id`, the first one first: it ends when one of them does. */
  readonly via?: readonly string[]
  /** The one who may act for the subject, where not everybody may who is allowed to (RFC 8693 §4.4). */
  readonly may_act?: Readonly<Record<string, unknown>>
  /** What the token is bound to (RFC 7800 §3.1): `{ jkt }` for the key of DPoP proofs (RFC 9449 §6.1). */
  readonly cnf?: Readonly<Record<string, unknown>>
}

/** Who acts; within, who acted before (RFC 8693 §4.1). */
export interface ActorClaim {
  readonly sub: string
  readonly act?: ActorClaim
}

/** An ID token's (OpenID Connect Core §2). */
export interface IdClaims extends Claims {
  readonly sub: string
  readonly iat: number
  readonly nonce?: string
  readonly auth_time?: number
  readonly acr?: string
  readonly amr?: readonly string[]
  readonly sid?: string
}

/** A client assertion's (RFC 7523 §3). */
export interface ClientAssertionClaims extends Claims {
  readonly sub: string
  readonly jti: string
}

/** A logout token's (OpenID Connect Back-Channel Logout §2.4). */
export interface LogoutClaims extends Claims {
  readonly iat: number
  readonly jti: string
  readonly events: Readonly<Record<string, unknown>>
  readonly sub?: string
  readonly sid?: string
}

/** A refresh token's, where it is a JWT; `fam` names the family of tokens that it renews. */
export interface RefreshClaims extends Claims {
  readonly token_type: 'refresh'
  readonly sub: string
  readonly client_id: string
  readonly iat: number
  readonly jti: string
  readonly fam?: string
}

/** A request object's (RFC 9101 §4): parameters of an authorization request. */
export interface RequestObjectClaims extends Claims {
  readonly client_id: string
  readonly response_type: string
}

/** A client attestation's: what vouches for one copy of a client, by its key. */
export interface ClientAttestationClaims {
  readonly sub: string
  readonly exp: number
  readonly cnf: { readonly jwk: Readonly<Record<string, unknown>> }
  readonly [name: string]: unknown
}

/** By which that copy proves that it holds the key. */
export interface ClientAttestationPopClaims {
  readonly aud: string | readonly string[]
  readonly jti: string
  readonly iat: number
  readonly challenge?: string
  readonly [name: string]: unknown
}

/** A signed backchannel authentication request's (CIBA §7.1.1): its parameters. */
export interface BackchannelRequestClaims extends Claims {
  readonly iat: number
  readonly nbf: number
  readonly jti: string
  readonly scope: string
}

/** A signed authorization response's (JARM §2.1): the parameters of the answer. */
export interface AuthorizationResponseClaims extends Claims {
  readonly code?: string
  readonly error?: string
  readonly state?: string
}

/** A signed answer of userinfo's (OpenID Connect Core §5.3.2). */
export interface UserinfoClaims extends StatementClaims {
  readonly sub: string
  readonly iat: number
}

/** An assertion's by which a trusted issuer lets a client in (RFC 7523 §3). */
export interface AuthorizationGrantClaims extends Claims {
  readonly sub: string
  readonly jti: string
}

/** An identity assertion's (draft-ietf-oauth-identity-assertion-authz-grant §3): made for one client of its audience. */
export interface IdJagClaims extends AuthorizationGrantClaims {
  readonly client_id: string
  readonly iat: number
  readonly scope?: string
  readonly resource?: string | readonly string[]
}

/** A signed introspection response's (RFC 9701 §5). */
export interface IntrospectionClaims extends StatementClaims {
  readonly iat: number
  readonly token_introspection: Readonly<Record<string, unknown>>
}

/** A security event token's (RFC 8417 §2.2). */
export interface SecurityEventClaims extends StatementClaims {
  readonly iat: number
  readonly jti: string
  readonly events: Readonly<Record<string, unknown>>
  readonly toe?: number
  readonly txn?: string
}

/** What one named partner tells another; `jti` is remembered until `exp`, so that it is told once. */
export interface PartnerMessageClaims extends Claims {
  readonly iat: number
  readonly jti: string
  readonly message: unknown
}

/** A DPoP proof's (RFC 9449 §4.2). */
export interface DpopClaims {
  readonly jti: string
  readonly htm: string
  readonly htu: string
  readonly iat: number
  readonly ath?: string
  readonly nonce?: string
  readonly [name: string]: unknown
}

/** Each kind's claims. */
export interface TokenClaims {
  readonly access: AccessClaims
  readonly id: IdClaims
  readonly refresh: RefreshClaims
  readonly clientAssertion: ClientAssertionClaims
  readonly requestObject: RequestObjectClaims
  readonly clientAttestation: ClientAttestationClaims
  readonly clientAttestationPop: ClientAttestationPopClaims
  readonly backchannelRequest: BackchannelRequestClaims
  readonly authorizationResponse: AuthorizationResponseClaims
  readonly logout: LogoutClaims
  readonly userinfo: UserinfoClaims
  readonly authorizationGrant: AuthorizationGrantClaims
  readonly idJag: IdJagClaims
  readonly introspection: IntrospectionClaims
  readonly securityEvent: SecurityEventClaims
  readonly partnerMessage: PartnerMessageClaims
  readonly dpop: DpopClaims
}

/** A kind of token that is made or checked here. */
export type TokenKind = keyof TokenClaims

/** A kind that names who made it and whom it is for: verifyToken checks both. A DPoP proof does not. */
export type AddressedKind = Exclude<TokenKind, 'dpop'>
