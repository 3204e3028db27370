// The letter to who forgot the user name that they sign in with.
import { spanWords } from '../../platform/html/words.ts'
import type { Issuer } from '../../platform/http/issuer.ts'
import { type Written, written } from '../../platform/mail/layout.letter.ts'

/** A link to choose another user name with. */
export interface UsernameLetterModel {
  /** See `greetingOf`. */
  readonly greeting: string
  /** What they sign in as; null for an address alone. */
  readonly username: string | null
  readonly link: string
  /** Seconds that the link is good. */
  readonly seconds: number
}

/** The words of the letter. */
export function usernameLetter(
  issuer: Issuer,
  { greeting, username, link, seconds }: UsernameLetterModel,
): Written {
  const known =
    username === null
      ? 'You sign in with this e-mail address.'
      : `The user name that you sign in with is ${username}.`
  return written(issuer, {
    subject: 'Your user name',
    body: [greeting, `${known} If you’d like another one, choose it with the link below.`],
    action: { label: 'Choose a user name', address: link },
    after: [
      `The link works once, for ${spanWords(seconds)}.`,
      'If you didn’t ask for it, you can ignore this letter: nothing has changed.',
    ],
    why: `You get this because somebody gave your address to a front end of ${issuer.host}.`,
  })
}
