// The words of what can be wrong with a code, once.
import type { Problem } from '../../platform/html/problems.ts'

/** By what was given. Whether a code was wrong, old or used before is one answer. */
export const codeProblems = {
  missing: { field: 'otp', message: 'Enter the code from your authenticator app' },
  wrong: {
    field: 'otp',
    message: 'This code isn’t right, or was used before. Wait for the next one and type that',
  },
  recoveryMissing: { field: 'recovery_code', message: 'Enter one of your recovery codes' },
  recoveryWrong: {
    field: 'recovery_code',
    message: 'This is none of your recovery codes, or it was used before',
  },
} as const satisfies Record<string, Problem>
