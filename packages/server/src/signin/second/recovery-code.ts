// The second factor of somebody whose authenticator application is gone: one of the codes that they put away.
import { recoveryCodesOf } from '../../accounts/factors/factors.store.ts'
import { proveCodeOf } from '../../accounts/factors/prove-code.ts'
import { codeProblems } from './code-problems.ts'
import { recoveryShown } from './second.page.ts'
import type { SecondFactor } from './second-factor.ts'

/** Field `recovery_code`. */
export const recoveryCode: SecondFactor = {
  name: 'recovery',
  demanded: false,
  switchTo: 'Use a recovery code',
  standing: async ({ database }, userId) => (await recoveryCodesOf(database, userId))?.setId ?? null,
  show: async (_platform, _request, _userId, problems) => recoveryShown(problems),
  check: async (platform, { limits }, request, userId) => {
    const code = request.form.get('recovery_code')
    if (code === undefined) return { ok: false, because: 'missing', problem: codeProblems.recoveryMissing }
    const proof = await proveCodeOf(platform, 'recovery', { limits, request, userId, code })
    if (proof.ok || proof.because === 'limited') return proof
    return { ...proof, problem: codeProblems.recoveryWrong }
  },
}
