// Somebody with an authenticator application, for tests: its codes at any moment, and the recovery codes.
import type { Platform } from '../../platform/platform.ts'
import { insertTotp, newRecoveryCodes } from './factors.ts'
import { codeAt, stepAt, type TotpSecret, usualShape } from './totp.ts'

/** The secret of RFC 4226, appendix D. */
export const totp: TotpSecret = { ...usualShape, secret: Buffer.from('12345678901234567890') }

export interface Armed {
  /** The code of the present step, or of one that lies `steps` from it. */
  readonly code: (steps?: number) => string
  readonly recoveryCodes: readonly string[]
}

/** Gives a person an authenticator application and ten recovery codes. */
export async function arm(house: Platform, userId: string, shape: TotpSecret = totp): Promise<Armed> {
  const recovery = newRecoveryCodes(house, userId)
  const committed = await house.database.commit([insertTotp(house, userId, shape), recovery.writes])
  if (!committed.ok) throw new Error(committed.lost)
  return {
    code: (steps = 0) => codeAt(shape, stepAt(shape, house.runtime.now()) + steps),
    recoveryCodes: recovery.codes,
  }
}

/** A code that is none of the three that are good now. */
export function wrongCode({ code }: Armed): string {
  const good = [-1, 0, 1].map((steps) => code(steps))
  return ['000000', '111111', '222222', '333333'].find((one) => !good.includes(one)) ?? '444444'
}
