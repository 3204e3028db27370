// What a person gives: tokens, claims and keys. All of them are secrets or may be, so they come from files or from standard
// input, never from the command line: there other users of the machine can read them, and the shell writes them down.
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { decodeStrictJson, isJsonObject, JsonError } from '@countersign/protocol'
import { longestShown, type Pasted, readPasted } from '../../inspector/read-token.ts'
import { jsonRefusals } from '../../inspector/refusal-words.ts'
import { CommandFailed, UsageError } from '../context.ts'
import { readUnseen } from '../input.ts'
import { capital } from './layout.ts'

/** Where something is read from: `-`, and nothing named, mean standard input. */
function isStandardInput(named: string | undefined): boolean {
  return named === undefined || named === '-'
}

/** @throws UsageError when two things are to come from standard input, which holds one */
export function refuseSharedInput(given: Readonly<Record<string, string | undefined>>): void {
  const piped = Object.entries(given).filter(([, named]) => named === '-')
  if (piped.length < 2) return
  const names = piped.map(([name]) => name).join(' and ')
  throw new UsageError(`Only one can come from standard input, not ${names}: put one into a file.`)
}

/** A token as it was given, taken apart as far as it can be. */
export type GivenToken = Extract<Pasted, { is: 'signed' | 'encrypted' }>

/** @throws UsageError when nothing came; CommandFailed when it is no token with parts */
export async function givenToken(named: string | undefined): Promise<GivenToken> {
  return asToken(await givenText(named, 'Token'))
}

/** @throws CommandFailed when the text is no token with parts */
function asToken(text: string): GivenToken {
  const pasted = readPasted(text)
  if (pasted.is === 'signed' || pasted.is === 'encrypted') return pasted
  const finding =
    pasted.is === 'nothing'
      ? { title: 'Nothing came', words: 'The input is empty.' }
      : { title: pasted.title, words: pasted.words }
  throw new CommandFailed(`${finding.title}.`, [{ path: 'token', code: 'malformed', message: finding.words }])
}

/**
 * A token, or claims as JSON that are not signed yet.
 *
 * @throws UsageError, CommandFailed
 */
export async function givenTokenOrClaims(
  named: string | undefined,
): Promise<{ token: GivenToken } | { claims: Readonly<Record<string, unknown>> }> {
  const given = await givenText(named, 'Token or claims')
  return given.trimStart().startsWith('{')
    ? { claims: asJsonObject(given, 'claims') }
    : { token: asToken(given) }
}

/** A text from a file or from standard input; a terminal is asked without echo. @throws UsageError, CommandFailed */
export async function givenText(named: string | undefined, what: string): Promise<string> {
  if (isStandardInput(named)) {
    if (process.stdin.isTTY && what !== 'Token') {
      throw new UsageError(`${what}: name a file, or pipe it into standard input.`)
    }
    return bounded(process.stdin.isTTY ? await readUnseen(what) : await pipedText(what), what)
  }
  return bounded(fileText(named ?? '-', what), what)
}

async function pipedText(what: string): Promise<string> {
  const piped = await text(process.stdin)
  if (piped.trim() === '') throw new UsageError(`${what}: nothing came from standard input.`)
  return piped
}

function fileText(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    if (looksSecret(file)) {
      throw new UsageError(
        `${what}: give it in a file or by standard input, not on the command line. There others on this machine can read it, and your shell has written it down.`,
      )
    }
    throw new CommandFailed(`${what}: the file can’t be read.`, [
      // What was named may be a secret that was meant for the file, so it is not repeated.
      { path: what, code: 'unreadable', message: 'Is it there, and may you read it?' },
    ])
  }
}

/** Whether it is rather a token, a JSON document or a key than the name of a file. */
function looksSecret(named: string): boolean {
  return (
    /^\s*(?:[{[]|-----BEGIN)/.test(named) ||
    /^(?:Bearer |DPoP )?e[w-z0-9][\w-]{8,}\.[\w-]*\./i.test(named) ||
    named.length > 200
  )
}

function bounded(given: string, what: string): string {
  if (given.length > longestShown) {
    throw new CommandFailed(`${what}: longer than a million characters, which nobody would take.`)
  }
  return given
}

/** @throws CommandFailed with what is wrong: JSON that has two readings is refused as the server refuses it */
export function asJson(given: string, what: string): unknown {
  try {
    return decodeStrictJson(given)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    throw new CommandFailed(`The ${what} can’t be read.`, [
      { path: what, code: error.code, message: capital(jsonRefusals[error.code]) },
    ])
  }
}

/** @throws CommandFailed */
export function asJsonObject(given: string, what: string): Readonly<Record<string, unknown>> {
  const value = asJson(given, what)
  if (isJsonObject(value)) return value
  throw new CommandFailed(`The ${what} can’t be read.`, [
    { path: what, code: 'not_object', message: 'A JSON object was expected: {"name": "value", …}.' },
  ])
}

/** `300`, `5m`, `2h`, `30d` as seconds. @throws UsageError */
export function givenSeconds(option: string, written: string): number {
  const [, count, unit = 's'] = /^([1-9]\d{0,8})([smhd])?$/.exec(written) ?? []
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[unit]
  if (count === undefined || seconds === undefined) {
    throw new UsageError(`${option}: a number of seconds, or such as 5m, 2h, 30d.`)
  }
  return Number(count) * seconds
}
