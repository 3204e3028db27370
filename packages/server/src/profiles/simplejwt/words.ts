// What SimpleJWT says, by release: the messages that front ends compare with.
import { english, type Sentence } from '../wire/words.ts'
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

const words: {
  readonly [F in Exclude<TokenFault, 'no refresh exp' | 'refresh expired'>]: Sentence | string
} = {
  invalid: english('Token is invalid'),
  expired: english('Token is expired'),
  'no exp': claimWords("Token has no '{claim}' claim", 'exp'),
  'no id': english('Token has no id'),
  'no type': english('Token has no type'),
  'wrong type': english('Token has wrong type'),
  blacklisted: english('Token is blacklisted'),
  'no user id': english('Token contained no recognizable user identification'),
}

type Wording = Pick<SimpleJwtSettings, 'dialect' | 'slidingTokenRefreshExpClaim'>

/** The message of a fault. */
export function messageOf(fault: TokenFault, settings: Wording): string {
  const { dialect, slidingTokenRefreshExpClaim: claim } = settings
  if (fault === 'no refresh exp') return claimWords("Token has no '{claim}' claim", claim)
  if (fault === 'refresh expired') return claimWords("Token '{claim}' claim has expired", claim)
  if (dialect === '5.2' && (fault === 'invalid' || fault === 'expired'))
    return english('Token is invalid or expired')
  return words[fault]
}

function claimWords(sentence: Sentence, claim: string): string {
  return sentence.replace('{claim}', claim)
}

/** A login that was refused. */
export const noActiveAccount = {
  detail: english('No active account found with the given credentials'),
} as const
/** A refresh whose person is gone or may not sign in. */
export const noAccountForToken = { detail: english('No active account found for the given token.') } as const
/** A refresh token from before the password. */
export const passwordChanged = { detail: english("The user's password has been changed.") } as const
