// What a provider says of a person, read with distrust: a claim of the wrong type or length counts as not said.
// Nothing here decides anything; an e-mail address is verified only where the provider's own word is exactly `true`.

/** What is believed of what a provider says. */
export interface UpstreamProfile {
  /** As the provider wrote it; not canonical, perhaps not even an address. */
  readonly email: string | null
  readonly emailVerified: boolean
  readonly name: string | null
  /** Standard claims beyond name and e-mail (OpenID Connect Core §5.1), by wire name. */
  readonly claims: Readonly<Record<string, string>>
}

/** Claims as a provider wrote them. */
export type RawClaims = Readonly<Record<string, unknown>>

/** OpenID Connect Core §5.1: standard claims of the ID token or of userinfo. */
export function standardProfile(raw: RawClaims): UpstreamProfile {
  return {
    email: textOf(raw['email'], 320),
    // A provider that writes the word "true" instead of the truth value is read as one that doesn't say.
    emailVerified: raw['email_verified'] === true,
    name: textOf(raw['name'], 200) ?? joined(raw['given_name'], raw['family_name']),
    claims: present({
      given_name: textOf(raw['given_name'], 100),
      family_name: textOf(raw['family_name'], 100),
      locale: textOf(raw['locale'], 35),
      picture: webAddressOf(raw['picture']),
    }),
  }
}

/** Facebook's Graph: `id`, `name` and, unless the person declined, `email`, of which nobody says that it is verified. */
export function facebookProfile(raw: RawClaims): UpstreamProfile {
  return {
    email: textOf(raw['email'], 320),
    emailVerified: false,
    name: textOf(raw['name'], 200),
    claims: {},
  }
}

/** A subject identifier: at most 255 printable characters (OpenID Connect Core §2), or null. */
export function subjectOf(value: unknown): string | null {
  return typeof value === 'string' && /^[\x21-\x7e]{1,255}$/.test(value) ? value : null
}

function textOf(value: unknown, longest: number): string | null {
  if (typeof value !== 'string') return null
  const text = value.trim()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come in
  return text === '' || text.length > longest || !text.isWellFormed() || /[\x00-\x1f\x7f]/.test(text)
    ? null
    : text
}

function joined(given: unknown, family: unknown): string | null {
  return textOf([textOf(given, 100), textOf(family, 100)].filter((part) => part !== null).join(' '), 200)
}

function webAddressOf(value: unknown): string | null {
  const text = textOf(value, 2048)
  return text !== null && URL.canParse(text) && new URL(text).protocol === 'https:' ? text : null
}

function present(claims: Readonly<Record<string, string | null>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(claims).filter((entry): entry is [string, string] => entry[1] !== null),
  )
}
