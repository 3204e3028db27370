// The table of methods, in the order in which they are offered.
import type { PasswordDoor } from '../../accounts/credentials/prove-password.ts'
import type { Platform } from '../../platform/platform.ts'
import type { Method } from './method.ts'
import { passkeyMethod } from './passkey.ts'
import { passwordMethod } from './password.ts'

/** Every method, in the order in which they are offered. */
export function methodsOf(platform: Platform, door: PasswordDoor): readonly [Method, ...Method[]] {
  return [passwordMethod(platform, door), passkeyMethod(platform, door)]
}
