// Runtime dependencies: each one stands in docs/dependencies.md with its reason, and none of them, however deep, runs
// anything while it is installed.
import { deepEqual, ok } from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const root = new URL('../', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

interface Manifest {
  readonly private?: boolean
  readonly dependencies?: Record<string, string>
}
interface Locked extends Manifest {
  readonly hasInstallScript?: boolean
  readonly link?: boolean
  readonly optionalDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>
}

const manifests = globSync('packages/*/package.json', { cwd: root }).map((path) => ({
  folder: path.replaceAll('\\', '/').replace('/package.json', ''),
  manifest: JSON.parse(read(path)) as Manifest,
}))
const published = manifests.filter(({ manifest }) => !manifest.private)
const isOurs = (name: string) => name.startsWith('@countersign/')

test('every runtime dependency has a line that says why, and every line a dependency', () => {
  const used = published.flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {}))
  const rows = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|(.+)\|$/gm)]
  deepEqual(rows.map(([, name]) => name).sort(), [...new Set(used)].filter((name) => !isOurs(name)).sort())
  for (const [line, , cells = ''] of rows) {
    const filled = cells.split('|').filter((cell) => cell.trim().length > 3)
    deepEqual(filled.length, 3, `says what for, why, and what instead: ${line}`)
  }
})

test('every runtime dependency is pinned to one version', () => {
  const loose = published.flatMap(({ manifest }) =>
    Object.entries(manifest.dependencies ?? {}).filter(
      ([, range]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(range),
    ),
  )
  deepEqual(loose, [])
})

test('RP-04, C39: nothing that our packages bring along has an install script', () => {
  const locked = (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages
  const reached = new Map<string, Locked>()
  for (const { folder } of published) follow(folder, locked, reached)
  ok(reached.size > 20, `the lockfile was followed only to ${[...reached.keys()].join(', ')}`)
  const scripted = [...reached].filter(([, entry]) => entry.hasInstallScript).map(([path]) => path)
  deepEqual(scripted, [])
})

test('the pinned Node.js and the password hashing are locked for every platform that has them', () => {
  const root = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> }
  const locked = (
    JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked & { integrity?: string }> }
  ).packages
  const hashing = Object.keys(locked['node_modules/@node-rs/argon2']?.optionalDependencies ?? {})
  ok(hashing.length > 10)
  const unlocked = [...Object.keys(root.optionalDependencies), ...hashing].filter(
    (name) => !locked[`node_modules/${name}`]?.integrity,
  )
  deepEqual(unlocked, [])
})

/** Adds what `path` needs at run time, found as Node finds it: in the nearest node_modules upwards. */
function follow(path: string, locked: Record<string, Locked>, reached: Map<string, Locked>): void {
  const entry = locked[path]
  if (!entry || reached.has(path)) return
  reached.set(path, entry)
  const isNeededPeer = (name: string) => !entry.peerDependenciesMeta?.[name]?.optional
  const needs = [
    ...Object.keys(entry.dependencies ?? {}),
    ...Object.keys(entry.optionalDependencies ?? {}),
    ...Object.keys(entry.peerDependencies ?? {}).filter(isNeededPeer),
  ]
  for (const name of needs) {
    for (let folder = path; ; folder = folder.replace(/(?:^|\/)[^/]*$/, '')) {
      const candidate = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`
      if (locked[candidate]) {
        follow(candidate, locked, reached)
        break
      }
      if (folder === '') break
    }
  }
}
