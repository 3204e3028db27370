// A letter: to whom, about what, and its words, which a `*.letter.ts` file has written.
import type { Written } from './layout.letter.ts'

/** What letters there are; a type for each occasion, for the log of events and for whoever counts. */
export type LetterKind =
  | 'password.reset'
  | 'address.verify'
  | 'address.change'
  | 'username.reset'
  | 'account.exists'
  | 'account.changed'
  | 'request.waiting'
  | 'mail.test'

/** Something to be mailed. */
export interface Letter extends Written {
  /** One canonical address. */
  readonly to: string
  readonly kind: LetterKind
  /** Whom it is about, for the events; not for addresses that are nobody's. */
  readonly userId?: string | undefined
  /**
   * The moment after which it is not worth sending any more, in seconds since the epoch: when the link in it expires.
   * Two days from now unless it is given.
   */
  readonly until?: number | undefined
  /**
   * To a mailbox that may be a stranger's: it leaves while the address may be sent anything (see `Mail.mayPost`), and is
   * dropped after that.
   */
  readonly rationed?: boolean | undefined
}

/** A letter as it is carried: finished texts. */
export interface MailedLetter {
  readonly id: string
  readonly kind: LetterKind
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly rationed?: boolean | undefined
}
