// What wires of others say to people with a second factor. None of them had a word for it: each refuses in its own shape,
// with one of these codes in it, and takes the code of the factor in a field `otp` beside the password.
import type { SecondFactorRefusal } from '../accounts/factors/prove-second.ts'

/** The sentences that go with the codes. */
export const secondFactorWords: { readonly [R in SecondFactorRefusal]: string } = {
  second_factor_required: 'A code of your second factor is needed.',
  second_factor_invalid: 'The code of your second factor is not right, or was used before.',
}

/** The code in the members of a body; null where there is none. A number is what a careless form makes of digits. */
export function codeIn(members: Readonly<Record<string, unknown>>): string | null {
  const value = Object.hasOwn(members, 'otp') ? members['otp'] : undefined
  if (typeof value === 'number') return String(value).padStart(6, '0')
  return typeof value === 'string' && value.trim() !== '' ? value : null
}
