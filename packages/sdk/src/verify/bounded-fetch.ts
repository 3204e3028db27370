// The SDK's only way to ask the issuer anything: a JSON answer of bounded size and time, from exactly the address
// asked. An unreachable, slow, redirecting or oversized issuer is a failure to be told apart from a refusal.
import { decodeStrictJson } from '@countersign/protocol'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export type Fetched =
  | { readonly ok: true; readonly value: unknown; readonly headers: Headers }
  | { readonly ok: false; readonly status?: number; readonly detail: string }

export interface FetchLimits {
  readonly fetch: Fetch
  readonly timeoutMs: number
  /** 256 KiB unless told. */
  readonly maximumBytes?: number
}

const usualBytes = 256 * 1024

/**
 * Fetches one JSON document. Never throws; refuses redirects, any status but 200, other content types, bodies over
 * `maximumBytes`, answers that take longer than `timeoutMs` (connection, headers and body together), and lax JSON.
 */
export function fetchJson(url: string, init: RequestInit, limits: FetchLimits): Promise<Fetched> {
  return fetchWhole(url, init, { ...limits, type: anyJson, read: decodeStrictJson })
}

/** The same for a text of one media type, such as a token. */
export function fetchText(
  url: string,
  init: RequestInit,
  limits: FetchLimits & { readonly type: string },
): Promise<Fetched> {
  const isType = (type: string): boolean => type === limits.type
  return fetchWhole(url, init, { ...limits, type: isType, read: (bytes) => utf8.decode(bytes) })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const anyJson = (type: string): boolean => /^application\/(?:[a-z0-9.-]+\+)?json$/.test(type)

/** What a document has to be, and how it is read. */
interface Wanted extends FetchLimits {
  readonly type: (type: string) => boolean
  readonly read: (bytes: Uint8Array) => unknown
}

async function fetchWhole(url: string, init: RequestInit, limits: Wanted): Promise<Fetched> {
  const stop = new AbortController()
  let alarm: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Fetched>((resolve) => {
    alarm = setTimeout(() => {
      resolve({ ok: false, detail: `no whole answer within ${limits.timeoutMs} ms` })
      stop.abort()
    }, limits.timeoutMs)
  })
  try {
    // Raced as well as aborted: a replaced fetch may ignore its signal.
    const signal = init.signal ? AbortSignal.any([init.signal, stop.signal]) : stop.signal
    return await Promise.race([readWhole(url, { ...init, signal }, limits), late])
  } finally {
    clearTimeout(alarm)
  }
}

async function readWhole(url: string, init: RequestInit, limits: Wanted): Promise<Fetched> {
  const { fetch, maximumBytes = usualBytes } = limits
  let response: Response
  try {
    response = await fetch(url, { ...init, redirect: 'manual' })
  } catch (error) {
    return { ok: false, detail: `unreachable (${reasonOf(error)})` }
  }
  const fault = faultOf(response, limits)
  if (fault !== undefined) {
    await response.body?.cancel().catch(() => undefined)
    return { ok: false, status: response.status, detail: fault }
  }
  try {
    const bytes = await readBounded(response, maximumBytes)
    if (bytes === null) return { ok: false, status: 200, detail: `a body over ${maximumBytes} bytes` }
    return { ok: true, value: limits.read(bytes), headers: response.headers }
  } catch (error) {
    return { ok: false, status: 200, detail: `an unreadable body (${reasonOf(error)})` }
  }
}

function faultOf(response: Response, { type: isWanted }: Wanted): string | undefined {
  const redirected =
    response.redirected ||
    response.type === 'opaqueredirect' ||
    (response.status >= 300 && response.status < 400)
  if (redirected) return 'a redirect, which is never followed'
  if (response.status !== 200) return `status ${response.status}`
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  return isWanted(type) ? undefined : 'a content type that was not asked for'
}

async function readBounded(response: Response, maximumBytes: number): Promise<Uint8Array | null> {
  if (response.body === null) return new Uint8Array()
  const reader = response.body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > maximumBytes) {
      await reader.cancel().catch(() => undefined)
      return null
    }
    chunks.push(value)
  }
  const whole = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}

// The name and system code alone: a message may quote the address or what was sent.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  const cause = error.cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : error.name
}
