// `countersign jwt decode`: what a token says, and that this is nobody's word yet.
import { type TokenKind, tokenKinds } from '@countersign/protocol'
import type { Command } from 'commander'
import { systemRuntime } from '../../../platform/runtime.ts'
import { claimWords, headerWords, type Words } from '../../inspector/claim-words.ts'
import type { JsonSegment } from '../../inspector/read-token.ts'
import { jsonRefusals, kindNames } from '../../inspector/refusal-words.ts'
import { distanceWords, meaning, number } from '../../inspector/value-words.ts'
import { CommandFailed, terminalOf } from '../context.ts'
import { type GivenToken, givenToken } from '../jwt/given.ts'
import { marked, type Row, rows, shown } from '../jwt/layout.ts'
import { kindOf } from '../jwt/lint.ts'
import { bold, dim, moment, yellow } from '../terminal.ts'

/** @param file where the token is; standard input without one */
export async function decode(file: string | undefined, command: Command): Promise<void> {
  const token = await givenToken(file)
  if (token.is === 'encrypted') return showEncrypted(token, command)
  const { now } = systemRuntime()
  const [header, claims] = [members(token.header, 'header'), members(token.claims, 'claims')]
  const kind = kindOf({ header })
  const sizes = {
    total: token.token.length,
    header: token.header.text.length,
    claims: token.claims.text.length,
    signature: token.signature.text.length,
  }
  terminalOf(command).show({ verified: false, kind, header, claims, sizes }, [
    headline(kind, token.token.length),
    '',
    section('Header', sizes.header),
    ...rows(described(header, headerWords, now())),
    '',
    section('Claims', sizes.claims),
    ...rows(described(claims, claimWords, now())),
    '',
    section('Signature', sizes.signature),
    '',
    ...marked(
      yellow('!'),
      'Not verified: anybody could have written this. countersign jwt verify checks it.',
    ),
  ])
}

function showEncrypted(token: Extract<GivenToken, { is: 'encrypted' }>, command: Command): void {
  const { now } = systemRuntime()
  const header = members(token.header, 'header')
  const total = token.token.length
  terminalOf(command).show({ verified: false, encrypted: true, header, sizes: { total } }, [
    `  ${bold('An encrypted token')}  ${dim(`${number(total)} bytes`)}`,
    '',
    section('Header', token.header.text.length),
    ...rows(described(header, headerWords, now())),
    '',
    ...marked(
      yellow('!'),
      'The rest is encrypted: only who holds the private key can read it, and only then see who signed it. countersign jwt verify --decrypt-with opens it.',
    ),
  ])
}

function headline(kind: TokenKind | null, total: number): string {
  const words = kind === null ? 'a signed token' : kindNames[kind]
  const type = kind === null ? '' : ` (${tokenKinds[kind].typ})`
  return `  ${bold(`${words[0]?.toUpperCase() ?? ''}${words.slice(1)}`)}${dim(type)}  ${dim(`${number(total)} bytes`)}`
}

function section(name: string, bytes: number): string {
  return `  ${bold(name)}  ${dim(`${number(bytes)} bytes`)}`
}

function described(
  values: Readonly<Record<string, unknown>>,
  words: ReadonlyMap<string, Words>,
  now: number,
): Row[] {
  return Object.entries(values).map(([name, value]) => ({
    name: shown(name).slice(1, -1),
    value: shown(value),
    note: timeNote(name, value, now) ?? meaning(name, value, now) ?? words.get(name)?.title ?? null,
  }))
}

const times: ReadonlySet<string> = new Set(['exp', 'nbf', 'iat', 'auth_time', 'updated_at', 'toe'])

/** A time that a calendar of people knows, short enough to stand beside its number. */
function timeNote(name: string, value: unknown, now: number): string | null {
  const isPlain = times.has(name) && typeof value === 'number' && value >= 0 && value < 253_402_300_800
  if (!isPlain) return null
  const at = moment(Math.floor(value)).replace('T', ' ').replace('Z', ' UTC')
  return `${at}, ${distanceWords(value, now)}`
}

function members(
  { members: read, fault }: JsonSegment,
  part: 'header' | 'claims',
): Readonly<Record<string, unknown>> {
  if (read !== null) return read
  const place = part === 'header' ? 'its header' : 'its claims'
  const why =
    fault === 'not_base64url' || fault === null
      ? `Of ${place}, something was lost or added on the way: it is not base64url.`
      : fault === 'not_object'
        ? `In ${place}, there is JSON, but no object.`
        : `In ${place}, ${jsonRefusals[fault]}`
  throw new CommandFailed('This is no JSON Web Token that can be read.', [
    { path: part, code: fault ?? 'malformed', message: why },
  ])
}
