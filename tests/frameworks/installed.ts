// Frameworks that are too heavy to be dependencies of the workspace: installed from npm beside its own packages, where
// they stay for the next run. Applications are made in folders there, with the SDK as a published package has it.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { rolldown } from 'rolldown'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

export interface Installed {
  /** Where `node_modules` is. */
  readonly home: string
}

/** The folder with an application's sources and its `package.json`. */
export function sourceOf(name: string): string {
  return fileURLToPath(new URL(`./${name}/`, import.meta.url))
}

/** Installs what an application's `package.json` names, unless it is there; says why it can't. */
export async function install(name: string): Promise<Installed | { readonly skipped: string }> {
  const source = sourceOf(name)
  const manifest = await readFile(join(source, 'package.json'), 'utf8')
  return installOnce(name, manifest, (making) => cp(source, making, { recursive: true }))
}

/** Installs packages, by their versions, as `install` does. */
export function installPackages(
  name: string,
  dependencies: Readonly<Record<string, string>>,
): Promise<Installed | { readonly skipped: string }> {
  const manifest = JSON.stringify({ private: true, dependencies })
  return installOnce(name, manifest, (making) => writeFile(join(making, 'package.json'), manifest))
}

async function installOnce(
  name: string,
  manifest: string,
  fill: (making: string) => Promise<void>,
): Promise<Installed | { readonly skipped: string }> {
  const version = createHash('sha256').update(manifest).digest('hex').slice(0, 12)
  const cache = join(root, 'node_modules/.cache/countersign')
  const home = join(cache, `${name}-${version}`)
  if (existsSync(home)) return { home }
  await mkdir(cache, { recursive: true })
  const making = await mkdtemp(join(cache, 'installing-'))
  try {
    await fill(making)
    // Without a lockfile: one that is made where a platform's compiler can't be had leaves it out for all.
    const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=1000']
    const args = ['install', '--no-package-lock', '--ignore-scripts', ...patience]
    await run('npm', args, { cwd: making, timeout: 180_000, shell: process.platform === 'win32' })
    // Whoever was faster has installed the same.
    await rename(making, home).catch(() => rm(making, { recursive: true }))
    return { home }
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    const reason = /^npm error .*$/m.exec(said)?.[0] ?? 'it took too long'
    return { skipped: `${name} can't be installed from npm: ${reason}` }
  }
}

/** A folder of this process, and no more those of processes that have ended without a word. */
export async function folderIn({ home }: Installed): Promise<string> {
  for (const name of await readdir(home)) {
    const owner = /^of-(\d+)-/.exec(name)?.[1]
    if (owner !== undefined && !isRunning(Number(owner)))
      await rm(join(home, name), { recursive: true, force: true })
  }
  return mkdtemp(join(home, `of-${process.pid}-`))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** A sub-path of the SDK in a folder's `node_modules`, with the frameworks of `external` left to be found there. */
export async function bundleSdk(
  folder: string,
  subPaths: readonly string[],
  external: RegExp,
): Promise<void> {
  const place = join(folder, 'node_modules/@countersign/sdk')
  const built = await rolldown({
    input: Object.fromEntries(
      subPaths.map((name) => [name, join(root, `packages/sdk/src/frameworks/${name}.ts`)]),
    ),
    platform: 'node',
    external,
    resolve: { conditionNames: ['@countersign/source', 'node'] },
  })
  await built.write({ dir: place, format: 'es' })
  await built.close()
  const exports = Object.fromEntries(subPaths.map((name) => [`./${name}`, `./${name}.js`]))
  await writeFile(
    join(place, 'package.json'),
    JSON.stringify({ name: '@countersign/sdk', type: 'module', exports }),
  )
}

/** A CommonJS module of what is installed. */
export function requireFrom<Module>({ home }: Installed, name: string): Module {
  return createRequire(join(home, 'package.json'))(name)
}
