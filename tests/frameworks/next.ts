// A real Next for tests: installed from npm beside the workspace's own packages, where it stays for the next run, and
// built with an application in a folder of its own. The application uses the SDK as a package, bundled by Next.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire, stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'
import { writeFiles } from '../../packages/sdk/src/frameworks/guide.fixture.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const source = fileURLToPath(new URL('./next-app/', import.meta.url))

export interface Installed {
  /** Where `node_modules` is. */
  readonly home: string
}

/** Installs Next, unless it is there; says why it can't. */
export async function installNext(): Promise<Installed | { readonly skipped: string }> {
  const manifest = await readFile(join(source, 'package.json'), 'utf8')
  const version = createHash('sha256').update(manifest).digest('hex').slice(0, 12)
  const cache = join(root, 'node_modules/.cache/countersign')
  const home = join(cache, `next-${version}`)
  if (existsSync(home)) return { home }
  await mkdir(cache, { recursive: true })
  const making = await mkdtemp(join(cache, 'installing-'))
  try {
    for (const name of ['package.json', 'nothing'])
      await cp(join(source, name), join(making, name), { recursive: true })
    // Without a lockfile: one that is made where a platform's compiler can't be had leaves it out for all.
    const args = ['install', '--no-package-lock', '--ignore-scripts', '--fetch-retries=1']
    await run('npm', args, { cwd: making, timeout: 180_000, shell: process.platform === 'win32' })
    // Whoever was faster has installed the same.
    await rename(making, home).catch(() => rm(making, { recursive: true }))
    return { home }
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    const reason = /^npm error .*$/m.exec(said)?.[0] ?? 'it took too long'
    return { skipped: `Next can't be installed from npm: ${reason}` }
  }
}

/** An application of `next-app` and these files, built for production in a folder that it comes to. */
export async function buildNext({ home }: Installed, files: Iterable<readonly [string, string]>) {
  const folder = await mkdtemp(join(home, 'app-'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFiles(folder, [...(await applicationFiles()), ...files].map(asJavaScript))
  await bundleSdk(join(folder, 'node_modules/@countersign/sdk'))
  const command = join(home, 'node_modules/next/dist/bin/next')
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env
  await run(process.execPath, [command, 'build'], {
    cwd: folder,
    env: { ...env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
  }).catch((error: { readonly stdout: string; readonly stderr: string }) => {
    throw new Error(`next build failed:\n${error.stdout}\n${error.stderr}`)
  })
  return folder
}

async function applicationFiles(): Promise<(readonly [string, string])[]> {
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts'))
  return Promise.all(names.map(async (name) => [name, await readFile(join(source, name), 'utf8')] as const))
}

/** Next checks types by a compiler that it would install first; ours has checked them. */
function asJavaScript([name, text]: readonly [string, string]): readonly [string, string] {
  return [
    name.replace(/\.ts$/, '.js'),
    stripTypeScriptTypes(text).replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"),
  ]
}

/** The sub-path as a published package has it. */
async function bundleSdk(folder: string): Promise<void> {
  const built = await rolldown({
    input: { next: join(root, 'packages/sdk/src/frameworks/next.ts') },
    platform: 'node',
    resolve: { conditionNames: ['@countersign/source', 'node'] },
  })
  await built.write({ dir: folder, format: 'es' })
  await built.close()
  const exports = { './next': './next.js' }
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: '@countersign/sdk', type: 'module', exports }),
  )
}

/** What the compiler has to say of these files, beside Next's own types. */
export async function compileWithNext(
  { home }: Installed,
  files: readonly (readonly [string, string])[],
): Promise<string> {
  const folder = await mkdtemp(join(home, 'types-'))
  try {
    await mkdir(join(folder, 'node_modules'))
    await symlink(
      join(root, 'node_modules/@countersign'),
      join(folder, 'node_modules/@countersign'),
      'junction',
    )
    const options = {
      extends: join(root, 'tsconfig.json'),
      // As `create-next-app` sets it: Next's own types need it.
      compilerOptions: { module: 'esnext', moduleResolution: 'bundler' },
      files: files.map(([name]) => name),
      include: [],
    }
    await writeFiles(folder, [...files, ['tsconfig.json', JSON.stringify(options)]])
    return await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder]).then(
      () => '',
      (error: { readonly stdout: string }) => error.stdout,
    )
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A module of the installed Next. */
export function requireNext<Module>({ home }: Installed, name: string): Module {
  return createRequire(join(home, 'package.json'))(name)
}

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>
interface NextServer {
  prepare(): Promise<void>
  getRequestHandler(): Listener
  close(): Promise<void>
}
type CreateNext = (options: { readonly dev: boolean; readonly dir: string }) => NextServer

/** Serves a built application from this process, whose clock and network its routes then share. */
export async function serveNext(installed: Installed, folder: string) {
  Object.assign(process.env, { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' })
  const create = requireNext<CreateNext>(installed, 'next')
  const app = create({ dev: false, dir: folder })
  await app.prepare()
  const listener = app.getRequestHandler()
  const server = createServer((request, response) => void listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  async function close(): Promise<void> {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await app.close()
  }
  return { url: `http://127.0.0.1:${port}`, close }
}
