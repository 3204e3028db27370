// What a person gives: options, answers, and secrets from a terminal or a pipe; these never from argv, which other users
// of a machine can read.
import { text } from 'node:stream/consumers'
import { confirm, isCancel, password } from '@clack/prompts'
import { UsageError } from './context.ts'

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
  const typed = await password({ message: label })
  if (isCancel(typed)) throw new UsageError('Cancelled.')
  return typed
}

/** Asks a yes-or-no question on a terminal; elsewhere only `--yes` is a yes. */
export async function isConfirmed(question: string, yes: boolean | undefined): Promise<boolean> {
  if (yes === true) return true
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UsageError('This needs a confirmation: give --yes.')
  const answer = await confirm({ message: question, initialValue: false })
  return answer === true
}
