// `npm run build`: every package's dist, as it is published. Each is compiled by tsc against the built types of those
// below it (not against their sources), and the server's command is bundled as well, since a start that reads one file
// instead of a thousand is several times as fast.
//
//   npm run build                  all packages, in order
//   npm run build -- protocol      only these
import { chmod, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'
import { inspectorFile } from '../packages/server/src/app/inspector/inspector.page.ts'
import { builtFile, builtScript, bundleScript } from '../packages/server/src/app/inspector/script.ts'
import { runTool } from './tools.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
/** From the bottom up: each needs the types of those before it. */
export const packages = ['protocol', 'policy', 'sdk', 'server']

/** @throws Error with what tsc or the bundler said */
export async function build(names: readonly string[] = packages): Promise<void> {
  for (const name of packages.filter((known) => names.includes(known))) {
    const folder = join(root, 'packages', name)
    await rm(join(folder, 'dist'), { recursive: true, force: true })
    await runTool('tsc', ['-p', join('packages', name, 'tsconfig.build.json')])
    if (name === 'server') await Promise.all([bundle(folder), writeInspector(folder)])
  }
}

// Loaded at run time from beside the bundle: native addons can't be bundled, and pg asks for pg-native in case it is
// there. The bundler itself is asked for only by a server that runs from its sources.
const external = ['@node-rs/argon2', '@node-rs/bcrypt', 'pg-native', 'rolldown']

async function bundle(folder: string): Promise<void> {
  const made = await rolldown({
    input: { countersign: join(folder, 'src/app/cli/main.ts') },
    platform: 'node',
    external,
    resolve: { conditionNames: ['@countersign/source', 'node'] },
    onLog: (level, log, handler) => {
      // What we bundle evaluates nothing of ours and warns of itself only.
      if (level !== 'warn' || !log.id?.includes('node_modules')) handler(level, log)
    },
  })
  const entry = join(folder, 'dist/countersign.js')
  await made.write({
    dir: join(folder, 'dist'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'countersign-[name].js',
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
  })
  await made.close()
  const text = await readFile(entry, 'utf8')
  if (!text.startsWith('#!')) throw new Error('The bundle lost its first line, #!/usr/bin/env node.')
  await chmod(entry, 0o755)
}

/** The token inspector's script, for the server that shows it, and the inspector as one file. */
async function writeInspector(folder: string): Promise<void> {
  const script = await bundleScript()
  await writeFile(join(folder, builtScript), script)
  await writeFile(join(folder, builtFile), inspectorFile(script))
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true })
  const unknown = positionals.filter((name) => !packages.includes(name))
  if (unknown.length > 0) {
    console.error(`No such package: ${unknown.join(', ')}. There are ${packages.join(', ')}.`)
    process.exit(2)
  }
  const began = performance.now()
  await build(positionals.length > 0 ? positionals : packages)
  const size = (await stat(join(root, 'packages/server/dist/countersign.js'))).size
  console.log(`Built in ${((performance.now() - began) / 1000).toFixed(1)} s; the command is ${size} bytes.`)
}
