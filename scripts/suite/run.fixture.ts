// Runs the test files that it is given as `npm test` would, and says on its last line what came of them, as JSON.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runSuite } from './run.ts'

const [seconds = '', again = '', names = '', ...paths] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'countersign-suite-'))
const { succeeded, passed, skipped, failed, unsteady, took } = await runSuite(paths, {
  folder,
  env: process.env,
  seconds: Number(seconds),
  again: Number(again),
  names: names === '' ? undefined : [names],
})
rmSync(folder, { recursive: true })
const told = took.map(({ file }) => file)
const costs = Object.fromEntries(took.map(({ file, cpuSeconds }) => [file, cpuSeconds]))
console.log(
  `\n${JSON.stringify({ succeeded, passed, skipped: [...skipped], failed, unsteady, told, costs })}`,
)
