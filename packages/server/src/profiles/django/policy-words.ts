// What speaks against a password, in the words of Django's validators where it has some: front ends show them.
import {
  type Chooser,
  passwordFindings,
  passwordLength,
  passwordMinimum,
} from '../../accounts/credentials/password-policy.ts'
import type { Platform } from '../../platform/platform.ts'

type World = Pick<Platform, 'secondFactor'>

/** Everything that speaks against a password, as sentences; empty when it may be chosen. */
export async function passwordProblems(
  platform: World,
  password: string,
  chooser: Chooser,
): Promise<string[]> {
  return passwordWords(platform, await passwordFindings(password, chooser, passwordMinimum(platform)))
}

/** Findings of the policy in Django's words. */
export function passwordWords(
  platform: World,
  findings: readonly { readonly code: string; readonly message: string }[],
): string[] {
  return findings.map(({ code, message }) => {
    switch (code) {
      case 'too_short':
        return `This password is too short. It must contain at least ${passwordMinimum(platform)} characters.`
      case 'too_long':
        return `Ensure this field has no more than ${passwordLength.maximum} characters.`
      case 'common':
        return 'This password is too common.'
      default:
        return `${message}.`
    }
  })
}
