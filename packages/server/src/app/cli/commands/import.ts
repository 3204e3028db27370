// `countersign import`: people from another system. Without --apply it only says what would happen.
import { Command } from 'commander'
import { passwordsOf } from '../../../accounts/credentials/passwords.ts'
import type { WhyNot } from '../../../admin/moving/decide.ts'
import { importAll } from '../../../admin/moving/import.ts'
import type { ImportReport } from '../../../admin/moving/report.ts'
import { sourceCalled, systemNameForm } from '../../../admin/moving/source-name.ts'
import type { Source } from '../../../admin/moving/sources/source.ts'
import { type SourceName, sources } from '../../../admin/moving/sources/sources.ts'
import { ForeignUnreadable } from '../../../platform/db/foreign-rows.ts'
import { visible } from '../../inspector/value-words.ts'
import type { Profiles } from '../../profiles.ts'
import { CommandFailed, UsageError, withPlatform } from '../context.ts'
import { withProgress } from '../progress.ts'
import { bold, columns, dim, green, yellow } from '../terminal.ts'

interface Options extends Readonly<Record<string, unknown>> {
  readonly apply?: boolean
  readonly since?: string
  readonly takeBrokenHashes?: boolean
  readonly rpId?: string
  readonly source?: string
}

/** One command below it for each system. */
export function importCommand(): Command {
  const command = new Command('import').description('bring people from another system')
  for (const name of Object.keys(sources) as SourceName[]) command.addCommand(sourceCommand(name))
  return command
}

function sourceCommand(name: SourceName): Command {
  const source: Source = sources[name]
  const command = new Command(name)
    .description(`from ${source.title}: ${source.reads}`)
    .argument('<from>', source.reads)
    .option('--apply', 'take them in; without it, only say what would happen')
    .option(
      '--since <moment>',
      'only who changed since (ISO 8601): for a change-over while people come and go',
    )
    .option('--rp-id <domain>', 'the domain that passkeys were made for there')
    .option('--take-broken-hashes', 'also MD5, SHA-1 and crypt, which are replaced at the first sign-in')
  if (source.keepsIds !== true) command.option('--source <name>', aboutSource)
  for (const [option, what] of Object.entries(source.options)) command.option(`--${option} <value>`, what)
  return command.action((from: string, options: Options, own: Command) => run(name, from, options, own))
}

const aboutSource =
  'what to call this one where several of a kind come: the same each time, none for the one whose tokens go on working'

async function run(name: SourceName, from: string, options: Options, command: Command): Promise<void> {
  const source: Source = sources[name]
  const since = options.since === undefined ? null : Date.parse(options.since) / 1000
  if (since !== null && !Number.isFinite(since))
    throw new UsageError('--since takes a moment as 2026-11-22T10:00:00Z.')
  const called = options.source ?? null
  if (called !== null && !systemNameForm.test(called))
    throw new UsageError(
      '--source takes a name of lower-case letters, digits, dots, hyphens and underscores, 32 at most.',
    )
  const apply = options.apply === true
  await withPlatform(command, async ({ platform, settings, terminal }) => {
    const { runtime } = platform
    let taken = 0
    if (apply && source.warning !== undefined) terminal.say(yellow(source.warning))
    const report = await withProgress(
      { runtime, terminal },
      (progress) => {
        const found = source.read({
          from,
          piped: from === '-' ? process.stdin : undefined,
          options: ownOptions(source, options),
          since: since === null ? null : Math.floor(since),
          now: runtime.now(),
          gauge: progress,
        })
        return importAll(platform, passwordsOf(platform), found, {
          source: sourceCalled(name, called),
          numbers: source.numbers,
          keepsIds: source.keepsIds === true,
          keyResource: keyResourceIn(settings.profiles),
          rpId: options.rpId ?? null,
          encryptedTokens: settings.encryptedTokens,
          apply,
          broken: options.takeBrokenHashes === true,
          progress: (records, people) => {
            taken = records
            progress.counted(records, people)
          },
        })
      },
      apply ? 'Broken off: the same again goes on from here.' : '',
    ).catch((error: unknown) => {
      if (!(error instanceof ForeignUnreadable)) throw error
      const before = apply && taken > 0 ? ` What was read before it is here: ${number(taken)} records.` : ''
      throw new CommandFailed(`${error.message}${before}`)
    })
    terminal.show(reported(report, apply), linesOf(report, source, apply))
  })
}

/** The API that keys are for, by the first wire over them that names one. */
function keyResourceIn(profiles: Profiles): string | null {
  const wires = [profiles['drf-token'], profiles.djoser, profiles['dj-rest-auth']]
  return wires.find((wire) => wire?.settings.resource != null)?.settings.resource ?? null
}

/** Options of the source by the names that it gives them: commander writes them in camel case. */
function ownOptions(source: Source, options: Options): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.keys(source.options).map((option) => {
      const value = options[option.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())]
      return [option, typeof value === 'string' ? value : undefined]
    }),
  )
}

const mostShown = 20

/** What a person is told. Names and ids are a file's word: a terminal is shown them, and obeys none (SC-07). */
export function linesOf(report: ImportReport, source: Source, apply: boolean): string[] {
  const { read, created, updated, same, conflicts, roles, identities, revokedTokens, keys } = report
  const { clients, apis, factors, passkeys, remarks } = report
  const { consents, sessions, grants, accessTokens, registrations, initialTokens, issuers } = report
  const rows: string[][] = [
    ['read', number(read)],
    [apply ? 'new' : 'would be new', green(number(created))],
    [apply ? 'changed' : 'would change', number(updated)],
    ['as they are here', number(same)],
    ['not as it is there', conflicts.length === 0 ? '0' : yellow(number(conflicts.length))],
    ['roles', number(roles)],
    [
      'administrators of this server (role admin)',
      report.administrators === 0 ? '0' : yellow(number(report.administrators)),
    ],
    ['accounts elsewhere', number(identities)],
    ['authenticator applications', number(factors)],
    ['passkeys', number(passkeys)],
    ['clients', number(clients)],
    ['APIs', number(apis)],
    ['ended tokens', number(revokedTokens)],
    ['API keys', number(keys)],
    ['consents', number(consents)],
    ['sessions', number(sessions)],
    ['grants with their refresh tokens', number(grants)],
    ['opaque access tokens', number(accessTokens)],
    ['registration tokens', number(registrations)],
    ['initial access tokens', number(initialTokens)],
    ['trusted issuers', number(issuers)],
    ['signing keys', number(report.signingKeys)],
    ['events', number(report.events)],
    ['passwords', listed(report.passwords)],
    [
      'passwords not taken',
      listed(new Map([...report.withoutPassword].map(([why, count]) => [whyNot[why], count]))),
    ],
    ['left behind', listed(report.leftBehind)],
  ]
  const shown = conflicts.slice(0, mostShown).map(({ id, because }) => [visible(id), visible(because)])
  const more = conflicts.length - shown.length
  return [
    '',
    `  ${bold(source.title)}${apply ? '' : dim('  a try: nothing was written')}`,
    '',
    ...columns(rows.filter(([name, value]) => name === 'read' || (value !== '0' && value !== ''))),
    ...(shown.length === 0 ? [] : ['', `  ${bold('Not taken, or not as it is there')}`, ...columns(shown)]),
    ...(more > 0 ? [dim(`  and ${number(more)} more: --json has them all`)] : []),
    ...[...remarks].flatMap((text) => ['', `  ${visible(text)}`]),
    '',
    ...(apply || source.warning === undefined ? [] : [`  ${yellow(source.warning)}`]),
    ...(apply ? [] : ['  To take them in: the same with --apply.', '']),
  ]
}

/** What a person reads of why no password is taken. */
const whyNot: { readonly [W in WhyNot]: string } = {
  none: 'there is none',
  same: 'as before',
  'changed here': 'changed here',
  unusable: 'made unusable there',
  unknown: 'of a form that nobody knows',
  costly: 'cost too much',
  broken: 'guessed in no time (--take-broken-hashes)',
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${visible(name)} ${number(count)}`).join(', ')
}

function reported(report: ImportReport, applied: boolean): unknown {
  const { passwords, withoutPassword, leftBehind, remarks, ...rest } = report
  return {
    applied,
    ...rest,
    remarks: [...remarks],
    passwords: Object.fromEntries(passwords),
    withoutPassword: Object.fromEntries(withoutPassword),
    leftBehind: Object.fromEntries(leftBehind),
  }
}

function number(count: number): string {
  return count.toLocaleString('en')
}
