// The files that the house rules, the tests and the checks are about: what git would keep, without asking git.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

const skipped = new Set(['node_modules', 'dist', 'coverage'])
const folders = ['packages', 'tests', 'bench', 'examples', 'scripts']

/** Paths below these folders of the root, from the root, with forward slashes, sorted. */
export function pathsBelow(below: readonly string[] = folders): string[] {
  return below.flatMap((folder) => walk(folder)).sort()
}

function walk(folder: string): string[] {
  const base = fileURLToPath(root)
  const entries = readdirSync(join(base, folder), { withFileTypes: true })
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (!entry.isDirectory()) return [path]
    return skipped.has(entry.name) || entry.name.startsWith('.') ? [] : walk(path)
  })
}

/** Everything that the house rules read: our code, and the package.json files that name the faces. */
export function houseFiles(): Map<string, string> {
  const paths = pathsBelow().filter((path) => /\.(?:[jt]sx?|mjs)$|\/package\.json$/.test(path))
  return new Map(paths.map((path) => [path, readFileSync(new URL(path, root), 'utf8')]))
}
