// Server-sent events as far as a feed needs them (WHATWG HTML §9.2.6): the data of each event, in bounded memory.

/** Longest line, in characters: a signed batch is below 8192. */
const longestLine = 16_384

/** What was sent is no stream of events. */
export class EventsFault extends Error {
  override readonly name = 'EventsFault'
}

/**
 * The data of each event as it comes, until the body ends or `stop` says so.
 *
 * @throws EventsFault for an event without end; whatever the body throws
 */
export async function* eventsIn(
  body: ReadableStream<Uint8Array>,
  stop?: AbortSignal,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = body.getReader()
  // A replaced fetch may ignore its signal.
  const hangUp = (): void => void reader.cancel().catch(() => undefined)
  stop?.addEventListener('abort', hangUp)
  let rest = ''
  let lines: string[] = []
  try {
    for (;;) {
      const { done, value } = await reader.read()
      // An event that has not been ended by an empty line is none.
      if (done) return
      rest += decoder.decode(value, { stream: true })
      // A carriage return at the end may be half a line end.
      const pieces = rest.split(/\r\n|\n|\r(?!$)/)
      rest = pieces.pop() ?? ''
      for (const line of pieces) {
        if (line === '') {
          if (lines.length > 0) yield lines.join('\n')
          lines = []
        } else if (line.startsWith('data:')) lines.push(line.slice(line[5] === ' ' ? 6 : 5))
      }
      const length = rest.length + lines.reduce((sum, line) => sum + line.length, 0)
      if (length > longestLine) throw new EventsFault('an event without end')
    }
  } finally {
    stop?.removeEventListener('abort', hangUp)
    hangUp()
  }
}
