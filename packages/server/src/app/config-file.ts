// `countersign.config.ts`, read natively: Node strips the types.
import { existsSync, readFileSync } from 'node:fs'
import { type ResolveHookSync, registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Config } from './settings-table.ts'

const names = ['countersign.config.ts', 'countersign.config.js', 'countersign.config.json']

/** States a configuration, with types; it changes nothing. */
export function defineConfig(config: Config): Config {
  return config
}

/** The configuration could not be read; the message is a sentence for a person. */
export class ConfigUnreadable extends Error {
  override readonly name = 'ConfigUnreadable'
}

/**
 * Reads the configuration file.
 * @param named the file that `--config` names; without it the usual names are tried in `folder`
 * @returns its values and where they stand; nothing when there is no file
 * @throws ConfigUnreadable
 */
export async function readConfigFile(
  folder: string,
  named?: string,
): Promise<{ config: Readonly<Record<string, unknown>>; file: string | undefined }> {
  const file =
    named === undefined
      ? names.map((name) => resolve(folder, name)).find((path) => existsSync(path))
      : resolve(folder, named)
  if (file === undefined) return { config: {}, file: undefined }
  if (!existsSync(file)) throw new ConfigUnreadable(`There is no file ${named ?? file}.`)
  const hooks = registerHooks({ resolve: byItsOwnSyntax })
  try {
    const options = file.endsWith('.json') ? { with: { type: 'json' } } : {}
    const module = (await import(pathToFileURL(file).href, options)) as { default?: unknown }
    if (typeof module.default !== 'object' || module.default === null) {
      throw new TypeError('it exports no configuration; write `export default defineConfig({ … })`')
    }
    return { config: module.default as Record<string, unknown>, file }
  } catch (error) {
    throw new ConfigUnreadable(
      `${file} can’t be read: ${error instanceof Error ? error.message : 'unknown failure'}.`,
      { cause: error },
    )
  } finally {
    hooks.deregister()
  }
}

const modules: ReadonlyMap<string, string> = new Map([
  ['commonjs', 'module'],
  ['commonjs-typescript', 'module-typescript'],
])

/**
 * `npm init` writes `"type": "commonjs"` into package.json, whereupon Node takes no `import` in a `.ts` beside it. What
 * is written as a module is read as one all the same; packages that are installed are left as they are. `countersign` is
 * the one that reads, so that it is found where it is installed for the whole machine.
 */
const byItsOwnSyntax: ResolveHookSync = (specifier, context, next) => {
  const found = next(
    specifier,
    specifier === 'countersign' ? { ...context, parentURL: import.meta.url } : context,
  )
  const format = modules.get(found.format ?? '')
  if (format === undefined || !found.url.startsWith('file:') || found.url.includes('/node_modules/'))
    return found
  const isModule = /^(?:import|export)\b/m.test(readFileSync(fileURLToPath(found.url), 'utf8'))
  return isModule ? { ...found, format } : found
}
