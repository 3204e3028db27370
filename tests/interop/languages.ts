// Clients in other languages, and heavy ones of npm: one small program each, whose libraries come from their language's own
// registry at the versions that its lock file names. They are installed beneath `node_modules/.cache` and
// stay there for the next run.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { browserOf, type Outcome, type Outcomes, type Registration, type Step, steps } from './client-run.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const cache = join(root, 'node_modules/.cache/countersign/interop')

/** A program that is ready to run. */
export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

export interface Language {
  /** Beneath tests/interop, with the program and its lock file. */
  readonly folder: string
  readonly source: string
  /** Where its answers go to; `/callback` unless its library wants another path. */
  readonly callback?: string
  /** Programs without which there is nothing to run. */
  readonly needs: readonly (readonly string[])[]
  /** Gets what the program is made of. @throws when a registry can't be reached */
  fetch(place: Place): Promise<void>
  /** @throws when it can't be built: the program is wrong */
  build(place: Place): Promise<Program>
}

interface Place {
  readonly source: string
  readonly cache: string
}

const tool = (command: string, args: readonly string[], cwd: string, env: Record<string, string> = {}) =>
  run(command, args, { cwd, env: { ...process.env, ...env }, timeout: 20 * 60_000, maxBuffer: 2 ** 26 })

const goEnvironment = ({ cache: at }: Place) => ({
  GOMODCACHE: join(at, 'modules'),
  GOFLAGS: '-mod=readonly -modcacherw',
  GOTOOLCHAIN: 'local',
})

const go: Language = {
  folder: 'go',
  source: 'main.go',
  needs: [['go', 'version']],
  fetch: async (place) => void (await tool('go', ['mod', 'download'], place.source, goEnvironment(place))),
  async build(place) {
    const command = join(place.cache, 'program')
    await tool('go', ['build', '-o', command, '.'], place.source, goEnvironment(place))
    return { command, args: [] }
  },
}

export const python: Language = {
  folder: 'python',
  source: 'main.py',
  needs: [['python3', '-m', 'pip', '--version']],
  async fetch(place) {
    const packages = join(place.cache, 'packages')
    if (existsSync(packages)) return
    const making = `${packages}-${process.pid}`
    const list = join(place.source, 'requirements.txt')
    // All of them are in the list, at one version each.
    const exactly = ['--no-deps', '--only-binary', ':all:', '--disable-pip-version-check', '--quiet']
    const args = ['-m', 'pip', 'install', ...exactly, '--target', making, '-r', list]
    await tool('python3', args, place.source)
    await rename(making, packages)
  },
  build: async (place) => ({
    command: 'python3',
    args: ['-B', '-W', 'error::DeprecationWarning:__main__', join(place.source, 'main.py')],
    env: { PYTHONPATH: join(place.cache, 'packages') },
  }),
}

const java: Language = {
  folder: 'java',
  source: 'Interop.java',
  needs: [
    ['java', '--version'],
    ['mvn', '--version'],
  ],
  async fetch(place) {
    const file = join(place.cache, 'class-path')
    if (existsSync(file)) return
    const goal = ['dependency:build-classpath', `-Dmdep.outputFile=${file}`]
    const quietly = ['--quiet', '--batch-mode', `-Dmaven.repo.local=${join(place.cache, 'repository')}`]
    await tool('mvn', [...quietly, ...goal], place.source)
  },
  async build(place) {
    const classPath = await readFile(join(place.cache, 'class-path'), 'utf8')
    const classes = join(place.cache, 'classes')
    const args = [
      '-Xlint:all',
      '-Xlint:-processing',
      '-proc:none',
      '-d',
      classes,
      '-cp',
      classPath,
      'Interop.java',
    ]
    await tool('javac', args, place.source)
    return { command: 'java', args: ['-cp', `${classes}${delimiter}${classPath}`, 'Interop'] }
  },
}

const rustEnvironment = ({ cache: at }: Place) => ({
  CARGO_HOME: join(at, 'registry'),
  CARGO_TARGET_DIR: join(at, 'target'),
  CARGO_INCREMENTAL: '0',
})

const rust: Language = {
  folder: 'rust',
  source: 'src/main.rs',
  needs: [['cargo', '--version']],
  fetch: async (place) =>
    void (await tool('cargo', ['fetch', '--locked', '--quiet'], place.source, rustEnvironment(place))),
  async build(place) {
    const args = ['build', '--locked', '--offline', '--quiet', '--config', 'profile.dev.debug=false']
    await tool('cargo', args, place.source, rustEnvironment(place))
    return { command: join(place.cache, 'target/debug/countersign-interop'), args: [] }
  },
}

/** Installs what a lock file of npm names. @throws when the registry can't be reached */
export async function fetchPackages(place: Place): Promise<void> {
  const packages = join(place.cache, 'node_modules')
  if (existsSync(packages)) return
  const making = await mkdtemp(join(place.cache, 'installing-'))
  for (const file of ['package.json', 'package-lock.json'])
    await cp(join(place.source, file), join(making, file))
  // Their peers are frameworks that they are run without.
  await tool('npm', ['ci', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'], making)
  await rename(join(making, 'node_modules'), packages)
  await rm(making, { recursive: true })
}

/** Clients of npm that bring too much along for the workspace. */
const npm = (source: string, callback = '/callback'): Language => ({
  folder: 'npm',
  source,
  callback,
  needs: [['npm', '--version']],
  fetch: fetchPackages,
  async build(place) {
    for (const file of [source, 'browser.mjs']) await cp(join(place.source, file), join(place.cache, file))
    return { command: process.execPath, args: [join(place.cache, source)] }
  },
})

export const languages: readonly Language[] = [
  npm('express-openid-connect.mjs'),
  npm('next-auth.mjs', '/api/auth/callback/countersign'),
  npm('oauth2-client.mjs'),
  go,
  python,
  java,
  rust,
]

/**
 * Makes a language's program ready, or says why this machine can't.
 *
 * @param source the folder of the program; its own beneath this one unless given
 * @throws when the program doesn't build
 */
export async function prepare(
  language: Language,
  source = join(root, 'tests/interop', language.folder),
): Promise<Program | { readonly skipped: string }> {
  for (const [command = '', ...args] of language.needs) {
    const there = await run(command, args).then(
      () => true,
      () => false,
    )
    if (!there) return { skipped: `${[command, ...args].join(' ')} can’t be run here` }
  }
  const place = { source, cache: await cacheOf(language.folder, source) }
  try {
    await language.fetch(place)
  } catch (error) {
    return { skipped: `its packages can’t be fetched: ${lastLine(error)}` }
  }
  return language.build(place)
}

/** A folder for what these versions bring; those of other versions go. */
async function cacheOf(name: string, source: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of ['go.sum', 'requirements.txt', 'pom.xml', 'Cargo.lock', 'package-lock.json'])
    if (existsSync(join(source, file))) hash.update(await readFile(join(source, file)))
  const own = `${name}-${hash.digest('hex').slice(0, 12)}`
  await mkdir(join(cache, own), { recursive: true })
  for (const other of await readdir(cache))
    if (other.startsWith(`${name}-`) && other !== own)
      await rm(join(cache, other), { recursive: true, force: true })
  return join(cache, own)
}

function lastLine(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return said.trim().split('\n').at(-1) ?? ''
}

/** Runs a program, with a browser that it can send to addresses. @throws with what it complained of */
export async function runProgram(program: Program, registration: Registration): Promise<Outcomes> {
  await using browser = await serveBrowser(registration)
  const env = {
    ...process.env,
    ...program.env,
    ISSUER: registration.issuer,
    CLIENT_ID: registration.clientId,
    CLIENT_SECRET: registration.clientSecret,
    REDIRECT_URI: registration.redirectUri,
    POST_LOGOUT_REDIRECT_URI: registration.postLogoutRedirectUri,
    BROWSER: browser.address,
  }
  const { stdout } = await run(program.command, [...program.args], { env, timeout: 120_000 }).catch(
    (error: { readonly stdout: string; readonly stderr: string }) => {
      throw new Error(`${error.stdout}${error.stderr}`.trim())
    },
  )
  return readOutcomes(stdout)
}

function readOutcomes(said: string): Outcomes {
  const outcomes = new Map<Step, Outcome>()
  for (const line of said.trim().split('\n')) {
    const [, outcome, name] = /^(done|by hand) ([\w-]+)$/.exec(line) ?? []
    const step = steps.find((one) => one === name)
    if (outcome === undefined || step === undefined) throw new Error(`The program said: ${line}`)
    outcomes.set(step, outcome === 'done' ? 'done' : 'by hand')
  }
  return outcomes
}

/** `GET /walk?to=…` answers where the browser was sent in the end; `GET /approve?to=…` allows a device. */
async function serveBrowser(registration: Registration) {
  const browser = browserOf(registration)
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const to = searchParams.get('to') ?? ''
    const gone = pathname === '/approve' ? browser.approve(to) : browser.walk(to)
    gone.then(
      (left) => response.end(left?.href ?? ''),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
