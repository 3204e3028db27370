// The two ways on which the issuer's feed comes: server-sent events, or long polling where something on the way holds
// events back.
import { isJsonObject } from '@countersign/protocol'
import { fetchJson } from './bounded-fetch.ts'
import { FeedFault } from './revocation-batches.ts'
import { eventsIn } from './revocation-events.ts'
import type { VerifierSettings } from './settings.ts'
import { letGo } from './timers.ts'

/** Milliseconds of polling after which events are tried again. */
export const pollForMs = 300_000
/** Least milliseconds from one poll to the next. */
const pollPauseMs = 250
const longestWholeBytes = 64 * 1024 * 1024

/** Why a connection ended. */
export interface Cut {
  readonly detail: string
  /** Nothing came at all: something on the way may collect events. */
  readonly isHeldBack?: boolean
  /** Seconds for which the issuer asked to wait. */
  readonly retryAfter?: number
}

export type Transport = 'events' | 'polling'

/** What a connection is made with. */
export interface Connection {
  readonly settings: VerifierSettings
  readonly authorization: string
  readonly closing: AbortSignal
  /** Milliseconds without a word after which a connection is given up. */
  readonly silenceMs: number
  /** Milliseconds within which an answer has to begin. */
  readonly answerMs: number
  /** Seconds that a poll may wait. */
  readonly waitSeconds: number
  readonly cursor: () => number | null
  /** @throws FeedFault */
  readonly take: (token: string) => Promise<void>
  readonly connected: (transport: Transport) => void
}

/** Hears events until the connection ends. @throws FeedFault, and whatever `fetch` and the body throw */
export async function hearEvents(connection: Connection, url: string): Promise<Cut> {
  const { settings, authorization, closing, silenceMs, answerMs } = connection
  const silence = new AbortController()
  const giveUp = (): void => silence.abort()
  let alarm = setTimeout(giveUp, Math.min(silenceMs, answerMs))
  letGo(alarm)
  let hasHeard = false
  const waitAgain = (): void => {
    clearTimeout(alarm)
    alarm = setTimeout(giveUp, silenceMs)
    letGo(alarm)
  }
  const signal = AbortSignal.any([silence.signal, closing])
  try {
    const cursor = connection.cursor()
    const headers = {
      authorization,
      accept: 'text/event-stream',
      ...(cursor === null ? {} : { 'last-event-id': String(cursor) }),
    }
    const response = await unlessStopped(settings.fetch(url, { headers, signal, redirect: 'manual' }), signal)
    const fault = faultOf(response)
    if (fault !== undefined || response.body === null) {
      await response.body?.cancel().catch(() => undefined)
      return fault ?? { detail: 'no body' }
    }
    waitAgain()
    for await (const token of eventsIn(response.body, signal)) {
      await connection.take(token)
      if (!hasHeard) connection.connected('events')
      hasHeard = true
      waitAgain()
    }
    if (!silence.signal.aborted) return { detail: 'the issuer ended the connection' }
  } catch (error) {
    if (!silence.signal.aborted) throw error
  } finally {
    clearTimeout(alarm)
  }
  return { detail: 'nothing was heard for too long', isHeldBack: !hasHeard }
}

/** Raced as well as aborted: a replaced fetch may ignore its signal. */
function unlessStopped(asking: Promise<Response>, stop: AbortSignal): Promise<Response> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => reject(new Error('stopped'))
    if (stop.aborted) stopped()
    stop.addEventListener('abort', stopped)
    asking.then(resolve, reject).finally(() => stop.removeEventListener('abort', stopped))
  })
}

function faultOf(response: Response): Cut | undefined {
  const { status, headers } = response
  // It is counted as a guess: it is not to be repeated as fast as a connection that was cut.
  if (status === 401) {
    return { detail: "the issuer refuses this API's clientId and clientSecret", retryAfter: 30 }
  }
  if (status === 400) return { detail: 'the issuer knows this client, but as none of an API', retryAfter: 30 }
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  if (status !== 200) {
    const retryAfter = Number.isFinite(seconds) ? Math.min(Math.max(0, seconds), 60) : 0
    return { detail: `status ${status}`, retryAfter }
  }
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  return type === 'text/event-stream'
    ? undefined
    : { detail: 'a content type that is not text/event-stream', isHeldBack: true }
}

/** Polls until that fails, or for five minutes. @throws FeedFault */
export async function poll(connection: Connection, url: string): Promise<Cut> {
  const { settings, authorization, closing, waitSeconds, answerMs } = connection
  const limits = {
    fetch: settings.fetch,
    timeoutMs: answerMs + waitSeconds * 1000,
    maximumBytes: longestWholeBytes,
  }
  const until = performance.now() + pollForMs
  for (let polls = 0; performance.now() < until && !closing.aborted; polls++) {
    const began = performance.now()
    const cursor = connection.cursor()
    const address = new URL(url)
    if (cursor !== null) address.searchParams.set('after', String(cursor))
    address.searchParams.set('wait', String(waitSeconds))
    const init = { headers: { authorization, accept: 'application/json' }, signal: closing }
    const answer = await fetchJson(address.href, init, limits)
    if (!answer.ok) return { detail: `polling: ${answer.detail}` }
    const { batches } = isJsonObject(answer.value) ? answer.value : {}
    if (!Array.isArray(batches) || batches.length === 0) throw new FeedFault('an answer without batches')
    for (const token of batches) {
      if (typeof token !== 'string') throw new FeedFault('a batch that is no text')
      await connection.take(token)
    }
    if (polls === 0) connection.connected('polling')
    await pause(pollPauseMs - (performance.now() - began), closing)
  }
  return { detail: 'events are tried again' }
}

/** Waits, or until it is to stop. */
export function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (ms <= 0 || stop.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    letGo(timer)
    stop.addEventListener('abort', done)
  })
}
