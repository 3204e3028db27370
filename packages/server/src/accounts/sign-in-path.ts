// The address of the sign-in page, whichever room sends a person there and why.
import { type Incoming, localPath, type SafeLocation } from '../platform/http/exchange.ts'
import { sealReturn } from '../platform/http/return.ts'
import type { Platform } from '../platform/platform.ts'

/** Why a person is sent there, as the page says it. */
export type SignInReason = 'password-set' | 'confirm' | 'upstream-cancelled' | 'expired' | 'two-factors'

/** What a person is sent there with. */
export interface SentToSignIn {
  /** The sealed return address (`sealReturn`); they end at their account without one. */
  readonly continueTo?: string | null | undefined
  /** Whether one factor won't do where they are on the way to: then a second is asked of who has one. */
  readonly stepUp?: boolean | undefined
  readonly reason?: SignInReason | undefined
  /** The name that is filled in. */
  readonly hint?: string | undefined
}

/** A local address of the sign-in page. */
export function signInPath({ continueTo, stepUp = false, reason, hint }: SentToSignIn): SafeLocation {
  const query = new URLSearchParams({
    ...(reason !== undefined && { reason }),
    ...(stepUp && { level: 'mfa' }),
    ...(hint !== undefined && { hint }),
    ...(typeof continueTo === 'string' && { continue: continueTo }),
  })
  return localPath(query.size === 0 ? '/sign-in' : `/sign-in?${query}`)
}

/** The sign-in page, from which the person comes back to `path`, a local one. */
export function signInBefore(
  { vault }: Pick<Platform, 'vault'>,
  { browser }: Pick<Incoming, 'browser'>,
  path: SafeLocation,
  why: Omit<SentToSignIn, 'continueTo'> = {},
): SafeLocation {
  return signInPath({ ...why, continueTo: sealReturn(vault, browser, path) })
}
