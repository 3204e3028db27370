// `countersign jwt verify`: a token is held against everything, and each thing that is wrong is said in plain words.
import { type AddressedKind, type FindKey, type JwsAlgorithm, TokenError } from '@countersign/protocol'
import { openToken } from '@countersign/protocol/jwe'
import type { Command } from 'commander'
import { systemRuntime } from '../../../platform/runtime.ts'
import { tokenRefusals } from '../../inspector/refusal-words.ts'
import { CommandFailed, terminalOf, UsageError, withPlatform } from '../context.ts'
import { type Check, type Examination, examine, type Held } from '../jwt/checks.ts'
import { type GivenToken, givenText, givenToken, refuseSharedInput } from '../jwt/given.ts'
import { decryptionKey, verificationKeys } from '../jwt/keys.ts'
import { padded, shown, wrapped } from '../jwt/layout.ts'
import { type ConfiguredPartner, configuredPartner, isFirstTime, keysOfPartner } from '../jwt/partners.ts'
import { keysAt, keysOfIssuer } from '../jwt/published.ts'
import { bold, dim, green, red, yellow } from '../terminal.ts'

interface VerifyOptions {
  readonly jwks?: string
  readonly key?: string
  readonly alg?: JwsAlgorithm
  readonly issuer?: string
  readonly audience?: string
  readonly kind: AddressedKind
  readonly decryptWith?: string
  readonly partner?: string
}

/** @param file where the token is; standard input without one */
export async function verify(
  file: string | undefined,
  options: VerifyOptions,
  command: Command,
): Promise<void> {
  const { key, jwks, decryptWith } = options
  refuseSharedInput({ token: file ?? '-', '--key': key, '--jwks': jwks, '--decrypt-with': decryptWith })
  if (options.partner !== undefined)
    return verifyMessage(file, { ...options, partner: options.partner }, command)
  const [find, keysFrom] = await keysFor(options)
  const given = await givenToken(file)
  const token = given.is === 'encrypted' ? await opened(given.token, decryptWith) : given.token
  const { kind, issuer, audience } = options
  const held: Held = { kind, issuer, audience, keys: find, keysFrom, now: systemRuntime().now() }
  conclude(unsealed(given, examine(token, held)), command)
}

async function keysFor({ jwks, key, alg, issuer }: VerifyOptions): Promise<readonly [FindKey, string]> {
  if (jwks !== undefined && key !== undefined) throw new UsageError('--jwks and --key: give one of them.')
  if (jwks !== undefined && /^https?:/.test(jwks)) {
    const { find, from } = await keysAt(jwks, '--jwks')
    return [find, from]
  }
  const file = jwks ?? key
  if (file !== undefined)
    return [verificationKeys(await givenText(file, 'Key'), file, alg), file === '-' ? 'the given key' : file]
  if (issuer === undefined)
    throw new UsageError(
      'Nothing to verify with: give --jwks, --key, --partner, or --issuer for the keys that it publishes.',
    )
  const { find, from } = await keysOfIssuer(issuer)
  return [find, from]
}

function unsealed(given: GivenToken, found: Examination): Examination {
  if (given.is !== 'encrypted') return found
  const check: Check = {
    name: 'sealed',
    outcome: 'passed',
    words: 'It was encrypted, and the key opened it.',
  }
  return { ...found, checks: [check, ...found.checks] }
}

async function opened(token: string, file: string | undefined): Promise<string> {
  if (file === undefined)
    throw new UsageError('The token is encrypted: give --decrypt-with, the private key that opens it.')
  const key = await decryptionKey(await givenText(file, 'Key'), file, undefined)
  const isMeant = (kid: string | undefined) => kid === undefined || key.kid === undefined || kid === key.kid
  try {
    return (await openToken(token, ({ kid }) => (isMeant(kid) ? key : undefined))).signed
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    const { title, words, mend } = tokenRefusals[error.code]
    throw new CommandFailed(`The token is refused. ${title}.`, [
      { path: 'token', code: error.code, message: `${words} ${mend}` },
    ])
  }
}

/** A partner's message is taken once: what passes is remembered before it is said to pass. */
async function verifyMessage(
  file: string | undefined,
  options: VerifyOptions & { readonly partner: string },
  command: Command,
): Promise<void> {
  if (options.key ?? options.jwks ?? options.issuer ?? options.audience ?? options.decryptWith)
    throw new UsageError(
      '--partner: names and keys are those of the configuration; leave out the other options.',
    )
  const partner = await configuredPartner(options.partner, command)
  const { find: keys, from: keysFrom } = await keysOfPartner(partner)
  const given = await givenToken(file)
  const token =
    given.is === 'encrypted' ? await opened(given.token, partner.exchange.decryptionKeyFile) : given.token
  await withPlatform(command, async ({ platform }) => {
    const held: Held = {
      kind: 'partnerMessage',
      issuer: partner.partner.issuer,
      audience: partner.self,
      keys,
      keysFrom,
      now: platform.runtime.now(),
    }
    const found = unsealed(given, examine(token, held))
    conclude(found.accepted ? await once(found, partner, platform) : found, command)
  })
}

async function once(
  found: Examination,
  { partner, name }: ConfiguredPartner,
  platform: Parameters<typeof isFirstTime>[0],
): Promise<Examination> {
  const { jti, exp } = found.claims as { readonly jti: string; readonly exp: number }
  const isFirst = await isFirstTime(platform, partner.issuer, jti, exp)
  const check: Check = isFirst
    ? { name: 'once', outcome: 'passed', words: 'Not seen before; from now on it is refused.' }
    : { name: 'once', outcome: 'failed', words: `A replay: this message of ${name} was taken before.` }
  return { ...found, accepted: isFirst, checks: [...found.checks, check] }
}

const marks = { passed: green('✓'), failed: red('✗'), unchecked: yellow('–') } as const
const titles: Readonly<Record<Check['name'], string>> = {
  sealed: 'Sealed',
  form: 'Form',
  signature: 'Signature',
  kind: 'Kind',
  issuer: 'Issuer',
  audience: 'Audience',
  time: 'Time',
  once: 'Once',
  whole: 'Verdict',
}

function conclude({ accepted, checks, claims }: Examination, command: Command): void {
  const open = checks.filter(({ outcome }) => outcome === 'unchecked').map(({ name }) => name)
  const message =
    accepted && claims !== null && 'message' in claims
      ? ['', `  ${bold('Message')}  ${shown(claims['message'])}`]
      : []
  terminalOf(command).show({ accepted, checks, claims: accepted ? claims : null }, [
    ...checks.flatMap(lines),
    ...message,
    '',
    ...(accepted ? [`  ${verdict(open)}`] : []),
  ])
  if (!accepted) {
    const failed = checks.filter(({ outcome }) => outcome === 'failed')
    throw new CommandFailed(
      `The token is refused: ${failed.map(({ name }) => titles[name].toLowerCase()).join(', ')}.`,
    )
  }
}

function verdict(open: readonly string[]): string {
  if (open.length === 0) return `${green('Accepted.')}`
  const list = new Intl.ListFormat('en', { type: 'disjunction' }).format(open)
  return `${green('Accepted')}, ${yellow(`but nobody compared ${list}`)}${dim(': a service has to.')}`
}

function lines({ name, outcome, words }: Check): string[] {
  const begun = `  ${marks[outcome]} ${padded(titles[name], 9)}  `
  const [first = '', ...rest] = wrapped(words, 15)
  return [begun + first.trimStart(), ...rest]
}
