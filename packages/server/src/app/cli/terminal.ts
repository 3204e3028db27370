// What the terminal shows: aligned, coloured only where a person looks, plain when piped, JSON on request. One
// place, so that every command sounds the same.
import { stripVTControlCharacters, styleText } from 'node:util'
import { visible } from '../inspector/value-words.ts'
import type { Finding } from '../settings.ts'

type Style = Parameters<typeof styleText>[0]

/** Where a command writes; `json` makes `show` print its value as one JSON document instead of words. */
export interface Terminal {
  readonly json: boolean
  /** Prints the result: the value for programs, the lines for people. */
  show(value: unknown, lines: readonly string[]): void
  /** Prints a line for people only; nothing with `--json`. */
  say(line: string): void
  /** Prints problems on standard error, all at once. */
  complain(headline: string, findings: readonly Finding[]): void
}

/** The terminal that this process writes to. @param results where `show` and `say` write */
export function terminal(json: boolean, results: 'stdout' | 'stderr' = 'stdout'): Terminal {
  return {
    json,
    show: (value, lines) => {
      process[results].write(json ? `${jsonText(value)}\n` : `${onlyShown(lines.join('\n'))}\n`)
    },
    say: (line) => {
      if (!json) process[results].write(`${onlyShown(line)}\n`)
    },
    complain: (headline, findings) => {
      if (json) process.stderr.write(`${jsonText({ error: headline, findings })}\n`)
      else process.stderr.write(`${[red(visible(headline)), ...findings.flatMap(findingLines)].join('\n')}\n`)
    },
  }
}

/** What JSON leaves as it is and a terminal may obey: C1 controls, and what turns the direction of a text. */
const obeyed = /(?!\n)[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu

/** Colours and weights, by which what we write is told from what we show. */
const styles = new RegExp(`((?:${'\u001b'}\\[[\\d;]*m|[\\n\\t])+)`)

/** A value as JSON that a program reads and a terminal only shows. */
function jsonText(value: unknown): string {
  return escaped(JSON.stringify(value, null, 2))
}

/** Words in which names, claims and metadata of anybody stand: a terminal shows them, and obeys none (SC-07). */
function onlyShown(words: string): string {
  return words
    .split(styles)
    .map((part, at) => (at % 2 === 0 ? escaped(part) : part))
    .join('')
}

function escaped(text: string): string {
  return text.replaceAll(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function findingLines({ path, message }: Finding): string[] {
  // Elsewhere than on a terminal a sentence stays on its line, for whoever searches it.
  const columns = process.stderr.isTTY ? process.stderr.columns : Number.POSITIVE_INFINITY
  return [
    `  ${styleText('bold', visible(path), { stream: process.stderr })}`,
    ...wrapped(visible(ended(message)), { columns, indent: 4 }),
  ]
}

/** A sentence has its full stop also where it is shown below another. */
function ended(message: string): string {
  return /^\p{Lu}.*[\p{L}\p{N}”)]$/su.test(message) && !message.includes('\n') ? `${message}.` : message
}

/** Words in lines of at most so many columns, each with its indent. */
export function wrapped(
  words: string,
  room: { readonly columns: number; readonly indent: number },
): string[] {
  const lines: string[] = []
  for (const word of words.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && width(last) + 1 + width(word) <= room.columns - room.indent)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line) => ' '.repeat(room.indent) + line)
}

export const bold = (text: string): string => styled('bold', text)
export const dim = (text: string): string => styled('dim', text)
export const green = (text: string): string => styled('green', text)
export const yellow = (text: string): string => styled('yellow', text)
export const cyan = (text: string): string => styled('cyan', text)
export const red = (text: string): string => styleText('red', text, { stream: process.stderr })

function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout })
}

/**
 * Rows in columns, under a heading when one is given. Where a terminal is too narrow for such a table, each row is a block
 * with its cells below each other; elsewhere a row stays a line, for whoever counts or cuts them.
 */
export function columns(
  rows: readonly (readonly string[])[],
  heading?: readonly string[],
  room: number = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY,
): string[] {
  const table = inColumns(rows, heading)
  if (heading === undefined || table.every((line) => width(line) <= room)) return table
  return rows.flatMap((row, index) => [
    ...(index === 0 ? [] : ['']),
    ...inColumns(
      row.map((cell, column) => [dim(heading[column] ?? ''), cell]).filter(([, cell]) => cell !== ''),
    ),
  ])
}

function inColumns(rows: readonly (readonly string[])[], heading?: readonly string[]): string[] {
  const all = heading === undefined ? rows : [heading, ...rows]
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell)),
      )
      .join('  ')
      .trimEnd()
  return all.map((row, index) => `  ${heading !== undefined && index === 0 ? dim(line(row)) : line(row)}`)
}

function width(text: string): number {
  return stripVTControlCharacters(text).length
}

/** A stored time as ISO 8601 in UTC. @param seconds since the epoch */
export function moment(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
