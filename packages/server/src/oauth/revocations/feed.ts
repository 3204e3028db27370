// The feed of one process: what a reader lacks, and then what happens. Readers come from a cursor, a second of any of
// our machines' clocks: what is told twice is nothing lost, so nothing has to be counted and any process may answer.
import type { OAuthRoom } from '../room.ts'
import type { SignedBatches } from './batches.ts'
import { firstWords } from './first-words.ts'
import { type Watch, watchOver } from './watch.ts'

/** Tokens that may wait for a reader who does not keep up. */
const mostWaiting = 2000

/** Who reads, and from where on. */
export interface Reader {
  /** Up to when the reader knows everything, in seconds; null for one who knows nothing. */
  readonly cursor: number | null
  readonly clientId: string
}

/** What one process tells of what died. */
export interface RevocationFeed {
  /**
   * What the reader lacks, then what happens. Ends when its client is disabled or deleted and when it does not keep up.
   * Nothing is done for a reader who does not begin.
   */
  follow(reader: Reader): AsyncIterable<SignedBatches>
  /** What the reader lacks, as soon as there is something, or after `seconds`, or when `stop` says so. */
  changes(reader: Reader, seconds: number, stop: AbortSignal): Promise<readonly SignedBatches[]>
}

/** The feed of this process over the room. */
export function revocationFeed(room: OAuthRoom): RevocationFeed {
  const watch = watchOver(room)
  const lacking = firstWords(room, watch)

  return {
    follow: (reader) => ({ [Symbol.asyncIterator]: () => followed(watch, lacking, reader) }),
    changes: async ({ cursor }, seconds, stop) => {
      // Before what is lacking is read: nothing can happen between the two.
      const news = nextNews(watch, seconds, stop)
      try {
        if (cursor === null || seconds === 0) return await lacking(cursor)
        if (!watch.isQuietSince(cursor)) {
          const words = await lacking(cursor)
          if (words.some(({ count }) => count > 0)) return words
        }
        await news.come
        return await lacking(cursor)
      } finally {
        news.forget()
      }
    },
  }
}

function followed(
  watch: Watch,
  lacking: (cursor: number | null) => Promise<readonly SignedBatches[]>,
  { cursor, clientId }: Reader,
): AsyncIterator<SignedBatches> {
  const waiting: SignedBatches[] = []
  let isOver = false
  let wake = (): void => {}
  const leave = watch.join((signed, news) => {
    waiting.push(signed)
    const tooFarBehind = waiting.reduce((sum, { tokens }) => sum + tokens.length, 0) > mostWaiting
    if (tooFarBehind) waiting.length = 0
    const isMe = news.some(({ kind, id }) => kind === 'client' && id === clientId)
    if (tooFarBehind || isMe) end()
    wake()
  })
  const end = (): void => {
    isOver = true
    leave()
    wake()
  }
  let first: Promise<SignedBatches[]> | undefined
  return {
    next: async () => {
      try {
        first ??= lacking(cursor).then((words) => [...words])
        const word = (await first).shift()
        if (word !== undefined) return { done: false, value: word }
      } catch (error) {
        end()
        throw error
      }
      while (waiting.length === 0 && !isOver) await new Promise<void>((resume) => (wake = resume))
      const value = waiting.shift()
      return value === undefined ? { done: true, value } : { done: false, value }
    },
    return: async () => {
      waiting.length = 0
      end()
      return { done: true, value: undefined }
    },
  }
}

/** Comes with the next news, after `seconds`, or when it is to stop. */
function nextNews(
  watch: Watch,
  seconds: number,
  stop: AbortSignal,
): { readonly come: Promise<void>; readonly forget: () => void } {
  let hear = (): void => {}
  const come = new Promise<void>((resolve) => {
    hear = resolve
  })
  const leave = watch.join((_, news) => {
    if (news.length > 0) hear()
  })
  const alarm = setTimeout(hear, seconds * 1000)
  stop.addEventListener('abort', hear)
  if (stop.aborted) hear()
  return {
    come,
    forget: () => {
      leave()
      clearTimeout(alarm)
      stop.removeEventListener('abort', hear)
    },
  }
}
