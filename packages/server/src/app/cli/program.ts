// The table of commands, and what each way of ending means for the exit code: 0 done, 1 failed, 2 called wrongly.
import { Command, CommanderError, Help, type HelpConfiguration, type OutputConfiguration } from 'commander'
import { StorageUnavailable } from '../../platform/db/engine.ts'
import { SchemaTooNew } from '../../platform/db/migrate.ts'
import { WrongSecret } from '../../platform/keys/secret-check.store.ts'
import { ConfigUnreadable } from '../config-file.ts'
import { fromEnvFile } from '../env-file.ts'
import { MigrationsPending } from '../foundation.ts'
import { UnusableSettings } from '../run.ts'
import { ServedOtherwise } from '../served-as.store.ts'
import type { Finding } from '../settings.ts'
import { version } from '../version.ts'
import { called, withoutTokens } from './call.ts'
import { apiCommand } from './commands/api.ts'
import { backupCommand, restoreCommand } from './commands/backup.ts'
import { clientCommand } from './commands/client.ts'
import { completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { nginxCommand, procfileCommand, systemdCommand } from './commands/deploy.ts'
import { devCommand } from './commands/dev.ts'
import { doctorCommand } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { healthCommand } from './commands/health.ts'
import { importCommand } from './commands/import.ts'
import { initCommand } from './commands/init.ts'
import { issuerCommand } from './commands/issuer.ts'
import { jwtCommand } from './commands/jwt.ts'
import { keyCommand } from './commands/key.ts'
import { keysCommand } from './commands/keys.ts'
import { migrateCommand } from './commands/migrate.ts'
import { roleCommand } from './commands/role.ts'
import { startCommand } from './commands/start.ts'
import { tokenCommand } from './commands/token.ts'
import { userCommand } from './commands/user.ts'
import { versionCommand } from './commands/version.ts'
import { CommandFailed, UsageError } from './context.ts'
import { terminal, wrapped } from './terminal.ts'

const commands: readonly (() => Command)[] = [
  devCommand,
  startCommand,
  initCommand,
  migrateCommand,
  userCommand,
  clientCommand,
  apiCommand,
  issuerCommand,
  roleCommand,
  importCommand,
  exportCommand,
  backupCommand,
  restoreCommand,
  keyCommand,
  keysCommand,
  tokenCommand,
  jwtCommand,
  configCommand,
  doctorCommand,
  healthCommand,
  nginxCommand,
  systemdCommand,
  procfileCommand,
  completionCommand,
  versionCommand,
]

/** Words beside a long option are wrapped, as long as this many columns are left for them; else they stand below it. */
const leastColumns = 24
const help: HelpConfiguration = {
  minWidthToWrap: leastColumns,
  formatItem(term, termWidth, description, helper) {
    const room = helper.helpWidth ?? 80
    if (room - termWidth - 4 >= leastColumns || description === '')
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
    return [`  ${term}`, ...wrapped(description, { columns: room, indent: 6 })].join('\n')
  },
}

/** A wrong call is complained of as everything else is; a person is shown the right one. */
function complaints(command: Command, path: string, json: boolean): OutputConfiguration {
  const usage = () => ({ path: 'Usage', code: 'usage', message: `${path} ${command.usage()}` })
  return { outputError: (text) => terminal(json).complain(complaintOf(text), json ? [] : [usage()]) }
}

/** What commander says, as one of our sentences. */
function complaintOf(text: string): string {
  const [said = '', meant] = withoutTokens(text)
    .trim()
    .replace(/^error: /, '')
    .split(/\n?\((?=Did you mean )/)
  const sentence = said.charAt(0).toUpperCase() + said.slice(1).replace(/[.\s]*$/, '.')
  const hint = meant === undefined ? [] : [meant.replace(/\)$/, '').replace(/ (\S+)\?$/, ' “$1”?')]
  return [sentence.replaceAll(/'([^']*)'/g, '“$1”'), ...hint].join(' ').replaceAll('\n', ' ')
}

/** The whole command line. @param json whether it is a program that reads what it complains of */
export function countersign(json = false): Command {
  const program = new Command('countersign')
    .description('Authentication and authorization for applications and APIs, in one process.')
    .version(version, '-v, --version', 'print the version')
    .configureHelp({ ...help, sortSubcommands: false, showGlobalOptions: true })
    .showSuggestionAfterError()
  program.exitOverride().configureOutput(complaints(program, 'countersign', json))
  // What is in a `.env` is for the server that serves people: the other one starts with nothing.
  program.hook('preAction', (_, command) => {
    if (command.name() !== 'dev') Object.assign(process.env, fromEnvFile(process.cwd(), process.env))
  })
  for (const make of commands) program.addCommand(prepared(make(), 'countersign', json))
  return program
}

/** Parses `argv` (as `process.argv`) and runs the command; sets the exit code. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json')
  try {
    const program = countersign(json)
    await program.parseAsync([...argv.slice(0, 2), ...called(program, argv.slice(2))])
  } catch (error) {
    process.exitCode = exitCodeOf(error, json)
  }
}

/** Gives a command, and each below it, the options that all share; and lets errors reach us instead of ending the process. */
function prepared(command: Command, above: string, json: boolean): Command {
  const path = `${above} ${command.name()}`
  command
    .exitOverride()
    .configureHelp(help)
    .configureOutput(complaints(command, path, json))
  if (command.commands.length === 0) {
    command
      .option('--json', 'print JSON')
      .option('--yes', 'do not ask')
      .option('--config <file>', 'configuration file')
  }
  for (const child of command.commands) prepared(child, path, json)
  return command
}

function exitCodeOf(error: unknown, json: boolean): 0 | 1 | 2 {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  const out = terminal(json)
  if (error instanceof UsageError) {
    out.complain(error.message, [])
    return 2
  }
  if (error instanceof CommandFailed || error instanceof UnusableSettings) {
    out.complain(error.message, error.findings)
    return 1
  }
  const expected = [ConfigUnreadable, MigrationsPending, SchemaTooNew, ServedOtherwise, WrongSecret].some(
    (kind) => error instanceof kind,
  )
  const door = doorFault(error)
  if (expected) out.complain((error as Error).message, [])
  else if (door !== null) out.complain(door.headline, [door.finding])
  else if (error instanceof StorageUnavailable)
    out.complain('The database can’t be reached.', [
      { path: 'DATABASE_URL', code: 'database_unavailable', message: reason(error) },
    ])
  else
    out.complain('This should not have happened.', [
      { path: 'internal', code: 'internal', message: reason(error) },
    ])
  return 1
}

/** Why a server can’t listen where it was told to, in words; null for any other error. */
function doorFault(error: unknown): { readonly headline: string; readonly finding: Finding } | null {
  const { syscall, code, port, address } = error as NodeJS.ErrnoException & {
    port?: number
    address?: string
  }
  // A worker asks the one that looks after it to listen, and that binds.
  if (!(error instanceof Error) || (syscall !== 'listen' && syscall !== 'bind')) return null
  if (code === 'EADDRINUSE')
    return {
      headline: `Port ${port} is in use.`,
      finding: { path: 'PORT', code: 'port_in_use', message: 'Stop what listens there, or choose another.' },
    }
  if (code === 'EACCES')
    return {
      headline: `Port ${port} is not for this user to listen on.`,
      finding: {
        path: 'PORT',
        code: 'port_forbidden',
        message: 'Choose one from 1024 on, or grant CAP_NET_BIND_SERVICE.',
      },
    }
  return {
    headline: `Nobody can listen at ${address} here (${code}).`,
    finding: {
      path: 'HOST',
      code: 'no_such_address',
      message: 'Set it to an address of this machine; 0.0.0.0 is every one.',
    },
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'Something that is not an error was thrown.'
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return error instanceof StorageUnavailable ? `${error.message}${cause}` : (error.stack ?? error.message)
}
