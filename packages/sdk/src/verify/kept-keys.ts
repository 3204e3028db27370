// Keys that are read from somewhere else and may change there: read once, kept fresh in the background, read again when
// a token names an unknown key, and never so often that a flood of invented key names becomes a flood at the source.
import type { KeySource, Keys, TrustedKeys } from './keys.ts'
import { sharedWork } from './shared-work.ts'

/** How often a source may be read; seconds where nothing else is said. */
export interface Pace {
  /** Between two readings, while there are keys. */
  readonly coolDown: number
  /** Between two readings, while there are none. */
  readonly retryWithoutKeys: number
  /** For which a reading may take; milliseconds. */
  readonly patienceMs: number
  /** How long keys outlive their source. Not for ever: else blocking it would keep a withdrawn key alive. */
  readonly longestStale: number
}

/** What one reading came to. `text` tells whether anything changed; `lifetime` is seconds. */
export type Reading =
  | { readonly ok: true; readonly keys: TrustedKeys; readonly text: string; readonly lifetime: number }
  | { readonly ok: false; readonly detail: string }

/** Reads the source. Given the last good reading, so that the same text need not be made into keys again. */
export type ReadKeys = (last: (Reading & { ok: true }) | undefined) => Promise<Reading>

interface Loaded {
  readonly reading: Reading & { ok: true }
  readonly at: number
  readonly refreshAt: number
  readonly freshUntil: number
}

export function keptKeys(read: ReadKeys, pace: Pace): KeySource {
  let loaded: Loaded | undefined
  let attempt = { at: Number.NEGATIVE_INFINITY, failure: undefined as string | undefined }
  const ask = sharedWork(askOnce, pace.patienceMs)

  async function askOnce(now: number): Promise<void> {
    attempt = { at: now, failure: attempt.failure }
    const reading = await read(loaded?.reading)
    attempt = { at: now, failure: reading.ok ? undefined : reading.detail }
    if (reading.ok) loaded = keep(loaded, reading, now)
  }

  // A clock set back counts as "long ago": nothing may wait for it to catch up.
  const cooled = (now: number, wait: number) => now - attempt.at >= wait || now < attempt.at

  function ready(now: number): TrustedKeys | undefined {
    if (loaded === undefined) return undefined
    const { keys } = loaded.reading
    if (now < loaded.refreshAt && now >= loaded.at) return keys
    if (now < loaded.at || now >= loaded.at + pace.longestStale) return undefined
    if (now >= loaded.freshUntil && attempt.failure === undefined) return undefined
    if (!ask.isUnderWay() && cooled(now, pace.coolDown)) void ask(now)
    return keys
  }

  async function load(now: number): Promise<Keys> {
    if (ask.isUnderWay() || cooled(now, loaded === undefined ? pace.retryWithoutKeys : pace.coolDown))
      await ask(now)
    const usable = loaded !== undefined && now < loaded.at + pace.longestStale
    if (loaded !== undefined && usable) return { ok: true, keys: loaded.reading.keys }
    return { ok: false, detail: attempt.failure ?? 'the keys are too old' }
  }

  async function reload(now: number): Promise<'reloaded' | 'cooling' | 'failed'> {
    if (!ask.isUnderWay() && !cooled(now, pace.coolDown))
      return attempt.failure === undefined ? 'cooling' : 'failed'
    await ask(now)
    return attempt.failure === undefined ? 'reloaded' : 'failed'
  }

  return { ready, load, reload }
}

// The same text keeps the same keys, so that verified tokens stay known through an uneventful refresh.
function keep(before: Loaded | undefined, reading: Reading & { ok: true }, now: number): Loaded {
  const isSame = before !== undefined && before.reading.text === reading.text
  return {
    reading: isSame ? before.reading : reading,
    at: now,
    refreshAt: now + Math.floor(reading.lifetime * 0.8),
    freshUntil: now + reading.lifetime,
  }
}
