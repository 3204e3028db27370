/**
 * The tables, once for both engines. Names are SQL's own; each `*.store.ts` maps its rows to domain values.
 * Times are whole seconds since the epoch, truth values are 0 and 1, lists and objects are JSON text. Secrets that
 * must only be recognized are stored as SHA-256 digests; secrets that must be read again are sealed by the vault.
 * Long because it is every table.
 */
export interface Schema {
  meta: { name: string; value: string }
  migrations: { name: string; applied_at: number }
  users: UserRow
  passwords: {
    user_id: string
    sealed_hash: string
    changed_at: number
    /** Of a hash that another system made: one of `hash_kinds`. */
    kind: string | null
  }
  /** Hashes of nobody that are as much work as some of somebody's. */
  hash_kinds: { kind: string; likeness: string }
  identities: IdentityRow
  totp_factors: TotpFactorRow
  /** `set_id` is the same for all that were made together. */
  recovery_codes: { digest: string; user_id: string; set_id: string }
  /** Partial sign-ins that became a session. */
  finished_sign_ins: { digest: string; expires_at: number }
  sessions: SessionRow
  session_clients: SessionClientRow
  roles: { name: string; description: string }
  user_roles: { user_id: string; role: string }
  clients: ClientRow
  user_numbers: UserNumberRow
  /** The last number that was given here, whoever has it now. */
  number_counters: { source: string; last: number }
  moved_users: MovedUserRow
  moved_things: { source: string; foreign_id: string; moved_at: number }
  /** Of clients whose id is the address of their metadata document. */
  metadata_documents: { client_id: string; read_at: number; fresh_until: number }
  apis: {
    identifier: string
    name: string
    scopes: string
    token_format: string
    access_token_seconds: number
    /** Its public key and the algorithms to use it with, as JSON. */
    encryption: string | null
    /** Its types of authorization details, as JSON. */
    details: string | null
  }
  consents: ConsentRow
  flows: FlowRow
  codes: CodeRow
  device_codes: DeviceCodeRow
  backchannel_requests: BackchannelRequestRow
  families: FamilyRow
  refresh_tokens: RefreshTokenRow
  access_tokens: AccessTokenRow
  /** `revoked_at` is null where an older version wrote the row. */
  revoked_tokens: { jti: string; expires_at: number; revoked_at: number | null }
  /** Client assertions, DPoP proofs and challenges of passkeys that were accepted. */
  seen_assertions: { digest: string; expires_at: number }
  trusted_issuers: TrustedIssuerRow
  signing_keys: SigningKeyRow
  upstream_attempts: UpstreamAttemptRow
  events: EventRow
  registrations: RegistrationRow
  initial_access_tokens: InitialAccessTokenRow
  api_keys: ApiKeyRow
  mailed_proofs: MailedProofRow
  passkeys: PasskeyRow
  letters: LetterRow
  /** Letters that were sent in development. */
  mailbox: { id: string; sent_at: number; sealed: string }
  limits: { bucket: string; free_at_ms: number; failures: number; expires_at: number }
}

export interface RegistrationRow {
  client_id: string
  token_digest: string
  /** Id of the initial access token; null where none was needed. */
  initial_token: string | null
  /** As JSON; null for that of the server. */
  policy: string | null
  registered_at: number
}

export interface InitialAccessTokenRow {
  id: string
  digest: string
  label: string
  /** As JSON; null for that of the server. */
  policy: string | null
  uses_left: number
  created_at: number
  expires_at: number
}

/** A key to one API. It belongs to a client or to a person. */
export interface ApiKeyRow {
  id: string
  digest: string
  name: string
  client_id: string | null
  user_id: string | null
  audience: string
  scopes: string
  created_at: number
  expires_at: number | null
  last_used_at: number | null
}

/** A secret that was mailed, and what it is good for. */
export interface MailedProofRow {
  purpose: string
  /** Who asked, as far as the newest alone is to count: a user's id, or an address and a browser. */
  subject: string
  digest: string
  /** Null where there is no account (yet). */
  user_id: string | null
  /** The mailbox that it went to; empty where it was handed over otherwise. */
  address: string
  /** Which password the user had then; empty for none. */
  password_version: string
  /** What waits for it, sealed. */
  kept: string | null
  created_at: number
  expires_at: number
}

export interface UserRow {
  id: string
  /** Canonical (lower case, NFKC) sign-in names; each unique among the living and the disabled. */
  username: string | null
  email: string | null
  email_verified: number
  name: string
  /** OpenID Connect standard claims beyond name and e-mail, as a JSON object of wire names. */
  claims: string
  disabled_at: number | null
  created_at: number
  updated_at: number
}

export interface IdentityRow {
  id: string
  user_id: string
  upstream: string
  issuer: string
  subject: string
  email: string | null
  created_at: number
}

/** Bytes are base64url. */
export interface PasskeyRow {
  id: string
  credential_id: string
  user_id: string
  /** What the authenticator calls the person; null where a system before this one didn't tell. */
  user_handle: string | null
  rp_id: string
  /** A COSE_Key. */
  public_key: string
  sign_count: number
  transports: string
  /** Null where nobody has said yet. */
  backup_eligible: number | null
  backed_up: number | null
  user_verified: number
  name: string
  created_at: number
  last_used_at: number | null
}

/** The authenticator application of a person. */
export interface TotpFactorRow {
  user_id: string
  /** Another one for each secret. */
  id: string
  sealed_secret: string
  algorithm: string
  digits: number
  /** Seconds. */
  period: number
  /** The newest step of which a code was accepted; 0 before the first. */
  last_step: number
  created_at: number
}

export interface SessionRow {
  id: string
  digest: string
  user_id: string
  created_at: number
  authenticated_at: number
  amr: string
  acr: string
  remembered: number
  last_seen_at: number
  idle_seconds: number
  expires_at: number
  peer: string
  user_agent: string
  ended_at: number | null
  /** The client whose device has it; null for those of browsers. */
  held_by: string | null
}

/** A client that got tokens in a session, and is to hear of its end. */
export interface SessionClientRow {
  session_id: string
  client_id: string
  user_id: string
  created_at: number
  /** When the session ended; null until somebody has noticed. */
  ended_at: number | null
  /** Not to be tried before; null while there is nothing to try. */
  next_at: number | null
  attempts: number
  /** When it was told, or given up. */
  told_at: number | null
}

/** A person who was brought from another system. */
export interface MovedUserRow {
  source: string
  foreign_id: string
  user_id: string
  /** Of all that was read of them. */
  digest: string
  /** Of their password hash as it was there; null where none was taken. */
  password_digest: string | null
  moved_at: number
}

/** What another system calls a person. */
export interface UserNumberRow {
  source: string
  number: number
  user_id: string
}

export interface ClientRow {
  id: string
  name: string
  authentication: string
  secret_digest: string | null
  jwks: string | null
  redirect_uris: string
  post_logout_redirect_uris: string
  grants: string
  scopes: string
  /** The API that this client is; it may introspect tokens made for it. */
  api: string | null
  id_token_alg: string
  /** The algorithms of its encrypted ID tokens, as JSON; the key is one of `jwks`. */
  id_token_encryption: string | null
  /** Whether it gets only access tokens that are bound to a key. */
  dpop_bound_access_tokens: number
  /** Where it is told that a session has ended, as JSON. */
  sign_out: string | null
  /** For whom it may exchange tokens, as JSON. */
  exchange: string | null
  /** How it has to make its authorization requests, as JSON; null for the usual way. */
  request_rules: string | null
  /** What single features have registered of it, as JSON; null where that is the usual. */
  extras: string | null
  logo_uri: string | null
  policy_uri: string | null
  tos_uri: string | null
  revision: number
  created_at: number
  disabled_at: number | null
}

export interface ConsentRow {
  user_id: string
  client_id: string
  redirect_uri: string
  scopes: string
  resources: string
  session_id: string
  granted_at: number
  /** Authorization details as JSON; null for none. */
  details: string | null
  /** What was asked for and left out, as JSON; null for nothing. */
  declined: string | null
  /** When a client was last sent back on the strength of it; null where an older version wrote the row. */
  used_at: number | null
}

/** A stored authorization request that waits for a person: sign-in, step-up or consent. */
export interface FlowRow {
  digest: string
  /** The client that pushed it (RFC 9126); null for requests that came by a browser. */
  pushed_by: string | null
  /** Until when its request URI is good. */
  pushed_until: number | null
  browser_digest: string
  /** Sealed. */
  parameters: string
  /** The proof of the session that was there when it began (`Session.proof`); another one means a newer sign-in. */
  prior_proof: string | null
  started_at: number
  expires_at: number
  finished_at: number | null
}

export interface CodeRow {
  digest: string
  client_id: string
  user_id: string
  session_id: string
  family_id: string
  redirect_uri: string
  code_challenge: string
  /** The rest of the authorization as JSON: scope, resources, nonce, claims, authentication. */
  grant_json: string
  expires_at: number
  spent_at: number | null
}

/** A device that waits for a person (RFC 8628), and what they decided. */
export interface DeviceCodeRow {
  digest: string
  /** Keyed: so short a code would be found from a plain digest. */
  user_code_mac: string
  client_id: string
  /** Scope and resources as JSON, as the device asked. */
  request_json: string
  peer: string
  user_agent: string
  created_at: number
  expires_at: number
  interval_seconds: number
  polled_at: number | null
  /** The browser that the question was put in, and who was signed in there. */
  browser_digest: string | null
  user_id: string | null
  /** What was allowed; null when it was denied. */
  session_id: string | null
  family_id: string | null
  grant_json: string | null
  decided_at: number | null
  spent_at: number | null
}

/** What a client asks of a person who is elsewhere (CIBA), and what they decided. */
export interface BackchannelRequestRow {
  digest: string
  client_id: string
  /** Null where nobody goes by the name that the client gave. */
  user_id: string | null
  /** Scope, resources and details as JSON, as the client asked. */
  request_json: string
  binding_message: string | null
  peer: string
  created_at: number
  expires_at: number
  interval_seconds: number
  polled_at: number | null
  /** What was allowed; null when it was denied. */
  session_id: string | null
  family_id: string | null
  grant_json: string | null
  decided_at: number | null
  spent_at: number | null
  /** What to tell the client when it is decided, sealed; null where it is not told, or no more. */
  notice: string | null
  /** When to tell it next; null while nothing is to be told. */
  notify_at: number | null
  notify_attempts: number
}

export interface FamilyRow {
  id: string
  client_id: string
  user_id: string
  session_id: string
  /** Scope, resources, claims and authentication as JSON; what any token of the family may hold at most. */
  grant_json: string
  created_at: number
  expires_at: number
  revoked_at: number | null
  revoked_because: string | null
}

export interface RefreshTokenRow {
  digest: string
  family_id: string
  generation: number
  created_at: number
  expires_at: number
  /** The token itself, sealed under a key that only its predecessor yields; null for a family's first. */
  sealed_token: string | null
  replays: number
  /** The thumbprint of the key that it is bound to. */
  bound_to: string | null
}

export interface AccessTokenRow {
  digest: string
  jti: string
  family_id: string | null
  client_id: string
  user_id: string | null
  audience: string
  claims: string
  created_at: number
  /** Of one that lives by its use, where that has brought it: `exp` among the claims is where it began. */
  expires_at: number
  revoked_at: number | null
  /** How long each use lets it live; null for one that ends when it said. */
  idle_seconds: number | null
}

/** An issuer whose assertions let clients in. */
export interface TrustedIssuerRow {
  issuer: string
  jwks: string | null
  jwks_uri: string | null
  /** What it may say, of whom, to whom, for what and for how long, as JSON. */
  policy: string
  created_at: number
}

export interface SigningKeyRow {
  kid: string
  alg: string
  public_jwk: string
  sealed_private_jwk: string
  created_at: number
  active_from: number
  published_until: number | null
}

export interface UpstreamAttemptRow {
  digest: string
  upstream: string
  browser_digest: string
  sealed_secrets: string
  continue_to: string
  created_at: number
  expires_at: number
  finished_at: number | null
}

export interface EventRow {
  id: string
  at: number
  type: string
  user_id: string | null
  client_id: string | null
  session_id: string | null
  family_id: string | null
  peer: string | null
  detail: string
}

/** A letter that waits to be carried. */
export interface LetterRow {
  id: string
  kind: string
  /** Whom it is about; null for an address that is nobody's. */
  user_id: string | null
  /** To whom, subject and words, as JSON. */
  sealed: string
  created_at: number
  /** When it is not worth sending any more. */
  until: number
  next_at: number
  attempts: number
}
