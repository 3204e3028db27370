// What a command starts from: settings read and checked, the platform opened, and everything closed again.
import type { Command } from 'commander'
import type { Platform } from '../../platform/platform.ts'
import { readConfigFile } from '../config-file.ts'
import { serverVariables } from '../env-file.ts'
import { openPlatform } from '../foundation.ts'
import { type Finding, type Loaded, loadSettings, type Mode, type Settings } from '../settings.ts'
import { type Terminal, terminal } from './terminal.ts'

/** Options that every command understands. */
export interface SharedOptions {
  readonly json?: boolean
  readonly yes?: boolean
  readonly config?: string
}

/** A command ends with problems that a person can mend; exit code 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  readonly findings: readonly Finding[]

  constructor(headline: string, findings: readonly Finding[] = []) {
    super(headline)
    this.findings = findings
  }
}

/** A command was called wrongly; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What a command works with. */
export interface Context {
  readonly terminal: Terminal
  readonly settings: Settings
  readonly platform: Platform
}

/** The terminal as the command’s options want it. */
export function terminalOf(command: Command): Terminal {
  return terminal(command.optsWithGlobals<SharedOptions>().json === true)
}

/** Reads settings; the caller decides what the findings mean. */
export async function readSettings(
  command: Command,
  mode: Mode,
): Promise<Loaded & { file: string | undefined }> {
  const { config, file } = await readConfigFile(
    process.cwd(),
    command.optsWithGlobals<SharedOptions>().config,
  )
  return { ...loadSettings({ env: process.env, config, mode }), file }
}

/**
 * The mode of a command that works on a server's database: production when this environment names an issuer or a
 * secret, as a deployed server's does; else the development database in this folder.
 */
export function modeHere(): Mode {
  const { env } = process
  return env['NODE_ENV'] === 'production' || serverVariables.some((name) => env[name] !== undefined)
    ? 'production'
    : 'development'
}

/** In development a secret is made where there is none. @throws CommandFailed */
export function refuseWithoutSecret({ mode, secrets }: Settings): void {
  if (mode === 'development' || secrets.length > 0) return
  throw new CommandFailed('There is no secret.', [
    {
      path: 'COUNTERSIGN_SECRET',
      code: 'secret_missing',
      message: 'Set it to the value that the server runs with.',
    },
  ])
}

/** Opens the platform for `work` and closes it afterwards. @throws CommandFailed when settings are wrong */
export async function withPlatform<T>(
  command: Command,
  work: (context: Context) => Promise<T>,
  migrations: 'apply' | 'require' | 'ignore' = 'require',
): Promise<T> {
  const mode = modeHere()
  const { settings, findings } = await readSettings(command, mode)
  if (findings.length > 0) throw new CommandFailed('The configuration has problems.', findings)
  refuseWithoutSecret(settings)
  const platform = await openPlatform(
    settings,
    mode === 'development' && migrations === 'require' ? 'apply' : migrations,
  )
  try {
    return await work({ terminal: terminalOf(command), settings, platform })
  } finally {
    await platform.close()
  }
}
