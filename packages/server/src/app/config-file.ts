// `countersign.config.ts`, read natively: Node strips the types.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
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
  }
}
