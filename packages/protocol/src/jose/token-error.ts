// Why a token was refused: the closed list that callers may branch on (RFC 7519 §7.2).

export type TokenErrorCode =
  | 'malformed'
  | 'too_large'
  | 'unknown_key'
  | 'bad_signature'
  | 'bad_encryption'
  | 'wrong_type'
  | 'expired'
  | 'not_yet_valid'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'missing_claim'
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
