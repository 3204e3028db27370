// The connection to the issuer's feed of what died: kept for as long as the verifier is. Whatever goes wrong on it only
// lets what is known grow old.
import { basicAuthorization } from './basic.ts'
import { createDiscovery } from './discovery.ts'
import type { KeySource } from './keys.ts'
import { type Batches, createBatches, FeedFault } from './revocation-batches.ts'
import { EventsFault } from './revocation-events.ts'
import type { RevocationList } from './revocation-list.ts'
import {
  type Connection,
  type Cut,
  hearEvents,
  pause,
  poll,
  pollForMs,
  type Transport,
} from './revocation-transports.ts'
import type { VerifierSettings } from './settings.ts'
import { letGo } from './timers.ts'

/** What happens on the way to the issuer, for a log or a metric; nothing of it holds a token. */
export type FeedEvent =
  | { readonly type: 'connected'; readonly transport: Transport }
  /** Everything is known up to now; `entries` is how much is kept. */
  | { readonly type: 'told'; readonly entries: number }
  /** The connection is gone; another one is made. */
  | { readonly type: 'cut'; readonly detail: string }

export interface FeedSettings {
  readonly clientId: string
  readonly clientSecret: string
  /** Seconds. */
  readonly maxStaleness: number
  readonly onFeed: ((event: FeedEvent) => void) | undefined
}

export interface RevocationFeed {
  /** Connects, if that has not begun. */
  start(): void
  /** Settles when everything is known for the first time, when that failed, or after `timeoutMs`. */
  first(): Promise<void>
  isFresh(): boolean
  staleness(): number | null
  close(): void
}

interface Known {
  readonly keys: KeySource
  readonly list: RevocationList
}

const longestPauseMs = 5000
/** Milliseconds that are waited for a word at most, however often none came in time. */
const longestPatienceMs = 30_000

export function createRevocationFeed(
  settings: VerifierSettings,
  source: FeedSettings,
  known: Known,
): RevocationFeed {
  const batches = createBatches(settings, known)
  const closing = new AbortController()
  const first = firstWord(settings.timeoutMs)
  let hasBegun = false
  const isClosed = (): boolean => closing.signal.aborted

  const tell = (event: FeedEvent): void => {
    if (event.type !== 'connected') first.settle()
    const { onFeed } = source
    // Whatever it throws is the application's, and must not end the feed.
    if (onFeed !== undefined) queueMicrotask(() => onFeed(event))
  }
  const take = async (token: string): Promise<void> => {
    if (await batches.take(token)) tell({ type: 'told', entries: known.list.size })
  }

  function begin(): void {
    hasBegun = true
    first.begin()
    const connection: Connection = {
      settings,
      authorization: basicAuthorization(source.clientId, source.clientSecret),
      closing: closing.signal,
      ...patience(source.maxStaleness),
      answerMs: settings.timeoutMs,
      cursor: batches.cursor,
      take,
      connected: (transport) => tell({ type: 'connected', transport }),
    }
    void keepConnected(connection, batches, tell)
  }

  return {
    start: () => {
      if (!hasBegun && !isClosed()) begin()
    },
    first: first.wait,
    isFresh: () => {
      const staleness = batches.staleness()
      return staleness !== null && staleness <= source.maxStaleness && !isClosed()
    },
    staleness: () => (isClosed() ? null : batches.staleness()),
    close: () => {
      closing.abort()
      first.settle()
    },
  }
}

/** Each who waits has a promise and a timer of their own: another's may end with the request in which they were made. */
function firstWord(longestMs: number) {
  const waiting = new Set<() => void>()
  let until = Number.POSITIVE_INFINITY
  const settle = (): void => {
    until = Number.NEGATIVE_INFINITY
    for (const go of waiting) go()
    waiting.clear()
  }
  return {
    begin: (): void => {
      until = Math.min(until, performance.now() + longestMs)
    },
    settle,
    wait: (): Promise<void> => {
      const ms = Math.min(longestMs, until - performance.now())
      if (ms <= 0) return Promise.resolve()
      return new Promise((resolve) => {
        waiting.add(resolve)
        letGo(setTimeout(resolve, ms))
      })
    },
  }
}

/** Heard three times within the bound: once may be late. */
function patience(maxStaleness: number): Pick<Connection, 'silenceMs' | 'waitSeconds'> {
  return {
    silenceMs: Math.min(10_000, Math.max(1500, (maxStaleness * 1000) / 3)),
    waitSeconds: Math.min(25, Math.max(1, Math.floor(maxStaleness / 3))),
  }
}

async function keepConnected(
  connection: Connection,
  batches: Batches,
  tell: (event: FeedEvent) => void,
): Promise<void> {
  const { settings, closing } = connection
  const discovery = createDiscovery(settings)
  let failures = 0
  let pollUntil = Number.NEGATIVE_INFINITY
  while (!closing.aborted) {
    const before = batches.told()
    const transport = performance.now() < pollUntil ? 'polling' : 'events'
    const cut = await connectOnce(morePatient(connection, failures), batches, { discovery, transport })
    if (closing.aborted) return
    tell({ type: 'cut', detail: cut.detail })
    if (cut.isHeldBack === true) pollUntil = performance.now() + pollForMs
    else if (transport === 'polling') pollUntil = Number.NEGATIVE_INFINITY
    failures = batches.told() > before ? 0 : failures + 1
    // The address may have moved.
    if (failures > 2) discovery.forget()
    await pause(Math.max(pauseMs(failures), (cut.retryAfter ?? 0) * 1000), closing)
  }
}

/**
 * After a connection that came to nothing more patience: whoever has very much to tell on a busy machine would begin anew
 * for ever. Nobody passes for it in the meantime, since what is known grows old all the same.
 */
function morePatient(connection: Connection, failures: number): Connection {
  const longer = (ms: number): number => Math.min(ms * 2 ** failures, Math.max(ms, longestPatienceMs))
  return { ...connection, silenceMs: longer(connection.silenceMs), answerMs: longer(connection.answerMs) }
}

interface Way {
  readonly discovery: ReturnType<typeof createDiscovery>
  readonly transport: Transport
}

/** Never throws: whatever it is, it is why this connection ended. */
async function connectOnce(
  connection: Connection,
  batches: Batches,
  { discovery, transport }: Way,
): Promise<Cut> {
  try {
    const endpoint = await discovery.find('revocation_feed_endpoint')
    if (!endpoint.ok) return { detail: endpoint.detail }
    batches.begin(endpoint.url)
    return await (transport === 'events' ? hearEvents : poll)(connection, endpoint.url)
  } catch (error) {
    if (error instanceof FeedFault || error instanceof EventsFault) {
      batches.doubt()
      return { detail: error.message }
    }
    // The name alone: a message may quote the address or what was sent.
    return { detail: `unreachable (${error instanceof Error ? error.name : 'unknown error'})` }
  }
}

/** Half of it by chance, lest all come back at once. Milliseconds. */
function pauseMs(failures: number): number {
  const longest = Math.min(longestPauseMs, 50 * 2 ** failures)
  return longest * (0.5 + Math.random() / 2)
}
