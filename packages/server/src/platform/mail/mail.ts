// Mail as every room sees it: a letter is queued in the commit of the change that it tells of, and carried afterwards
// by whichever process is first. Nobody waits for it.
import type { Database } from '../db/database.ts'
import type { Write } from '../db/engine.ts'
import type { Vault } from '../keys/vault.ts'
import { type Charge, type Flow, type Ladder, reserveAll } from '../limits/limits.ts'
import { networksOf } from '../limits/network.ts'
import type { Runtime } from '../runtime.ts'
import type { Letter, MailedLetter } from './letter.ts'
import { insertLetter, type WaitingLetter } from './letters.store.ts'
import { isOneMailbox } from './one-mailbox.ts'

/** The way of every letter. */
export interface Mail {
  /** Whether mail can leave at all. While it can't, nobody may be promised a letter, and none leaves. */
  readonly isOpen: boolean
  /**
   * The write that queues a letter, for the commit of the change that it tells of. Its words are sealed by the vault
   * and forgotten once it was sent.
   *
   * @throws TypeError when it is addressed to anything but one mailbox: a bug of ours
   */
  post(letter: Letter): Write
  /**
   * The same work as `post`, and nobody is sent anything: for where nobody shall see, nor measure, whether somebody was
   * written to (PW-10).
   */
  pretend(letter: Omit<Letter, 'to' | 'userId'>): Write
  /**
   * Takes one of what this address and this network may be sent now; false when there is none left: then nothing is
   * sent, and the answer is the same (PW-24).
   *
   * @param to one canonical address, or whatever stands for one that nobody has
   * @param peer the network address of who asks; null for who is limited otherwise, such as a client that has
   *   authenticated
   */
  mayPost(to: string, peer: string | null): Promise<boolean>
}

interface Place {
  readonly database: Database
  readonly runtime: Runtime
  readonly vault: Vault
}

/** The address of letters that are only pretended. */
export const nobody = ''

/** Seconds that a letter without a moment of its own is worth sending. */
const usualSeconds = 2 * 86_400

// So many in one window, which begins with the first: windows that slide would let one more through in each.
const perQuarterHour: Ladder = { free: 3, delays: [0, 0, 0, 0], cap: 3, seconds: 900 }
const perDay: Ladder = { free: 10, delays: [0, 0, 0, 0], cap: 10, seconds: 86_400 }
const perNetwork: Flow = { burst: 20, seconds: 3600 }
/** `perNetwork` for the /56 that an IPv6 network lies in. */
const aroundNetwork: Flow = { burst: 80, seconds: 3600 }

/** The mail of one server. @param isOpen whether somebody carries what is posted */
export function openMail(place: Place, isOpen: boolean): Mail {
  const { database, runtime, vault } = place
  const queue = (letter: Omit<Letter, 'to'>, to: string): Write => {
    const { kind, subject, text, html, rationed, userId = null } = letter
    const id = runtime.id('ltr')
    const now = runtime.now()
    return insertLetter(database, {
      id,
      kind,
      user: userId,
      sealed: vault.seal(
        placeOf(id),
        padded(JSON.stringify({ to, subject, text, html: String(html), rationed })),
      ),
      now,
      until: letter.until ?? now + usualSeconds,
    })
  }
  return {
    isOpen,
    post: (letter) => {
      if (!isOneMailbox(letter.to)) throw new TypeError('A letter has one address.')
      return queue(letter, letter.to)
    },
    pretend: (letter) => queue(letter, nobody),
    mayPost: async (to, peer) => {
      const charges = [...addressCharges(vault, to), ...(peer === null ? [] : networkCharges(peer))]
      return (await reserveAll(place, charges)).ok
    },
  }
}

/** Takes one of what the address of a rationed letter may be sent now; false when there is none left. */
export async function mayLeave(place: Place, { to }: Pick<MailedLetter, 'to'>): Promise<boolean> {
  return (await reserveAll(place, addressCharges(place.vault, to))).ok
}

/** Letters that are written in each other's place are sealed and stored in the same time, whatever they say (PW-10). */
const paddedTo = 8192

function padded(content: string): string {
  return content.padEnd(Math.ceil(content.length / paddedTo) * paddedTo)
}

function addressCharges(vault: Vault, to: string): Charge[] {
  // Whoever can read the limits shall not read there who is written to, or who isn't known here.
  const address = vault.mac('mail-limit', to)
  return [
    { bucket: `mail/soon/${address}`, policy: perQuarterHour },
    { bucket: `mail/day/${address}`, policy: perDay },
  ]
}

function networkCharges(peer: string): Charge[] {
  const { near, wide } = networksOf(peer)
  const charge = { bucket: `mail/from/${near}`, policy: perNetwork }
  return wide === near ? [charge] : [charge, { bucket: `mail/around/${wide}`, policy: aroundNetwork }]
}

/** Opens a letter that waits. @throws SealBroken when the secret that it was sealed under is gone */
export function openLetter(vault: Vault, { id, kind, sealed }: WaitingLetter): MailedLetter {
  const content = JSON.parse(vault.open(placeOf(id), sealed)) as Omit<MailedLetter, 'id' | 'kind'>
  return { id, kind, ...content }
}

function placeOf(id: string): string {
  return `letters/${id}/sealed`
}
