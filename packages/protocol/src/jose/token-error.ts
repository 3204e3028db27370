/** Why a token was refused: the closed list that callers may branch on (RFC 7519 §7.2). */
export type TokenErrorCode =
  /** Not a token, or not in its one canonical form. */
  | 'malformed'
  | 'too_large'
  /** No key fits its header: it may be a newer one than those that are known. */
  | 'unknown_key'
  | 'bad_signature'
  | 'bad_encryption'
  /** Of another kind. */
  | 'wrong_type'
  | 'expired'
  | 'not_yet_valid'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'missing_claim'
  /** A claim of the wrong shape, or one that does not fit the occasion. */
  | 'bad_claim'

/** A token's refusal. `detail` names what was wrong in our words, for the log; it never quotes the token. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
  readonly code: TokenErrorCode
  readonly detail: string

  constructor(code: TokenErrorCode, detail: string) {
    super(`token refused: ${code} (${detail})`)
    this.code = code
    this.detail = detail
  }
}
