// The one error of the browser client: a code to branch on, never a piece of what was received.

/**
 * Sign-in, renewal or sign-out failed. `code` is the server's OAuth error code (RFC 6749 §4.1.2.1 and §5.2,
 * OpenID Connect Core §3.1.2.6) or one of ours: `network` (no usable answer; nobody was signed out),
 * `timeout` (the hidden frame stayed silent), `state_mismatch`, `issuer_mismatch`, `id_token_invalid`,
 * `invalid_response`, `storage_failed`; in mode `basic` `invalid_username` and `insecure_origin`.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly code: string
  constructor(code: unknown, options?: ErrorOptions) {
    // The code may come from a URL or from another server: only the letters of an error code get through.
    const plain = /^[a-z_]{1,60}$/.exec(String(code))?.[0] ?? 'invalid_response'
    super(`Authentication failed: ${plain}`, options)
    this.code = plain
  }
}

/** Whatever was thrown, as something to emit. */
export const asAuthError = (cause: unknown, code = 'invalid_response'): AuthError =>
  cause instanceof AuthError ? cause : new AuthError(code, { cause })

/** True when the server has said that this sign-in is over, as opposed to: it could not be asked. */
export const isOver = (error: unknown): boolean =>
  error instanceof AuthError && /^invalid_grant$|_required$/.test(error.code)
