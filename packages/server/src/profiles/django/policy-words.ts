// What speaks against a password, in the words of Django's validators where it has some: front ends show them.
import { type Chooser, passwordFindings, passwordLength } from '../../accounts/credentials/password-policy.ts'

/** Everything that speaks against a password, as sentences; empty when it may be chosen. */
export async function passwordProblems(password: string, chooser: Chooser): Promise<string[]> {
  return (await passwordFindings(password, chooser)).map(passwordWords)
}

/** A finding of the policy in Django's words. */
export function passwordWords({
  code,
  message,
}: {
  readonly code: string
  readonly message: string
}): string {
  switch (code) {
    case 'too_short':
      return `This password is too short. It must contain at least ${passwordLength.minimum} characters.`
    case 'too_long':
      return `Ensure this field has no more than ${passwordLength.maximum} characters.`
    case 'common':
      return 'This password is too common.'
    default:
      return `${message}.`
  }
}
