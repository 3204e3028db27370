// The table of second factors, in the order in which they are offered; and what a person has of them.
import { digest } from '@countersign/protocol'
import type { Platform } from '../../platform/platform.ts'
import { passkey } from './passkey.ts'
import { recoveryCode } from './recovery-code.ts'
import type { SecondFactor } from './second-factor.ts'
import { totp } from './totp.ts'

/** Every second factor. */
const secondFactors: readonly SecondFactor[] = [passkey, totp, recoveryCode]

/** What a person has. */
export interface Holding {
  /** The factors that they have, in the order in which they are offered. */
  readonly factors: readonly SecondFactor[]
  /** Whether one of them has to be shown after a password. */
  readonly demanded: boolean
  /** Changes when any of them is added, removed or replaced. */
  readonly version: string
}

/** Looks up what a person has. */
export async function holdingOf(platform: Platform, userId: string): Promise<Holding> {
  const standing = await Promise.all(
    secondFactors.map(async (factor) => ({ factor, state: await factor.standing(platform, userId) })),
  )
  const had = standing.filter(({ state }) => state !== null)
  return {
    factors: had.map(({ factor }) => factor),
    demanded: had.some(({ factor }) => factor.demanded),
    version: digest(JSON.stringify(had.map(({ factor, state }) => [factor.name, state]))),
  }
}
