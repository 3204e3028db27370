// Serves TypeScript to the browser as it is, minus its types: no bundler, no build step.
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join, resolve, sep } from 'node:path'
import type { RequestHandler } from 'express'

/**
 * @param folder whose `.ts` files are served as JavaScript modules
 * @param packages where the browser finds the packages that the modules import
 */
export function typescriptModules(
  folder: string,
  packages: Readonly<Record<string, string>> = {},
): RequestHandler {
  const root = resolve(folder)
  return async (req, res, next) => {
    const file = join(root, req.path)
    if (!file.endsWith('.ts') || file.endsWith('.test.ts') || !file.startsWith(root + sep)) return next()
    try {
      const source = stripTypeScriptTypes(await readFile(file, 'utf8'))
      const linked = Object.entries(packages).reduce(
        (text, [name, at]) => text.replaceAll(`'${name}'`, `'${at}'`),
        source,
      )
      res.type('text/javascript').send(linked)
    } catch {
      next()
    }
  }
}
