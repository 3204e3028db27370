// The table of commands, and what each way of ending means for the exit code: 0 done, 1 failed, 2 called wrongly.
import { Command, CommanderError, type OutputConfiguration } from 'commander'
import { StorageUnavailable } from '../../platform/db/engine.ts'
import { SchemaTooNew } from '../../platform/db/migrate.ts'
import { WrongSecret } from '../../platform/keys/secret-check.store.ts'
import { ConfigUnreadable } from '../config-file.ts'
import { fromEnvFile } from '../env-file.ts'
import { MigrationsPending } from '../foundation.ts'
import { UnusableSettings } from '../run.ts'
import { version } from '../version.ts'
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
import { terminal } from './terminal.ts'

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

/** Words beside a long option are wrapped as well, as long as this many columns are left for them. */
const help = { minWidthToWrap: 24 }

/** For programs, a wrong call is complained of as everything else is. */
const complaintsAsJson: OutputConfiguration = {
  outputError: (text) =>
    terminal(true).complain(
      text
        .trim()
        .replace(/^error: /, '')
        .replaceAll('\n', ' '),
      [],
    ),
}

/** The whole command line. @param json whether it is a program that reads what it complains of */
export function countersign(json = false): Command {
  const program = new Command('countersign')
    .description('Authentication and authorization for applications and APIs, in one process.')
    .version(version, '-v, --version', 'print the version')
    .configureHelp({ ...help, sortSubcommands: false, showGlobalOptions: true })
    .showSuggestionAfterError()
  const output = json ? complaintsAsJson : {}
  program.exitOverride().configureOutput(output)
  // What is in a `.env` is for the server that serves people: the other one starts with nothing.
  program.hook('preAction', (_, command) => {
    if (command.name() !== 'dev') Object.assign(process.env, fromEnvFile(process.cwd(), process.env))
  })
  for (const make of commands) program.addCommand(prepared(make(), output))
  return program
}

/** Parses `argv` (as `process.argv`) and runs the command; sets the exit code. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const json = argv.includes('--json')
  try {
    await countersign(json).parseAsync([...argv])
  } catch (error) {
    process.exitCode = exitCodeOf(error, json)
  }
}

/** Gives a command, and each below it, the options that all share; and lets errors reach us instead of ending the process. */
function prepared(command: Command, output: OutputConfiguration): Command {
  command.exitOverride().configureHelp(help).configureOutput(output)
  if (command.commands.length === 0) {
    command
      .option('--json', 'print JSON')
      .option('--yes', 'do not ask')
      .option('--config <file>', 'configuration file')
  }
  for (const child of command.commands) prepared(child, output)
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
  const expected = [ConfigUnreadable, MigrationsPending, SchemaTooNew, WrongSecret].some(
    (kind) => error instanceof kind,
  )
  if (expected) out.complain((error as Error).message, [])
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

function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'Something that is not an error was thrown.'
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ''
  return error instanceof StorageUnavailable ? `${error.message}${cause}` : (error.stack ?? error.message)
}
