// Tells clients that sessions have ended (OpenID Connect Back-Channel Logout 1.0): notices what ended, and tells from
// the outbox.
import { event } from '../../platform/events/events.ts'
import { type Outbox, outbox } from '../../platform/outbox/outbox.ts'
import { clientById } from '../clients/clients.store.ts'
import type { OAuthRoom } from '../room.ts'
import {
  claimAttempt,
  clientsToTell,
  type Due,
  dueFor,
  noticeEnded,
  settleDue,
} from './session-clients.store.ts'
import { type Limits, type Told, tell } from './tell.ts'

/**
 * Seconds that a look goes back before the last one: for commits that took as long, and for machines whose clocks are
 * behind; now and then it goes back further than anything should take, and at first as far as a server may have stood
 * still. What was noticed before is not noticed again.
 */
const nearSeconds = 10
const farSeconds = 120
const looksPerFarOne = 40
const firstSeconds = 86_400
/** Milliseconds for one attempt, and the most of an answer that is read: its status is all that counts. */
const usualTimeoutMs = 5000
const maxBytes = 64 * 1024
/** Seconds from one attempt to the next, doubled each time; the first is longer than an attempt can take. */
const firstPause = 10
const longestPause = 600
/** Seconds after which an attempt that fails is the last one. */
const deadlineSeconds = 3600

/** How the messenger reaches clients. */
export interface MessengerOptions {
  /** Milliseconds for one attempt: 5,000 unless given, less than the first pause at most. */
  readonly timeoutMs?: number
}

/** The messenger of this process. It does nothing before it is asked to. */
export function signOutMessenger(room: OAuthRoom, options: MessengerOptions = {}): Outbox {
  const { database, runtime, log } = room.platform
  const limits: Limits = { timeoutMs: options.timeoutMs ?? usualTimeoutMs, maxBytes }
  const notice = noticing(room)
  return outbox(log, {
    parties: async () => {
      await notice()
      return clientsToTell(database, runtime.now())
    },
    dueFor: (clientId, most) => dueFor(database, clientId, runtime.now(), most),
    attempt: (due: Due) => attemptOnce(room, limits, due),
    words: {
      attempt: 'Telling a client that a session has ended failed here; it is tried again.',
      look: 'Which sessions have ended can’t be read; it is tried again.',
    },
  })
}

/** @returns notices what ended since the last time */
function noticing({ platform }: OAuthRoom): () => Promise<void> {
  const { database, runtime } = platform
  let looks = 0
  let lookedAt = runtime.now()
  return async () => {
    const now = runtime.now()
    const back = looks === 0 ? firstSeconds : looks % looksPerFarOne === 0 ? farSeconds : nearSeconds
    const since = Math.min(lookedAt, now) - back
    while (await noticeEnded(database, since, now));
    looks += 1
    lookedAt = now
  }
}

/** Takes one attempt, makes it, and says what came of it; does nothing when somebody else was first. */
async function attemptOnce(room: OAuthRoom, limits: Limits, waiting: Due): Promise<void> {
  const { database, runtime } = room.platform
  const now = runtime.now()
  const due = { ...waiting, attempts: waiting.attempts + 1 }
  const pause = Math.min(firstPause * 2 ** waiting.attempts, longestPause)
  const claimed = await database.commit([claimAttempt(database, waiting, now, now + pause)])
  if (!claimed.ok) return
  const client = await clientById(database, due.clientId)
  const channel = client?.disabledAt === null ? client.signOut?.backChannel : undefined
  if (client === undefined || channel === undefined || channel === null) {
    await database.commit([settleDue(database, due, runtime.now())])
    return
  }
  await record(room, due, await tell(room, limits, { client, channel }, due))
}

async function record(room: OAuthRoom, due: Due, told: Told): Promise<void> {
  const { database, runtime, log } = room.platform
  const { clientId, sessionId, userId, attempts } = due
  const now = runtime.now()
  const isLast = told.kind !== 'failed' || now - due.noticedAt >= deadlineSeconds
  if (!isLast) {
    log.info({ clientId, because: told.because, attempts }, 'A client was not told that a session has ended.')
    return
  }
  const of = { clientId, sessionId, userId }
  const happened =
    told.kind === 'heard'
      ? event(database, runtime, { type: 'sign_out.delivered', ...of, detail: { attempts } })
      : event(database, runtime, {
          type: 'sign_out.given_up',
          ...of,
          detail: { attempts, because: told.because },
        })
  const committed = await database.commit([settleDue(database, due, now), happened])
  if (committed.ok && told.kind !== 'heard')
    log.warn(
      { clientId, because: told.because, attempts },
      'A client can’t be told that a session has ended.',
    )
}
