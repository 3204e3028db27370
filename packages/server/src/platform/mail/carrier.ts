// What carries letters out of the house: SMTP, the mailbox of the development server, or an operator's own function.

/** A letter as its carrier is given it. */
export interface OutgoingLetter {
  /** One address. */
  readonly to: string
  /** `Name <address>` or an address alone, as MAIL_FROM says. */
  readonly from: string
  readonly subject: string
  /** The words, twice: as plain text and as HTML. */
  readonly text: string
  readonly html: string
  /**
   * With angle brackets, as in RFC 5322 §3.6.4. The same each time that a letter is tried, so that a second copy can be
   * recognized.
   */
  readonly messageId: string
  /** When it was written, in seconds since the epoch. */
  readonly date: number
  /** What it is about, such as `password.reset`. */
  readonly kind: string
}

/**
 * Carries one letter. It resolves once somebody else has taken charge of the letter. Whatever it rejects with, the
 * letter is tried again later; with a `LetterRefused` it is not.
 *
 * @param signal is aborted when it took too long: the letter will be tried again
 */
export type Carrier = (letter: OutgoingLetter, signal: AbortSignal) => Promise<void>

/** A letter was not carried. */
abstract class NotCarried extends Error {
  /** For the log; nothing of the letter stands in it. */
  readonly because: string

  constructor(message: string, because: string, options?: ErrorOptions) {
    super(message, options)
    this.because = because
  }
}

/** A letter that will be refused however often it is tried. */
export class LetterRefused extends NotCarried {
  override readonly name = 'LetterRefused'

  constructor(because: string) {
    super('A letter was refused.', because)
  }
}

/** A letter was not taken now; others may be. */
export class LetterDelayed extends NotCarried {
  override readonly name = 'LetterDelayed'

  constructor(because: string) {
    super('A letter was not taken now.', because)
  }
}

/** No letter can be carried now, whatever it says. */
export class CarrierUnavailable extends NotCarried {
  override readonly name = 'CarrierUnavailable'

  constructor(because: string, options?: ErrorOptions) {
    super('No letter can be carried now.', because, options)
  }
}
