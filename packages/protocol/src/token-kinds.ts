// The kinds of JWT that are made and checked here, as one table, so that none passes for another.
// RFC 7519 §4.1, RFC 8725 §3.11 and §3.12; RFC 9068 (access), OpenID Connect Core §2 (id), RFC 7523 §3 (client
// assertion), draft-ietf-oauth-attestation-based-client-auth (attestation), RFC 9101 (request object), CIBA §7.1.1
// (backchannel request), JARM (authorization response), OpenID Connect Back-Channel Logout §2.4 (logout), RFC 9701
// (introspection), OpenID Connect Core §5.3.2 (userinfo), RFC 7523 §2.1 (authorization grant), the Identity Assertion
// Authorization Grant (ID-JAG), RFC 8417 (security event), RFC 9449 (DPoP).
import { isJsonObject } from './jose/strict-json.ts'
import type { TokenErrorCode } from './jose/token-error.ts'
import type { TokenKind } from './token-claims.ts'

/** What is wrong with a token. */
export interface Fault {
  readonly code: TokenErrorCode
  readonly detail: string
}

/** One row of the table. */
export interface KindRow {
  /** Written by signToken; compared without case and without "application/" (RFC 7515 §4.1.9). */
  readonly typ: string
  /** Other spellings that senders use; null stands for no typ at all. */
  readonly alsoTyp?: readonly (string | null)[]
  readonly required: readonly string[]
  readonly forbidden: readonly string[]
  /** Seconds from iat (or now) to exp. */
  readonly maximumLifetime?: number
  /** Seconds from iat until it is too old, for kinds without exp. */
  readonly maximumAge?: number
  /** `aud` may not be an array, not even of one. */
  readonly audienceIsString?: true
  /** `aud` may list others beside the audience. */
  readonly audienceIsOneOf?: true
  /** Whoever verifies it knows by other means who made it: by the key alone. */
  readonly withoutIssuer?: true
  /** It is shown to whoever its holder wants to show it to. */
  readonly withoutAudience?: true
  readonly mayBeExpired?: true
  /** It is a whole answer, never part of a header or an address: nothing on the way limits its length. */
  readonly isAnswer?: true
  /** A shared secret may sign it: only between two partners, who each know that it wasn't themselves. */
  readonly mayBeSecret?: true
  readonly check?: (claims: Readonly<Record<string, unknown>>) => string | null
}

/** The event of a logout token (OpenID Connect Back-Channel Logout §2.4). */
export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/** The kinds, one row each: a new kind is a new row. */
export const tokenKinds = {
  access: {
    typ: 'at+jwt',
    // RFC 9068 §2.2
    required: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
    forbidden: ['nonce', 'events', 'at_hash', 'c_hash'],
    check: (claims) => (claims['token_type'] === 'refresh' ? 'is a refresh token' : null),
  },
  id: {
    typ: 'JWT',
    required: ['iss', 'sub', 'aud', 'exp', 'iat'],
    forbidden: ['events', 'client_id', 'scope'],
    mayBeExpired: true,
    check: (claims) => (claims['iss'] === claims['sub'] ? 'sub equals iss' : null),
  },
  refresh: {
    typ: 'rt+jwt',
    required: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti', 'token_type'],
    forbidden: ['nonce', 'events', 'at_hash', 'c_hash'],
    check: (claims) => (claims['token_type'] === 'refresh' ? null : 'token_type is not refresh'),
  },
  clientAssertion: {
    typ: 'client-authentication+jwt',
    alsoTyp: ['jwt', null],
    required: ['iss', 'sub', 'aud', 'exp', 'jti'],
    forbidden: ['nonce', 'events', 'auth_time', 'sid', 'response_type'],
    // The server remembers each jti until exp, so exp is bounded.
    maximumLifetime: 600,
    audienceIsString: true,
    // RFC 7523 §3: for client authentication "the subject MUST be the "client_id" of the OAuth client".
    check: (claims) => (claims['iss'] === claims['sub'] ? null : 'iss differs from sub'),
  },
  requestObject: {
    typ: 'oauth-authz-req+jwt',
    // OpenID Connect Core §6.1 knew request objects before they had a type of their own.
    alsoTyp: ['jwt', null],
    required: ['iss', 'aud', 'exp', 'client_id', 'response_type'],
    // RFC 9101 §4: "request" and "request_uri" must not be inside; §10.8: without sub it is no client assertion.
    forbidden: ['sub', 'request', 'request_uri', 'events', 'client_secret'],
    // FAPI 2.0 Message Signing §5.3.1: no more than 60 minutes.
    maximumLifetime: 3600,
    // RFC 9101 §4 leaves it to RFC 7519 §4.1.3, and clients of several servers sign one object for all of them.
    audienceIsOneOf: true,
    check: (claims) => (claims['iss'] === claims['client_id'] ? null : 'iss differs from client_id'),
  },
  clientAttestation: {
    typ: 'oauth-client-attestation+jwt',
    // draft-ietf-oauth-attestation-based-client-auth-10 §4; the attester is known by its key.
    required: ['sub', 'exp', 'cnf'],
    forbidden: ['nonce', 'events', 'response_type', 'scope', 'jti', 'challenge'],
    withoutIssuer: true,
    withoutAudience: true,
    check: ({ cnf }) => (isJsonObject(cnf) && isJsonObject(cnf['jwk']) ? null : 'cnf holds no jwk'),
  },
  clientAttestationPop: {
    typ: 'oauth-client-attestation-pop+jwt',
    // §5.1
    required: ['aud', 'jti', 'iat'],
    forbidden: ['sub', 'cnf', 'events', 'response_type', 'scope', 'nonce', 'message', 'token_introspection'],
    // As DPoP proofs: with the skew, what is older than a minute is refused.
    maximumAge: 45,
    withoutIssuer: true,
  },
  backchannelRequest: {
    // CIBA names no type; what it must not hold keeps it apart from what else a client signs.
    typ: 'JWT',
    alsoTyp: [null, 'oauth-authz-req+jwt'],
    // CIBA §7.1.1
    required: ['iss', 'aud', 'exp', 'iat', 'nbf', 'jti', 'scope'],
    forbidden: ['sub', 'response_type', 'request', 'request_uri', 'events', 'client_secret'],
    // FAPI CIBA §5.2.2: no more than 60 minutes.
    maximumLifetime: 3600,
    audienceIsOneOf: true,
    check: (claims) =>
      claims['client_id'] === undefined || claims['client_id'] === claims['iss']
        ? null
        : 'iss differs from client_id',
  },
  authorizationResponse: {
    // JARM names no type; what it must not hold keeps it apart from an ID token.
    typ: 'JWT',
    // JARM §2.1
    required: ['iss', 'aud', 'exp'],
    forbidden: ['sub', 'client_id', 'response_type', 'events', 'nonce', 'access_token', 'id_token'],
    // JARM §2.1: "A maximum JWT lifetime of 10 minutes is RECOMMENDED."
    maximumLifetime: 600,
    check: ({ code, error }) =>
      (typeof code === 'string') === (typeof error === 'string') ? 'is neither a code nor an error' : null,
  },
  logout: {
    typ: 'logout+jwt',
    required: ['iss', 'aud', 'iat', 'exp', 'jti', 'events'],
    // "A nonce Claim MUST NOT be present."
    forbidden: ['nonce', 'client_id', 'scope'],
    maximumLifetime: 120,
    check: (claims) => {
      if (claims['sub'] === undefined && claims['sid'] === undefined) return 'neither sub nor sid'
      const { events } = claims
      return isJsonObject(events) && isJsonObject(events[logoutEvent])
        ? null
        : 'events lacks the logout event'
    },
  },
  userinfo: {
    // OpenID Connect Core §5.3.2 names no type; without exp it is no ID token, with it no answer of userinfo.
    typ: 'JWT',
    required: ['iss', 'aud', 'sub', 'iat'],
    forbidden: ['exp', 'nonce', 'at_hash', 'events', 'client_id', 'scope', 'response_type'],
    maximumAge: 60,
    isAnswer: true,
    check: (claims) => (claims['iss'] === claims['sub'] ? 'sub equals iss' : null),
  },
  authorizationGrant: {
    typ: 'authorization-grant+jwt',
    // RFC 7523 §2.1 knew grants before they had a type of their own.
    alsoTyp: ['jwt', null],
    // RFC 7523 §3, and a jti, so that each is good once.
    required: ['iss', 'sub', 'aud', 'exp', 'jti'],
    // What issuers put into ID tokens and access tokens: neither was made to be a grant here.
    forbidden: ['nonce', 'at_hash', 'c_hash', 'events', 'client_id', 'scope', 'sid', 'azp', 'response_type'],
    // The server remembers each jti until exp, so exp is bounded.
    maximumLifetime: 3600,
    // RFC 7523 §3: an assertion about its own issuer authenticates a client.
    check: (claims) => (claims['iss'] === claims['sub'] ? 'sub equals iss' : null),
  },
  idJag: {
    typ: 'oauth-id-jag+jwt',
    // draft-ietf-oauth-identity-assertion-authz-grant §3
    required: ['iss', 'sub', 'aud', 'client_id', 'jti', 'exp', 'iat'],
    // The last four are of access tokens and refresh tokens, which have all the rest.
    forbidden: ['nonce', 'at_hash', 'c_hash', 'events', 'response_type', 'sid', 'fam', 'roles', 'token_type'],
    maximumLifetime: 3600,
    audienceIsString: true,
    check: (claims) => (claims['iss'] === claims['sub'] ? 'sub equals iss' : null),
  },
  introspection: {
    typ: 'token-introspection+jwt',
    required: ['iss', 'aud', 'iat', 'token_introspection'],
    // RFC 9701 §5: sub and exp "SHOULD NOT" stand beside token_introspection, lest the answer pass for an access token.
    forbidden: ['sub', 'exp', 'client_id', 'scope', 'events'],
    maximumAge: 60,
    isAnswer: true,
    check: ({ token_introspection: answer }) =>
      isJsonObject(answer) && typeof answer['active'] === 'boolean'
        ? null
        : 'token_introspection says no active',
  },
  securityEvent: {
    typ: 'secevent+jwt',
    required: ['iss', 'aud', 'iat', 'jti', 'events'],
    // RFC 8417 §2.2: exp is not recommended, as what happened does not expire; §4.5: without it, it is no ID token.
    forbidden: ['exp', 'nonce', 'client_id', 'scope'],
    // A receiver remembers each jti for so long; a transmitter that was down for longer asks anew.
    maximumAge: 86_400,
    check: ({ events }) =>
      isJsonObject(events) && Object.keys(events).length > 0 && Object.values(events).every(isJsonObject)
        ? null
        : 'events names no event',
  },
  partnerMessage: {
    typ: 'partner-message+jwt',
    required: ['iss', 'aud', 'iat', 'exp', 'jti', 'message'],
    forbidden: ['nonce', 'events', 'client_id', 'scope', 'response_type'],
    maximumLifetime: 3600,
    mayBeSecret: true,
  },
  dpop: {
    typ: 'dpop+jwt',
    required: ['jti', 'htm', 'htu', 'iat'],
    forbidden: ['iss', 'aud', 'sub', 'events', 'client_id', 'scope'],
    // With the skew, what is older than a minute is refused.
    maximumAge: 45,
  },
} as const satisfies { readonly [K in TokenKind]: KindRow }

const claimTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
  iss: isText,
  sub: isText,
  client_id: isText,
  resource: (value) => isText(value) || isTextList(value),
  response_type: isText,
  token_type: isText,
  htm: isText,
  htu: isText,
  ath: isText,
  txn: isText,
  jti: isText,
  sid: isText,
  fam: isText,
  acr: isText,
  azp: isText,
  nonce: isString,
  scope: isString,
  exp: isTime,
  iat: isTime,
  nbf: isTime,
  auth_time: isTime,
  toe: isTime,
  amr: isTextList,
  roles: isTextList,
  aud: (value) => isText(value) || isTextList(value),
  act: isJsonObject,
  may_act: isJsonObject,
  events: isJsonObject,
  token_introspection: isJsonObject,
}

const rulesOfKind = Object.fromEntries(
  Object.entries<KindRow>(tokenKinds).map(([kind, row]) => [kind, claimRules(row)]),
) as Readonly<Record<TokenKind, ClaimRules>>

/** Whether a header's `typ` is that of the kind. */
export function isTyp(row: KindRow, typ: string | undefined): boolean {
  if (typ === row.typ) return true
  if (typ === undefined) return row.alsoTyp?.includes(null) ?? false
  // RFC 7515 §4.1.9: "application/" may be omitted; RFC 2045 §5.1: media types compare without case.
  const short = typ.toLowerCase().replace(/^application\//, '')
  return short === row.typ.toLowerCase() || (row.alsoTyp?.includes(short) ?? false)
}

/** The names and shapes of one kind's claims, laid out for a single pass over a token. */
interface ClaimRules {
  readonly required: readonly string[]
  readonly byName: ReadonlyMap<string, ClaimRule>
}

interface ClaimRule {
  readonly standing: 'required' | 'forbidden' | 'optional'
  readonly isOfType: (value: unknown) => boolean
}

function claimRules(row: KindRow): ClaimRules {
  const byName = new Map<string, ClaimRule>()
  const add = (name: string, standing: ClaimRule['standing']) =>
    byName.set(name, { standing, isOfType: claimTypes[name] ?? (() => true) })
  for (const name of Object.keys(claimTypes)) add(name, 'optional')
  for (const name of row.required) add(name, 'required')
  for (const name of row.forbidden) add(name, 'forbidden')
  return { required: row.required, byName }
}

/** What is wrong with the claims of a kind by themselves, whoever made them and whenever; null if nothing is. */
export function checkClaims(kind: TokenKind, claims: Readonly<Record<string, unknown>>): Fault | null {
  const { required, byName } = rulesOfKind[kind]
  let lacking = required.length
  for (const name of Object.keys(claims)) {
    const rule = byName.get(name)
    if (rule === undefined || claims[name] === undefined) continue
    if (rule.standing === 'forbidden') return { code: 'wrong_type', detail: `${name} does not belong here` }
    if (!rule.isOfType(claims[name])) return { code: 'bad_claim', detail: name }
    if (rule.standing === 'required') lacking--
  }
  if (lacking > 0) {
    return {
      code: 'missing_claim',
      detail: required.filter((name) => claims[name] === undefined).join(' '),
    }
  }
  const row: KindRow = tokenKinds[kind]
  const fault = row.check?.(claims) ?? null
  return fault === null ? null : { code: 'wrong_type', detail: fault }
}

/** Seconds by which two machines’ clocks may differ, unless something else is said. */
export const usualSkew = 15

/** When a token is looked at. */
export interface Moment {
  /** Seconds since the epoch. */
  readonly now: number
  /** Seconds by which clocks may differ; `usualSkew` unless given. */
  readonly skew?: number
  /** Accept a token that has expired: an id_token_hint only, and only kinds whose row says so. */
  readonly allowExpired?: boolean
}

/** What is wrong with the time of a token whose claims passed checkClaims; null if nothing is. */
export function checkTime(
  row: KindRow,
  claims: Readonly<Record<string, unknown>>,
  moment: Moment,
): Fault | null {
  const { now, skew = usualSkew } = moment
  const { exp, iat, nbf } = claims as { readonly [name in 'exp' | 'iat' | 'nbf']?: number }
  // RFC 7519 §4.1.4: "the current date/time MUST be before the expiration date/time".
  const mayBeExpired = row.mayBeExpired === true && moment.allowExpired === true
  if (exp !== undefined && !(now < exp + skew) && !mayBeExpired) return { code: 'expired', detail: 'exp' }
  if (nbf !== undefined && now + skew < nbf) return { code: 'not_yet_valid', detail: 'nbf' }
  if (iat !== undefined && now + skew < iat) return { code: 'not_yet_valid', detail: 'iat' }
  const { maximumLifetime: life, maximumAge: age } = row
  if (life !== undefined && exp !== undefined && exp - Math.min(iat ?? now, now) > life + skew) {
    return { code: 'bad_claim', detail: 'exp is too far ahead' }
  }
  if (age !== undefined && !(now < (iat ?? 0) + age + skew)) return { code: 'expired', detail: 'iat' }
  return null
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText)
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER
}
