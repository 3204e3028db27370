// `npm run check`: all that can be said of the code without running it. Writes nothing but dist. One line per step with
// its time; what failed is told in full after the steps; exit code 1 if anything did.
//
//   npm run check                     every step
//   npm run check -- types style      only these
import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { breachesOf, formatBreach } from '../tests/house/rules.ts'
import { houseFiles } from '../tests/house/tree.ts'
import { build, packages } from './build.ts'
import { runTool } from './tools.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

interface Step {
  readonly name: string
  readonly about: string
  /** Throws what is wrong. */
  readonly run: () => Promise<unknown>
}

const steps: readonly Step[] = [
  { name: 'types', about: 'TypeScript', run: () => runTool('tsc', ['-p', 'tsconfig.json']) },
  {
    name: 'style',
    about: 'Biome: lint and format (mend with `npm run format`)',
    run: () => runTool('biome', ['check', '--error-on-warnings', '--max-diagnostics=100', '.']),
  },
  { name: 'house', about: 'the house rules of ARCHITECTURE.md', run: keepHouse },
  {
    name: 'dead',
    about: 'knip: files, exports and dependencies that nobody uses',
    run: () => runTool('knip', []),
  },
  { name: 'build', about: 'every package’s dist, and the bundled command, which must run', run: buildAndRun },
  {
    name: 'packages',
    about: 'publint and attw on what is built; nothing of the tests in it',
    run: checkPackages,
  },
]

async function keepHouse(): Promise<void> {
  const breaches = breachesOf(houseFiles())
  if (breaches.length > 0) throw new Error(breaches.map(formatBreach).join('\n'))
}

async function buildAndRun(): Promise<void> {
  await build()
  const command = join(root, 'packages/server/dist/countersign.js')
  const { stdout } = await promisify(execFile)(process.execPath, [command, 'version'])
  if (!/^countersign \d+\.\d+/.test(stdout)) throw new Error(`The built command says:\n${stdout}`)
}

async function checkPackages(): Promise<void> {
  const wrong: string[] = []
  for (const name of packages) {
    const folder = join(root, 'packages', name)
    const ofTests = globSync('dist/**/{house,*.fixture,*.test}.*', { cwd: folder })
    for (const path of ofTests) wrong.push(`${name}: ${path} is for tests alone; who imports it?`)
    const { messages, pkg } = await publint({ pkgDir: folder, strict: true, pack: 'npm' })
    for (const message of messages) wrong.push(`${name}: ${formatMessage(message, pkg)}`)
    await runTool('attw', ['--pack', folder, '--profile', 'esm-only', '--no-emoji']).catch((error: Error) =>
      wrong.push(error.message),
    )
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
}

const { positionals } = parseArgs({ allowPositionals: true })
const unknown = positionals.filter((name) => !steps.some((step) => step.name === name))
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. There are ${steps.map(({ name }) => name).join(', ')}.`)
  process.exit(2)
}

const failures: string[] = []
for (const { name, about, run } of steps) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const began = performance.now()
  const failure = await run().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(
    `${failure === undefined ? 'ok  ' : 'FAIL'}  ${name.padEnd(9)} ${seconds.padStart(5)} s  ${about}`,
  )
  if (failure !== undefined) failures.push(`── ${name} ──\n${failure}`)
}
if (failures.length > 0) {
  console.error(`\n${failures.join('\n\n')}\n\n${failures.length} of the checks failed.`)
  process.exitCode = 1
}
