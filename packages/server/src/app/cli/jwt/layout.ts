// How tokens are laid out on a terminal: in columns, within its width, with nothing shown that is not what it looks like.
import { stripVTControlCharacters } from 'node:util'
import { visible } from '../../inspector/value-words.ts'
import { cyan, dim, wrapped as wrap } from '../terminal.ts'

const narrowest = 60
const widest = 100

/** Columns to write in: those of the terminal within reason, 80 elsewhere. */
export function width(): number {
  return Math.min(widest, Math.max(narrowest, process.stdout.columns ?? 80))
}

/** A name with its value, and what there is to say of it. */
export interface Row {
  readonly name: string
  readonly value: string
  readonly note?: string | null
}

const longestAligned = 26

/** Rows in columns. A long value pushes its note aside, or below when there is no room beside it. */
export function rows(list: readonly Row[], indent = 4): string[] {
  const nameWidth = Math.min(24, Math.max(0, ...list.map(({ name }) => length(name))))
  const noted = list.filter(({ note }) => Boolean(note)).map(({ value }) => length(value))
  const valueWidth = Math.min(longestAligned, Math.max(0, ...noted))
  const start = ' '.repeat(indent)
  const below = indent + nameWidth + 2
  const room = width() - below - 2
  return list.flatMap(({ name, value, note }) => {
    const begun = `${start}${cyan(padded(name, nameWidth))}  ${value}`
    if (!note) return [begun]
    // Out of line with the others rather than below, where it is only a little too long.
    const column = Math.max(length(value), Math.min(valueWidth, room - length(note)))
    if (column + length(note) <= room)
      return [`${begun}${' '.repeat(column - length(value) + 2)}${dim(note)}`]
    return [begun, ...wrapped(note, below).map(dim)]
  })
}

/** A sentence’s beginning. */
export const capital = (text: string): string => `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`

/** Words in lines within the width, each with its indent. */
export function wrapped(words: string, indent: number): string[] {
  return wrap(words, { columns: width(), indent })
}

/** A mark, and words beside it that keep clear of it. */
export function marked(mark: string, words: string, indent = 2): string[] {
  const [first = '', ...rest] = wrapped(words, indent + 2)
  return [`${' '.repeat(indent)}${mark} ${first.trimStart()}`, ...rest]
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/** A bar of at most so many columns. @param share from 0 to 1 */
export function bar(share: number, columns: number): string {
  const filled = Math.round(Math.min(1, share) * columns * 8)
  return '█'.repeat(Math.floor(filled / 8)) + (eighths[filled % 8] ?? '') || '▏'
}

/** A value as JSON that can be copied, with what can't be seen made visible. */
export function shown(value: unknown): string {
  return visible(JSON.stringify(value) ?? 'undefined')
}

/** Filled up with spaces at its end, or at its start. */
export function padded(text: string, columns: number, side: 'end' | 'start' = 'end'): string {
  const spaces = ' '.repeat(Math.max(0, columns - length(text)))
  return side === 'end' ? text + spaces : spaces + text
}

function length(text: string): number {
  return stripVTControlCharacters(text).length
}
