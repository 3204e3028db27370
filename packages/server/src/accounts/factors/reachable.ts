// How surely a person could sign in, with what they have set up.
import { authenticationClasses } from '@countersign/protocol'
import type { Platform } from '../../platform/platform.ts'
import { usablePasskeysOf } from '../passkeys/usable.ts'
import { totpOf } from './factors.store.ts'

const byOne = [authenticationClasses.password, authenticationClasses.upstream]

/** The classes that a sign-in of a person can come to, as `acr` values. */
export async function reachableClassesOf(
  platform: Pick<Platform, 'database' | 'issuer'>,
  userId: string,
): Promise<readonly string[]> {
  const [totp, passkeys] = await Promise.all([
    totpOf(platform.database, userId),
    usablePasskeysOf(platform, userId),
  ])
  const { mfa, passkey } = authenticationClasses
  return [
    ...byOne,
    ...(totp === null && passkeys.length === 0 ? [] : [mfa]),
    // One that only feels a touch is a second factor and no more.
    ...(passkeys.some(({ userVerified }) => userVerified) ? [passkey] : []),
  ]
}
