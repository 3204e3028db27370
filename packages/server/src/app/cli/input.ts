// What a person gives: options, answers, and secrets from a terminal or a pipe; these never from argv, which other users
// of a machine can read.
import { text } from 'node:stream/consumers'
import { confirm, isCancel, password } from '@clack/prompts'
import { CommandFailed, UsageError } from './context.ts'

/** Gathers an option that may be given several times. */
export function several(value: string, before: readonly string[] = []): string[] {
  return [...before, value]
}

/** Asks on a terminal without echo, or reads standard input whole. @throws UsageError when nothing comes */
export async function readSecret(label: string): Promise<string> {
  if (!process.stdin.isTTY) {
    const piped = (await text(process.stdin)).trim()
    if (piped === '') throw new UsageError(`${label}: nothing came from standard input.`)
    return piped
  }
  const typed = await answerTo(password({ message: label }))
  if (isCancel(typed)) throw new UsageError('Cancelled.')
  return typed
}

/**
 * Reads one pasted line from a terminal and shows nothing of it. A token has thousands of letters: a field that draws
 * itself anew for each takes seconds.
 *
 * @throws UsageError when it is broken off
 */
export async function readUnseen(label: string): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(`${label} (paste it and press Enter; it is not shown): `)
  let pasted = ''
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  try {
    for await (const chunk of stdin) {
      const letters = String(chunk)
      const end = lineEnd(letters)
      pasted += end === -1 ? letters : letters.slice(0, end)
      if (end === -1) continue
      if (/[\r\n]/.test(letters.charAt(end))) return pasted
      break
    }
    throw new UsageError('Cancelled.')
  } finally {
    if (!stdin.destroyed) stdin.setRawMode(false)
    stderr.write('\n')
  }
}

/** Where the line ends: at Enter, Ctrl+C or Ctrl+D, as a terminal sends them when nobody else reads them. */
function lineEnd(letters: string): number {
  return letters.split('').findIndex((letter) => ['\r', '\n', '\u0003', '\u0004'].includes(letter))
}

/** Ctrl+D leaves a question open for ever. It is broken off when nothing else is left to wait for. */
export async function answerTo<Answer>(question: Promise<Answer>): Promise<Answer> {
  const ended = Promise.withResolvers<never>()
  const giveUp = () => ended.reject(new UsageError('Cancelled.'))
  process.once('beforeExit', giveUp)
  try {
    return await Promise.race([question, ended.promise])
  } finally {
    process.off('beforeExit', giveUp)
  }
}

/**
 * Asks a yes-or-no question on a terminal; elsewhere only `--yes` is a yes.
 *
 * @throws CommandFailed when the answer is no; UsageError where nobody can be asked
 */
export async function confirmed(question: string, yes: boolean | undefined): Promise<void> {
  if (yes === true) return
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UsageError('This needs a confirmation: give --yes.')
  const answer = await answerTo(confirm({ message: question, initialValue: false }))
  if (answer !== true) throw new CommandFailed('Nothing was done.')
}
