// The device cookie: says that somebody signed in with this browser before, and as whom. Attempts from a known device
// have a bucket of their own, so that whoever guesses at a person's password from elsewhere can slow down everybody
// but them (OWASP “device cookies”; PW-12); so have codes and passkeys. It proves nothing else and opens nothing.
import { cookieName, setCookie } from '../../platform/http/cookies.ts'
import type { Incoming } from '../../platform/http/exchange.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Credential } from './passwords.store.ts'

/** How long a device stays known, in seconds: 180 days. */
const knownSeconds = 180 * 86_400
/** How many people one browser is remembered for: a family's computer, not a library's. */
const mostPeople = 4
/** The name of the device for one person, the moment of their last sign-in there in seconds, and a proof of both. */
const entryForm = /^([A-Za-z0-9_-]{22})~([0-9a-z]{1,9})~([A-Za-z0-9_-]{43})$/

/** Whose device it would be. A new password makes every device a stranger again. */
export interface DeviceOwner {
  readonly userId: string
  readonly passwordChangedAt: number
}

/** Somebody as the owner of a device; also who has no password. */
export function ownerOf({ user, password }: Credential): DeviceOwner {
  return { userId: user.id, passwordChangedAt: password?.changedAt ?? 0 }
}

type Place = Pick<Platform, 'vault' | 'runtime' | 'issuer'>

/**
 * The device's own name for this owner, or null when it is not known to them: also where they have not signed in there for
 * so long, whatever the browser has kept.
 */
export function knownDevice(
  platform: Place,
  request: Pick<Incoming, 'cookies'>,
  owner: DeviceOwner,
): string | null {
  const since = platform.runtime.now() - knownSeconds
  for (const entry of entriesOf(platform, request)) {
    const [, name = '', at = '', mac = ''] = entryForm.exec(entry) ?? []
    const isTheirs = platform.vault.macMatches('device', subjectOf(owner, name, at), mac)
    if (isTheirs && Number.parseInt(at, 36) > since) return name
  }
  return null
}

/** The `Set-Cookie` value that makes this browser known to `owner`, beside the people it knows already. */
export function rememberDevice(
  platform: Place,
  request: Pick<Incoming, 'cookies'>,
  owner: DeviceOwner,
): string {
  const { issuer, runtime, vault } = platform
  const known = knownDevice(platform, request, owner)
  const name = known ?? runtime.secret(16)
  const at = runtime.now().toString(36)
  const others = entriesOf(platform, request).filter((entry) => !entry.startsWith(`${name}~`))
  const mine = `${name}~${at}~${vault.mac('device', subjectOf(owner, name, at))}`
  return setCookie(issuer, 'dev', [mine, ...others].slice(0, mostPeople).join('.'), knownSeconds)
}

function entriesOf(platform: Place, request: Pick<Incoming, 'cookies'>): string[] {
  const value = request.cookies.get(cookieName(platform.issuer, 'dev')) ?? ''
  return value.split('.', mostPeople).filter((entry) => entryForm.test(entry))
}

function subjectOf(owner: DeviceOwner, name: string, at: string): string {
  return `${owner.userId}/${owner.passwordChangedAt}/${name}/${at}`
}
