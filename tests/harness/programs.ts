// Programs that tests start from their sources, or, in a run of `npm test`, from what that has bundled of them.
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Each by its source, from the root, and its name as a bundle. */
export const programs = [
  { source: 'packages/server/src/app/cli/main.ts', name: 'countersign' },
  { source: 'scripts/start.ts', name: 'start' },
  { source: 'tests/harness/shell.ts', name: 'shell' },
] as const

/** The file to run for that source: its bundle, in the folder that SUITE_PROGRAMS names, or itself. */
export function programAt(source: string): string {
  const folder = process.env['SUITE_PROGRAMS']
  const program = programs.find((one) => join(root, one.source) === source)
  return folder === undefined || program === undefined ? source : join(folder, `${program.name}.js`)
}
