// The letter that `countersign doctor --mail` sends.
import { type Written, written } from '../platform/mail/layout.letter.ts'

/** The letter. @param from whose installation writes */
export function testLetter(from: { readonly host: string }): Written {
  return written(from, {
    subject: 'Mail arrives',
    body: [
      'This is how letters of this server look. Whoever runs it has asked for one, to see whether it arrives.',
    ],
    after: ['There is nothing to do.'],
    why: 'You get this because somebody gave your address to the command countersign doctor.',
  })
}
