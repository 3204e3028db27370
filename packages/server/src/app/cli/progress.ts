// How far long work is, on one line of standard error: a bar where it is known how much there is, else how much was done;
// and how long it will go on, as soon as that can be said.
import type { Runtime } from '../../platform/runtime.ts'
import { whenBrokenOff } from '../signals.ts'
import type { Terminal } from './terminal.ts'

/** What long work tells of how far it is. */
export interface Progress {
  /**
   * So much is to come of what is counted, in the plural: `people`; or of `bytes`, which may be followed by what happens to
   * them: `bytes checked`. Told again, the next part begins.
   */
  readonly expects: (whole: number, of: string) => void
  /** So much of that is done, from its beginning. */
  readonly passed: (done: number) => void
  /** How many records there have been so far, and how many of them are people: all that is shown where nothing is expected. */
  readonly counted: (records: number, people: number) => void
}

/** Where it is shown. */
export interface Screen {
  /** How wide the terminal is, 0 where it does not say; null where there is none: then a line is written now and then. */
  readonly columns: () => number | null
  readonly write: (text: string) => void
}

/** Of terminals that tell none, as those of containers and of `script` do. */
const usualWidth = 80

/** Milliseconds between two lines. */
const redrawnEvery = 100
const writtenEvery = 10_000

/**
 * Shows progress, and ends.
 *
 * @returns `end` leaves the line empty, or with `stays` as it is, so that what comes next has a line of its own
 */
export function progressOf(
  { elapsed }: Pick<Runtime, 'elapsed'>,
  { columns, write }: Screen,
): Progress & { readonly end: (stays?: 'stays') => void } {
  let part = begun(elapsed())
  let records = 0
  let people = 0
  let shownAt = columns() === null ? elapsed() : Number.NEGATIVE_INFINITY
  let isOpen = false
  const show = (now: number): void => {
    const room = columns()
    if (now - shownAt < (room === null ? writtenEvery : redrawnEvery)) return
    shownAt = now
    const parts = partsOf(part, { records, people }, now)
    isOpen = room !== null
    if (room === null) write(`${[parts.percent, ...parts.words].filter(Boolean).join(', ')}\n`)
    else write(`\r\x1b[K${fitting(parts, (room || usualWidth) - 1)}`)
  }
  return {
    expects: (whole, of) => {
      part = { ...begun(elapsed()), whole, of }
    },
    passed: (done) => {
      part.done = done
      const now = elapsed()
      remember(part, now)
      show(now)
    },
    counted: (allRecords, allPeople) => {
      records = allRecords
      people = allPeople
      show(elapsed())
    },
    end: (stays) => {
      if (isOpen) write(stays === 'stays' ? '\n' : '\r\x1b[K')
      isOpen = false
    },
  }
}

/**
 * Does long work and shows how far it is; nothing is shown with `--json`. However it ends, the line is left clean.
 *
 * @param farewell said to whoever breaks it off
 */
export async function withProgress<T>(
  { runtime, terminal }: { readonly runtime: Pick<Runtime, 'elapsed'>; readonly terminal: Terminal },
  work: (progress: Progress) => Promise<T>,
  farewell = '',
): Promise<T> {
  if (terminal.json) return work({ expects: () => {}, passed: () => {}, counted: () => {} })
  const { stderr } = process
  const isTerminal = stderr.isTTY && process.env['TERM'] !== 'dumb'
  const progress = progressOf(runtime, {
    columns: () => (isTerminal ? (stderr.columns ?? 0) : null),
    write: (text) => void stderr.write(text),
  })
  // Whoever breaks it off gets their prompt on a line of its own.
  const forget = whenBrokenOff(() => {
    progress.end('stays')
    if (farewell !== '') stderr.write(`${farewell}\n`)
  })
  try {
    return await work(progress)
  } finally {
    progress.end()
    forget()
  }
}

/** One part of the work, from the moment when it was expected. */
interface Part {
  whole: number | null
  of: string
  done: number
  readonly beganAt: number
  /** How much was done at some moments, the oldest first. */
  readonly samples: { readonly at: number; readonly done: number }[]
}

function begun(now: number): Part {
  return { whole: null, of: '', done: 0, beganAt: now, samples: [{ at: now, done: 0 }] }
}

const sampledEvery = 1000
const shortestSpan = 30_000

/** The second half of the time is what the rest is likely to be like: neither the first moments, nor the last one alone. */
function remember({ samples, done, beganAt }: Part, now: number): void {
  if (now - (samples.at(-1)?.at ?? 0) < sampledEvery) return
  samples.push({ at: now, done })
  const span = Math.max(shortestSpan, (now - beganAt) / 2)
  while (now - (samples[1]?.at ?? now) > span) samples.shift()
}

interface Parts {
  /** From 0 to 1; null where it is not known how much there is. */
  readonly share: number | null
  readonly percent: string
  /** How much, what else, how fast, how long yet: those of them that can be said. */
  readonly words: readonly string[]
  /** Which of them goes last; empty for none. */
  readonly dearest: string
}

function partsOf(part: Part, { records, people }: { records: number; people: number }, now: number): Parts {
  const { whole, of, done, beganAt } = part
  const seconds = (now - beganAt) / 1000
  const rate = (count: number): string =>
    seconds < 2 || count === 0 ? '' : `${number(Math.round(count / seconds))} a second`
  if (whole === null || whole === 0) {
    const words = [`${number(records)} read`, rate(records)].filter(Boolean)
    return { share: null, percent: '', words, dearest: words[0] ?? '' }
  }
  const share = Math.min(1, done / whole)
  const isBytes = /^bytes\b/.test(of)
  const much = isBytes
    ? ofBytes(done, whole) + of.slice('bytes'.length)
    : `${number(done)} of ${number(whole)} ${of}`
  const left = timeLeft(part, now)
  const words = isBytes
    ? [much, people === 0 ? '' : `${number(people)} people`, left]
    : [much, rate(done), left]
  return {
    share,
    percent: `${Math.floor(share * 100)} %`,
    words: words.filter(Boolean),
    dearest: left || much,
  }
}

/** As much of it as there is room for: how fast goes first, and how long yet last. The bar keeps its width. */
function fitting({ share, percent, words, dearest }: Parts, room: number): string {
  const wide = room < 100 ? 12 : 24
  const line = (width: number, ...told: readonly string[]): string => {
    const bar = share === null || width === 0 ? '' : `${barOf(share, width)} `
    return `  ${bar}${[percent, ...told].filter(Boolean).join(', ')}`
  }
  const [much = ''] = words
  const lines = [
    line(wide, ...words),
    line(wide, ...new Set([much, dearest])),
    line(wide, dearest),
    ...(dearest === '' ? [line(wide)] : [line(0, dearest)]),
    line(0),
  ]
  return lines.find((one) => one.length <= room) ?? ''
}

function barOf(share: number, width: number): string {
  const full = Math.floor(share * width)
  return '█'.repeat(full) + '░'.repeat(width - full)
}

/** By how fast it went of late; empty while that says too little. */
function timeLeft({ whole, done, beganAt, samples }: Part, now: number): string {
  const [oldest] = samples
  if (whole === null || oldest === undefined || done >= whole) return ''
  if (now - beganAt < 3000 || done < whole / 100 || done <= oldest.done) return ''
  const seconds = (((whole - done) / (done - oldest.done)) * (now - oldest.at)) / 1000
  if (seconds < 10) return 'a few seconds left'
  if (seconds < 60) return `about ${Math.ceil(seconds / 5) * 5} s left`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `about ${minutes} min left`
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min left`
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB']

/** In the unit of the whole: `1.2 of 1.9 GB`. */
function ofBytes(done: number, whole: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, whole)) / 3))
  const shown = (bytes: number): string =>
    (bytes / 1000 ** power).toFixed(power === 0 || whole / 1000 ** power >= 100 ? 0 : 1)
  return `${shown(done)} of ${shown(whole)} ${units[power]}`
}

function number(count: number): string {
  return count.toLocaleString('en')
}
