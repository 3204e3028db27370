// Where a file stands, read from its path: which package, which room, which layer.
import { dirname, join, normalize } from 'node:path/posix'
import type { Import, Source } from './source.ts'

/** Paths from the root, with forward slashes, to their text. */
export type Files = ReadonlyMap<string, string>

export interface House {
  readonly files: Files
  /** The files that package.json files name as what the outside imports. */
  readonly faces: ReadonlySet<string>
}
export type Report = (line: number, message: string) => void
export type Rule = (source: Source, report: Report, house: House) => void

export const isTest = (path: string): boolean => /\.test\.ts$/.test(path)
// Built for tests, beside what they test; shipped code may import them no more than tests.
export const isTestAid = (path: string): boolean => /(?:\.fixture|\/house)\.ts$/.test(path)

export const packageOf = (path: string): string | undefined => path.match(/^packages\/([^/]+)\//)?.[1]
export const inServer = (path: string): boolean => path.startsWith('packages/server/src/')
/** The room of a server file, `''` for files that stand in no room. */
export const roomOf = (path: string): string => path.match(/^packages\/server\/src\/([^/]+)\//)?.[1] ?? ''
export const within = (path: string, ...folders: string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
export const isPage = (path: string): boolean => path.endsWith('.page.ts')
/** The words of a letter. */
export const isLetter = (path: string): boolean => path.endsWith('.letter.ts')
export const isRoutes = (path: string): boolean => path.endsWith('.routes.ts')
/** Runs in a visitor's browser, bundled into a page. */
export const isBrowser = (path: string): boolean => path.endsWith('.browser.ts')
export const isStore = (path: string): boolean => path.endsWith('.store.ts')
export const server = (path: string): string => `packages/server/src/${path}`

export const packagesByName: Readonly<Record<string, string>> = {
  '@countersign/protocol': 'protocol',
  '@countersign/policy': 'policy',
  '@countersign/sdk': 'sdk',
  '@countersign/console': 'console',
  countersign: 'server',
}

/** The file that a relative import names; undefined for a package or a built-in. */
export function targetOf(path: string, { specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : undefined
}

/** Which of our packages an import reaches, by name or by climbing into its folder. */
export function packageReached(path: string, imported: Import): string | undefined {
  const target = targetOf(path, imported)
  if (target !== undefined) return packageOf(target)
  const name = imported.specifier.startsWith('@')
    ? imported.specifier.split('/').slice(0, 2).join('/')
    : imported.specifier.split('/')[0]
  return packagesByName[name ?? '']
}
