// Where mail goes in development, while no SMTP_URL is set: nowhere but to a page that shows it.
import { SealBroken } from '../keys/vault.ts'
import type { Platform } from '../platform.ts'
import type { Carrier, OutgoingLetter } from './carrier.ts'
import { type KeptLetter, keepLetter, keptLetter, keptLetters } from './mailbox.store.ts'

/** A letter that would have been sent. */
export interface MailboxLetter extends OutgoingLetter {
  readonly id: string
  /** Seconds since the epoch. */
  readonly sentAt: number
}

type Place = Pick<Platform, 'database' | 'vault' | 'runtime'>

/** Carries letters into the mailbox. */
export function mailboxCarrier({ database, vault, runtime }: Place): Carrier {
  return async (letter) => {
    const id = letter.messageId.replace(/^<|@.*$/g, '')
    const sealed = vault.seal(placeOf(id), JSON.stringify(letter))
    await database.commit([keepLetter(database, { id, sentAt: runtime.now(), sealed })])
  }
}

/** What is in the mailbox, the newest first. */
export async function lettersInMailbox({ database, vault }: Place): Promise<MailboxLetter[]> {
  const letters = await keptLetters(database)
  return letters.map((kept) => opened(vault, kept)).filter((letter) => letter !== null)
}

/** One of them; null when there is none of this id. */
export async function letterInMailbox({ database, vault }: Place, id: string): Promise<MailboxLetter | null> {
  const kept = await keptLetter(database, id)
  return kept === null ? null : opened(vault, kept)
}

/** Null where the secret of an earlier run is gone. */
function opened(vault: Place['vault'], { id, sentAt, sealed }: KeptLetter): MailboxLetter | null {
  try {
    return { ...(JSON.parse(vault.open(placeOf(id), sealed)) as OutgoingLetter), id, sentAt }
  } catch (error) {
    if (error instanceof SealBroken) return null
    throw error
  }
}

function placeOf(id: string): string {
  return `mailbox/${id}/sealed`
}
