// Carries letters, one attempt at a time, from the outbox of every process: each letter goes out once, and twice at most
// where a process died between the moment that somebody took it and its note of that (F25). While nobody takes letters,
// each process tries one now and then, and the others wait.
import { event } from '../events/events.ts'
import { SealBroken } from '../keys/vault.ts'
import { type Outbox, outbox } from '../outbox/outbox.ts'
import type { Platform } from '../platform.ts'
import { type Carrier, CarrierUnavailable, LetterDelayed, LetterRefused } from './carrier.ts'
import type { MailedLetter } from './letter.ts'
import { claimLetter, dueLetters, forgetLetter, postponeLetter, type WaitingLetter } from './letters.store.ts'
import { mayLeave, nobody, openLetter } from './mail.ts'

/** Milliseconds for one attempt. */
const usualTimeoutMs = 120_000
/** Seconds before somebody else may take a letter over: longer than an attempt can take. */
const leaseSeconds = 150
/** Seconds from one attempt to the next, doubled each time. */
const firstPause = 10
const longestPause = 600
/** Milliseconds without any attempt after one that nobody answered, doubled each time. */
const firstRest = 1000
const longestRest = 30_000
/** Letters of this process that are under way at once. */
const atOnce = 4

/** How letters are carried. */
export interface DeliveryOptions {
  /** `Name <address>`, or an address alone. */
  readonly from: string
  /** Milliseconds for one attempt: two minutes unless given, at most that. */
  readonly timeoutMs?: number
}

/** How an attempt went: `because` tells nothing of the letter. */
type Outcome =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused' | 'delayed' | 'unavailable'; readonly because: string }

type Place = Pick<Platform, 'database' | 'runtime' | 'vault' | 'log' | 'issuer'>

/** The mail of this process on its way out. It does nothing before it is asked to. */
export function mailDelivery(platform: Place, carrier: Carrier, options: DeliveryOptions): Outbox {
  const { database, runtime, log } = platform
  const way = wayOut(platform)
  return outbox(log, {
    parties: async () => (way.mayTry() ? ['mail'] : []),
    dueFor: async (_party, most) => {
      const letters = await dueLetters(database, runtime.now(), way.isShut() ? 1 : most)
      if (letters.length > 0) way.begin()
      return letters
    },
    attempt: async (letter: WaitingLetter) => {
      let outcome: Outcome | null = null
      try {
        outcome = await attemptOnce(platform, carrier, options, letter)
      } finally {
        way.learn(outcome)
      }
    },
    words: {
      attempt: 'A letter could not be seen to here; it is tried again.',
      look: 'Which letters wait can’t be read; it is tried again.',
    },
    limits: { atOnce, perParty: atOnce },
  })
}

/** Whether anybody takes letters at all, as far as this process has seen; while nobody does, one letter asks for all. */
function wayOut({ runtime, log }: Place) {
  /** Milliseconds; 0 while the way is open. */
  let pause = 0
  let restsUntil = 0
  let isAsking = false
  return {
    isShut: () => pause > 0,
    mayTry: () => pause === 0 || (!isAsking && runtime.elapsed() >= restsUntil),
    begin: () => {
      isAsking = pause > 0
    },
    /** @param outcome null when no attempt was made after all */
    learn: (outcome: Outcome | null) => {
      const wasAsking = isAsking
      isAsking = false
      if (outcome === null) return
      if (outcome.kind !== 'unavailable') {
        if (pause > 0) log.info({}, 'Mail leaves again.')
        pause = 0
        return
      }
      // Of several that were under way, the first has said it for all.
      if (pause > 0 && !wasAsking) return
      if (pause === 0) log.warn({ because: outcome.because }, 'Mail can’t leave now; letters wait.')
      pause = pause === 0 ? firstRest : Math.min(pause * 2, longestRest)
      restsUntil = runtime.elapsed() + pause
    },
  }
}

/** @returns null when somebody else was first */
async function attemptOnce(
  platform: Place,
  carrier: Carrier,
  { from, timeoutMs = usualTimeoutMs }: DeliveryOptions,
  waiting: WaitingLetter,
): Promise<Outcome | null> {
  const { database, runtime, vault } = platform
  const now = runtime.now()
  const claimed = await database.commit([claimLetter(database, waiting, now, now + leaseSeconds)])
  if (!claimed.ok) return null
  const letter = { ...waiting, attempts: waiting.attempts + 1 }
  const content = contentOf(vault, letter)
  if (content?.to === nobody) {
    await database.commit([forgetLetter(database, letter)])
    return null
  }
  if (content === null || letter.until <= now) {
    const because = content === null ? 'its secret is gone' : 'too late'
    await giveUp(platform, letter, because)
    return null
  }
  const { rationed = false, ...words } = content
  if (rationed && letter.attempts === 1 && !(await mayLeave(platform, content))) {
    await giveUp(platform, letter, 'too many')
    return null
  }
  const outgoing = {
    ...words,
    from,
    messageId: `<${letter.id}@${hostOf(platform)}>`,
    date: letter.createdAt,
  }
  const outcome = await carried(carrier, outgoing, timeoutMs)
  await record(platform, letter, outcome)
  return outcome
}

/** Null where the secret that it was sealed under is gone: then nobody can read it any more. */
function contentOf(vault: Place['vault'], letter: WaitingLetter): MailedLetter | null {
  try {
    return openLetter(vault, letter)
  } catch (error) {
    if (error instanceof SealBroken) return null
    throw error
  }
}

/** The name after the @ of a Message-ID: a host, without its port. */
function hostOf({ issuer }: Pick<Place, 'issuer'>): string {
  return new URL(issuer.url).hostname
}

/** One attempt. Never rejects, whatever the carrier does. */
async function carried(
  carrier: Carrier,
  letter: Parameters<Carrier>[0],
  timeoutMs: number,
): Promise<Outcome> {
  const { signal, end } = alarm(timeoutMs)
  try {
    await Promise.race([carrier(letter, signal), aborted(signal)])
    return { kind: 'taken' }
  } catch (error) {
    if (error instanceof LetterRefused) return { kind: 'refused', because: error.because }
    if (error instanceof LetterDelayed) return { kind: 'delayed', because: error.because }
    if (error instanceof CarrierUnavailable) return { kind: 'unavailable', because: error.because }
    return { kind: 'delayed', because: error instanceof Error ? error.name : 'unknown' }
  } finally {
    end()
  }
}

function alarm(ms: number): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(), ms)
  return { signal: controller.signal, end: () => clearTimeout(timer) }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new CarrierUnavailable('timeout')), { once: true })
  })
}

async function record(platform: Place, letter: WaitingLetter, outcome: Outcome): Promise<void> {
  const { database, runtime, log } = platform
  const { id, kind, attempts } = letter
  if (outcome.kind === 'taken') {
    await database.commit([forgetLetter(database, letter), happened(platform, letter, 'mail.sent', {})])
    return
  }
  const { because } = outcome
  const next = runtime.now() + Math.min(firstPause * 2 ** (attempts - 1), longestPause)
  if (outcome.kind === 'refused' || next >= letter.until) {
    await giveUp(platform, letter, because)
    return
  }
  await database.commit([postponeLetter(database, letter, next)])
  log.info({ letter: id, kind, because, attempts }, 'A letter was not taken.')
}

async function giveUp(platform: Place, letter: WaitingLetter, because: string): Promise<void> {
  const { database, log } = platform
  const { id, kind, attempts } = letter
  const committed = await database.commit([
    forgetLetter(database, letter),
    happened(platform, letter, 'mail.given_up', { because }),
  ])
  if (committed.ok) log.warn({ letter: id, kind, because, attempts }, 'A letter can’t be sent.')
}

function happened(
  { database, runtime }: Place,
  { kind, userId, attempts }: WaitingLetter,
  type: 'mail.sent' | 'mail.given_up',
  detail: { readonly because?: string },
) {
  return event(database, runtime, {
    type,
    userId: userId ?? undefined,
    detail: { kind, attempts, ...detail },
  })
}
