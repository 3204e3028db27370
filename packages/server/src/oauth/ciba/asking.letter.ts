// What a person is told who is asked something while they are elsewhere. The words that they have to compare stand on the
// page alone: whoever answers has to look there.
import { isUnruly } from '../../platform/html/visible.ts'
import { spanWords } from '../../platform/html/words.ts'
import type { Issuer } from '../../platform/http/issuer.ts'
import { type Written, written } from '../../platform/mail/layout.letter.ts'

/** Who asks, and whom. */
export interface AskingModel {
  readonly clientName: string
  readonly seconds: number
  /** The address that the letter goes to; null where it goes nowhere. */
  readonly to: string | null
}

/** The letter. */
export function askingWords(
  issuer: Pick<Issuer, 'host' | 'at'>,
  { clientName, seconds, to }: AskingModel,
): Written {
  const name = isUnruly(clientName) ? 'An application' : `“${clientName}”`
  return written(issuer, {
    subject: 'A request waits for your answer',
    body: [
      `${name} asks to use your account.`,
      'Answer only if you have just started this yourself, at a counter or on the phone, say. Nobody who calls you or writes to you needs you to allow anything.',
    ],
    action: { label: 'Look at the request', address: issuer.at('/approve') },
    after: [
      `It ends by itself in ${spanWords(seconds)}. If you did not start it, deny it or leave it alone.`,
    ],
    why: `You get this because ${to ?? 'this'} is the address of the account that was asked for.`,
  })
}
