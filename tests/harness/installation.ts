// A production server as an operator runs it: `countersign start` in as many processes as a test asks for, all on one
// database of their own (SQLite file or PostgreSQL), behind an imagined proxy on 127.0.0.1 that names the callers.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPlatform } from '../../packages/server/src/app/foundation.ts'
import { loadSettings } from '../../packages/server/src/app/settings.ts'
import type { Platform } from '../../packages/server/src/platform/platform.ts'
import { freshPostgres } from './postgres.ts'
import { type Child, freePort, spawnNode } from './processes.ts'
import { openShell, type Shell } from './shell.ts'

export type Engine = 'sqlite' | 'postgres'

/** What a test that names none runs on: see `npm test -- --engine`. */
export const usualEngine: Engine = process.env['TEST_ENGINE'] === 'postgres' ? 'postgres' : 'sqlite'

/** Why a test of what only the embedded database has is not run on the other engine, or false: for node:test's `skip`. */
export const embeddedSkip: string | false =
  usualEngine === 'postgres' && 'is about the file of the embedded database: a run on SQLite tries it'

/** The public address of every installation; its processes are reached at addresses of their own. */
export const issuer = 'https://id.example.test'
const secret = 'kDq7vW2nLr9xYb4sTf6hJm8zQc3gPa5eRu1oXi0y'

export interface InstallationOptions {
  readonly engine?: Engine
  /** Where the embedded database lies; a folder of its own, deleted at the end, when left out. */
  readonly folder?: string
  /** Somebody else's PostgreSQL database; a fresh one, dropped at the end, when left out. */
  readonly databaseUrl?: string
  /** For tests of what a server loads: see `SpawnOptions`. */
  readonly fromSources?: boolean
}

/** One process of an installation. */
export interface Running {
  readonly origin: string
  readonly port: number
  readonly child: Child
  /** From its start to its word that it is ready. */
  readonly readyMs: number
  /** Ends it as a person at a terminal would. @throws when it doesn't end with code 0 */
  stop(): Promise<void>
}

export interface StartOptions {
  /** The same as before for a restart; a free one when left out. */
  readonly port?: number
  readonly env?: Readonly<Record<string, string>>
  /** As `countersign dev`, seeded, with whatever only a development server has. */
  readonly development?: boolean
}

export interface Installation extends AsyncDisposable {
  readonly engine: Engine
  readonly databaseUrl: string
  /** The embedded database's file. */
  readonly file: string
  readonly env: Readonly<Record<string, string | undefined>>
  start(options?: StartOptions): Promise<Running>
  /** `countersign …` in a process that the caller follows. */
  command(args: readonly string[], env?: Readonly<Record<string, string | undefined>>): Child
  /** Runs `countersign …` to its end, in one process with others. */
  run: Shell['run']
  /** As `run`. @returns what it printed as JSON. @throws with its complaint */
  countersign(...args: string[]): Promise<Record<string, unknown>>
  /** Opens its database in this process, applying migrations, for `work` alone. */
  within<T>(work: (platform: Platform) => Promise<T>): Promise<T>
}

const program = new URL('../../packages/server/src/app/cli/main.ts', import.meta.url)

/** Makes one; the end of an `await using` block kills its processes and deletes what they stored. */
export async function openInstallation(options: InstallationOptions = {}): Promise<Installation> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'countersign-installation-'))
  const engine = options.engine ?? usualEngine
  const fresh = engine === 'postgres' && options.databaseUrl === undefined ? await freshPostgres() : undefined
  if (fresh?.skipped !== undefined) throw new Error(fresh.skipped)
  const file = join(folder, 'countersign.db')
  const databaseUrl = options.databaseUrl ?? fresh?.url ?? `file:${file}`
  const env = { ...nobodysElse, COUNTERSIGN_SECRET: secret, DATABASE_URL: databaseUrl }
  const children: Child[] = []
  let shell: Shell | undefined
  const inShell = (): Shell => {
    shell ??= openShell(folder, env)
    return shell
  }
  const command: Installation['command'] = (args, more = {}) => {
    const { fromSources = false } = options
    const child = spawnNode(program, { args, env: { ...env, ...more }, cwd: folder, fromSources })
    children.push(child)
    return child
  }
  return {
    engine,
    databaseUrl,
    file,
    env,
    command,
    start: (asked = {}) => start(command, asked),
    run: (...asked) => inShell().run(...asked),
    countersign: (...args) => inShell().done(...args),
    within: async (work) => {
      const { settings } = loadSettings({
        env: { ...defined(env), LOG_LEVEL: 'silent' },
        config: {},
        mode: 'production',
      })
      const platform = await openPlatform(settings, 'apply')
      try {
        return await work(platform)
      } finally {
        await platform.close()
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...children.map((child) => child.kill()), shell?.[Symbol.asyncDispose]()])
      await fresh?.drop()
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

// Between asking for a free port and listening on it, somebody else may take it: then another one will do.
async function start(
  command: Installation['command'],
  { port: wanted, env = {}, development = false }: StartOptions,
  attempt = 1,
): Promise<Running> {
  const port = wanted ?? (await freePort())
  const began = performance.now()
  const child = command([development ? 'dev' : 'start'], {
    PORT: String(port),
    COUNTERSIGN_HOSTS: `127.0.0.1:${port}`,
    ...env,
  })
  try {
    await child.line(/ready in/)
  } catch (error) {
    await child.kill()
    if (attempt === 3 || !/EADDRINUSE|in use/i.test(child.stderr())) throw error
    return start(
      command,
      { ...(wanted === undefined ? {} : { port: wanted }), env, development },
      attempt + 1,
    )
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    child,
    readyMs: performance.now() - began,
    stop: async () => {
      const { code, signal } = await child.kill('SIGINT')
      if (code !== 0) throw new Error(`The server ended with ${code ?? signal}:\n${child.stderr()}`)
    },
  }
}

/** What the environment of whoever runs the tests may say about another server, and what all of ours have. */
const nobodysElse: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(
    [
      'COUNTERSIGN_SECRETS',
      'COUNTERSIGN_DATA',
      'COUNTERSIGN_CLOCK',
      'COUNTERSIGN_MANAGEMENT_PORT',
      'WEB_CONCURRENCY',
      'SMTP_URL',
      'MAIL_FROM',
      'NODE_ENV',
    ].map((name) => [name, undefined]),
  ),
  COUNTERSIGN_URL: issuer,
  COUNTERSIGN_TRUST_PROXY: '127.0.0.1',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'warn',
}

function defined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
