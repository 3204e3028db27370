// The real development server in a process of its own, alone or with the sample bank: free ports, a database that
// nobody has used, a clock that the test moves.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { usualEngine } from './installation.ts'
import { freshPostgres } from './postgres.ts'
import { type Child, freePort, spawnNode } from './processes.ts'
import { openShell, type Shell } from './shell.ts'

interface ServerOptions {
  /** With the sample bank, as `npm start` does; else as `countersign dev` does. */
  readonly bank?: boolean
  /** SQLite unless told; `postgres` needs a machine for which `postgresSkip()` is false. */
  readonly engine?: 'sqlite' | 'postgres'
  /** Further settings, for the server and its commands. */
  readonly env?: Readonly<Record<string, string>>
}

export interface Server {
  readonly issuer: string
  /** Where the sample bank is, or would be: the seeded clients are registered for it. */
  readonly bank: string
  /** The identifier of the bank's API: the audience of its access tokens. */
  readonly api: string
  /** Moves the clock of server and bank ahead. */
  advance(seconds: number): Promise<void>
  /** Runs `countersign …` on this server's database. @returns what it printed as JSON. @throws with its complaint */
  countersign(...args: string[]): Promise<Record<string, unknown>>
}

const start = new URL('../../scripts/start.ts', import.meta.url)
const command = new URL('../../packages/server/src/app/cli/main.ts', import.meta.url)

/** The password of the seeded people. */
export const password = 'analytical-engine-1843'

interface FileOptions extends ServerOptions {
  readonly skip?: string | false
  /**
   * Done once it runs, before the first test. Another `before` of the file would not wait for it: Node begins them all
   * at once.
   */
  readonly prepare?: (server: Server) => Promise<unknown>
}

/** Call at the top of a test file or a `describe`: one server for all of its tests. `skip` as they have it: then none. */
export function serverOfThisFile(options: FileOptions = {}): Server {
  let running: RunningServer | undefined
  before(async () => {
    if (options.skip) return
    running = await startServer(options)
    await options.prepare?.(running)
  })
  after(() => running?.stop())
  const present = (): RunningServer => {
    if (!running) throw new Error('The server runs only while the tests of this file do.')
    return running
  }
  return {
    get issuer() {
      return present().issuer
    },
    get bank() {
      return present().bank
    },
    get api() {
      return present().api
    },
    advance: (seconds) => present().advance(seconds),
    countersign: (...args) => present().countersign(...args),
  }
}

export interface RunningServer extends Server {
  /** Asks it to end, and deletes what it stored. @throws when it doesn't end by itself with code 0 */
  stop(): Promise<void>
}

/** Starts one and waits until it is ready; who starts it stops it. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-server-'))
  const fresh = (options.engine ?? usualEngine) === 'postgres' ? await freshPostgres() : undefined
  if (fresh?.skipped !== undefined) throw new Error(fresh.skipped)
  const place = { folder, databaseUrl: fresh?.url, bank: options.bank === true, more: options.env ?? {} }
  const forget = async (): Promise<void> => {
    await fresh?.drop()
    rmSync(folder, { recursive: true, force: true })
  }
  const { child, port, bankPort, env } = await launch(place).catch(async (error: unknown) => {
    await forget()
    throw error
  })
  const scheme = options.env?.['COUNTERSIGN_TLS_CERT'] === undefined ? 'http' : 'https'
  const issuer = `${scheme}://localhost:${port}`
  const bank = `http://localhost:${bankPort}`

  let shell: Shell | undefined
  const stop = async (): Promise<void> => {
    const [{ code, signal }] = await Promise.all([child.kill('SIGTERM'), shell?.[Symbol.asyncDispose]()])
    await forget()
    if (code !== 0) throw new Error(`The server ended with ${code ?? signal}:\n${child.stderr()}`)
  }
  return {
    issuer,
    bank,
    api: `${bank}/api`,
    async advance(seconds) {
      const body = JSON.stringify({ advance: seconds })
      const headers = { 'content-type': 'application/json' }
      const { status } = await fetch(`${issuer}/dev/clock`, { method: 'POST', headers, body })
      if (status !== 200) throw new Error(`The clock did not move: ${status}.`)
    },
    async countersign(...args) {
      shell ??= openShell(folder, env)
      return shell.done(...args)
    },
    stop,
  }
}

interface Launched {
  readonly child: Child
  readonly port: number
  readonly bankPort: number
  readonly env: Record<string, string | undefined>
}

interface Place {
  readonly folder: string
  readonly databaseUrl: string | undefined
  readonly bank: boolean
  readonly more: Readonly<Record<string, string>>
}

// Between asking for free ports and listening on them, somebody else may take one: then others will do.
async function launch(place: Place, attempt = 1): Promise<Launched> {
  const { folder, databaseUrl, bank, more } = place
  const [port, bankPort] = await Promise.all([freePort(), freePort()])
  const env = {
    ...unset,
    PORT: String(port),
    BANK_PORT: String(bankPort),
    COUNTERSIGN_DATA: folder,
    COUNTERSIGN_CLOCK: 'test',
    DATABASE_URL: databaseUrl,
    ...more,
  }
  const child = spawnNode(bank ? start : command, { args: bank ? [] : ['dev'], env, cwd: folder })
  try {
    await child.line(/ready in/)
    return { child, port, bankPort, env }
  } catch (error) {
    await child.kill()
    if (attempt === 3 || !/in use/i.test(child.stderr())) throw error
    return launch(place, attempt + 1)
  }
}

/** What a developer's environment may say about another server. */
const unset = Object.fromEntries(
  [
    'COUNTERSIGN_URL',
    'COUNTERSIGN_SECRET',
    'COUNTERSIGN_ISSUER',
    'COUNTERSIGN_AUDIENCE',
    'NODE_ENV',
    'HOST',
  ].map((name) => [name, undefined]),
)
