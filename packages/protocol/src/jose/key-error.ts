// Why a key was refused: the closed list that callers may branch on.

export type KeyErrorCode =
  | 'malformed'
  | 'unsupported'
  | 'wrong_purpose'
  | 'weak'
  | 'secret_in_public'
  | 'inconsistent'
  | 'duplicate_kid'

/** Why a key was refused. The message never quotes the key. */
export class KeyError extends Error {
  override readonly name = 'KeyError'
  readonly code: KeyErrorCode
  readonly detail: string

  constructor(code: KeyErrorCode, detail: string) {
    super(`key refused: ${code} (${detail})`)
    this.code = code
    this.detail = detail
  }
}
