// The names that people sign in with. Each is made canonical before it is looked at, and only the canonical form is
// compared, stored or mailed to, so that no two spellings are two people (C17, PW-13, PW-25).
import { domainToASCII } from 'node:url'

declare const canonical: unique symbol

/** NFKC, lower case, trimmed; and then valid. Only this file makes one. */
export type Canonical = string & { readonly [canonical]: true }

/** One canonical name and what kind it is; no text is of both kinds, for none is a user name that could be an address. */
export interface Identifier {
  readonly kind: 'email' | 'username'
  readonly value: Canonical
}

// An atom of RFC 5322 §3.2.3. Quoted local parts, comments and lists stay outside: what is left names one mailbox.
const atom = "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
const localPart = new RegExp(`^${atom}(?:\\.${atom})*$`)
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const usernameForm = /^[a-z0-9_](?:[a-z0-9._-]{0,62}[a-z0-9_])?$/
// A mark belongs to a letter; NFKC makes a space with a mark of some signs that stand alone.
const foreignUsernameForm =
  /^(?=.*[\p{L}\p{N}_])(?!.*[ ']\p{M})[\p{L}\p{N}_.+@'-][\p{L}\p{M}\p{N}_.+@' -]{0,149}$/u
/** At its beginning, or with nothing behind it that could be the domain of an address. */
const harmlessAt = /^(?:[^@]*|@[^@]*|[^@]+@[^@.]*)$/

/** An e-mail address: exactly one mailbox in plain ASCII, its domain in A-labels. Null when the text is anything else. */
export function canonicalEmail(text: string): Canonical | null {
  const spelled = canonicalText(text)
  if (spelled === null) return null
  const at = spelled.indexOf('@')
  if (at < 1 || at !== spelled.lastIndexOf('@')) return null
  const local = spelled.slice(0, at)
  const domain = domainOf(spelled.slice(at + 1))
  if (local.length > 64 || !localPart.test(local) || domain === null) return null
  const address = `${local}@${domain}`
  return address.length <= 254 ? (address as Canonical) : null
}

/** A user name to choose: 2 to 64 ASCII letters, digits, dots, hyphens and underscores. Null when the text is anything else. */
export function canonicalUsername(text: string): Canonical | null {
  const spelled = canonicalText(text)
  if (spelled === null || spelled.length < 2 || !usernameForm.test(spelled)) return null
  return spelled as Canonical
}

/**
 * A user name that somebody has from another system: 1 to 150 letters and digits of any script, `.`, `-`, `_`, `+`, spaces and
 * apostrophes, and one `@` where no address could have it (`@maria`, `maria@home`): what looks like an address would be taken
 * for somebody's, here or by whoever is told of it (C16). Nobody chooses such a name here: two of them may look alike. Null
 * when the text is anything else.
 */
export function canonicalForeignUsername(text: string): Canonical | null {
  const spelled = canonicalName(text)
  // Some letters come out of lower case in need of another round; a name has one spelling, or it is none.
  if (spelled === null || !foreignUsernameForm.test(spelled) || !harmlessAt.test(spelled)) return null
  return canonicalName(spelled) === spelled ? (spelled as Canonical) : null
}

/** Whatever a person typed to say who they are. Null when it can't be anybody's. */
export function canonicalIdentifier(text: string): Identifier | null {
  const email = canonicalEmail(text)
  if (email !== null) return { kind: 'email', value: email }
  const username = canonicalForeignUsername(text)
  return username === null ? null : { kind: 'username', value: username }
}

function canonicalText(text: string): string | null {
  // Longer than any address can be, even where NFKC shortens it.
  if (text.length > 1024) return null
  return text.normalize('NFKC').toLowerCase().trim()
}

/** Keyboards that mean well write another apostrophe than files have. */
function canonicalName(text: string): string | null {
  const spelled = canonicalText(text)
  return spelled === null ? null : spelled.replace(/[\u2018\u2019\u02bc]/g, "'").replace(/ {2,}/g, ' ')
}

function domainOf(text: string): string | null {
  // domainToASCII also reads numbers as IPv4 addresses and drops tabs; only what is a plain host name goes in.
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(text)) return null
  const domain = domainToASCII(text)
  const labels = domain.split('.')
  if (labels.length < 2 || !labels.every((part) => label.test(part))) return null
  return /^[0-9]+$/.test(labels.at(-1) ?? '') ? null : domain
}
