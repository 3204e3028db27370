// Scopes: lists of names on the wire as one text (RFC 6749 §3.3).
import { OAuthError } from './errors.ts'

// scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * Reads a scope parameter: the names in order, each once; an absent one is no names.
 *
 * @throws OAuthError `invalid_scope` for a character that a scope can't have
 */
export function parseScope(text: string | undefined): readonly string[] {
  if (text === undefined) return []
  const names = new Set<string>()
  for (const name of text.split(' ')) {
    if (name === '') continue
    if (!scopeToken.test(name))
      throw new OAuthError('invalid_scope', { description: 'The scope is malformed.' })
    names.add(name)
  }
  return [...names]
}

/** Writes names as a scope parameter. */
export function formatScope(names: readonly string[]): string {
  return names.join(' ')
}

/** Whether every name of the first list is in the second. */
export function isSubset(names: readonly string[], of: readonly string[]): boolean {
  return names.every((name) => of.includes(name))
}
