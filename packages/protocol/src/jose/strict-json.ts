// JSON read strictly: one meaning for every reader (RFC 8259 §4, RFC 7493 "I-JSON" §2).

/** Why a text is not strict JSON. */
export type JsonErrorCode =
  | 'not_utf8'
  | 'byte_order_mark'
  | 'syntax'
  | 'too_deep'
  | 'duplicate_member'
  | 'forbidden_member'
  | 'lone_surrogate'
  | 'number_range'

/** A text that is not strict JSON. The message never quotes the text. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
  readonly code: JsonErrorCode

  constructor(code: JsonErrorCode) {
    super(`JSON refused: ${code}`)
    this.code = code
  }
}

const maximumDepth = 20
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses JSON that has exactly one reading.
 *
 * Refused: invalid UTF-8, a byte order mark, duplicate members, the member `__proto__`, lone surrogates, numbers beyond
 * the range of a double, nesting deeper than 20. Bounded by the text's length; callers cap that.
 *
 * @throws JsonError
 */
export function decodeStrictJson(source: Uint8Array | string): unknown {
  const text = typeof source === 'string' ? source : decodeUtf8(source)
  // RFC 8259 §8.1: "Implementations MUST NOT add a byte order mark".
  if (text.charCodeAt(0) === 0xfeff) throw new JsonError('byte_order_mark')
  const members = countMembers(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new JsonError('syntax')
  }
  // A duplicate member is one that the text names and the value lacks.
  if (countKept(value) !== members) throw new JsonError('duplicate_member')
  // RFC 7493 §2.1: "Object member names, and string values ... MUST NOT include code points that identify Surrogates".
  // Well-formed text can spell a lone surrogate only with an escape.
  if (text.includes('\\u')) refuseLoneSurrogates(value)
  return value
}

/** Whether a parsed value is a JSON object: neither null nor a list. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new JsonError('not_utf8')
  }
}

/** Counts the name separators outside strings, which in valid JSON is the number of members; bounds the depth. */
function countMembers(text: string): number {
  if (!text.isWellFormed()) throw new JsonError('lone_surrogate')
  let members = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at)
        break
      case 0x3a: // :
        members++
        break
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > maximumDepth) throw new JsonError('too_deep')
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth--
        break
    }
  }
  return members
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++
    if (backslashes % 2 === 0) return end
  }
  throw new JsonError('syntax')
}

function countKept(value: unknown): number {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new JsonError('number_range')
    return 0
  }
  if (typeof value !== 'object' || value === null) return 0
  let kept = 0
  if (Array.isArray(value)) {
    for (const item of value) kept += countKept(item)
    return kept
  }
  for (const name of Object.keys(value)) {
    if (name === '__proto__') throw new JsonError('forbidden_member')
    kept += 1 + countKept((value as Record<string, unknown>)[name])
  }
  return kept
}

function refuseLoneSurrogates(value: unknown): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new JsonError('lone_surrogate')
  } else if (Array.isArray(value)) {
    for (const item of value) refuseLoneSurrogates(item)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      if (!name.isWellFormed()) throw new JsonError('lone_surrogate')
      refuseLoneSurrogates(item)
    }
  }
}
