// The second factor of most people: a code of their authenticator application.
import { totpOf } from '../../accounts/factors/factors.store.ts'
import { proveCodeOf } from '../../accounts/factors/prove-code.ts'
import { codeProblems } from './code-problems.ts'
import { totpShown } from './second.page.ts'
import type { SecondFactor } from './second-factor.ts'

/** Field `otp`. */
export const totp: SecondFactor = {
  name: 'totp',
  demanded: true,
  switchTo: 'Use your authenticator app',
  standing: async ({ database }, userId) => (await totpOf(database, userId))?.id ?? null,
  show: async (_platform, _request, _userId, problems) => totpShown(problems),
  check: async (platform, { limits }, request, userId) => {
    const code = request.form.get('otp')
    if (code === undefined) return { ok: false, because: 'missing', problem: codeProblems.missing }
    const proof = await proveCodeOf(platform, 'totp', { limits, request, userId, code })
    if (proof.ok || proof.because === 'limited') return proof
    return { ...proof, problem: codeProblems.wrong }
  },
}
