// The letter to an address that an account is to be made for.
import { type AskedFrom, factsFrom } from '../accounts/letters/asked-from.ts'
import { greetingOf } from '../accounts/letters/greeting.ts'
import { spanWords } from '../platform/html/words.ts'
import type { Issuer } from '../platform/http/issuer.ts'
import { type Written, written } from '../platform/mail/layout.letter.ts'

/** What the letter says. */
export interface SignUpLetterModel {
  readonly link: string
  /** Seconds that the link is good. */
  readonly seconds: number
  readonly from: AskedFrom
  /** Whether an account names this address already that has never proven it and can do without it. */
  readonly isNamed: boolean
}

/** The words of the letter. */
export function signUpLetter(issuer: Issuer, model: SignUpLetterModel): Written {
  const { link, seconds, from, isNamed } = model
  return written(issuer, {
    subject: 'Finish your new account',
    body: [
      greetingOf(null),
      'Your account is nearly there: follow the link to create it.',
      ...(isNamed ? [namedWords(issuer)] : []),
    ],
    action: { label: 'Create the account', address: link },
    facts: factsFrom(from),
    after: [
      `The link works once, for ${spanWords(seconds)}. In another browser, or after an hour, it asks for the password that you chose.`,
      'If it wasn’t you, you can ignore this letter: there is no account, and there will be none.',
    ],
    why: `You get this because somebody gave your address on the sign-up page of ${issuer.host}.`,
  })
}

function namedWords(issuer: Issuer): string {
  return `There is an account already that names this address, and nobody has ever confirmed it there. If that account is yours, sign in to it instead, or choose a new password for it at ${issuer.at('/forgot-password')}. If it isn’t, go on: the address is yours then and no longer that account’s.`
}
