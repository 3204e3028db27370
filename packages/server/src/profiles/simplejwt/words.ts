// What SimpleJWT says, by release: the messages that front ends compare with.
import type { SimpleJwtSettings } from './settings.ts'

/** Why a token is not taken. */
export type TokenFault =
  | 'invalid'
  | 'expired'
  | 'no exp'
  | 'no id'
  | 'no type'
  | 'wrong type'
  | 'blacklisted'
  | 'no user id'
  | 'no refresh exp'
  | 'refresh expired'

const words: { readonly [F in TokenFault]: string } = {
  invalid: 'Token is invalid',
  expired: 'Token is expired',
  'no exp': "Token has no 'exp' claim",
  'no id': 'Token has no id',
  'no type': 'Token has no type',
  'wrong type': 'Token has wrong type',
  blacklisted: 'Token is blacklisted',
  'no user id': 'Token contained no recognizable user identification',
  'no refresh exp': "Token has no 'refresh_exp' claim",
  'refresh expired': "Token 'refresh_exp' claim has expired",
}

/** The message of a fault. */
export function messageOf(fault: TokenFault, { dialect }: Pick<SimpleJwtSettings, 'dialect'>): string {
  if (dialect === '5.2' && (fault === 'invalid' || fault === 'expired')) return 'Token is invalid or expired'
  return words[fault]
}

/** A login that was refused. */
export const noActiveAccount = { detail: 'No active account found with the given credentials' } as const
/** A refresh whose person is gone or may not sign in. */
export const noAccountForToken = { detail: 'No active account found for the given token.' } as const
/** A refresh token from before the password. */
export const passwordChanged = { detail: "The user's password has been changed." } as const
