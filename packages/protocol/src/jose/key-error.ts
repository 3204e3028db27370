/** Why a key was refused: the closed list that callers may branch on. */
export type KeyErrorCode =
  | 'malformed'
  /** Of a type, curve or algorithm that is not spoken here, or that this platform lacks. */
  | 'unsupported'
  /** Meant for something else than it was imported for. */
  | 'wrong_purpose'
  | 'weak'
  /** A private part where only public ones belong. */
  | 'secret_in_public'
  /** Its private and its public part are not of one key. */
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
