// A token as somebody pastes it, taken apart for showing. What it is worth is decided elsewhere, by the product's own
// functions; here a token that they refuse is still shown as far as it can be read.
import {
  decodeBase64url,
  decodeStrictJson,
  isJsonObject,
  JsonError,
  type JsonErrorCode,
  maximumTokenLength,
  parseOpaque,
  type TokenErrorCode,
} from '@countersign/protocol'

/** One part, as far as it can be read. */
export interface Segment {
  readonly text: string
  /** Null when it is not canonical base64url. */
  readonly bytes: Uint8Array | null
}

/** A part that holds JSON. */
export interface JsonSegment extends Segment {
  /** Its members; null when it is no JSON object with one reading. */
  readonly members: Readonly<Record<string, unknown>> | null
  readonly fault: JsonErrorCode | 'not_object' | 'not_base64url' | null
}

/** What was pasted. */
export type Pasted =
  | { readonly is: 'nothing' }
  /** No token with parts; `words` say what it seems to be. */
  | { readonly is: 'other'; readonly title: string; readonly words: string; readonly code?: TokenErrorCode }
  | {
      readonly is: 'signed'
      readonly token: string
      /** What stood around it and was left out. */
      readonly around: 'nothing' | 'spaces' | 'scheme'
      /** As many as there are, of which the first three count. */
      readonly partCount: number
      readonly header: JsonSegment
      readonly claims: JsonSegment
      readonly signature: Segment
    }
  | {
      readonly is: 'encrypted'
      readonly token: string
      readonly header: JsonSegment
      /** Encrypted key, initialization vector, ciphertext, tag. */
      readonly sealed: readonly Segment[]
    }

/** The longest text that is taken apart, in characters: far beyond any token that is accepted. */
export const longestShown = 1_000_000

/** Takes a pasted text apart. */
export function readPasted(text: string): Pasted {
  const trimmed = text.trim()
  const token = trimmed.replace(/^(?:Bearer|DPoP)\s+/i, '')
  if (token === '') return { is: 'nothing' }
  if (token.length > longestShown) {
    return other(
      'Too large',
      'More than a million characters are not even taken apart. Tokens are accepted up to 8,192.',
      'too_large',
    )
  }
  const parts = token.split('.', 7)
  const [header = '', second = '', third = ''] = parts
  if (parts.length === 5) {
    return { is: 'encrypted', token, header: jsonSegment(header), sealed: parts.slice(1).map(segment) }
  }
  if (parts.length === 1 || !looksWritten(header)) return whatElse(token)
  return {
    is: 'signed',
    token,
    around: token !== trimmed ? 'scheme' : trimmed !== text ? 'spaces' : 'nothing',
    partCount: parts.length,
    header: jsonSegment(header),
    claims: jsonSegment(second),
    signature: segment(third),
  }
}

/** Whether it could be the base64url of a JSON object, which begins with a brace. */
const looksWritten = (header: string): boolean =>
  /^e[w-z0-9]/.test(header) || decodeBase64url(header) !== null

const other = (title: string, words: string, code?: TokenErrorCode): Pasted =>
  code === undefined ? { is: 'other', title, words } : { is: 'other', title, words, code }

function whatElse(token: string): Pasted {
  for (const prefix of ['csat', 'csrt', 'csac', 'csdc', 'csss', 'csak']) {
    if (parseOpaque(prefix, token) !== null) {
      return other(
        'An opaque token',
        'There is nothing in it to read: it is a random value that only the server can look up. Ask its introspection endpoint.',
      )
    }
  }
  if (/^-----BEGIN|"kty"\s*:|"keys"\s*:/.test(token)) {
    return other(
      'A key, not a token',
      'Keys go into the field for the key. If it is a private one, keep it where it was made.',
    )
  }
  if (/^\{.*"(?:payload|ciphertext)"/s.test(token)) {
    return other(
      'A token in JSON form',
      'Countersign takes the compact form alone: three parts with dots between them, or five if it is encrypted.',
    )
  }
  if (/"(?:access|id|refresh)_token"\s*:/.test(token)) {
    return other('A whole answer of a server', 'Paste one token of it alone, without quotation marks.')
  }
  return other(
    'Not a token with parts',
    'A JSON Web Token is three runs of letters and digits with dots between them, and mostly begins with eyJ. Perhaps something was left out when it was copied; or it is an opaque token of another issuer, which only that issuer can look up.',
    token.length > maximumTokenLength ? 'too_large' : 'malformed',
  )
}

function segment(text: string): Segment {
  return { text, bytes: decodeBase64url(text) }
}

function jsonSegment(text: string): JsonSegment {
  const bytes = decodeBase64url(text)
  if (bytes === null) return { text, bytes, members: null, fault: 'not_base64url' }
  try {
    const value = decodeStrictJson(bytes)
    return isJsonObject(value)
      ? { text, bytes, members: value, fault: null }
      : { text, bytes, members: null, fault: 'not_object' }
  } catch (error) {
    if (error instanceof JsonError) return { text, bytes, members: null, fault: error.code }
    throw error
  }
}
