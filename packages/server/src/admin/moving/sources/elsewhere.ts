// Accounts that people have at other providers, as the systems that they come from name those. One at a provider that nobody
// signs in with here stays behind, and is counted by provider.
import type { LeftBehind, PartialUser } from '../records.ts'
import { textIn } from './values.ts'

type Identity = NonNullable<PartialUser['identities']>[number]

/** An account as a system has written it down. */
export interface Linked {
  readonly provider: unknown
  readonly subject: unknown
  readonly email?: unknown
}

const google = { upstream: 'google', issuer: 'https://accounts.google.com' }
const facebook = { upstream: 'facebook', issuer: 'https://www.facebook.com' }

/** Under all names that they go by. */
const providers: Readonly<Record<string, typeof google>> = {
  google,
  'google.com': google,
  'google-oauth2': google,
  google_oauth2: google,
  facebook,
  'facebook.com': facebook,
}

/** What is no account elsewhere: a person’s own password, address or number there. */
const own: ReadonlySet<string> = new Set([
  'auth0',
  'credential',
  'credentials',
  'email',
  'nodemailer',
  'password',
  'passkey',
  'phone',
  'sms',
])

/** Those that come. */
export function identitiesIn(linked: readonly Linked[]): Identity[] {
  return linked.flatMap(({ provider, subject, email }) => {
    const known = providerOf(provider)
    const id = textIn(subject)
    return known === null || id === null ? [] : [{ ...known, subject: id, email: textIn(email) }]
  })
}

/** Those that stay behind. @param id of the person */
export function* unlinked(id: string, linked: readonly Linked[]): Generator<LeftBehind> {
  for (const one of linked) {
    const name = textIn(one.provider)
    if (name === null || own.has(name) || identitiesIn([one]).length > 0) continue
    yield { kind: 'left-behind', what: `accounts at ${name.slice(0, 64)}`, id }
  }
}

function providerOf(provider: unknown): typeof google | null {
  const name = textIn(provider) ?? ''
  return Object.hasOwn(providers, name) ? (providers[name] ?? null) : null
}
