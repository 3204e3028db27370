// The one table of OAuth and OpenID Connect error codes, and the error that carries one.
// RFC 6749 §4.1.2.1 and §5.2, CIBA §13, 6750 §3.1, 7009 §2.2.1, 7591 §3.2.2, 8628 §3.5, 8707 §2, 9396 §5, 9449 §5 and §8,
// 9470 §3; OpenID Connect Core §3.1.2.6; OpenID Connect Unmet Authentication Requirements §2.

/** Code → HTTP status where the error is answered directly, and the sentence that is sent by default. */
export const oauthErrors = {
  invalid_request: { status: 400, description: 'The request is missing a parameter or is malformed.' },
  unauthorized_client: { status: 400, description: 'The client may not use this method.' },
  access_denied: { status: 400, description: 'The request was denied.' },
  unsupported_response_type: { status: 400, description: 'The response type is not supported.' },
  invalid_scope: { status: 400, description: 'The scope is unknown, malformed or not allowed.' },
  server_error: { status: 500, description: 'The server met an unexpected condition.' },
  temporarily_unavailable: { status: 503, description: 'The server is busy. Try again later.' },
  invalid_client: { status: 401, description: 'Client authentication failed.' },
  invalid_grant: { status: 400, description: 'The grant is invalid, expired, used or revoked.' },
  unsupported_grant_type: { status: 400, description: 'The grant type is not supported.' },
  invalid_token: { status: 401, description: 'The access token is invalid, expired or revoked.' },
  insufficient_scope: { status: 403, description: 'The access token lacks a scope that is needed here.' },
  unsupported_token_type: { status: 400, description: 'Tokens of this type can not be revoked here.' },
  invalid_redirect_uri: { status: 400, description: 'A redirect URI is not acceptable.' },
  invalid_client_metadata: { status: 400, description: 'A field of the client metadata is not acceptable.' },
  invalid_software_statement: { status: 400, description: 'The software statement is invalid.' },
  unapproved_software_statement: { status: 400, description: 'The software statement is not approved here.' },
  authorization_pending: { status: 400, description: 'The user has not yet decided.' },
  slow_down: { status: 400, description: 'Ask less often.' },
  expired_token: { status: 400, description: 'Nobody has decided in time.' },
  invalid_session: { status: 400, description: 'The auth_session is unknown, used or expired.' },
  insufficient_authorization: { status: 403, description: 'More is needed of the user.' },
  redirect_to_web: { status: 403, description: 'The user has to go on in a browser.' },
  use_attestation_challenge: {
    status: 400,
    description: 'The attestation needs the challenge of the OAuth-Client-Attestation-Challenge header.',
  },
  unknown_user_id: { status: 400, description: 'The person is not known here.' },
  invalid_binding_message: { status: 400, description: 'The binding message can not be shown as it is.' },
  invalid_target: { status: 400, description: 'The resource is unknown, malformed or not allowed.' },
  invalid_authorization_details: {
    status: 400,
    description: 'The authorization details are unknown, malformed or not allowed.',
  },
  invalid_dpop_proof: { status: 400, description: 'The DPoP proof is invalid.' },
  use_dpop_nonce: { status: 400, description: 'The DPoP proof needs the nonce of the DPoP-Nonce header.' },
  insufficient_user_authentication: {
    status: 401,
    description: 'A more recent or stronger sign-in is needed.',
  },
  unmet_authentication_requirements: {
    status: 400,
    description: 'The requested kind of sign-in is not available.',
  },
  interaction_required: { status: 400, description: 'The user must be asked, which the request forbids.' },
  login_required: { status: 400, description: 'The user must sign in, which the request forbids.' },
  account_selection_required: {
    status: 400,
    description: 'The user must choose an account, which the request forbids.',
  },
  consent_required: { status: 400, description: 'The user must consent, which the request forbids.' },
  invalid_request_uri: { status: 400, description: 'The request URI is invalid or expired.' },
  invalid_request_object: { status: 400, description: 'The request object is invalid.' },
  request_not_supported: { status: 400, description: 'The request parameter is not supported.' },
  request_uri_not_supported: { status: 400, description: 'The request_uri parameter is not supported.' },
  registration_not_supported: { status: 400, description: 'The registration parameter is not supported.' },
} as const satisfies Record<string, { readonly status: number; readonly description: string }>

/** A code of the table, as in `error`. */
export type OAuthErrorCode = keyof typeof oauthErrors

/** What an error may say beside its code. */
export interface OAuthErrorOptions {
  /** Sent instead of the table's sentence. Our own words; never input. */
  readonly description?: string
  /** For the log. Never sent. */
  readonly detail?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Where an endpoint's rules differ from the table, such as 429 for a limit. */
  readonly status?: number
  readonly cause?: unknown
}

/** A refusal with an OAuth error code. What is sent is `code` and `description`; `detail` is for the log. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError'
  readonly code: OAuthErrorCode
  readonly status: number
  readonly description: string
  readonly headers?: Readonly<Record<string, string>>
  readonly detail?: string

  constructor(code: OAuthErrorCode, options: OAuthErrorOptions = {}) {
    super(options.detail === undefined ? code : `${code}: ${options.detail}`, { cause: options.cause })
    this.code = code
    this.status = options.status ?? oauthErrors[code].status
    this.description = options.description ?? oauthErrors[code].description
    if (options.headers !== undefined) this.headers = options.headers
    if (options.detail !== undefined) this.detail = options.detail
  }
}

/** An error's members on the wire, in a JSON body or a redirect (RFC 6749 §5.2, RFC 9207 §2). */
export interface OAuthErrorBody {
  readonly error: OAuthErrorCode
  readonly error_description: string
  readonly state?: string
  readonly iss?: string
}

/** Writes an error for the wire. INVARIANT: the description holds only characters that RFC 6749 §5.2 allows. */
export function formatOAuthError(
  error: OAuthError,
  extra: { readonly state?: string | undefined; readonly iss?: string | undefined } = {},
): OAuthErrorBody {
  return {
    error: error.code,
    error_description: asErrorText(error.description),
    ...(extra.state === undefined ? {} : { state: extra.state }),
    ...(extra.iss === undefined ? {} : { iss: extra.iss }),
  }
}

/** RFC 6749 §5.2: error_description "MUST NOT include characters outside the set %x20-21 / %x23-5B / %x5D-7E". */
export function asErrorText(text: string): string {
  return text.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'")
}
