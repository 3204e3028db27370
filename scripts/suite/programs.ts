// The programs that tests start again and again, each bundled once for the whole run, as `npm run build` bundles the
// command that is published: to start one from a thousand sources costs three times as much, and more than most tests.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import { programs } from '../../tests/harness/programs.ts'

const root = new URL('../../', import.meta.url)
// It has to lie where Node finds the packages that can't be bundled.
const cache = fileURLToPath(new URL('node_modules/.cache/countersign/programs', root))
const dayMs = 86_400_000

/** Bundles what the sources say now. @returns the folder, which stays what it is whatever becomes of the sources */
export async function bundlePrograms(): Promise<string> {
  mkdirSync(cache, { recursive: true })
  const made = mkdtempSync(join(cache, 'new-'))
  try {
    await bundle(made)
    // Whoever runs tests of the same sources runs the same programs, which Node has compiled already.
    const folder = join(cache, digestOf(made))
    if (existsSync(folder)) utimesSync(folder, new Date(), new Date())
    else renameSync(made, folder)
    forgetOld()
    return folder
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

async function bundle(folder: string): Promise<void> {
  const bundler = await rolldown({
    input: Object.fromEntries(
      programs.map(({ name, source }) => [name, fileURLToPath(new URL(source, root))]),
    ),
    platform: 'node',
    // Native addons, and who is asked for in case it is there.
    external: /^@node-rs\/|^pg-native$|^rolldown$/,
    plugins: [{ name: 'sources', resolveId: sourceAt }],
    resolve: { conditionNames: ['@countersign/source', 'node'] },
    onLog: () => {},
  })
  await bundler.write({ dir: folder, entryFileNames: '[name].js', chunkFileNames: 'part-[name].js' })
  await bundler.close()
}

// They look for files beside themselves.
const asSources = ['examples/bank/server.ts', 'packages/server/src/app/inspector/script.ts']

/** Where a module stays that is loaded from its source; null for every other one. */
function sourceAt(id: string, importer: string | undefined) {
  if (importer === undefined || !id.startsWith('.')) return null
  const { href } = new URL(id, pathToFileURL(importer))
  const isSource = asSources.some((path) => new URL(path, root).href === href)
  return isSource ? { id: href, external: 'absolute' as const } : null
}

function digestOf(folder: string): string {
  const digest = createHash('sha256')
  for (const name of readdirSync(folder).sort()) digest.update(name).update(readFileSync(join(folder, name)))
  return digest.digest('hex').slice(0, 16)
}

/** What nobody has begun a run with for a day. */
function forgetOld(): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name)
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    if (Date.now() - mtimeMs > dayMs) rmSync(path, { recursive: true, force: true })
  }
}
