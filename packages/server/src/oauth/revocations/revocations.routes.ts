// The feed of what died, for APIs that check tokens by themselves: server-sent events (WHATWG HTML §9.2), or long
// polling where a proxy holds events back. Each event is a signed batch; its id is the cursor to come back with.
import { OAuthError, type Parameters } from '@countersign/protocol'
import type { Incoming, Outgoing, Route, TextStream } from '../../platform/http/exchange.ts'
import { Refusal } from '../../platform/http/failure.ts'
import { authenticate } from '../clients/authenticate.ts'
import { isConfidential } from '../clients/client.ts'
import { paths } from '../paths.ts'
import type { OAuthRoom } from '../room.ts'
import type { SignedBatches } from './batches.ts'
import { type Reader, type RevocationFeed, revocationFeed } from './feed.ts'

/** Readers at one time in this process, of all clients and of one. */
const most = { ofAll: 2000, ofOne: 500 }
/** Seconds after which a reader has to come back, and to prove again who it is. */
const longestSeconds = 600
/** Longest that a poll waits, in seconds. */
const longestWait = 25
/** Seconds until whoever is one too many may try again. */
const retrySeconds = 5

/** GET, and POST for clients that authenticate by an assertion. */
export function revocationRoutes(room: OAuthRoom): readonly Route[] {
  const feed = revocationFeed(room)
  const readers = countReaders()
  const run = (request: Incoming) => revocations(room, { feed, readers }, request)
  const row = { path: paths.revocations, caller: 'program', cors: 'none', run } as const
  return [
    { method: 'GET', ...row },
    { method: 'POST', ...row },
  ]
}

interface Served {
  readonly feed: RevocationFeed
  readonly readers: Readers
}

/** @throws OAuthError `invalid_client`, `unauthorized_client`, `invalid_request`; Refusal 503 when too many read already */
async function revocations(room: OAuthRoom, { feed, readers }: Served, request: Incoming): Promise<Outgoing> {
  const client = await authenticate(room, request)
  if (!isConfidential(client)) throw new OAuthError('invalid_client')
  // Whoever is no API has no tokens to check, and would learn when people sign out elsewhere.
  if (client.api === null)
    throw new OAuthError('unauthorized_client', { description: 'The feed is for APIs.' })
  const asked = request.method === 'POST' ? request.form : request.query
  const after = request.headers.get('last-event-id') ?? asked.get('after')
  const reader: Reader = { cursor: wholeNumber(after), clientId: client.id }
  if (!readers.hasRoomFor(client.id)) throw new Refusal(503, { 'retry-after': String(retrySeconds) })
  const wantsEvents = (request.headers.get('accept') ?? '').includes('text/event-stream')
  const wait = waitOf(asked)
  const body = wantsEvents ? events(feed, reader) : poll(feed, reader, wait)
  return {
    status: 200,
    headers: {
      'content-type': wantsEvents ? 'text/event-stream' : 'application/json',
      'cache-control': 'no-store',
      // nginx would collect events before it passes them on.
      'x-accel-buffering': 'no',
    },
    body: readers.counted(client.id, body),
  }
}

/** Events in pieces of one batch each, so that a slow reader holds up none but itself. */
function events(feed: RevocationFeed, reader: Reader): TextStream {
  return {
    [Symbol.asyncIterator]: () => {
      const batches = feed.follow(reader)[Symbol.asyncIterator]()
      const stop = async () => {
        await batches.return?.()
        return { done: true, value: undefined } as const
      }
      const alarm = setTimeout(() => void stop(), longestSeconds * 1000)
      alarm.unref()
      let pieces: string[] = []
      return {
        next: async () => {
          if (pieces.length === 0) {
            const { done, value } = await batches.next()
            if (done === true) {
              clearTimeout(alarm)
              return { done, value: undefined }
            }
            pieces = piecesOf(value)
          }
          return { done: false, value: pieces.shift() ?? '' }
        },
        return: async () => {
          clearTimeout(alarm)
          return stop()
        },
      }
    },
  }
}

/** Only the last of a moment's batches moves the cursor: half of it is no knowledge. */
function piecesOf({ tokens, asOf }: SignedBatches): string[] {
  return tokens.map((token, at) => `${at === tokens.length - 1 ? `id: ${asOf}\n` : ''}data: ${token}\n\n`)
}

/** One document, as soon as there is something to say. */
function poll(feed: RevocationFeed, reader: Reader, seconds: number): TextStream {
  return {
    [Symbol.asyncIterator]: () => {
      const stop = new AbortController()
      let isSaid = false
      return {
        next: async () => {
          if (isSaid) return { done: true, value: undefined }
          isSaid = true
          const words = await feed.changes(reader, seconds, stop.signal)
          const batches = words.flatMap(({ tokens }) => tokens)
          return { done: false, value: JSON.stringify({ batches, next: String(words.at(-1)?.asOf ?? '') }) }
        },
        return: async () => {
          stop.abort()
          return { done: true, value: undefined }
        },
      }
    },
  }
}

function waitOf(asked: Parameters): number {
  const wait = asked.get('wait')
  if (wait === undefined) return 0
  const seconds = wholeNumber(wait)
  if (seconds !== null && seconds <= longestWait) return seconds
  throw new OAuthError('invalid_request', { description: `wait is whole seconds from 0 to ${longestWait}.` })
}

/** A cursor that is none is that of a reader who knows nothing: it is told everything. */
function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : null
}

interface Readers {
  hasRoomFor(clientId: string): boolean
  /** The same body, counted while it is read. */
  counted(clientId: string, body: TextStream): TextStream
}

function countReaders(): Readers {
  const ofClient = new Map<string, number>()
  let all = 0
  const count = (clientId: string, by: 1 | -1): void => {
    all += by
    const left = (ofClient.get(clientId) ?? 0) + by
    if (left === 0) ofClient.delete(clientId)
    else ofClient.set(clientId, left)
  }
  return {
    hasRoomFor: (clientId) => all < most.ofAll && (ofClient.get(clientId) ?? 0) < most.ofOne,
    counted: (clientId, body) => ({
      [Symbol.asyncIterator]: () => {
        const pieces = body[Symbol.asyncIterator]()
        let isOver = false
        const end = (): void => {
          if (!isOver) count(clientId, -1)
          isOver = true
        }
        count(clientId, 1)
        return {
          next: async () => {
            try {
              const piece = await pieces.next()
              if (piece.done === true) end()
              return piece
            } catch (error) {
              end()
              throw error
            }
          },
          return: async () => {
            await pieces.return?.()
            end()
            return { done: true, value: undefined }
          },
        }
      },
    }),
  }
}
