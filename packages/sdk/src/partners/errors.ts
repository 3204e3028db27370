// Why a message of a partner is not taken, or one to a partner not made.

/** The closed list that callers may branch on. */
export type PartnerErrorCode =
  /** Nobody of that name, or a message that names none of the partners as its sender. */
  | 'unknown_partner'
  /** Not a message of this partner to us, now: altered, expired, for somebody else, by another key. */
  | 'refused'
  /** It was taken before. */
  | 'replayed'
  /** The partner's keys, or the memory of what was taken, can't be asked now: the sender may try again. */
  | 'unavailable'
  /** Longer than a token may be. */
  | 'too_large'

/** A message that was not taken or not made. `detail` is for the log; it never quotes the message. */
export class PartnerError extends Error {
  override readonly name = 'PartnerError'
  readonly code: PartnerErrorCode
  readonly detail: string

  constructor(code: PartnerErrorCode, detail: string, options?: ErrorOptions) {
    super(`partner message: ${code} (${detail})`, options)
    this.code = code
    this.detail = detail
  }
}
