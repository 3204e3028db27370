// Tells clients that sessions have ended (OpenID Connect Back-Channel Logout 1.0). Every process looks, several times a
// second, for what ended and for what is due; of all of them one alone takes each attempt, and what it did not finish
// is due again. Nobody who signs out waits for any of this.
import { event } from '../../platform/events/events.ts'
import { type Egress, egress as egressOf, onThisMachine } from '../../platform/http/egress.ts'
import { clientById } from '../clients/clients.store.ts'
import type { OAuthRoom } from '../room.ts'
import { lanes } from './lanes.ts'
import {
  claimAttempt,
  clientsToTell,
  type Due,
  dueFor,
  noticeEnded,
  settleDue,
} from './session-clients.store.ts'
import { type Told, tell } from './tell.ts'

/** Milliseconds between two looks. */
const lookMs = 500
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
/** Attempts of this process at once, of which no client takes more than its part. */
const mostAtOnce = 16
const mostPerClient = 4
/** Seconds from one attempt to the next, doubled each time; the first is longer than an attempt can take. */
const firstPause = 10
const longestPause = 600
/** Seconds after which an attempt that fails is the last one. */
const deadlineSeconds = 3600

/** How the messenger reaches clients. */
export interface MessengerOptions {
  /** CIDR ranges that may be reached beside the internet. */
  readonly networks?: readonly string[]
  /** Milliseconds for one attempt: 5,000 unless given, less than the first pause at most. */
  readonly timeoutMs?: number
}

/** The messenger of one process. */
export interface SignOutMessenger {
  /** Looks once, and waits until all that is under way has come to an end. */
  deliver(): Promise<void>
  /** Looks again and again. @returns ends that: looks once more, and waits for what is under way */
  begin(): () => Promise<void>
}

/** The messenger of this process. It does nothing before it is asked to. */
export function signOutMessenger(room: OAuthRoom, options: MessengerOptions = {}): SignOutMessenger {
  const { development, database, runtime, log } = room.platform
  const egress = egressOf({
    exempt: development ? onThisMachine : [],
    networks: options.networks ?? [],
    timeoutMs: options.timeoutMs ?? usualTimeoutMs,
    maxBytes,
  })
  const underWay = lanes({ atOnce: mostAtOnce, perParty: mostPerClient })
  const notice = noticing(room)
  let wake = (): void => {}

  async function attempt(due: Due): Promise<void> {
    try {
      await attemptOnce(room, egress, due)
    } catch (error) {
      const fields = { clientId: due.clientId, error: error instanceof Error ? error.message : 'unknown' }
      log.error(fields, 'Telling a client that a session has ended failed here; it is tried again.')
    }
  }

  /** Notices what has ended, and begins as many attempts as may be under way. */
  async function look(): Promise<void> {
    await notice()
    for (const clientId of await clientsToTell(database, runtime.now())) {
      const free = underWay.free(clientId)
      if (free === 0) continue
      for (const due of await dueFor(database, clientId, runtime.now(), free))
        underWay.run(
          clientId,
          () => attempt(due),
          () => wake(),
        )
    }
  }

  async function lookQuietly(): Promise<void> {
    try {
      await look()
    } catch (error) {
      const fields = { error: error instanceof Error ? error.message : 'unknown' }
      log.error(fields, 'Which sessions have ended can’t be read; it is tried again.')
    }
  }

  return {
    deliver: async () => {
      await look()
      await underWay.empty()
    },
    begin: () => {
      const stop = again(lookQuietly, (wakeUp) => (wake = wakeUp))
      return async () => {
        await stop()
        await lookQuietly()
        await underWay.empty()
      }
    },
  }
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

/** Looks again and again, every `lookMs` or as soon as it is woken. @returns ends that */
function again(look: () => Promise<void>, onWake: (wake: () => void) => void): () => Promise<void> {
  let isOver = false
  let wake = (): void => {}
  onWake(() => wake())
  const loop = (async () => {
    while (!isOver) {
      await look()
      if (isOver) return
      await new Promise<void>((resume) => {
        const alarm = setTimeout(resume, lookMs).unref()
        wake = () => {
          clearTimeout(alarm)
          resume()
        }
      })
    }
  })()
  return () => {
    isOver = true
    wake()
    return loop
  }
}

/** Takes one attempt, makes it, and says what came of it; does nothing when somebody else was first. */
async function attemptOnce(room: OAuthRoom, egress: Egress, waiting: Due): Promise<void> {
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
  await record(room, due, await tell(room, egress, { client, channel }, due))
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
